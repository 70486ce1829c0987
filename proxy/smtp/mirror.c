// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "smtp/mirror.h"

#include <stdio.h>
#include <string.h>

static bool
has(struct reader line, const char *text)
{
	return memmem(line.at, line.left, text, strlen(text)) != NULL;
}

static bool
is(struct reader line, const char *text)
{
	return line.left == strlen(text) && has(line, text);
}

bool
mirror_shows_us(
    const struct reply *reply, const char *hostname, const char *keyword)
{
	char signature[REPLY_LINE_MOST];

	// As own_write writes it.
	snprintf(signature, sizeof signature, " %s (sallyport): ", hostname);
	if (reply->code >= 400)
		return has(reply_line(reply, 0), signature);
	for (size_t i = 1; keyword != NULL && i < reply->lines; i++)
		if (is(reply_line(reply, i), keyword))
			return true;
	return false;
}
