// SPDX-License-Identifier: ISC
//
// Everything that a sender, a receiver and the world can do to a sequencer.

#ifndef PATHS_ALPHABET_H
#define PATHS_ALPHABET_H

#include "world.h"

// An event with what its pointers point to. Do not copy: it points into
// itself.
struct letter {
	struct event event;
	struct line line;
	struct command command;
	struct reply reply;
};

unsigned alphabet_size(void);
// Fills in letter number and returns whether it can happen in this world.
bool alphabet_letter(
    unsigned number, const struct world *world, struct letter *letter);
// What it is, for reports; static text.
const char *alphabet_name(unsigned number);

#endif
