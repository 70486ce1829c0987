// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"

#include <string.h>

static void
integers_are_read_big_endian(void **state)
{
	static const uint8_t bytes[] = {
	    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a};
	struct reader reader = reader_over(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(reader_u8(&reader), 0x01);
	assert_int_equal(reader_u16(&reader), 0x0203);
	assert_int_equal(reader_u24(&reader), 0x040506);
	assert_false(reader_done(&reader));
	assert_int_equal(reader_u32(&reader), 0x0708090a);
	assert_true(reader_done(&reader));
}

static void
integers_keep_their_high_bits(void **state)
{
	static const uint8_t bytes[] = {
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct reader reader = reader_over(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(reader_u32(&reader), UINT32_MAX);
	assert_int_equal(reader_u24(&reader), 0xffffff);
	assert_int_equal(reader_u16(&reader), UINT16_MAX);
	assert_int_equal(reader_u8(&reader), UINT8_MAX);
	assert_true(reader_done(&reader));
}

// Every integer, one byte short of what it needs.
static void
an_integer_cut_short_fails_the_reader(void **state)
{
	static const uint8_t bytes[4] = {0xaa, 0xbb, 0xcc, 0xdd};

	(void)state;
	for (size_t size = 1; size <= 4; size++) {
		struct reader reader = reader_over(bytes, size - 1);
		uint32_t value = 1;

		if (size == 1)
			value = reader_u8(&reader);
		else if (size == 2)
			value = reader_u16(&reader);
		else if (size == 3)
			value = reader_u24(&reader);
		else
			value = reader_u32(&reader);
		assert_int_equal(value, 0);
		assert_true(reader.failed);
		assert_int_equal(reader.left, size - 1);
		assert_false(reader_done(&reader));
	}
}

static void
a_failed_reader_stays_failed(void **state)
{
	static const uint8_t bytes[] = {0x01, 0x02};
	struct reader reader = reader_over(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(reader_u32(&reader), 0);
	assert_int_equal(reader_u8(&reader), 0);
	assert_null(reader_bytes(&reader, 1));
	assert_null(reader_bytes(&reader, 0));
	assert_true(reader_vector(&reader, 1).failed);
	assert_false(reader_done(&reader));
}

static void
bytes_are_lent_where_they_lie(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct reader reader = reader_over(bytes, sizeof bytes);

	(void)state;
	assert_ptr_equal(reader_bytes(&reader, 2), bytes);
	assert_ptr_equal(reader_bytes(&reader, 0), bytes + 2);
	assert_null(reader_bytes(&reader, SIZE_MAX));
	assert_true(reader.failed);
}

static void
a_reader_over_nothing_is_done(void **state)
{
	struct reader reader = reader_over(NULL, 0);

	(void)state;
	assert_true(reader_done(&reader));
	(void)reader_bytes(&reader, 0);
	assert_true(reader_done(&reader));
	assert_int_equal(reader_u8(&reader), 0);
	assert_true(reader.failed);
}

static void
vectors_are_readers_of_their_own(void **state)
{
	static const struct {
		unsigned length_bytes;
		uint8_t bytes[8];
		size_t size;
		bool whole; // the vector is
		size_t vector;
		size_t left; // behind it
	} rows[] = {
	    {1, {0}, 1, true, 0, 0},
	    {1, {2, 'a', 'b', 'c'}, 4, true, 2, 1},
	    {1, {4, 'a', 'b', 'c'}, 4, false, 0, 0},
	    {1, {0}, 0, false, 0, 0},
	    {2, {0, 3, 'a', 'b', 'c'}, 5, true, 3, 0},
	    {2, {1, 0, 'a', 'b', 'c'}, 5, false, 0, 0},
	    {2, {0}, 1, false, 0, 0},
	    {3, {0, 0, 1, 'a', 'b'}, 5, true, 1, 1},
	    {3, {0xff, 0xff, 0xff, 'a'}, 4, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reader reader = reader_over(rows[i].bytes, rows[i].size);
		struct reader vector =
		    reader_vector(&reader, rows[i].length_bytes);

		assert_int_equal(vector.failed, !rows[i].whole);
		assert_int_equal(reader.failed, !rows[i].whole);
		assert_int_equal(vector.left, rows[i].vector);
		if (!rows[i].whole)
			continue;
		assert_int_equal(reader.left, rows[i].left);
		assert_ptr_equal(
		    vector.at, rows[i].bytes + rows[i].length_bytes);
	}
}

static void
what_is_written_is_read_back(void **state)
{
	uint8_t memory[13];
	struct writer writer = writer_over(memory, sizeof memory);

	(void)state;
	writer_u8(&writer, 0xfe);
	writer_u16(&writer, 0xfedc);
	writer_u24(&writer, 0xfedcba);
	writer_text(&writer, "text");
	writer_bytes(&writer, "\0\r\n", 3);
	assert_false(writer.failed);
	assert_int_equal(writer.size, sizeof memory);

	struct reader reader = reader_over(memory, writer.size);
	assert_int_equal(reader_u8(&reader), 0xfe);
	assert_int_equal(reader_u16(&reader), 0xfedc);
	assert_int_equal(reader_u24(&reader), 0xfedcba);
	assert_memory_equal(reader_bytes(&reader, 4), "text", 4);
	assert_memory_equal(reader_bytes(&reader, 3), "\0\r\n", 3);
	assert_true(reader_done(&reader));
}

static void
a_full_writer_fails_and_writes_nothing(void **state)
{
	uint8_t memory[4] = {0x55, 0x55, 0x55, 0x55};
	struct writer writer = writer_over(memory, 3);

	(void)state;
	writer_u16(&writer, 0x0102);
	writer_u16(&writer, 0x0304);
	assert_true(writer.failed);
	assert_int_equal(writer.size, 2);
	writer_u8(&writer, 0x05);
	assert_int_equal(writer.size, 2);
	writer_bytes(&writer, memory, SIZE_MAX);
	assert_memory_equal(memory, "\x01\x02\x55\x55", 4);
}

static void
vectors_get_their_length_when_closed(void **state)
{
	uint8_t memory[16];
	struct writer writer = writer_over(memory, sizeof memory);
	size_t outer = writer_open(&writer, 3);
	size_t inner = writer_open(&writer, 2);
	size_t empty = writer_open(&writer, 1);

	(void)state;
	writer_close(&writer, empty, 1);
	writer_text(&writer, "ab");
	writer_close(&writer, inner, 2);
	writer_close(&writer, outer, 3);
	assert_false(writer.failed);
	assert_int_equal(writer.size, 8);
	assert_memory_equal(memory, "\0\0\5\0\3\0ab", 8);
}

// A length of 256 does not fit one byte: silently writing 0 instead would
// let the rest of the vector be taken for what follows it.
static void
a_vector_too_long_for_its_length_fails(void **state)
{
	uint8_t memory[300] = {0};
	struct writer writer = writer_over(memory, sizeof memory);
	size_t position = writer_open(&writer, 1);

	(void)state;
	writer_bytes(&writer, memory + 1, 255);
	struct writer longer = writer;
	writer_close(&writer, position, 1);
	assert_false(writer.failed);
	assert_int_equal(memory[0], 255);
	writer_u8(&longer, 0);
	writer_close(&longer, position, 1);
	assert_true(longer.failed);
}

static void
a_vector_without_room_for_its_length_fails(void **state)
{
	uint8_t memory[1] = {0x55};
	struct writer writer = writer_over(memory, sizeof memory);
	size_t position = writer_open(&writer, 2);

	(void)state;
	assert_true(writer.failed);
	writer_close(&writer, position, 2);
	assert_int_equal(memory[0], 0x55);
}

static void
text_is_copied_whole_or_said_to_be_cut(void **state)
{
	static const struct {
		const char *from;
		size_t room;
		const char *to;
		bool whole;
	} rows[] = {
	    {"", 1, "", true},
	    {"a", 1, "", false},
	    {"abc", 4, "abc", true},
	    {"abcd", 4, "abc", false},
	    {"abc", 8, "abc", true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char to[9];

		memset(to, '#', sizeof to);
		assert_int_equal(
		    bytes_copy_text(to, rows[i].room, rows[i].from),
		    rows[i].whole);
		assert_string_equal(to, rows[i].to);
		assert_int_equal(to[rows[i].room], '#');
	}
}

static void
copying_and_wiping_touch_only_what_they_are_told(void **state)
{
	uint8_t to[] = {1, 2, 3, 4};

	(void)state;
	bytes_copy(to, sizeof to, "\x0a\x0b", 2);
	assert_memory_equal(to, "\x0a\x0b\x03\x04", 4);
	bytes_copy(to, 0, NULL, 0);
	bytes_wipe(to + 1, 2);
	assert_memory_equal(to, "\x0a\0\0\x04", 4);
	bytes_wipe(NULL, 0);
}

static void
only_ascii_letters_have_two_cases(void **state)
{
	static const struct {
		const char *bytes;
		const char *text;
		bool equal;
	} rows[] = {
	    {"starttls", "STARTTLS", true},
	    {"StArTtLs", "sTaRtTlS", true},
	    {"", "", true},
	    {"STARTTLS", "STARTTL", false},
	    {"STARTTL", "STARTTLS", false},
	    // 0x20 apart, and no letters.
	    {"@[`{", "`{@[", false},
	    {"\xe4", "\xc4", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(
		    bytes_equal_text((const uint8_t *)rows[i].bytes,
			strlen(rows[i].bytes), rows[i].text),
		    rows[i].equal);
	// A NUL in the bytes does not end them.
	assert_false(bytes_equal_text((const uint8_t *)"AB\0C", 4, "AB"));
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		bool lower = byte >= 'a' && byte <= 'z';

		assert_int_equal(
		    bytes_upper((uint8_t)byte), lower ? byte - 0x20 : byte);
	}
}

static void
copy_past_the_end(void)
{
	uint8_t to[2];

	bytes_copy(to, sizeof to, "abc", 3);
}

static void
open_with_a_length_of_four(void)
{
	uint8_t memory[8] = {0};
	struct reader reader = reader_over(memory, sizeof memory);

	(void)reader_vector(&reader, 4);
}

static void
close_what_was_not_opened(void)
{
	uint8_t memory[8];
	struct writer writer = writer_over(memory, sizeof memory);

	writer_close(&writer, 0, 2);
}

static void
bugs_of_the_caller_abort(void **state)
{
	(void)state;
	assert_true(aborts(copy_past_the_end));
	assert_true(aborts(open_with_a_length_of_four));
	assert_true(aborts(close_what_was_not_opened));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(integers_are_read_big_endian),
	    cmocka_unit_test(integers_keep_their_high_bits),
	    cmocka_unit_test(an_integer_cut_short_fails_the_reader),
	    cmocka_unit_test(a_failed_reader_stays_failed),
	    cmocka_unit_test(bytes_are_lent_where_they_lie),
	    cmocka_unit_test(a_reader_over_nothing_is_done),
	    cmocka_unit_test(vectors_are_readers_of_their_own),
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(a_full_writer_fails_and_writes_nothing),
	    cmocka_unit_test(vectors_get_their_length_when_closed),
	    cmocka_unit_test(a_vector_too_long_for_its_length_fails),
	    cmocka_unit_test(a_vector_without_room_for_its_length_fails),
	    cmocka_unit_test(text_is_copied_whole_or_said_to_be_cut),
	    cmocka_unit_test(copying_and_wiping_touch_only_what_they_are_told),
	    cmocka_unit_test(only_ascii_letters_have_two_cases),
	    cmocka_unit_test(bugs_of_the_caller_abort),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
