// SPDX-License-Identifier: ISC
//
// Bytes to lines (RFC 5321 2.3.8, 4.5.3.1). Nothing is repaired silently:
// what is odd about a line is reported with it. Content after DATA is not
// read with this (payload.h), nor are replies (reply.h).

#ifndef SMTP_LINE_H
#define SMTP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Of an overlong line only taken and overlong are told.
struct line {
	const uint8_t *text; // in the caller's bytes; NULL when overlong
	size_t size;         // without the line end
	size_t taken;        // with it: what to consume
	bool overlong;       // longer than the limit; its text was dropped
	bool bare_lf;        // ended by LF alone
	bool bare_cr;        // holds a CR that is not before its LF
	bool control;        // holds NUL or another control but HT and CR
	bool eight_bit;      // holds a byte above 0x7f
};

// Where the last look ended, so that a line that comes in byte by byte is
// looked at once. All zero at the start; line_next zeroes it with each whole
// line.
struct line_reader {
	size_t looked;   // bytes known to hold no LF
	bool discarding; // inside an overlong line whose start was dropped
};

// Looks for a line at the start of bytes. True: a whole line, in *line.
// False: more is needed; then line->taken bytes (0 unless the line is already
// longer than limit) are of no use any more and must be consumed, so that an
// endless line needs no memory. limit counts the text without its line end.
bool line_next(struct line_reader *reader, const uint8_t *bytes, size_t size,
    size_t limit, struct line *line);

#endif
