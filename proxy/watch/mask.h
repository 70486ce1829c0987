// SPDX-License-Identifier: ISC
//
// What never reaches an output: passwords, and content beyond some lines.
// The bridge says what is secret; this is how it is left out, and a second
// look of its own at every line, in case the first was wrong.

#ifndef WATCH_MASK_H
#define WATCH_MASK_H

#include "base/side.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How many bytes at the front of a line may be shown; the rest must not be.
// may: what the bridge says of it, SIZE_MAX for all. A line of the sender that
// begins with AUTH, or X-EXPS as Exchange has it, shows this verb alone,
// whatever the bridge says; so does one towards the receiver. Lines are given
// without their end.
size_t mask_shown(const uint8_t *line, size_t size, size_t may);

// The same for a line of a reply: of a secret one, its code and its enhanced
// code (RFC 2034) may be shown.
size_t mask_reply_shown(const uint8_t *line, size_t size, bool secret);

// Overwrites what must not be shown with '*', one for each byte, but for the
// line's end: for outputs in which lengths have to be right.
void mask_bytes(uint8_t *line, size_t size, size_t may);
void mask_reply_bytes(uint8_t *line, size_t size, bool secret);

// Bytes of a message that may be shown for each line that may, on average:
// there are messages of one line.
enum { MASK_LINE_BYTES = 1000 };

// Counts lines of one message's content. All zero at its start.
struct mask_content {
	uint64_t lines; // whole ones so far
	uint64_t bytes; // shown so far
	bool hidden;    // the piece in hand is beyond what may be shown
};

// How many bytes of the next piece may be shown; the rest must not be.
size_t mask_content_shown(struct mask_content *content, uint64_t lines_shown,
    const uint8_t *piece, size_t size);

#endif
