// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "unit.h"

#include "configuration.h"
#include "host/open_files.h"

#include <sys/resource.h>

struct
try {
	unsigned sessions;
	rlim_t soft, hard, then;
	bool told;
};

static bool
comes_true(const struct try *try)
{
	struct rlimit limit = {try->soft, try->hard};
	char text[512], got[1024] = "";
	FILE *memory = fmemopen(got, sizeof got, "w");
	struct policy *policy;
	struct faults faults;

	snprintf(text, sizeof text,
	    LISTENER_WITH("") "limits = { sessions = %u }\n", try->sessions);
	policy = policy_of(text);
	setrlimit(RLIMIT_NOFILE, &limit);
	faults_init(&faults);
	open_files_allow(policy, &faults);
	faults_print(&faults, memory);
	fclose(memory);
	faults_free(&faults);
	policy_release(&policy);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur == try->then && limit.rlim_max == try->hard &&
	       (strstr(got, "a.conf:2: warning: limits.sessions: ") != NULL) ==
		   try->told;
}

static void
the_limit_is_raised_as_far_as_it_may_be(void **state)
{
	static const struct try rows[] = {
	    {1000, 256, 4096, 2065, false},
	    {1000, 256, 2065, 2065, false},
	    {1000, 256, 2064, 2064, true},
	    {1000, 256, 256, 256, true},
	    {1000, 3000, 4096, 3000, false},
	    {50, 256, 4096, 256, false},
	    {1000000, 256, 4096, 4096, true},
	};
	struct rlimit before;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	if (before.rlim_max < 4096)
		skip();
	for (size_t i = 0; i < ROWS(rows); i++) {
		pid_t child = fork();
		int status = -1;

		if (child == 0)
			_exit(comes_true(&rows[i]) ? 0 : 1);
		waitpid(child, &status, 0);
		if (status != 0)
			fail_msg("row %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_limit_is_raised_as_far_as_it_may_be),
	};

	return cmocka_run_group_tests_name("open_files", tests, NULL, NULL);
}
