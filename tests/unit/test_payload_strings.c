// SPDX-License-Identifier: ISC
//
// Content of DATA, brute forced: every short string of the bytes that matter.

#include "unit.h"

#include "base/bytes.h"
#include "payload_feed.h"

#include <string.h>

// Strict and naive: where CRLF.CRLF ends in bytes, which stand behind a
// CRLF; 0 when it is not in them.
static size_t
find_end(const char *bytes, size_t size)
{
	if (size >= 3 && memcmp(bytes, ".\r\n", 3) == 0)
		return 3;
	for (size_t at = 0; at + 5 <= size; at++)
		if (memcmp(bytes + at, "\r\n.\r\n", 5) == 0)
			return at + 5;
	return 0;
}

static bool
has_bare_newline(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			return true;
		if (bytes[i] == '\r' && (i + 1 == size || bytes[i + 1] != '\n'))
			return true;
	}
	return false;
}

// As a receiver that drops NUL sees it.
static size_t
drop_nuls(char *to, const uint8_t *from, size_t size)
{
	size_t kept = 0;

	for (size_t i = 0; i < size; i++)
		if (from[i] != '\0')
			to[kept++] = (char)from[i];
	return kept;
}

// The properties that hold for any content in normalize mode. What goes to
// the receiver is the output and, once it ended, ".CRLF".
static void
check_normalized(const char *text, size_t size, const struct outcome *outcome)
{
	char sent[ROOM + 3];
	size_t end = find_end(text, size);
	size_t before = end > 0 ? end - 3 : size;
	size_t kept = drop_nuls(sent, outcome->bytes, outcome->size);

	assert_int_equal(outcome->ended, end > 0);
	assert_int_equal(outcome->used, end > 0 ? end : size);
	assert_int_equal(find_end(sent, kept), 0);
	if (!outcome->ended)
		return;
	assert_false(has_bare_newline(sent, kept));
	bytes_copy(sent + kept, 3, ".\r\n", 3);
	assert_int_equal(find_end(sent, kept + 3), kept + 3);

	bytes_copy(sent, ROOM, outcome->bytes, outcome->size);
	assert_false(has_bare_newline(sent, outcome->size));
	bytes_copy(sent + outcome->size, 3, ".\r\n", 3);
	assert_int_equal(find_end(sent, outcome->size + 3), outcome->size + 3);
	assert_int_equal(
	    outcome->bare ? 0 : before, outcome->bare ? 0 : outcome->size);
	if (!outcome->bare)
		assert_memory_equal(outcome->bytes, text, before);
	if (memchr(text, '\0', before) == NULL)
		assert_int_equal(outcome->bare, has_bare_newline(text, before));
}

static void
check_rejecting(const char *text, size_t size, const struct outcome *outcome,
    const struct outcome *normalized)
{
	assert_int_equal(outcome->bare, normalized->bare);
	assert_int_equal(outcome->ended, normalized->ended);
	assert_int_equal(outcome->used, normalized->used);
	assert_true(outcome->size <= size);
	assert_memory_equal(outcome->bytes, text, outcome->size);
	if (!outcome->bare)
		assert_same(outcome, normalized);
}

// Calls check for every string of at most longest of these letters.
static void
for_all_strings(const char *letters, size_t kinds, size_t longest,
    void (*check)(const char *text, size_t size))
{
	char text[16];
	size_t digits[16] = {0};

	for (size_t size = 0; size <= longest; size++) {
		bool more = true;

		while (more) {
			for (size_t i = 0; i < size; i++)
				text[i] = letters[digits[i]];
			check(text, size);
			more = false;
			for (size_t i = 0; i < size && !more; i++) {
				digits[i] = (digits[i] + 1) % kinds;
				more = digits[i] != 0;
			}
		}
	}
}

static void
check_string(const char *text, size_t size)
{
	struct outcome normalized =
	    feed_every_way(text, size, PAYLOAD_NORMALIZE, false);
	struct outcome rejecting =
	    feed_every_way(text, size, PAYLOAD_REJECT, false);

	check_normalized(text, size, &normalized);
	check_rejecting(text, size, &rejecting, &normalized);
}

static void
all_strings_of_nine_bytes_are_framed_and_cleaned(void **state)
{
	(void)state;
	for_all_strings("a.\r\n", 4, 9, check_string);
}

static void
all_strings_with_nul_are_framed_and_cleaned(void **state)
{
	(void)state;
	for_all_strings("a.\r\n\0", 5, 7, check_string);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_strings_of_nine_bytes_are_framed_and_cleaned),
	    cmocka_unit_test(all_strings_with_nul_are_framed_and_cleaned),
	};

	return cmocka_run_group_tests_name(
	    "payload_strings", tests, NULL, NULL);
}
