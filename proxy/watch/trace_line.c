// SPDX-License-Identifier: ISC
//
// One line of a trace: whose session, when, which leg, which way, and what.
// Arrows point the way mail goes, whoever speaks:
//
//	7f3a01    0.012  sender ->            EHLO exch55
//	7f3a01    0.013         -> receiver   EHLO exch55
//	7f3a01    0.014         <- receiver   250-iis.corp.example
//	7f3a01    0.020  sender <~            250 OK               (under TLS)
//
// On a terminal a line that is too long goes on below its own text, and where
// that is narrow the sides are S and R, which leaves text more than half of it.
// In a file it stays one line, for those who search.

#define _GNU_SOURCE
#include "base/clock.h"
#include "watch/escape.h"
#include "watch/trace_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	LINE_MOST = 16384,
	SHOWN_MOST = 900,
	NARROW = 100,   // below so many columns
	TEXT_LEAST = 24 // narrower terminals break lines by themselves
};

// How legs stand before the text: what is before and behind the arrow.
static const struct label {
	const char *before[2], *behind[2];
	size_t column; // where text begins
} labels[] = {
    {{"sender ", "       "}, {"            ", " receiver   "}, 38},
    {{"S ", "  "}, {"    ", " R  "}, 25},
};

#define COLOUR_NONE "\033[0m"
#define COLOUR_NOTE "\033[2m"

static const char *const colours[] = {
    [TEXT_HEARD] = "\033[1m",
    [TEXT_PASSED] = "",
    [TEXT_OURS] = "\033[36m",
    [TEXT_REMARK] = "",
    [TEXT_DETAIL] = "\033[2m",
    [TEXT_GOOD] = "\033[1;32m",
    [TEXT_TROUBLE] = "\033[1;31m",
};

// A line as it grows: how wide the last row of it is, and where it may break.
struct row {
	struct writer out;
	const struct trace_session *session;
	const struct label *label;
	size_t column; // of the terminal; colours take none
	size_t width;  // 0: never broken
};

static void
row_colour(struct row *row, const char *sequence)
{
	if (row->session->trace->options.colour)
		writer_text(&row->out, sequence);
}

// Text that is never broken.
static void
row_put(struct row *row, const char *text)
{
	writer_text(&row->out, text);
	row->column += strlen(text);
}

static void
row_break(struct row *row)
{
	writer_text(&row->out, "\n");
	for (size_t i = 0; i < row->label->column + 2; i++)
		writer_u8(&row->out, ' ');
	row->column = row->label->column + 2;
}

// Escaped text, broken where a word would pass the edge.
static void
row_words(struct row *row, const uint8_t *text, size_t size)
{
	while (size > 0) {
		size_t word = 0;

		while (word < size && text[word] == ' ')
			word++;
		while (word < size && text[word] != ' ')
			word++;
		if (row->width > 0 && row->column + word > row->width &&
		    row->column > row->label->column + 2) {
			row_break(row);
			while (word > 1 && *text == ' ') {
				text++;
				size--;
				word--;
			}
		}
		writer_bytes(&row->out, text, word);
		row->column += word;
		text += word;
		size -= word;
	}
}

static void
row_text(struct row *row, const uint8_t *text, size_t size)
{
	uint8_t form[4 * HELLO_WORDS_LINE];
	struct writer out = writer_over(form, sizeof form);

	escape_write(&out, ESCAPE_BARE, text, size);
	row_words(row, form, out.size);
}

// A colour for each session, so that several can be told apart.
static const char *
session_colour(const struct trace_session *session)
{
	static const char *const of[] = {"\033[32m", "\033[33m", "\033[34m",
	    "\033[35m", "\033[36m", "\033[92m", "\033[93m", "\033[94m",
	    "\033[95m", "\033[96m"};
	unsigned sum = 0;

	for (const char *at = session->id; *at != '\0'; at++)
		sum = sum * 31 + (unsigned char)*at;
	return of[sum % (sizeof of / sizeof of[0])];
}

