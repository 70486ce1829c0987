// SPDX-License-Identifier: ISC
//
// Bytes as people read them: offset, hexadecimal, ASCII, sixteen a line, or
// eight where there is no room for more.
//
//	00000010  45 48 4c 4f 20 61 0d 0a                           |EHLO a..|

#ifndef WATCH_HEXDUMP_H
#define WATCH_HEXDUMP_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum {
	HEXDUMP_LINE = 80, // bytes of one line at most, its newline included
	HEXDUMP_WIDE = 16,
	HEXDUMP_NARROW = 8
};

// Writes one line for up to row bytes (HEXDUMP_WIDE or _NARROW) at offset (of
// the stream they are from), with its newline.
void hexdump_line(struct writer *out, uint64_t offset, const uint8_t *bytes,
    size_t size, size_t row);

#endif
