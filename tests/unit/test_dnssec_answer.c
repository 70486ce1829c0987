// SPDX-License-Identifier: ISC

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "unit.h"

#ifdef HAVE_LIBUNBOUND

#include "net/dnssec_answer.h"

#include <stdio.h>
#include <string.h>
#include <unbound.h>

static const struct row {
	const char *name;
	int error, rcode, secure, bogus;
	const char *why_bogus;
	enum dnssec_status status;
	const char *why;
} rows[] = {
    {"proven", 0, 0, 1, 0, NULL, DNSSEC_SECURE, NULL},
    {"proven not to be there", 0, 3, 1, 0, NULL, DNSSEC_SECURE, NULL},
    {"not signed", 0, 0, 0, 0, NULL, DNSSEC_INSECURE, NULL},
    {"not signed, not there", 0, 3, 0, 0, NULL, DNSSEC_INSECURE, NULL},
    {"forged", 0, 0, 0, 1, "signature", DNSSEC_BOGUS, "signature"},
    {"forged, and why is not told", 0, 0, 0, 1, NULL, DNSSEC_BOGUS,
	"validation failed"},
    // It is never both; if it were, the worse would count.
    {"forged and proven", 0, 0, 1, 1, NULL, DNSSEC_BOGUS, "validation failed"},
    {"forged and failed", 0, 2, 0, 1, NULL, DNSSEC_BOGUS, "validation failed"},
    {"failed", 0, 2, 0, 0, NULL, DNSSEC_FAILED, "SERVFAIL"},
    {"failed, and called proven", 0, 2, 1, 0, NULL, DNSSEC_FAILED, "SERVFAIL"},
    {"refused", 0, 5, 0, 0, NULL, DNSSEC_FAILED, "REFUSED"},
    {"anything else", 0, 9, 0, 0, NULL, DNSSEC_FAILED, "no answer of use"},
    {"memory", UB_NOMEM, 0, 1, 0, NULL, DNSSEC_FAILED, "memory"},
};

static char data[2][4] = {"abc", "de"};
static char *records[] = {data[0], data[1], NULL};
static int sizes[] = {3, 2};

static void
only_what_was_validated_is_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char why_bogus[32];
		struct ub_result result = {.rcode = rows[i].rcode,
		    .secure = rows[i].secure,
		    .bogus = rows[i].bogus,
		    .data = records,
		    .len = sizes};
		struct dnssec_room room;
		struct dnssec_answer answer;
		bool good = rows[i].why == NULL;

		snprintf(why_bogus, sizeof why_bogus, "%s",
		    good || rows[i].why_bogus == NULL ? "" : rows[i].why_bogus);
		result.why_bogus = rows[i].why_bogus != NULL ? why_bogus : NULL;
		dnssec_answer_of(&answer, &room, rows[i].error, &result);
		if (answer.status != rows[i].status ||
		    (answer.why == NULL) != good ||
		    (!good && strstr(answer.why, rows[i].why) == NULL) ||
		    answer.count != (good ? 2u : 0u) ||
		    answer.canonical != NULL)
			fail_msg("%s: %d %s", rows[i].name, (int)answer.status,
			    answer.why);
		if (!good)
			continue;
		assert_ptr_equal(answer.data[1], data[1]);
		assert_int_equal(answer.sizes[1], 2);
	}
}

static void
nothing_at_all_is_a_failure(void **state)
{
	struct dnssec_room room;
	struct dnssec_answer answer;

	(void)state;
	dnssec_answer_of(&answer, &room, 0, NULL);
	assert_int_equal(answer.status, DNSSEC_FAILED);
	assert_int_equal(answer.count, 0);
	assert_non_null(answer.why);
}

static void
an_alias_leads_to_a_host_name_or_nowhere(void **state)
{
	static const struct {
		const char *asked, *canonical, *wanted;
	} names[] = {
	    {"a.example.", "b.example.", "b.example"},
	    {"a.example", "b.example", "b.example"},
	    {"a.example.", "a.example.", NULL},
	    {"a.example", "A.Example.", NULL},
	    {"a.example.", "a.example", NULL},
	    {"a.example", "a.exampl", "a.exampl"},
	    {"a.example", "_25._tcp.b.example.", "_25._tcp.b.example"},
	    {"a.example", ".", NULL},
	    {"a.example", "", NULL},
	    {"a.example", ".b.example", NULL},
	    {"a.example", "b example.", NULL},
	    {"a.example", "b\r\n250 ok.", NULL},
	    {"a.example", "b/../c.", NULL},
	    {"a.example", "b\xc3\xbc.", NULL},
	    {"a.example", NULL, NULL},
	    {NULL, "b.example", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		char asked[64], canonical[64];
		struct ub_result result = {.secure = 1};
		struct dnssec_room room;
		struct dnssec_answer answer;

		snprintf(asked, sizeof asked, "%s",
		    names[i].asked != NULL ? names[i].asked : "");
		snprintf(canonical, sizeof canonical, "%s",
		    names[i].canonical != NULL ? names[i].canonical : "");
		result.qname = names[i].asked != NULL ? asked : NULL;
		result.canonname =
		    names[i].canonical != NULL ? canonical : NULL;
		dnssec_answer_of(&answer, &room, 0, &result);
		if ((answer.canonical == NULL) != (names[i].wanted == NULL) ||
		    (names[i].wanted != NULL &&
			strcmp(answer.canonical, names[i].wanted) != 0))
			fail_msg("%s: %s", canonical, answer.canonical);
	}
}

static void
what_is_too_much_is_left_out(void **state)
{
	enum { MANY = DNSSEC_ANSWERS_MOST + 10 };
	static char *many[MANY + 1];
	static int lengths[MANY];
	char asked[] = "a.example", longer[400];
	struct ub_result result = {.secure = 1,
	    .data = many,
	    .len = lengths,
	    .qname = asked,
	    .canonname = longer};
	struct dnssec_room room;
	struct dnssec_answer answer;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		many[i] = data[0];
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	dnssec_answer_of(&answer, &room, 0, &result);
	assert_int_equal(answer.count, DNSSEC_ANSWERS_MOST);
	assert_null(answer.canonical);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_was_validated_is_believed),
	    cmocka_unit_test(nothing_at_all_is_a_failure),
	    cmocka_unit_test(an_alias_leads_to_a_host_name_or_nowhere),
	    cmocka_unit_test(what_is_too_much_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void
libunbound_is_not_there(void **state)
{
	(void)state;
	skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(libunbound_is_not_there)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
