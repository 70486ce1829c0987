// SPDX-License-Identifier: ISC
//
// What is remembered of receivers, and the text that it is kept as.

#include "unit.h"

#include "base/clock.h"
#include "net/receivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "sallyport-receivers 3\n"

static struct reader
over(const char *text)
{
	return reader_over(text, strlen(text));
}

// What is kept in lines of the version that is written; how many are wrong.
static size_t
read_lines(struct receivers *receivers, const char *lines)
{
	char text[1024];
	size_t wrong = 0;

	snprintf(text, sizeof text, "%s%s", VERSION, lines);
	assert_true(receivers_read(receivers, over(text), &wrong));
	return wrong;
}

static void
lines_are_read_or_passed_over(void **state)
{
	static const struct {
		const char *text;
		size_t wrong;
		bool known; // mx.test:25
	} rows[] = {
	    {"", 0, false},
	    {"mx.test 25 1\n", 0, true},
	    {"mx.test 25 1", 0, true},
	    {"MX.Test 25 253402300799\n", 0, true},
	    {"# mx.test 25 1\n\n", 0, false},
	    {"mx.test 26 1\n", 0, false},
	    {"mx.test 25\n", 1, false},
	    {"mx.test 25 1 \n", 0, true},
	    {"mx.test 25 1 2\n", 1, false},
	    {"mx.test 25 1 hello\n", 1, false},
	    {"mx.test 25 1 hello 2\n", 1, false},
	    {"mx.test 25 1 ladder hello 2\n", 0, true},
	    {"mx.test 25 1 ladder - 2\n", 0, true},
	    {"mx.test 25 1 ladder hello 2 3\n", 1, false},
	    {"mx.test 25 1 ladder hello 2 other hello 3\n", 0, true},
	    {"mx.test 25 1 a h 2 b h 3 c h 4 d h 5 e h 6\n", 0, true},
	    {"mx.test 25 1 ladder hello 2 other hello\n", 1, false},
	    {"mx.test 25 1 ladder hello x\n", 1, false},
	    {"mx.test 25 1 ladder hello 0\n", 1, false},
	    {"mx.test 25 1 ladder he\x01lo 2\n", 1, false},
	    {"mx.test 25 1 lad\x01"
	     "er hello 2\n",
		1, false},
	    {"mx.test 25 1 ladder aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2\n", 1,
		false},
	    {"mx.test 25 1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa hello 2\n", 1,
		false},
	    {"mx.test  25 1\n", 1, false},
	    {" mx.test 25 1\n", 1, false},
	    {"mx.test\t25 1\n", 1, false},
	    {"mx.test 25 1\r\n", 1, false},
	    {"mx.test 0 1\n", 1, false},
	    {"mx.test 65561 1\n", 1, false},
	    {"mx.test 25 0\n", 1, false},
	    {"mx.test 25 253402300800\n", 1, false},
	    {"mx.test 25 18446744073709551617\n", 1, false},
	    {"mx.test 25 -1\n", 1, false},
	    {"mx.test 25 1x\n", 1, false},
	    {"m\x7f 25 1\nm\xc3 25 1\nmx.test 25 1\n", 2, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct receivers *receivers = receivers_new();

		assert_int_equal(
		    read_lines(receivers, rows[i].text), rows[i].wrong);
		assert_int_equal(
		    receivers_offered(receivers, "mx.test", 25), rows[i].known);
		assert_false(receivers_changed(receivers));
		receivers_free(&receivers);
	}
}

static void
a_text_of_another_version_is_none(void **state)
{
	static const char *const texts[] = {
	    "# Receivers: host, port, time.\nmx.test 25 1\n",
	    "sallyport-receivers 1\nmx.test 25 1\n",
	    "sallyport-receivers 4\nmx.test 25 1\n",
	    "sallyport-receivers 30\nmx.test 25 1\n",
	    "sallyport-receivers 3",
	    "\nsallyport-receivers 3\nmx.test 25 1\n",
	    "\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct receivers *receivers = receivers_new();
		size_t wrong;

		assert_false(receivers_read(receivers, over(texts[i]), &wrong));
		assert_false(receivers_offered(receivers, "mx.test", 25));
		receivers_free(&receivers);
	}
}

// Its hellos were of no one ladder: that TLS came about is what stays.
static void
version_2_is_read_without_its_hellos(void **state)
{
	static const char text[] =
	    "sallyport-receivers 2\n# comment\nmx.test 25 7 best>it 8\n"
	    "mx.test 26 7\nmx.test 27 7 - 8\nmx.test 28\n";
	struct receivers *receivers = receivers_new();
	size_t wrong;

	(void)state;
	assert_true(receivers_read(receivers, over(text), &wrong));
	assert_int_equal(wrong, 1);
	for (uint16_t port = 25; port <= 28; port++)
		assert_int_equal(
		    receivers_offered(receivers, "mx.test", port), port < 28);
	assert_string_equal(
	    receivers_hello(receivers, "mx.test", 25, "best>it"), "");
	receivers_free(&receivers);
}

// --- The hello to begin with ---

static uint64_t seconds;

static uint64_t
wall(void)
{
	return seconds * 1000000;
}

static uint64_t
monotonic(void)
{
	return seconds * 1000;
}

static int
hold_the_clock(void **state)
{
	static const struct clock held = {.monotonic = monotonic, .wall = wall};

	(void)state;
	seconds = 1800000000;
	clock_replace(&held);
	return 0;
}

static int
let_the_clock_go(void **state)
{
	(void)state;
	clock_replace(NULL);
	return 0;
}

static void
assert_hello(const struct receivers *receivers, const char *hello)
{
	assert_string_equal(
	    receivers_hello(receivers, "mx.test", 25, "it"), hello);
	assert_string_equal(
	    receivers_hello(receivers, "mx.test", 26, "it"), "");
	assert_string_equal(
	    receivers_hello(receivers, "mx.test", 25, "another"), "");
}

static void
the_hello_is_that_which_worked_last(void **state)
{
	struct receivers *receivers = receivers_new();

	(void)state;
	assert_hello(receivers, "");
	receivers_secured(receivers, "mx.test", 25, "it", "");
	assert_hello(receivers, "");
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	assert_hello(receivers, "humbler");
	receivers_secured(receivers, "MX.test", 25, "it", NULL);
	assert_hello(receivers, "humbler");
	receivers_secured(receivers, "mx.test", 25, "it", "humblest");
	assert_hello(receivers, "humblest");
	receivers_secured(receivers, "mx.test", 25, "it", "");
	assert_hello(receivers, "");
	receivers_free(&receivers);
}

// Working meanwhile does not make it last longer.
static void
a_humbler_hello_is_not_for_good(void **state)
{
	struct receivers *receivers = receivers_new();

	(void)state;
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	seconds += RECEIVERS_HELLO_KEPT - 1;
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	assert_hello(receivers, "humbler");
	seconds++;
	assert_hello(receivers, "");
	// The best was tried again, to no avail.
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	seconds += RECEIVERS_HELLO_KEPT - 1;
	assert_hello(receivers, "humbler");
	seconds -= 2 * RECEIVERS_HELLO_KEPT;
	assert_hello(receivers, "");
	receivers_free(&receivers);
}

static struct receivers *
restarted(struct receivers *receivers)
{
	static uint8_t text[RECEIVERS_TEXT_MOST];
	struct writer out = writer_over(text, sizeof text);
	size_t wrong;

	receivers_write(receivers, &out);
	assert_false(out.failed);
	receivers_free(&receivers);
	receivers = receivers_new();
	assert_true(
	    receivers_read(receivers, reader_over(text, out.size), &wrong));
	assert_int_equal(wrong, 0);
	return receivers;
}

static void
a_restart_forgets_no_hello(void **state)
{
	struct receivers *receivers = receivers_new();

	(void)state;
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	assert_true(receivers_changed(receivers));
	receivers = restarted(receivers);
	assert_false(receivers_changed(receivers));
	assert_hello(receivers, "humbler");
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	assert_false(receivers_changed(receivers));
	seconds += 60;
	receivers_secured(receivers, "mx.test", 25, "it", "");
	assert_true(receivers_changed(receivers));
	receivers = restarted(receivers);
	assert_hello(receivers, "");
	receivers_secured(receivers, "mx.test", 25, "it", "humbler");
	receivers = restarted(receivers);
	seconds += RECEIVERS_HELLO_KEPT;
	assert_hello(receivers, "");
	receivers_free(&receivers);
}

// Of what two workers say of one receiver, the later holds.
static void
the_later_hello_holds(void **state)
{
	static const char *const lines[] = {
	    "mx.test 25 1 it older 1799999990\n",
	    "mx.test 25 2 it newer 1799999991\n",
	    "mx.test 25 3\n",
	};
	static const unsigned orders[][3] = {
	    {0, 1, 2},
	    {1, 0, 2},
	    {2, 1, 0},
	    {0, 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		struct receivers *receivers = receivers_new();

		for (size_t j = 0; j < 3; j++)
			read_lines(receivers, lines[orders[i][j]]);
		assert_hello(receivers, "newer");
		read_lines(receivers, "mx.test 25 1 it - 1799999992\n");
		assert_hello(receivers, "");
		receivers_free(&receivers);
	}
}

// What one ladder had to learn is not what another begins with, nor forgotten
// for it; of too many the one that was noted longest ago is.
static void
each_ladder_has_its_own(void **state)
{
	static const char *const ladders[] = {"a", "b", "c", "d", "e"};
	struct receivers *receivers = receivers_new();

	(void)state;
	for (size_t i = 0; i < RECEIVERS_LADDERS; i++) {
		receivers_secured(
		    receivers, "mx.test", 25, ladders[i], ladders[i]);
		seconds++;
	}
	receivers = restarted(receivers);
	for (size_t i = 0; i < RECEIVERS_LADDERS; i++)
		assert_string_equal(
		    receivers_hello(receivers, "mx.test", 25, ladders[i]),
		    ladders[i]);
	receivers_secured(receivers, "mx.test", 25, "a", "later");
	seconds++;
	receivers_secured(receivers, "mx.test", 25, "e", "e");
	receivers = restarted(receivers);
	assert_string_equal(
	    receivers_hello(receivers, "mx.test", 25, "a"), "later");
	assert_string_equal(receivers_hello(receivers, "mx.test", 25, "b"), "");
	for (size_t i = 2; i <= RECEIVERS_LADDERS; i++)
		assert_string_equal(
		    receivers_hello(receivers, "mx.test", 25, ladders[i]),
		    ladders[i]);
	receivers_secured(receivers, "mx.test", 25, "c", "");
	receivers = restarted(receivers);
	assert_string_equal(receivers_hello(receivers, "mx.test", 25, "c"), "");
	receivers_free(&receivers);
}

static void
a_name_that_is_too_long_is_none(void **state)
{
	struct receivers *receivers = receivers_new();
	char text[600];

	(void)state;
	snprintf(text, sizeof text, "%0255d 25 1\n%0256d 25 1\n", 1, 1);
	assert_int_equal(read_lines(receivers, text), 1);
	receivers_free(&receivers);
}

// Of more than there is room for the latest stay, in whatever order they
// come, and all of them fit the text.
static void
the_latest_are_kept(void **state)
{
	struct receivers *receivers = receivers_new();
	uint8_t *text = malloc(RECEIVERS_TEXT_MOST);
	char line[700];

	(void)state;
	for (unsigned i = 0; i < RECEIVERS_MOST + 500; i++) {
		unsigned time = i * 7919 % (RECEIVERS_MOST + 500) + 1;

		snprintf(line, sizeof line,
		    "%0255u 65535 %u a%030u %031u 253402300799 "
		    "b%030u %031u 253402300799 c%030u %031u 253402300799 "
		    "d%030u %031u 253402300799\n",
		    time, time, time, time, time, time, time, time, time, time);
		assert_int_equal(read_lines(receivers, line), 0);
	}
	struct writer out = writer_over(text, RECEIVERS_TEXT_MOST);

	receivers_write(receivers, &out);
	assert_false(out.failed);
	for (unsigned time = 1; time <= RECEIVERS_MOST + 500; time++) {
		snprintf(line, sizeof line, "%0255u", time);
		assert_int_equal(
		    receivers_offered(receivers, line, 65535), time > 500);
	}
	free(text);
	receivers_free(&receivers);
}

int
main(void)
{
#define WITH_A_CLOCK(test)                                                     \
	cmocka_unit_test_setup_teardown(test, hold_the_clock, let_the_clock_go)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_read_or_passed_over),
	    cmocka_unit_test(a_text_of_another_version_is_none),
	    cmocka_unit_test(version_2_is_read_without_its_hellos),
	    cmocka_unit_test(the_hello_is_that_which_worked_last),
	    WITH_A_CLOCK(a_humbler_hello_is_not_for_good),
	    WITH_A_CLOCK(a_restart_forgets_no_hello),
	    WITH_A_CLOCK(the_later_hello_holds),
	    WITH_A_CLOCK(each_ladder_has_its_own),
	    cmocka_unit_test(a_name_that_is_too_long_is_none),
	    cmocka_unit_test(the_latest_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
