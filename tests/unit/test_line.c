// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "smtp/line.h"

#include <string.h>

enum { ROOM = 4096 };

// A stream of bytes, as a leg's queue holds it.
struct stream {
	uint8_t bytes[ROOM];
	size_t size;
	size_t most; // ever held at once, after looking for lines
};

static void
stream_consume(struct stream *stream, size_t size)
{
	assert_true(size <= stream->size);
	stream->size -= size;
	for (size_t i = 0; i < stream->size; i++)
		stream->bytes[i] = stream->bytes[i + size];
}

// "[text]" and a letter for each oddity: Overlong, bare Lf, bare cR, Control,
// 8 bit.
static void
describe(const struct line *line, struct writer *out)
{
	writer_text(out, "[");
	writer_bytes(out, line->text, line->size);
	writer_text(out, "]");
	writer_text(out, line->overlong ? "O" : "");
	writer_text(out, line->bare_lf ? "L" : "");
	writer_text(out, line->bare_cr ? "R" : "");
	writer_text(out, line->control ? "C" : "");
	writer_text(out, line->eight_bit ? "8" : "");
	assert_int_equal(line->overlong, line->text == NULL);
}

// Takes all lines out of text, which comes in pieces; returns the size of
// their description, which ends in "+" and the bytes left in the stream.
static size_t
read_lines(const char *text, size_t size, size_t piece, size_t limit,
    char *described, size_t *most)
{
	struct stream stream = {0};
	struct line_reader reader = {0};
	struct writer out = writer_over(described, ROOM);
	struct line line;

	for (size_t at = 0; at < size; at += piece) {
		size_t now = piece < size - at ? piece : size - at;

		bytes_copy(stream.bytes + stream.size, ROOM - stream.size,
		    text + at, now);
		stream.size += now;
		while (line_next(
		    &reader, stream.bytes, stream.size, limit, &line)) {
			describe(&line, &out);
			stream_consume(&stream, line.taken);
		}
		stream_consume(&stream, line.taken);
		if (stream.size > stream.most)
			stream.most = stream.size;
	}
	writer_text(&out, "+");
	writer_bytes(&out, stream.bytes, stream.size);
	assert_false(out.failed);
	*most = stream.most;
	return out.size;
}

struct row {
	const char *in;
	size_t size;
	size_t limit;
	const char *described;
};

#define ROW(in, limit, described)                                              \
	{                                                                      \
		in, sizeof(in) - 1, limit, described                           \
	}

static const struct row rows[] = {
    ROW("", 10, "+"),
    ROW("NOOP\r\n", 10, "[NOOP]+"),
    ROW("NOOP\r\nQUIT\r\nRS", 10, "[NOOP][QUIT]+RS"),
    ROW("\r\n", 10, "[]+"),
    ROW("\n", 10, "[]L+"),
    ROW("NOOP\nQUIT\r\n", 10, "[NOOP]L[QUIT]+"),
    ROW("NOOP\r", 10, "+NOOP\r"),
    ROW("NO\rOP\r\n", 10, "[NO\rOP]R+"),
    ROW("\rNOOP\r\n", 10, "[\rNOOP]R+"),
    ROW("NOOP\r\r\n", 10, "[NOOP\r]R+"),
    ROW("NO\rOP\n", 10, "[NO\rOP]LR+"),
    ROW("a\tb\r\n", 10, "[a\tb]+"),
    ROW("a\001b\r\n", 10, "[a\001b]C+"),
    ROW("a\033b\r\n", 10, "[a\033b]C+"),
    ROW("a\177b\r\n", 10, "[a\177b]C+"),
    ROW("a\200b\r\n", 10, "[a\200b]8+"),
    ROW("\303\274\r\n", 10, "[\303\274]8+"),
    ROW("a\001\r\200\n", 10, "[a\001\r\200]LRC8+"),
    // The limit counts text, without its end.
    ROW("12345\r\n", 5, "[12345]+"),
    ROW("12345\n", 5, "[12345]L+"),
    ROW("123456\r\n", 5, "[]O+"),
    ROW("123456\n", 5, "[]O+"),
    ROW("12345\r\r\n", 5, "[]O+"),
    ROW("12345\r", 5, "+12345\r"),
    ROW("123456\r\nNOOP\r\n", 5, "[]O[NOOP]+"),
    ROW("123456789\r\n\r\n", 5, "[]O[]+"),
    ROW("1234567890123456789", 5, "+"),
    ROW("12345678\200\001\r\rx\n1\r\n", 5, "[]O[1]+"),
    ROW("\r\n", 0, "[]+"),
    ROW("1\r\n\r\n", 0, "[]O[]+"),
};

static void
lines_and_their_oddities_are_told_however_they_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t piece = 1; piece <= rows[i].size + 1; piece++) {
			char described[ROOM];
			size_t most;
			size_t size = read_lines(rows[i].in, rows[i].size,
			    piece, rows[i].limit, described, &most);

			assert_int_equal(size, strlen(rows[i].described));
			assert_memory_equal(described, rows[i].described, size);
		}
}

static void
nul_is_a_control_and_ends_no_text(void **state)
{
	static const char in[] = "NO\0OP\r\n";
	struct line_reader reader = {0};
	struct line line;

	(void)state;
	assert_true(
	    line_next(&reader, (const uint8_t *)in, sizeof in - 1, 10, &line));
	assert_int_equal(line.size, 5);
	assert_true(line.control);
	assert_false(line.eight_bit);
}

// An endless line needs no more memory than the limit and a CR.
static void
an_endless_line_is_dropped_as_it_comes(void **state)
{
	char in[3000];
	char described[ROOM];
	size_t most;

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = 'x';
	in[sizeof in - 1] = '\n';
	size_t size = read_lines(in, sizeof in, 1, 512, described, &most);

	assert_int_equal(size, 4);
	assert_memory_equal(described, "[]O+", 4);
	assert_in_range(most, 1, 513);
}

// Nothing is looked at twice: what was looked at may change unseen.
static void
bytes_are_looked_at_once(void **state)
{
	uint8_t in[] = "abcdef\r\n";
	struct line_reader reader = {0};
	struct line line;

	(void)state;
	assert_false(line_next(&reader, in, 6, 100, &line));
	assert_int_equal(line.taken, 0);
	in[2] = '\n';
	assert_true(line_next(&reader, in, 8, 100, &line));
	assert_int_equal(line.taken, 8);
}

static void
look_behind_what_is_there(void)
{
	struct line_reader reader = {.looked = 2};
	struct line line;

	line_next(&reader, (const uint8_t *)"a", 1, 10, &line);
}

static void
fewer_bytes_than_were_looked_at_are_a_bug(void **state)
{
	(void)state;
	assert_true(aborts(look_behind_what_is_there));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		lines_and_their_oddities_are_told_however_they_come),
	    cmocka_unit_test(nul_is_a_control_and_ends_no_text),
	    cmocka_unit_test(an_endless_line_is_dropped_as_it_comes),
	    cmocka_unit_test(bytes_are_looked_at_once),
	    cmocka_unit_test(fewer_bytes_than_were_looked_at_are_a_bug),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