static void
row_begin(struct row *row, const struct trace_session *session, uint8_t *bytes)
{
	uint64_t age = clock_monotonic() - session->start;
	size_t width = session->trace->width;
	const struct label *label =
	    &labels[width > 0 && width < NARROW ? 1 : 0];
	char text[48];

	*row = (struct row){
	    // The last bytes' room is kept: a cut line still ends.
	    .out = writer_over(bytes, LINE_MOST - 8),
	    .session = session,
	    .label = label,
	    .width = width >= label->column + TEXT_LEAST ? width : 0,
	};
	row_colour(row, session_colour(session));
	snprintf(text, sizeof text, "%-6s ", session->id);
	row_put(row, text);
	row_colour(row, COLOUR_NONE COLOUR_NOTE);
	snprintf(text, sizeof text, "%4" PRIu64 ".%03u  ", age / 1000,
	    (unsigned)(age % 1000));
	row_put(row, text);
	row_colour(row, COLOUR_NONE);
}

static void
row_label(struct row *row, enum side side, const char *arrow)
{
	row_colour(row, side == SENDER ? "\033[33m" : "\033[35m");
	row_put(row, row->label->before[side]);
	row_put(row, arrow);
	row_put(row, row->label->behind[side]);
	row_colour(row, COLOUR_NONE);
}

static void
row_end(struct row *row)
{
	row->out.room += 8;
	row->out.failed = false;
	row_colour(row, COLOUR_NONE);
	writer_u8(&row->out, '\n');
	trace_write(
	    row->session->trace->options.output, row->out.bytes, row->out.size);
}

static const char *
arrow_of(const struct trace_session *session, const struct text_line *line)
{
	static const char *const arrows[2][2] = {{"->", "<-"}, {"~>", "<~"}};
	// From the sender, or to the receiver: the way mail goes.
	bool onward =
	    (line->side == SENDER) == (line->direction == TAP_FROM_PEER);

	return arrows[session->legs[line->side].tls || line->record]
		     [onward ? 0 : 1];
}

// The code of a reply stands out, as good or bad as it is.
static size_t
row_code(struct row *row, const struct text_line *line)
{
	static const char *const classes[] = {
	    "\033[1;32m", "\033[1;36m", "\033[1;33m", "\033[1;31m"};

	if (!line->reply || line->size < 3 || line->text[0] < '2' ||
	    line->text[0] > '5')
		return 0;
	row_colour(row, classes[line->text[0] - '2']);
	row_text(row, line->text, 3);
	row_colour(row, COLOUR_NONE);
	return 3;
}

void
trace_line(struct trace_session *session, const struct text_line *line)
{
	uint8_t bytes[LINE_MOST];
	size_t size = line->size < SHOWN_MOST ? line->size : SHOWN_MOST;
	size_t hidden = line->size - size + line->masked;
	struct row row;
	size_t code;

	if (!session->trace->options.dialogue)
		return;
	row_begin(&row, session, bytes);
	row_label(&row, line->side, arrow_of(session, line));
	code = row_code(&row, line);
	row_colour(&row, colours[line->style]);
	row_text(&row, line->text + code, size - code);
	row_colour(&row, COLOUR_NONE COLOUR_NOTE);
	if (hidden > 0) {
		char text[64];
		bool apart = size > 0 && line->text[size - 1] != ' ';

		snprintf(text, sizeof text, "%s[%zu bytes not shown]",
		    apart ? " " : "", hidden);
		row_words(&row, (const uint8_t *)text, strlen(text));
	}
	if (line->note != NULL && line->note[0] != '\0') {
		row_words(&row, (const uint8_t *)"  (", 3);
		row_words(
		    &row, (const uint8_t *)line->note, strlen(line->note));
		row_put(&row, ")");
	}
	row_end(&row);
}

void
trace_remark(struct trace_session *session, enum side side,
    enum text_style style, const char *format, ...)
{
	uint8_t bytes[LINE_MOST];
	char text[HELLO_WORDS_LINE];
	struct row row;
	va_list arguments;

	if (!session->trace->options.dialogue)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	row_begin(&row, session, bytes);
	row_label(&row, side, style == TEXT_DETAIL ? "  " : "* ");
	row_colour(&row, colours[style]);
	row_text(&row, (const uint8_t *)text, strlen(text));
	row_end(&row);
}
