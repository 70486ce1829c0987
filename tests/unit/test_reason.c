// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/reason.h"

#include <string.h>

// What users script against: a name here changes only with its meaning.
static void
known_reasons_have_their_names(void **state)
{
	static const struct {
		enum reason reason;
		const char *name;
		enum reason_whose whose;
	} rows[] = {
	    {REASON_NONE, "none", REASON_BY_US},
	    {REASON_QUIT, "quit", REASON_BY_SENDER},
	    {REASON_SENDER_INJECTION, "sender-injection", REASON_BY_SENDER},
	    {REASON_RECEIVER_NO_STARTTLS, "receiver-no-starttls",
		REASON_BY_RECEIVER},
	    {REASON_RECEIVER_TIMEOUT, "receiver-timeout", REASON_BY_RECEIVER},
	    {REASON_SHUTDOWN, "shutdown", REASON_BY_US},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_string_equal(reason_name(rows[i].reason), rows[i].name);
		assert_int_equal(reason_whose(rows[i].reason), rows[i].whose);
	}
}

static void
names_are_log_words_and_told_apart(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		const char *name = reason_name((enum reason)i);

		assert_int_not_equal(strlen(name), 0);
		assert_int_equal(
		    strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    name, reason_name((enum reason)j));
	}
}

static void
names_begin_with_whose_doing_it_was(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		const char *name = reason_name((enum reason)i);
		enum reason_whose whose = reason_whose((enum reason)i);

		if (strncmp(name, "sender-", 7) == 0)
			assert_int_equal(whose, REASON_BY_SENDER);
		if (strncmp(name, "receiver-", 9) == 0)
			assert_int_equal(whose, REASON_BY_RECEIVER);
	}
}

static void
sentences_are_plain_and_without_a_full_stop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		const char *sentence = reason_sentence((enum reason)i);
		size_t size = strlen(sentence);

		assert_true(size > 10);
		assert_true(sentence[0] >= 'a' && sentence[0] <= 'z');
		assert_int_not_equal(sentence[size - 1], '.');
		assert_null(strchr(sentence, '\n'));
	}
}

static void
ask_for_no_reason_at_all(void)
{
	(void)reason_name(REASON_COUNT);
}

// Whatever went wrong, somebody can change something.
static void
what_went_wrong_has_an_advice(void **state)
{
	static const enum reason well[] = {
	    REASON_NONE, REASON_QUIT, REASON_SENDER_CLOSED, REASON_SHUTDOWN};

	(void)state;
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		const char *advice = reason_advice((enum reason)i);
		size_t size = strlen(advice);
		bool is_well = false;

		for (size_t j = 0; j < ROWS(well); j++)
			is_well = is_well || well[j] == (enum reason)i;
		assert_int_equal(size == 0, is_well);
		assert_true(size == 0 || advice[size - 1] != '.');
	}
}

static void
bugs_of_the_caller_abort(void **state)
{
	(void)state;
	assert_true(aborts(ask_for_no_reason_at_all));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_reasons_have_their_names),
	    cmocka_unit_test(names_are_log_words_and_told_apart),
	    cmocka_unit_test(names_begin_with_whose_doing_it_was),
	    cmocka_unit_test(sentences_are_plain_and_without_a_full_stop),
	    cmocka_unit_test(what_went_wrong_has_an_advice),
	    cmocka_unit_test(bugs_of_the_caller_abort),
	};

	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
