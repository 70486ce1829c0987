// SPDX-License-Identifier: ISC

#include "unit.h"

#include "payload_feed.h"

#include <string.h>

struct row {
	const char *in;
	size_t in_size;
	const char *out;
	size_t out_size;
	bool ended;
};

// Octal for NUL, so that no digit behind it is swallowed.
#define ROW(in, out, ended)                                                    \
	{                                                                      \
		in, sizeof(in) - 1, out, sizeof(out) - 1, ended                \
	}

static void
check_rows(const struct row *rows, size_t count, bool lf_end)
{
	for (size_t i = 0; i < count; i++) {
		struct outcome outcome = feed_every_way(
		    rows[i].in, rows[i].in_size, PAYLOAD_NORMALIZE, lf_end);

		assert_int_equal(outcome.size, rows[i].out_size);
		assert_memory_equal(
		    outcome.bytes, rows[i].out, rows[i].out_size);
		assert_int_equal(outcome.ended, rows[i].ended);
	}
}

static void
known_smuggling_is_neutralised(void **state)
{
	static const struct row rows[] = {
	    ROW("a\r\n.\r\n", "a\r\n", true),
	    ROW(".\r\n", "", true),
	    ROW("a\r\n..\r\n.\r\n", "a\r\n..\r\n", true),
	    ROW("a\r\n.b\r\n.\r\n", "a\r\n.b\r\n", true),
	    ROW("a\n.\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\n.\r\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r.\rRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n.\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n.\rRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n.\r\r\nb\r\n.\r\n", "a\r\n..\r\n\r\nb\r\n", true),
	    ROW("a\r.\r\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\r\n.\r\n", "a\r\n\r\n", true),
	    ROW("\n.\n", "\r\n..\r\n", false),
	    ROW("a\r\n.\r\nRSET\r\n", "a\r\n", true),
	    ROW("a\xff\x80\r\n.\r\n", "a\xff\x80\r\n", true),
	};

	(void)state;
	check_rows(rows, ROWS(rows), false);
}

static void
nul_hides_no_dot(void **state)
{
	static const struct row rows[] = {
	    ROW("a\000b\r\n.\r\n", "a\000b\r\n", true),
	    ROW("\000a\r\n.\r\n", "\000a\r\n", true),
	    ROW("\000\000a\r\n.\r\n", "\000\000a\r\n", true),
	    ROW("a\r\n\000\r\n.\r\n", "a\r\n\000\r\n", true),
	    ROW("a\r\n\000.\r\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n\000\000.\r\n.\r\n", "a\r\n..\r\n", true),
	    ROW("a\r\n.\000\r\n.\r\n", "a\r\n\000\r\n", true),
	    ROW("a\r\n.\000.\r\n.\r\n", "a\r\n..\r\n", true),
	    ROW("a\r\n.\r\000\n.\r\n", "a\r\n..\r\n\000\r\n..\r\n", false),
	    ROW("a\r\000\n.\r\n.\r\n", "a\r\n\000\r\n..\r\n", true),
	    ROW("a\n\000.\n.\r\n", "a\r\n..\r\n..\r\n", false),
	    ROW("a\000.\r\n.\r\n", "a\000.\r\n", true),
	    ROW("\000\000\000\000\000\000\000\000\000\000\000a",
		"\000\000\000\000\000\000\000\000\000\000\000a", false),
	};

	(void)state;
	check_rows(rows, ROWS(rows), false);
}

static void
lf_lf_ends_content_of_senders_that_know_lf_alone(void **state)
{
	static const struct row rows[] = {
	    ROW("a\n.\n", "a\r\n", true),
	    ROW("a\nb\n.\nQUIT\n", "a\r\nb\r\n", true),
	    ROW(".\nQUIT\n", "", true),
	    ROW("a\n..\n.\n", "a\r\n...\r\n", true),
	    ROW("a\n.b\n.\n", "a\r\n..b\r\n", true),
	    // Any CRLF before it: strict again.
	    ROW("a\r\nb\n.\nc\r\n.\r\n", "a\r\nb\r\n..\r\nc\r\n", true),
	    ROW("a\nb\r\n.\nc\r\n.\r\n", "a\r\nb\r\n..\r\nc\r\n", true),
	    ROW("a\n.\r\n.\r\n", "a\r\n..\r\n", true),
	    // A bare CR begins no line for it.
	    ROW("a\nb\r.\nc", "a\r\nb\r\n..\r\nc", false),
	    ROW("a\r.\n", "a\r\n..\r\n", false),
	    // Nor does a line that NUL begins.
	    ROW("a\n\000.\n", "a\r\n..\r\n", false),
	    ROW("a\r\n.\r\n", "a\r\n", true),
	};

	(void)state;
	check_rows(rows, ROWS(rows), true);
}

static void
rejecting_stops_output_and_still_finds_the_end(void **state)
{
	static const char text[] = "one\r\ntwo\nthree\r\n.\r\nRSET\r\n";
	struct outcome outcome =
	    feed_every_way(text, sizeof text - 1, PAYLOAD_REJECT, false);

	(void)state;
	assert_true(outcome.bare);
	assert_true(outcome.ended);
	assert_int_equal(outcome.used, sizeof text - 1 - 6);
	assert_int_equal(outcome.size, 8);
	assert_memory_equal(outcome.bytes, "one\r\ntwo", 8);
}

static void
rejecting_finds_an_lf_end_too(void **state)
{
	static const char text[] = "one\n.\nQUIT\n";
	struct outcome outcome =
	    feed_every_way(text, sizeof text - 1, PAYLOAD_REJECT, true);

	(void)state;
	assert_true(outcome.bare);
	assert_true(outcome.ended);
	assert_int_equal(outcome.used, 6);
	assert_int_equal(outcome.size, 3);
}

static void
long_text_passes_whole(void **state)
{
	static uint8_t in[5000], out[6000];
	struct payload payload;
	size_t written = 0;

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)('a' + i % 26);
	in[2047] = '\r';
	in[2048] = '\n';
	payload_begin_data(&payload, PAYLOAD_NORMALIZE, false);
	assert_int_equal(
	    payload_data(&payload, in, sizeof in, out, sizeof out, &written),
	    sizeof in);
	assert_int_equal(written, sizeof in);
	assert_memory_equal(in, out, sizeof in);
	assert_false(payload.bare);
}

static void
chunks_are_counted_exactly(void **state)
{
	struct payload payload;

	(void)state;
	payload_begin_chunk(&payload, 10);
	assert_false(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 4), 4);
	assert_int_equal(payload_chunk(&payload, 0), 0);
	assert_int_equal(payload.chunk, 6);
	assert_false(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 100), 6);
	assert_true(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 100), 0);
	assert_int_equal(payload.in, 10);
	assert_int_equal(payload.out, 10);

	payload_begin_chunk(&payload, 0);
	assert_true(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 1), 0);

	payload_begin_chunk(&payload, UINT64_MAX);
	assert_int_equal(payload_chunk(&payload, SIZE_MAX), SIZE_MAX);
	assert_true(payload_ended(&payload));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_smuggling_is_neutralised),
	    cmocka_unit_test(nul_hides_no_dot),
	    cmocka_unit_test(lf_lf_ends_content_of_senders_that_know_lf_alone),
	    cmocka_unit_test(rejecting_stops_output_and_still_finds_the_end),
	    cmocka_unit_test(rejecting_finds_an_lf_end_too),
	    cmocka_unit_test(long_text_passes_whole),
	    cmocka_unit_test(chunks_are_counted_exactly),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
