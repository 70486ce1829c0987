// SPDX-License-Identifier: ISC
//
// Finds the few rules that another has to be compared with, among any number
// of them. Each is filed by one of its conditions, that which the fewest have
// alike: a network is found by those around it and in it, a pattern by what
// stands before its first star or behind its last.

#ifndef POLICY_REACH_INDEX_H
#define POLICY_REACH_INDEX_H

#include "policy/arena.h"
#include "policy/reach.h"

struct reach_index;

// Of all reaches, which must outlive it. From the arena; NULL: memory is out.
struct reach_index *reach_index_new(
    struct arena *arena, const struct reach *reaches, size_t count);

// The numbers of all before reach number that may cover it, but for one
// condition of networks where they only overlap; in no order. They stand
// until the next question.
size_t reach_index_find(
    struct reach_index *index, size_t number, const size_t **found);

#endif
