// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "smtp/reply.h"

#include <string.h>

enum { ROOM = REPLY_BYTES_MOST + 1024 };

static uint8_t room[ROOM];

// Brings bytes in pieces; used tells how many were there when it was decided.
static enum reply_status
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

struct row {
	const char *in;
	enum reply_status status;
	unsigned code;
	size_t lines;
	size_t size;
	const char *relayed;
};

#define MORE(in)                                                               \
	{                                                                      \
		in, REPLY_MORE, 0, 0, 0, NULL                                  \
	}
#define MALFORMED(in)                                                          \
	{                                                                      \
		in, REPLY_MALFORMED, 0, 0, 0, NULL                             \
	}
#define WHOLE(in, rest, code, lines, relayed)                                  \
	{                                                                      \
		in rest, REPLY_WHOLE, code, lines, sizeof(in) - 1, relayed     \
	}

static const struct row rows[] = {
    MORE(""),
    MORE("2"),
    MORE("250"),
    MORE("250 ok"),
    MORE("250 ok\r"),
    MORE("250-ok\r\n"),
    MORE("250-ok\r\n250"),
    WHOLE("250 ok\r\n", "", 250, 1, "250 ok\r\n"),
    WHOLE("250 ok\r\n", "250 more\r\n", 250, 1, "250 ok\r\n"),
    WHOLE("250-a\r\n250 b\r\n", "2", 250, 2, "250-a\r\n250 b\r\n"),
    WHOLE(
	"220-a\r\n220-\r\n220 b\r\n", "", 220, 3, "220-a\r\n220-\r\n220 b\r\n"),
    // A code alone is whole, and stays alone.
    WHOLE("334\r\n", "", 334, 1, "334\r\n"),
    WHOLE("334 \r\n", "", 334, 1, "334 \r\n"),
    WHOLE("250-a\r\n250\r\n", "", 250, 2, "250-a\r\n250\r\n"),
    // Bare LF ends lines; CRLF goes out.
    WHOLE("250 ok\n", "", 250, 1, "250 ok\r\n"),
    WHOLE("250-a\n250 b\r\n", "", 250, 2, "250-a\r\n250 b\r\n"),
    WHOLE("250\n", "", 250, 1, "250\r\n"),
    // The last code counts, for all lines.
    WHOLE("250-a\r\n550 b\r\n", "", 550, 2, "550-a\r\n550 b\r\n"),
    WHOLE("550-a\r\n421-b\r\n250 c\r\n", "", 250, 3,
	"250-a\r\n250-b\r\n250 c\r\n"),
    // All codes of four hundreds, sensible or not (IIS says 505).
    WHOLE("505 x\r\n", "", 505, 1, "505 x\r\n"),
    WHOLE("599 x\r\n", "", 599, 1, "599 x\r\n"),
    WHOLE("200 x\r\n", "", 200, 1, "200 x\r\n"),
    // What is no text becomes "?".
    WHOLE("250 a\001b\033c\177d\r\n", "", 250, 1, "250 a?b?c?d\r\n"),
    WHOLE("250 a\tb\r\n", "", 250, 1, "250 a\tb\r\n"),
    WHOLE("250 a\rb\r\r\n", "", 250, 1, "250 a?b?\r\n"),
    WHOLE("250 \303\274\r\n", "", 250, 1, "250 ??\r\n"),
    MALFORMED("\r\n"),
    MALFORMED("\n"),
    MALFORMED("2\r\n"),
    MALFORMED("25\r\n"),
    MALFORMED("25 x\r\n"),
    MALFORMED("250ok\r\n"),
    MALFORMED("2500 ok\r\n"),
    MALFORMED("250\tok\r\n"),
    MALFORMED("250\r \r\n"),
    MALFORMED("250\r\r\n"),
    MALFORMED(" 250 ok\r\n"),
    MALFORMED("150 ok\r\n"),
    MALFORMED("050 verbose\r\n"),
    MALFORMED("650 ok\r\n"),
    MALFORMED("2x0 ok\r\n"),
    MALFORMED("25\303 ok\r\n"),
    MALFORMED("+50 ok\r\n"),
    MALFORMED("ok\r\n250 ok\r\n"),
    MALFORMED("250-a\r\nb\r\n250 c\r\n"),
    MALFORMED("250-a\r\n\r\n250 c\r\n"),
    MALFORMED("250-a\r\n150 c\r\n"),
    MALFORMED("HTTP/1.1 400 Bad Request\r\n"),
    MALFORMED("* OK IMAP4 ready\r\n"),
};

static void
check_row(const struct row *row, size_t piece)
{
	struct reply reply = {0};
	size_t used;
	enum reply_status status = read_reply(
	    (const uint8_t *)row->in, strlen(row->in), piece, &reply, &used);
	struct writer out = writer_over(room, sizeof room);

	assert_int_equal(status, row->status);
	if (status != REPLY_WHOLE)
		return;
	assert_int_equal(reply.code, row->code);
	assert_int_equal(reply.lines, row->lines);
	assert_int_equal(reply.size, row->size);
	reply_relay(&reply, false, &out);
	assert_false(out.failed);
	assert_int_equal(out.size, strlen(row->relayed));
	assert_memory_equal(out.bytes, row->relayed, out.size);
}

