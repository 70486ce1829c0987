// SPDX-License-Identifier: ISC

#include "unit.h"

#include "watch/metrics.h"

#include <string.h>

static void
counters_add_up_and_gauges_go_down(void **state)
{
	struct metrics one = {0}, two = {0}, sum = {0};

	(void)state;
	metrics_add(&one, METRIC_SESSIONS, 2);
	metrics_add(&one, METRIC_SESSIONS_NOW, 2);
	metrics_drop(&one, METRIC_SESSIONS_NOW);
	metrics_ended(&one, REASON_QUIT);
	metrics_add(&two, METRIC_SESSIONS, 5);
	metrics_ended(&two, REASON_QUIT);
	metrics_sum(&sum, &one);
	metrics_sum(&sum, &two);
	assert_int_equal(sum.value[METRIC_SESSIONS], 7);
	assert_int_equal(sum.value[METRIC_SESSIONS_NOW], 1);
	assert_int_equal(sum.ended[REASON_QUIT], 2);
	assert_int_equal(sum.ended[REASON_LIMIT], 0);
}

static void
drop_below_zero(void)
{
	struct metrics metrics = {0};

	metrics_drop(&metrics, METRIC_SESSIONS_NOW);
}

static void
drop_a_counter(void)
{
	struct metrics metrics = {.value = {[METRIC_SESSIONS] = 1}};

	metrics_drop(&metrics, METRIC_SESSIONS);
}

static void
only_a_gauge_above_zero_goes_down(void **state)
{
	(void)state;
	assert_true(aborts(drop_below_zero));
	assert_true(aborts(drop_a_counter));
}

static void
names_are_fit_for_prometheus(void **state)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyz_";

	(void)state;
	for (int i = 0; i < METRIC_COUNT; i++) {
		const char *name = metric_name((enum metric)i);
		size_t size = strlen(name);
		bool total = size > 6 && strcmp(name + size - 6, "_total") == 0;

		assert_int_equal(strspn(name, fit), size);
		assert_int_equal(total, !metric_is_gauge((enum metric)i));
		assert_true(strlen(metric_text((enum metric)i)) > 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    name, metric_name((enum metric)j));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counters_add_up_and_gauges_go_down),
	    cmocka_unit_test(only_a_gauge_above_zero_goes_down),
	    cmocka_unit_test(names_are_fit_for_prometheus),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
