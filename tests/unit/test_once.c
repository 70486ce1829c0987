// SPDX-License-Identifier: ISC

#include "unit.h"

#include "watch/once.h"

#include <stdio.h>
#include <string.h>

static bool
is_new(struct once *once, const char *word)
{
	return once_is_new(once, (const uint8_t *)word, strlen(word));
}

static void
a_word_is_new_once(void **state)
{
	struct once once = {0};

	(void)state;
	assert_true(is_new(&once, "ONE"));
	assert_true(is_new(&once, "ON"));
	assert_true(is_new(&once, ""));
	assert_false(is_new(&once, "ONE"));
	assert_false(is_new(&once, "ON"));
	assert_false(is_new(&once, ""));
}

static void
no_peer_can_make_it_long(void **state)
{
	struct once once = {0};
	char word[2 * ONCE_BYTES + 1];

	(void)state;
	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	assert_true(is_new(&once, word));
	word[ONCE_BYTES] = 'b';
	assert_false(is_new(&once, word));
	for (int i = 1; i < ONCE_WORDS; i++) {
		snprintf(word, sizeof word, "%d", i);
		assert_true(is_new(&once, word));
	}
	assert_false(is_new(&once, "one more"));
	assert_int_equal(once.count, ONCE_WORDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_word_is_new_once),
	    cmocka_unit_test(no_peer_can_make_it_long),
	};

	return cmocka_run_group_tests_name("once", tests, NULL, NULL);
}
