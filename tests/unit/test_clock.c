// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "unit.h"

#include "base/clock.h"

#include <time.h>

static uint64_t
played_monotonic(void)
{
	return 1234;
}

static uint64_t
played_wall(void)
{
	return 5678;
}

static void
the_clock_can_be_replaced_and_given_back(void **state)
{
	static const struct clock played = {played_monotonic, played_wall};

	(void)state;
	clock_replace(&played);
	assert_int_equal(clock_monotonic(), 1234);
	assert_int_equal(clock_wall(), 5678);
	clock_replace(NULL);
	assert_int_not_equal(clock_wall(), 5678);
}

static void
wall_time_is_microseconds_since_1970(void **state)
{
	uint64_t before = (uint64_t)time(NULL);
	uint64_t wall = clock_wall() / 1000000;

	(void)state;
	// time() may lag a tick behind; a wrong unit is off by a thousand.
	assert_in_range(wall, before - 1, before + 60);
}

static void
monotonic_time_is_milliseconds_and_advances(void **state)
{
	const struct timespec nap = {.tv_nsec = 20000000};
	uint64_t before = clock_monotonic();

	(void)state;
	nanosleep(&nap, NULL);
	assert_in_range(clock_monotonic() - before, 19, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_clock_can_be_replaced_and_given_back),
	    cmocka_unit_test(wall_time_is_microseconds_since_1970),
	    cmocka_unit_test(monotonic_time_is_milliseconds_and_advances),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
