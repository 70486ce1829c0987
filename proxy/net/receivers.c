// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/receivers.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct receiver {
	char host[256]; // cut, if longer; empty: the row is free
	uint16_t port;
	unsigned rung;
	bool secured;
	uint64_t seen;           // TLS came about then: seconds since 1970
	uint64_t used, rung_set; // clock_monotonic
};

struct receivers {
	struct receiver rows[RECEIVERS_MOST];
	size_t count; // rows in use, from the first
	bool changed;
};

enum { DAY = 86400, MICROSECONDS = 1000000 };

static const char head[] =
    "# Receivers with which TLS once came about, kept by sallyport: host, "
    "port, time.\n";

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

	uint64_t now = (uint64_t)(clock_wall() / MICROSECONDS);

	row->used = clock_monotonic();
	if (!row->secured || row->seen / DAY != now / DAY)
		receivers->changed = true;
	row->secured = true;
	row->seen = now;
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

// --- As text ---

bool
receivers_changed(const struct receivers *receivers)
{
	return receivers->changed;
}

void
receivers_write(struct receivers *receivers, struct writer *out)
{
	writer_text(out, head);
	for (size_t i = 0; i < receivers->count; i++) {
		const struct receiver *row = &receivers->rows[i];
		char text[64];

		if (!row->secured)
			continue;
		snprintf(text, sizeof text, " %u %" PRIu64 "\n",
		    (unsigned)row->port, row->seen);
		writer_text(out, row->host);
		writer_text(out, text);
	}
	receivers->changed = false;
}

// The next word of a line, up to one blank; false: there is none.
static bool
next_word(struct reader *line, struct reader *word)
{
	size_t size = 0;

	while (size < line->left && line->at[size] != ' ')
		size++;
	*word = reader_over(reader_bytes(line, size), size);
	if (line->left > 0)
		reader_u8(line);
	return size > 0;
}

static bool
read_number(struct reader word, uint64_t most, uint64_t *number)
{
	*number = 0;
	while (word.left > 0) {
		uint8_t digit = reader_u8(&word);

		if (digit < '0' || digit > '9' || *number > most / 10)
			return false;
		*number = *number * 10 + (uint64_t)(digit - '0');
	}
	return *number > 0 && *number <= most;
}

static bool
read_host(struct reader word, char host[256])
{
	if (word.left >= 256)
		return false;
	for (size_t i = 0; i < word.left; i++)
		if (word.at[i] <= ' ' || word.at[i] >= 0x7f)
			return false;
	bytes_copy(host, 255, word.at, word.left);
	host[word.left] = '\0';
	return true;
}

// NULL: it is not among the latest.
static struct receiver *
receivers_room(struct receivers *receivers, const struct receiver *wanted)
{
	const struct receiver *found =
	    receivers_find(receivers, wanted->host, wanted->port);
	struct receiver *row = receivers->rows;

	if (found != NULL)
		return &receivers->rows[found - receivers->rows];
	if (receivers->count < RECEIVERS_MOST)
		return &receivers->rows[receivers->count++];
	for (size_t i = 1; i < receivers->count; i++)
		if (receivers->rows[i].seen < row->seen)
			row = &receivers->rows[i];
	return row->seen < wanted->seen ? row : NULL;
}

static void
receivers_remember(struct receivers *receivers, const struct receiver *wanted)
{
	struct receiver *row = receivers_room(receivers, wanted);

	if (row == NULL)
		return;
	if (row->port == wanted->port &&
	    strcasecmp(row->host, wanted->host) == 0) {
		row->secured = true;
		if (row->seen < wanted->seen)
			row->seen = wanted->seen;
	} else {
		*row = *wanted;
	}
}

static bool
read_line(struct receivers *receivers, struct reader line)
{
	// Until the year 9999, so that a wrong clock is not for ever.
	const uint64_t latest = 253402300799;
	struct receiver wanted = {.secured = true};
	struct reader host, port, seen;
	uint64_t number;

	if (!next_word(&line, &host) || !next_word(&line, &port) ||
	    !next_word(&line, &seen) || line.left > 0 ||
	    !read_host(host, wanted.host) ||
	    !read_number(port, UINT16_MAX, &number))
		return false;
	wanted.port = (uint16_t)number;
	if (!read_number(seen, latest, &wanted.seen))
		return false;
	receivers_remember(receivers, &wanted);
	return true;
}

size_t
receivers_read(struct receivers *receivers, struct reader text)
{
	size_t wrong = 0;

	while (text.left > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.left);
		size_t size = end != NULL ? (size_t)(end - text.at) : text.left;
		struct reader line =
		    reader_over(reader_bytes(&text, size), size);

		if (end != NULL)
			reader_u8(&text);
		if (size > 0 && *line.at != '#' && !read_line(receivers, line))
			wrong++;
	}
	return wrong;
}
