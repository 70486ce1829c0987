// SPDX-License-Identifier: ISC
//
// Shows a receiver's EHLO reply to a sender, from text to text.

#ifndef UNIT_EXTENSION_SHOW_H
#define UNIT_EXTENSION_SHOW_H

#include "unit.h"

#include "smtp/extension.h"

#include <string.h>

enum { ROOM = REPLY_BYTES_MOST + 1024 };

static uint8_t room[ROOM];

static inline struct reply
reply_of(const char *text)
{
	struct reply_reader reader = {0};
	struct reply reply;

	assert_int_equal(
	    reply_next(&reader, (const uint8_t *)text, strlen(text), &reply),
	    REPLY_WHOLE);
	return reply;
}

// What a sender is shown of text, as C text.
static inline const char *
show(const char *text, const struct extension_view *view,
    struct extensions *shown)
{
	struct reply reply = reply_of(text);
	struct writer out = writer_over(room, sizeof room);

	*shown = extension_show(&reply, view, &out);
	writer_u8(&out, '\0');
	assert_false(out.failed);
	return (const char *)room;
}

#endif
