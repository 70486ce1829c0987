// SPDX-License-Identifier: ISC
//
// Memory that lives as long as a policy: taken piece by piece while it is
// read, given back all at once.

#ifndef POLICY_ARENA_H
#define POLICY_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_piece;

struct arena {
	struct arena_piece *pieces;
	bool failed; // memory ran out once: what was made is not whole
};

// Zeroed memory, aligned for anything; NULL (and failed) if there is none. A
// count of 0 gives NULL too.
void *arena_take(struct arena *arena, size_t count, size_t size);
// A copy; NULL if memory runs out or text is NULL.
const char *arena_text(struct arena *arena, const char *text);
// Text made by printf's rules.
const char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *arena);

#endif
