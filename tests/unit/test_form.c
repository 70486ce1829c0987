// SPDX-License-Identifier: ISC

#include "unit.h"

#include "smtp/form.h"

#include <string.h>

static void
names_have_no_control_characters(void **state)
{
	static const struct {
		const char *argument;
		size_t size, name;
	} rows[] = {
	    {"", 0, 0},
	    {"EXCH55", 6, 6},
	    {"[192.0.2.7]", 11, 11},
	    {"Printer on floor 2", 18, 18},
	    {"b\xc3\xbcro", 5, 5},
	    {"x\rAUTH PLAIN AGEAYg==", 21, 1},
	    {"x\0AUTH PLAIN AGEAYg==", 21, 1},
	    {"x\tAUTH", 6, 1},
	    {"\x7f", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (form_name_size((const uint8_t *)rows[i].argument,
			rows[i].size) != rows[i].name)
			fail_msg("%s", rows[i].argument);
}

static bool
is_path(const char *argument, const char *prefix)
{
	return form_is_path(
	    (const uint8_t *)argument, strlen(argument), prefix);
}

static void
paths_and_parameters_have_their_form(void **state)
{
	static const struct {
		const char *argument;
		bool good;
	} rows[] = {
	    {"FROM:<>", true},
	    {"from:<a@test>", true},
	    {"FROM: <a@test>  SIZE=1", true},
	    {"FROM:a@test", true},
	    {"FROM:a@test SIZE=1", true},
	    {"FROM:<@a.test,@b.test:c@d.test>", true},
	    {"FROM:<\"a > b\\\" c\"@test>", true},
	    {"FROM:<b\xc3\xbcro@test> SMTPUTF8 BODY=8BITMIME", true},
	    {"FROM:<a@test> AUTH=<> smtputf8 MT-PRIORITY=-3", true},
	    {"FROM:<a@test> REQUIRETLS RET=HDRS ENVID=Q=1", true},

	    {"", false},
	    {"FROM", false},
	    {"FROM:", false},
	    {"FROM:  ", false},
	    {"TO:<a@test>", false},
	    {"<a@test>", false},
	    {"FROM:<a@test", false},
	    {"FROM:<\"a@test>", false},
	    {"FROM:<\"a\\", false},
	    {"FROM:<open sesame@test>", false},
	    {"FROM:a@test open", false},
	    {"FROM:<a@test>SIZE=1", false},
	    {"FROM:<a@test>\tSIZE=1", false},
	    {"FROM:<a@test>\rAUTH=PLAIN", false},
	    {"FROM:<a@\rtest>", false},
	    {"FROM:a@test\rAUTH", false},
	    {"FROM:<a@test> SIZE=1\rAUTH=PLAIN", false},
	    {"FROM:<a@test> AUTH PLAIN AGEAYg==", false},
	    {"FROM:<a@test> AGEAYg", false},
	    {"FROM:<a@test> AGEAYg==", false},
	    {"FROM:<a@test> AGEAYgA=", false},
	    {"FROM:<a@test> AG/AY=g", false},
	    {"FROM:<a@test> =AGEAYg", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (is_path(rows[i].argument, "FROM:") != rows[i].good)
			fail_msg("%s", rows[i].argument);
	assert_true(is_path("TO:<a@test> NOTIFY=NEVER", "TO:"));
	assert_false(is_path("FROM:<a@test>", "TO:"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_have_no_control_characters),
	    cmocka_unit_test(paths_and_parameters_have_their_form),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
