// SPDX-License-Identifier: ISC
//
// Bytes as people read them: offset, hexadecimal, ASCII, sixteen a line.
//
//	00000010  45 48 4c 4f 20 61 0d 0a                           |EHLO a..|

#ifndef WATCH_HEXDUMP_H
#define WATCH_HEXDUMP_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum { HEXDUMP_LINE = 80 }; // bytes of one line at most, its newline included

// Writes one line for up to 16 bytes at offset (of the stream they are from),
// with its newline.
void hexdump_line(
    struct writer *out, uint64_t offset, const uint8_t *bytes, size_t size);

#endif
