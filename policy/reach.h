// SPDX-License-Identifier: ISC
//
// What a rule matches, made so that it can be compared with what others do.

#ifndef POLICY_REACH_H
#define POLICY_REACH_H

#include "policy/coverage.h"
#include "policy/layer.h"

struct reach {
	const struct rule_settings *values; // of the rule
	unsigned conditions; // a bit for each row of the scope RULE that is one
	// Joined. Whoever names no client means all, and whoever names all
	// might have named none: that is no condition.
	struct network_list client, destination;
};

// The values of the rule, and the arena, must outlive it.
void reach_of(
    struct reach *reach, const struct rule_layer *rule, struct arena *arena);

bool reach_has(const struct reach *reach, size_t row);
// Of the conditions that are networks; NULL: the row is of another kind.
const struct network_list *reach_networks(
    const struct reach *reach, size_t row);
// Of the conditions that are texts, likewise.
const struct text_list *reach_texts(const struct reach *reach, size_t row);

// Whether every session that falls under narrow would fall under wide too,
// as far as can be told from what is written.
bool reach_covers(const struct reach *wide, const struct reach *narrow);
// The same, whatever the condition of that row says in both.
bool reach_covers_but(
    const struct reach *wide, const struct reach *narrow, size_t row);

#endif
