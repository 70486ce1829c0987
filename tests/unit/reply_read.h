// SPDX-License-Identifier: ISC
//
// Reads one reply that comes in pieces.

#ifndef UNIT_REPLY_READ_H
#define UNIT_REPLY_READ_H

#include "unit.h"

#include "smtp/reply.h"

enum { ROOM = REPLY_BYTES_MOST + 1024 };

static uint8_t room[ROOM];

// Brings bytes in pieces; used tells how many were there when it was decided.
static inline enum reply_status
read_reply(const uint8_t *bytes, size_t size, size_t piece, struct reply *reply,
    size_t *used)
{
	struct reply_reader reader = {0};
	enum reply_status status = REPLY_MORE;

	*used = 0;
	while (status == REPLY_MORE && *used < size) {
		*used += piece < size - *used ? piece : size - *used;
		status = reply_next(&reader, bytes, *used, reply);
	}
	if (status == REPLY_WHOLE) {
		assert_int_equal(reader.looked, 0);
		assert_int_equal(reader.line_start, 0);
		assert_int_equal(reader.lines, 0);
		assert_ptr_equal(reply->bytes, bytes);
	}
	return status;
}

#endif
