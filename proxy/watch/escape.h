// SPDX-License-Identifier: ISC
//
// Bytes that a peer chose, made fit to be printed: what is not printable
// ASCII becomes \xHH, a backslash becomes two. What comes out is one line,
// cannot move a terminal's cursor, and tells exactly which bytes there were.

#ifndef WATCH_ESCAPE_H
#define WATCH_ESCAPE_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum escape {
	ESCAPE_BARE,   // as described above
	ESCAPE_QUOTED, // to stand between quotes: a quote becomes \"
	ESCAPE_JSON    // the bare form as the inside of a JSON string
};

// Writes size bytes so. The writer's room bounds it: the result is cut
// between two bytes' forms, never inside one, and the writer has then failed.
void escape_write(
    struct writer *out, enum escape how, const uint8_t *bytes, size_t size);

#endif
