// SPDX-License-Identifier: ISC

#include "smtp/reply.h"

#include "base/contract.h"

#include <string.h>

enum { CODE_SIZE = 3 };

// What the fourth byte of a line says.
enum line_kind { LINE_MALFORMED, LINE_LAST, LINE_CONTINUED };

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

// Cuts the next line off rest, which holds its LF, and its end off the line.
static struct reader
cut_line(struct reader *rest)
{
	const uint8_t *lf = memchr(rest->at, '\n', rest->left);

	REQUIRE(lf != NULL);
	size_t size = (size_t)(lf - rest->at);
	const uint8_t *text = reader_bytes(rest, size);

	reader_bytes(rest, 1);
	if (size > 0 && text[size - 1] == '\r')
		size--;
	return reader_over(text, size);
}

static enum line_kind
line_kind(const struct reader *line)
{
	const uint8_t *text = line->at;

	if (line->left < CODE_SIZE || text[0] < '2' || text[0] > '5' ||
	    !is_digit(text[1]) || !is_digit(text[2]))
		return LINE_MALFORMED;
	if (line->left == CODE_SIZE || text[CODE_SIZE] == ' ')
		return LINE_LAST;
	return text[CODE_SIZE] == '-' ? LINE_CONTINUED : LINE_MALFORMED;
}

static unsigned
line_code(const struct reader *line)
{
	unsigned code = 0;

	for (size_t i = 0; i < CODE_SIZE; i++)
		code = code * 10 + (unsigned)(line->at[i] - '0');
	return code;
}

enum reply_status
reply_next(struct reply_reader *reader, const uint8_t *bytes, size_t size,
    struct reply *reply)
{
	REQUIRE(reader->line_start + reader->looked <= size);
	size_t most = size < REPLY_BYTES_MOST ? size : REPLY_BYTES_MOST;

	for (;;) {
		size_t start = reader->line_start;
		size_t looked = start + reader->looked;

		if (looked >= most ||
		    memchr(bytes + looked, '\n', most - looked) == NULL) {
			reader->looked = most - start;
			break;
		}

		struct reader rest = reader_over(bytes + start, most - start);
		struct reader line = cut_line(&rest);
		enum line_kind kind = line_kind(&line);

		if (kind == LINE_MALFORMED)
			return REPLY_MALFORMED;
		reader->line_start = most - rest.left;
		reader->looked = 0;
		reader->lines++;
		if (kind == LINE_LAST) {
			*reply = (struct reply){.code = line_code(&line),
			    .lines = reader->lines,
			    .bytes = bytes,
			    .size = reader->line_start};
			*reader = (struct reply_reader){0};
			return REPLY_WHOLE;
		}
		// It goes on, so it has a line too many.
		if (reader->lines == REPLY_LINES_MOST)
			return REPLY_TOO_LONG;
	}
	return size >= REPLY_BYTES_MOST ? REPLY_TOO_LONG : REPLY_MORE;
}

// The text behind code and separator.
static struct reader
line_text(struct reader line)
{
	reader_bytes(&line, line.left > CODE_SIZE ? CODE_SIZE + 1 : CODE_SIZE);
	return line;
}

struct reader
reply_line(const struct reply *reply, size_t index)
{
	REQUIRE(index < reply->lines);
	struct reader rest = reader_over(reply->bytes, reply->size);

	while (index-- > 0)
		cut_line(&rest);
	return line_text(cut_line(&rest));
}

// As much of text as fits; never half of a UTF-8 character.
static size_t
fitting_size(const struct reader *text, size_t room, bool utf8)
{
	if (text->left <= room)
		return text->left;
	size_t size = room;

	while (utf8 && size > room - 3 && (text->at[size] & 0xc0) == 0x80)
		size--;
	return size;
}

void
reply_write_line(unsigned code, char separator, struct reader text, bool utf8,
    struct writer *out)
{
	REQUIRE(code >= 200 && code <= 599);
	size_t size =
	    fitting_size(&text, REPLY_LINE_MOST - CODE_SIZE - 1 - 2, utf8);

	writer_u8(out, (uint8_t)('0' + code / 100));
	writer_u8(out, (uint8_t)('0' + code / 10 % 10));
	writer_u8(out, (uint8_t)('0' + code % 10));
	if (separator != '\0')
		writer_u8(out, (uint8_t)separator);
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = text.at[i];
		bool control = (byte < ' ' && byte != '\t') || byte == 0x7f;

		writer_u8(out, control || (byte > 0x7f && !utf8) ? '?' : byte);
	}
	writer_text(out, "\r\n");
}

void
reply_relay(const struct reply *reply, bool utf8, struct writer *out)
{
	struct reader rest = reader_over(reply->bytes, reply->size);

	for (size_t i = 0; i < reply->lines; i++) {
		struct reader line = cut_line(&rest);
		char separator = '-';

		if (i + 1 == reply->lines)
			separator = line.left > CODE_SIZE ? ' ' : '\0';
		reply_write_line(
		    reply->code, separator, line_text(line), utf8, out);
	}
}
