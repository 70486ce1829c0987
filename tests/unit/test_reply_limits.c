// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "reply_read.h"

#include <string.h>

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
	    cmocka_unit_test(a_reply_has_128_lines_at_most),
	    cmocka_unit_test(a_reply_has_64_kib_at_most),
	    cmocka_unit_test(an_endless_line_is_given_up),
	    cmocka_unit_test(long_lines_are_cut_and_keep_their_code),
	    cmocka_unit_test(no_character_is_cut_in_two),
	    cmocka_unit_test(the_longest_relayed_reply_fits),
	};

	return cmocka_run_group_tests_name("reply_limits", tests, NULL, NULL);
}
