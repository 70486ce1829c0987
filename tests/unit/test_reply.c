// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "reply_read.h"

#include <string.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replies_are_read_however_they_come),
	    cmocka_unit_test(a_reply_is_whole_with_its_last_line_end),
	    cmocka_unit_test(nul_is_replaced_and_ends_nothing),
	    cmocka_unit_test(eight_bit_text_passes_where_utf8_may),
	    cmocka_unit_test(lines_of_a_reply_can_be_asked_for),
	    cmocka_unit_test(a_line_that_is_not_there_is_a_bug),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
