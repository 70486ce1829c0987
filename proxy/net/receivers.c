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
	char hello[RECEIVERS_HELLO_SIZE];
	// Seconds since 1970: TLS last came about; hello was noted, 0 if never.
	uint64_t seen, hello_noted;
	uint64_t used; // clock_monotonic
};

struct receivers {
	struct receiver rows[RECEIVERS_MOST];
	size_t count; // rows in use, from the first
	bool changed;
};

enum { DAY = 86400, MICROSECONDS = 1000000 };

static const char version[] = "sallyport-receivers 2\n";
static const char head[] =
    "# Receivers with which TLS once came about: host, port, time; and what\n"
    "# hello that took where better ones had failed, and since when.\n";

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

static uint64_t
seconds_now(void)
{
	return clock_wall() / MICROSECONDS;
}

const char *
receivers_hello(
    const struct receivers *receivers, const char *host, uint16_t port)
{
	const struct receiver *row = receivers_find(receivers, host, port);
	uint64_t now = seconds_now();

	// One from the future is of a clock that was wrong.
	if (row == NULL || row->hello_noted > now ||
	    now - row->hello_noted >= RECEIVERS_HELLO_KEPT)
		return "";
	return row->hello;
}

void
receivers_secured(struct receivers *receivers, const char *host, uint16_t port,
    const char *hello)
{
	bool noted = hello != NULL &&
		     strcmp(receivers_hello(receivers, host, port), hello) != 0;
	struct receiver *row = receivers_row(receivers, host, port);
	uint64_t now = seconds_now();

	row->used = clock_monotonic();
	if (row->seen / DAY != now / DAY || noted)
		receivers->changed = true;
	row->seen = now;
	if (!noted)
		return;
	bytes_copy_text(row->hello, sizeof row->hello, hello);
	row->hello_noted = now;
}

bool
receivers_offered(
    const struct receivers *receivers, const char *host, uint16_t port)
{
	return receivers_find(receivers, host, port) != NULL;
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
	writer_text(out, version);
	writer_text(out, head);
	for (size_t i = 0; i < receivers->count; i++) {
		const struct receiver *row = &receivers->rows[i];
		char text[64 + RECEIVERS_HELLO_SIZE];

		snprintf(text, sizeof text, " %u %" PRIu64, (unsigned)row->port,
		    row->seen);
		writer_text(out, row->host);
		writer_text(out, text);
		snprintf(text, sizeof text, " %s %" PRIu64,
		    row->hello[0] == '\0' ? "-" : row->hello, row->hello_noted);
		writer_text(out, row->hello_noted > 0 ? text : "");
		writer_text(out, "\n");
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
read_word(struct reader word, char *text, size_t room)
{
	if (word.left >= room)
		return false;
	for (size_t i = 0; i < word.left; i++)
		if (word.at[i] <= ' ' || word.at[i] >= 0x7f)
			return false;
	bytes_copy(text, room - 1, word.at, word.left);
	text[word.left] = '\0';
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
	if (row->port != wanted->port ||
	    strcasecmp(row->host, wanted->host) != 0) {
		*row = *wanted;
		return;
	}
	if (row->seen < wanted->seen)
		row->seen = wanted->seen;
	if (row->hello_noted < wanted->hello_noted) {
		bytes_copy_text(row->hello, sizeof row->hello, wanted->hello);
		row->hello_noted = wanted->hello_noted;
	}
}

// The two words of a hello, if there are any.
static bool
read_hello(struct reader *line, uint64_t latest, struct receiver *wanted)
{
	struct reader hello, noted;

	if (line->left == 0)
		return true;
	if (!next_word(line, &hello) || !next_word(line, &noted) ||
	    line->left > 0 ||
	    !read_word(hello, wanted->hello, sizeof wanted->hello))
		return false;
	if (strcmp(wanted->hello, "-") == 0)
		wanted->hello[0] = '\0';
	return read_number(noted, latest, &wanted->hello_noted);
}

static bool
read_line(struct receivers *receivers, struct reader line)
{
	// Until the year 9999, so that a wrong clock is not for ever.
	const uint64_t latest = 253402300799;
	struct receiver wanted = {.port = 0};
	struct reader host, port, seen;
	uint64_t number;

	if (!next_word(&line, &host) || !next_word(&line, &port) ||
	    !next_word(&line, &seen) ||
	    !read_word(host, wanted.host, sizeof wanted.host) ||
	    !read_number(port, UINT16_MAX, &number))
		return false;
	wanted.port = (uint16_t)number;
	if (!read_number(seen, latest, &wanted.seen) ||
	    !read_hello(&line, latest, &wanted))
		return false;
	receivers_remember(receivers, &wanted);
	return true;
}

bool
receivers_read(struct receivers *receivers, struct reader text, size_t *wrong)
{
	*wrong = 0;
	if (text.left == 0)
		return true;
	if (text.left < sizeof version - 1 ||
	    !bytes_equal_text(text.at, sizeof version - 1, version))
		return false;
	reader_bytes(&text, sizeof version - 1);
	while (text.left > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.left);
		size_t size = end != NULL ? (size_t)(end - text.at) : text.left;
		struct reader line =
		    reader_over(reader_bytes(&text, size), size);

		if (end != NULL)
			reader_u8(&text);
		if (size > 0 && *line.at != '#' && !read_line(receivers, line))
			++*wrong;
	}
	return true;
}
