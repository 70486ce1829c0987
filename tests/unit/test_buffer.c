// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/buffer.h"

#include <string.h>

enum { LIMIT = 4096 };

static void
assert_queue(const struct buffer *buffer, const char *text)
{
	assert_int_equal(buffer->size, strlen(text));
	assert_memory_equal(buffer_bytes(buffer), text, strlen(text));
}

static void
an_empty_buffer_holds_no_memory(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, LIMIT);
	assert_null(buffer.memory);
	assert_null(buffer_bytes(&buffer));
	assert_int_equal(buffer_left(&buffer), LIMIT);
	assert_true(buffer_append(&buffer, "ab", 2));
	assert_non_null(buffer.memory);
	buffer_consume(&buffer, 1);
	assert_queue(&buffer, "b");
	buffer_consume(&buffer, 1);
	assert_null(buffer.memory);
	assert_null(buffer_bytes(&buffer));
	assert_true(buffer_append(&buffer, "c", 1));
	assert_queue(&buffer, "c");
	buffer_free(&buffer);
	assert_null(buffer.memory);
	assert_int_equal(buffer_left(&buffer), LIMIT);
}

static void
bytes_come_out_as_they_went_in(void **state)
{
	struct buffer buffer;
	uint8_t in = 0, out = 0;

	(void)state;
	buffer_init(&buffer, LIMIT);
	// In faster than out, then out faster than in: the queue wanders
	// through its memory, grows and is moved to the front.
	for (unsigned round = 0; round < 2000; round++) {
		size_t more = round < 1000 ? 5 : 2;
		size_t less = round < 1000 ? 3 : 4;

		for (size_t i = 0; i < more; i++, in++)
			assert_true(buffer_append(&buffer, &in, 1));
		assert_true(buffer.size <= LIMIT);
		for (size_t i = 0; i < less; i++, out++) {
			assert_int_equal(*buffer_bytes(&buffer), out);
			buffer_consume(&buffer, 1);
		}
	}
	assert_int_equal(buffer.size, 0);
	assert_null(buffer.memory);
}

static void
the_limit_is_hard(void **state)
{
	static const uint8_t bytes[LIMIT + 1];
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, LIMIT);
	assert_false(buffer_append(&buffer, bytes, LIMIT + 1));
	assert_int_equal(buffer.size, 0);
	assert_true(buffer_append(&buffer, bytes, LIMIT));
	assert_int_equal(buffer_left(&buffer), 0);
	assert_false(buffer_append(&buffer, bytes, 1));
	assert_null(buffer_reserve(&buffer, 1));
	assert_null(buffer_reserve(&buffer, SIZE_MAX));
	assert_int_equal(buffer.size, LIMIT);
	buffer_consume(&buffer, 1);
	assert_false(buffer_append(&buffer, bytes, 2));
	assert_true(buffer_append(&buffer, bytes, 1));
	buffer_free(&buffer);
}

static void
appending_nothing_needs_no_room(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 0);
	assert_true(buffer_append(&buffer, NULL, 0));
	assert_false(buffer_append(&buffer, "a", 1));
	assert_null(buffer.memory);
	buffer_consume(&buffer, 0);
	buffer_free(&buffer);
}

static void
reserved_room_is_queued_as_far_as_committed(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, LIMIT);
	assert_true(buffer_append(&buffer, "ab", 2));
	uint8_t *room = buffer_reserve(&buffer, 1000);
	assert_non_null(room);
	memset(room, 'c', 1000);
	assert_int_equal(buffer.size, 2);
	buffer_commit(&buffer, 2);
	assert_queue(&buffer, "abcc");
	room = buffer_reserve(&buffer, 1);
	*room = 'd';
	buffer_commit(&buffer, 1);
	assert_queue(&buffer, "abccd");
	buffer_free(&buffer);
}

// What was dropped may be a password: nothing of it stays in the memory.
static void
what_is_consumed_is_wiped(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, LIMIT);
	assert_true(buffer_append(&buffer, "secret", 6));
	assert_true(buffer_append(&buffer, "kept", 4));
	const uint8_t *memory = buffer_bytes(&buffer);
	buffer_consume(&buffer, 6);
	assert_ptr_equal(buffer_bytes(&buffer), memory + 6);
	assert_memory_equal(memory, "\0\0\0\0\0\0", 6);
	buffer_free(&buffer);
}

static void
what_is_moved_to_the_front_leaves_nothing_behind(void **state)
{
	static const uint8_t zeros[LIMIT];
	uint8_t text[300];
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, LIMIT);
	memset(text, 'x', sizeof text);
	assert_true(buffer_append(&buffer, text, sizeof text));
	buffer_consume(&buffer, sizeof text - 10);
	const uint8_t *memory = buffer.memory;
	size_t room = buffer.room;
	// More than is left behind the queue, less than is left in all.
	assert_non_null(buffer_reserve(&buffer, room - sizeof text + 1));
	assert_ptr_equal(buffer.memory, memory);
	assert_int_equal(buffer.start, 0);
	assert_int_equal(buffer.size, 10);
	assert_memory_equal(memory, text, 10);
	assert_memory_equal(memory + 10, zeros, sizeof text - 10);
	buffer_free(&buffer);
}

static struct buffer broken;

static void
consume_more_than_is_queued(void)
{
	buffer_init(&broken, LIMIT);
	(void)buffer_append(&broken, "a", 1);
	buffer_consume(&broken, 2);
}

static void
commit_more_than_was_reserved(void)
{
	buffer_init(&broken, LIMIT);
	(void)buffer_append(&broken, "a", 1);
	buffer_commit(&broken, broken.room);
}

static void
commit_past_the_limit(void)
{
	buffer_init(&broken, 2);
	(void)buffer_append(&broken, "a", 1);
	buffer_commit(&broken, 2);
}

static void
bugs_of_the_caller_abort(void **state)
{
	(void)state;
	assert_true(aborts(consume_more_than_is_queued));
	assert_true(aborts(commit_more_than_was_reserved));
	assert_true(aborts(commit_past_the_limit));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_buffer_holds_no_memory),
	    cmocka_unit_test(bytes_come_out_as_they_went_in),
	    cmocka_unit_test(the_limit_is_hard),
	    cmocka_unit_test(appending_nothing_needs_no_room),
	    cmocka_unit_test(reserved_room_is_queued_as_far_as_committed),
	    cmocka_unit_test(what_is_consumed_is_wiped),
	    cmocka_unit_test(what_is_moved_to_the_front_leaves_nothing_behind),
	    cmocka_unit_test(bugs_of_the_caller_abort),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