static void
replies_are_read_however_they_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t piece = 1; piece <= strlen(rows[i].in) + 1; piece++)
			check_row(&rows[i], piece);
}

// A whole reply is told with its last byte, not later.
static void
a_reply_is_whole_with_its_last_line_end(void **state)
{
	static const char in[] = "250-a\r\n250 b\r\n";
	struct reply reply;
	size_t used;

	(void)state;
	assert_int_equal(
	    read_reply((const uint8_t *)in, sizeof in - 1, 1, &reply, &used),
	    REPLY_WHOLE);
	assert_int_equal(used, sizeof in - 1);
}

static void
nul_is_replaced_and_ends_nothing(void **state)
{
	static const char in[] = "250 a\0b\r\n";
	struct writer out = writer_over(room, sizeof room);
	struct reply reply;
	size_t used;

	(void)state;
	assert_int_equal(
	    read_reply((const uint8_t *)in, sizeof in - 1, 100, &reply, &used),
	    REPLY_WHOLE);
	reply_relay(&reply, false, &out);
	assert_int_equal(out.size, sizeof in - 1);
	assert_memory_equal(out.bytes, "250 a?b\r\n", out.size);
	assert_int_equal(
	    read_reply((const uint8_t *)"25\0 a\r\n", 7, 100, &reply, &used),
	    REPLY_MALFORMED);
}

static void
eight_bit_text_passes_where_utf8_may(void **state)
{
	static const char in[] = "250 \303\274\001\r\n";
	struct writer out = writer_over(room, sizeof room);
	struct reply reply;
	size_t used;

	(void)state;
	read_reply((const uint8_t *)in, sizeof in - 1, 100, &reply, &used);
	reply_relay(&reply, true, &out);
	assert_int_equal(out.size, sizeof in - 1);
	assert_memory_equal(out.bytes, "250 \303\274?\r\n", out.size);
}

// count lines "250-a" and the last of them "250 a".
static size_t
many_lines(uint8_t *bytes, size_t count)
{
	struct writer out = writer_over(bytes, ROOM);

	for (size_t i = 0; i < count; i++)
		writer_text(&out, i + 1 < count ? "250-a\r\n" : "250 a\r\n");
	assert_false(out.failed);
	return out.size;
}

static void
a_reply_has_128_lines_at_most(void **state)
{
	static uint8_t in[ROOM];
	struct reply reply;
	size_t used;

	(void)state;
	for (size_t piece = 1; piece < 9000; piece += 4000) {
		size_t size = many_lines(in, REPLY_LINES_MOST);

		assert_int_equal(
		    read_reply(in, size, piece, &reply, &used), REPLY_WHOLE);
		assert_int_equal(reply.lines, REPLY_LINES_MOST);
		size = many_lines(in, REPLY_LINES_MOST + 1);
		assert_int_equal(
		    read_reply(in, size, piece, &reply, &used), REPLY_TOO_LONG);
		size = many_lines(in, 2000);
		assert_int_equal(
		    read_reply(in, size, piece, &reply, &used), REPLY_TOO_LONG);
	}
}

// "250 xxx..." of this many bytes, all lines but it of 1000 bytes.
static void
fill_reply(uint8_t *bytes, size_t size)
{
	struct writer out = writer_over(bytes, size);

	while (out.room - out.size > 2000) {
		writer_text(&out, "250-");
		for (size_t i = 0; i < 994; i++)
			writer_u8(&out, 'x');
		writer_text(&out, "\r\n");
	}
	writer_text(&out, "250 ");
	while (out.room - out.size > 2)
		writer_u8(&out, 'x');
	writer_text(&out, "\r\n");
}

static void
a_reply_has_64_kib_at_most(void **state)
{
	static uint8_t in[ROOM];
	static const size_t pieces[] = {1, 1000, 65535, 65536, 70000};
	struct reply reply;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ROWS(pieces); i++) {
		fill_reply(in, REPLY_BYTES_MOST);
		assert_int_equal(
		    read_reply(in, REPLY_BYTES_MOST, pieces[i], &reply, &used),
		    REPLY_WHOLE);
		assert_int_equal(reply.size, REPLY_BYTES_MOST);
		fill_reply(in, REPLY_BYTES_MOST + 1);
		assert_int_equal(read_reply(in, REPLY_BYTES_MOST + 1, pieces[i],
				     &reply, &used),
		    REPLY_TOO_LONG);
	}
}

// An endless line is given up as soon as 64 KiB are there: a queue of that
// size never waits for ever.
static void
an_endless_line_is_given_up(void **state)
{
	static uint8_t in[ROOM];
	struct reply reply;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ROOM; i++)
		in[i] = '2';
	assert_int_equal(
	    read_reply(in, ROOM, 1, &reply, &used), REPLY_TOO_LONG);
	assert_int_equal(used, REPLY_BYTES_MOST);
}

