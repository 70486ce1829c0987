// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/receivers.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct receiver {
	char host[256]; // cut, if longer; empty: the row is free
	uint16_t port;
	unsigned rung;
	bool secured;
	uint64_t used, rung_set; // clock_monotonic
};

struct receivers {
	struct receiver rows[RECEIVERS_MOST];
	size_t count; // rows in use, from the first
};

struct receivers *
receivers_new(void)
{
	return calloc(1, sizeof(struct receivers));
}

void
receivers_free(struct receivers **receivers)
{
	free(*receivers);
	*receivers = NULL;
}

static const struct receiver *
receivers_find(
    const struct receivers *receivers, const char *host, uint16_t port)
{
	for (size_t i = 0; i < receivers->count; i++) {
		const struct receiver *row = &receivers->rows[i];
		if (row->port == port &&
		    strncasecmp(row->host, host, sizeof row->host - 1) == 0)
			return row;
	}
	return NULL;
}

static struct receiver *
receivers_row(struct receivers *receivers, const char *host, uint16_t port)
{
	const struct receiver *found = receivers_find(receivers, host, port);
	struct receiver *row = receivers->rows;

	if (found != NULL)
		return &receivers->rows[found - receivers->rows];
	if (receivers->count < RECEIVERS_MOST)
		row = &receivers->rows[receivers->count++];
	for (size_t i = 0; row->host[0] != '\0' && i < receivers->count; i++)
		if (receivers->rows[i].used < row->used)
			row = &receivers->rows[i];
	*row = (struct receiver){.port = port};
	bytes_copy_text(row->host, sizeof row->host, host);
	return row;
}

unsigned
receivers_hello(struct receivers *receivers, const char *host, uint16_t port)
{
	struct receiver *row = receivers_row(receivers, host, port);

	row->used = clock_monotonic();
	if (row->used - row->rung_set > RECEIVERS_HELLO_KEPT)
		row->rung = 0;
	return row->rung;
}

void
receivers_secured(
    struct receivers *receivers, const char *host, uint16_t port, unsigned rung)
{
	struct receiver *row = receivers_row(receivers, host, port);

	row->used = clock_monotonic();
	row->secured = true;
	if (row->rung == rung)
		return;
	row->rung = rung;
	row->rung_set = row->used;
}

bool
receivers_offered(
    const struct receivers *receivers, const char *host, uint16_t port)
{
	const struct receiver *row = receivers_find(receivers, host, port);

	return row != NULL && row->secured;
}
