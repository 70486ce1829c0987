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

struct note {
	char ladder[RECEIVERS_NAME_SIZE];
	char hello[RECEIVERS_NAME_SIZE]; // empty: the best
	uint64_t time;                   // seconds since 1970; 0: none is here
};

struct receiver {
	char host[256]; // cut, if longer; empty: the row is free
	uint16_t port;
	struct note notes[RECEIVERS_LADDERS];
	uint64_t seen; // seconds since 1970: TLS last came about
	uint64_t used; // clock_monotonic
};

struct receivers {
	struct receiver rows[RECEIVERS_MOST];
	size_t count; // rows in use, from the first
	bool changed;
};

enum { DAY = 86400, MICROSECONDS = 1000000 };

static const char version[] = "sallyport-receivers 3\n",
		  version_2[] = "sallyport-receivers 2\n";
static const char head[] = "# Receivers with which TLS once came about: host, "
			   "port, time; and for each\n"
			   "# ladder of hellos, which took it where better "
			   "ones had failed, and since\n"
			   "# when.\n";

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

static const struct note *
note_find(const struct receiver *row, const char *ladder)
{
	for (size_t i = 0; i < RECEIVERS_LADDERS; i++)
		if (row->notes[i].time > 0 &&
		    strcmp(row->notes[i].ladder, ladder) == 0)
			return &row->notes[i];
	return NULL;
}

// Where what is noted of the ladder belongs: the oldest makes room.
static struct note *
note_place(struct receiver *row, const char *ladder)
{
	const struct note *found = note_find(row, ladder);
	struct note *place = row->notes;

	if (found != NULL)
		return &row->notes[found - row->notes];
	for (size_t i = 1; i < RECEIVERS_LADDERS; i++)
		if (row->notes[i].time < place->time)
			place = &row->notes[i];
	return place;
}

const char *
receivers_hello(const struct receivers *receivers, const char *host,
    uint16_t port, const char *ladder)
{
	const struct receiver *row = receivers_find(receivers, host, port);
	const struct note *note = row != NULL ? note_find(row, ladder) : NULL;
	uint64_t now = seconds_now();

	// One from the future is of a clock that was wrong.
	if (note == NULL || note->time > now ||
	    now - note->time >= RECEIVERS_HELLO_KEPT)
		return "";
	return note->hello;
}

void
receivers_secured(struct receivers *receivers, const char *host, uint16_t port,
    const char *ladder, const char *hello)
{
	bool noted =
	    hello != NULL &&
	    strcmp(receivers_hello(receivers, host, port, ladder), hello) != 0;
	struct receiver *row = receivers_row(receivers, host, port);
	struct note note = {.time = seconds_now()};

	row->used = clock_monotonic();
	if (row->seen / DAY != note.time / DAY || noted)
		receivers->changed = true;
	row->seen = note.time;
	if (!noted)
		return;
	bytes_copy_text(note.ladder, sizeof note.ladder, ladder);
	bytes_copy_text(note.hello, sizeof note.hello, hello);
	*note_place(row, ladder) = note;
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

static void
write_number(struct writer *out, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof text, " %" PRIu64, number);
	writer_text(out, text);
}

static void
note_write(const struct note *note, struct writer *out)
{
	if (note->time == 0)
		return;
	writer_text(out, " ");
	writer_text(out, note->ladder);
	writer_text(out, " ");
	writer_text(out, note->hello[0] == '\0' ? "-" : note->hello);
	write_number(out, note->time);
}

void
receivers_write(struct receivers *receivers, struct writer *out)
{
	writer_text(out, version);
	writer_text(out, head);
	for (size_t i = 0; i < receivers->count; i++) {
		const struct receiver *row = &receivers->rows[i];

		writer_text(out, row->host);
		write_number(out, row->port);
		write_number(out, row->seen);
		for (size_t j = 0; j < RECEIVERS_LADDERS; j++)
			note_write(&row->notes[j], out);
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

// Of two the later holds.
static void
note_take(struct receiver *row, const struct note *wanted)
{
	struct note *place = note_place(row, wanted->ladder);

	if (place->time < wanted->time)
		*place = *wanted;
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
	for (size_t i = 0; i < RECEIVERS_LADDERS; i++)
		if (wanted->notes[i].time > 0)
			note_take(row, &wanted->notes[i]);
}

// Until the year 9999, so that a wrong clock is not for ever.
static const uint64_t latest = 253402300799;

// The three words of each note, until the line ends.
static bool
read_notes(struct reader *line, struct receiver *wanted)
{
	while (line->left > 0) {
		struct note note = {.time = 0};
		struct reader ladder, hello, time;

		if (!next_word(line, &ladder) || !next_word(line, &hello) ||
		    !next_word(line, &time) ||
		    !read_word(ladder, note.ladder, sizeof note.ladder) ||
		    !read_word(hello, note.hello, sizeof note.hello) ||
		    !read_number(time, latest, &note.time))
			return false;
		if (strcmp(note.hello, "-") == 0)
			note.hello[0] = '\0';
		note_take(wanted, &note);
	}
	return true;
}

static bool
read_line(struct receivers *receivers, struct reader line, bool with_notes)
{
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
	    (with_notes && !read_notes(&line, &wanted)))
		return false;
	receivers_remember(receivers, &wanted);
	return true;
}

static bool
skip_version(struct reader *text, const char *line)
{
	size_t size = strlen(line);

	if (text->left < size || !bytes_equal_text(text->at, size, line))
		return false;
	reader_bytes(text, size);
	return true;
}

bool
receivers_read(struct receivers *receivers, struct reader text, size_t *wrong)
{
	*wrong = 0;
	if (text.left == 0)
		return true;
	bool with_notes = skip_version(&text, version);

	if (!with_notes && !skip_version(&text, version_2))
		return false;
	while (text.left > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.left);
		size_t size = end != NULL ? (size_t)(end - text.at) : text.left;
		struct reader line =
		    reader_over(reader_bytes(&text, size), size);

		if (end != NULL)
			reader_u8(&text);
		if (size > 0 && *line.at != '#' &&
		    !read_line(receivers, line, with_notes))
			++*wrong;
	}
	return true;
}