// Relays one line "250 " and text; returns what is written behind the code.
static struct reader
relay_text(const uint8_t *text, size_t size, bool utf8)
{
	static uint8_t in[ROOM];
	struct writer line = writer_over(in, sizeof in);
	struct writer out = writer_over(room, sizeof room);
	struct reply reply;
	size_t used;

	writer_text(&line, "250 ");
	writer_bytes(&line, text, size);
	writer_text(&line, "\r\n");
	assert_int_equal(
	    read_reply(in, line.size, line.size, &reply, &used), REPLY_WHOLE);
	reply_relay(&reply, utf8, &out);
	assert_false(out.failed);
	assert_true(out.size <= REPLY_LINE_MOST);
	assert_memory_equal(out.bytes, "250 ", 4);
	assert_memory_equal(out.bytes + out.size - 2, "\r\n", 2);
	return reader_over(out.bytes + 4, out.size - 6);
}

static void
long_lines_are_cut_and_keep_their_code(void **state)
{
	static uint8_t text[3000];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)('a' + i % 26);
	for (size_t size = 500; size < 520; size++) {
		struct reader cut = relay_text(text, size, false);

		assert_int_equal(cut.left, size < 506 ? size : 506);
		assert_memory_equal(cut.at, text, cut.left);
	}
	assert_int_equal(relay_text(text, sizeof text, false).left, 506);
}

// Characters of 2, 3 and 4 bytes, at every place around the cut.
static void
no_character_is_cut_in_two(void **state)
{
	static const char *const characters[] = {
	    "\303\274", "\342\202\254", "\360\237\223\254"};
	static uint8_t text[600];

	(void)state;
	for (size_t c = 0; c < ROWS(characters); c++)
		for (size_t before = 495; before < 512; before++) {
			struct writer out = writer_over(text, sizeof text);
			size_t wide = strlen(characters[c]);

			for (size_t i = 0; i < before; i++)
				writer_u8(&out, 'a');
			while (out.size < 560)
				writer_text(&out, characters[c]);
			struct reader cut = relay_text(text, out.size, true);

			assert_true(cut.left <= 506 && cut.left > 506 - 4);
			assert_true(cut.left <= before ||
				    (cut.left - before) % wide == 0);
		}
	// Bytes that are no UTF-8 at all are cut where the line ends.
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = 0x80;
	assert_true(relay_text(text, sizeof text, true).left >= 503);
}

static void
lines_of_a_reply_can_be_asked_for(void **state)
{
	static const char in[] = "250-one\r\n250-\r\n250- three\n250\r\n";
	static const char *const texts[] = {"one", "", " three", ""};
	struct reply reply;
	size_t used;

	(void)state;
	assert_int_equal(
	    read_reply((const uint8_t *)in, sizeof in - 1, 100, &reply, &used),
	    REPLY_WHOLE);
	assert_int_equal(reply.lines, ROWS(texts));
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct reader line = reply_line(&reply, i);

		assert_false(line.failed);
		assert_int_equal(line.left, strlen(texts[i]));
		assert_memory_equal(line.at, texts[i], line.left);
	}
}

static void
ask_for_a_line_too_many(void)
{
	struct reply reply = {.code = 250,
	    .lines = 1,
	    .bytes = (const uint8_t *)"250 x\r\n",
	    .size = 7};

	reply_line(&reply, 1);
}

static void
a_line_that_is_not_there_is_a_bug(void **state)
{
	(void)state;
	assert_true(aborts(ask_for_a_line_too_many));
}

// The largest reply there can be fits the room that the contract asks for:
// lines of one code and a bare LF grow most.
static void
the_longest_relayed_reply_fits(void **state)
{
	static uint8_t in[ROOM];
	struct writer lines = writer_over(in, REPLY_BYTES_MOST);
	struct writer out = writer_over(room, sizeof room);
	struct reply reply;
	size_t used;

	(void)state;
	for (size_t i = 1; i < REPLY_LINES_MOST; i++)
		writer_text(&lines, "250-\n");
	writer_text(&lines, "250\n");
	assert_int_equal(
	    read_reply(in, lines.size, lines.size, &reply, &used), REPLY_WHOLE);
	reply_relay(&reply, false, &out);
	assert_false(out.failed);
	assert_int_equal(out.size, lines.size + REPLY_LINES_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replies_are_read_however_they_come),
	    cmocka_unit_test(a_reply_is_whole_with_its_last_line_end),
	    cmocka_unit_test(nul_is_replaced_and_ends_nothing),
	    cmocka_unit_test(eight_bit_text_passes_where_utf8_may),
	    cmocka_unit_test(a_reply_has_128_lines_at_most),
	    cmocka_unit_test(a_reply_has_64_kib_at_most),
	    cmocka_unit_test(an_endless_line_is_given_up),
	    cmocka_unit_test(long_lines_are_cut_and_keep_their_code),
	    cmocka_unit_test(no_character_is_cut_in_two),
	    cmocka_unit_test(lines_of_a_reply_can_be_asked_for),
	    cmocka_unit_test(a_line_that_is_not_there_is_a_bug),
	    cmocka_unit_test(the_longest_relayed_reply_fits),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
