// SPDX-License-Identifier: ISC
//
// What is given up stays given up. Each case runs in a child, whose exit
// status tells; those that need root are skipped without it.

#define _GNU_SOURCE
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "unit.h"

#include "host/sandbox.h"

#ifdef HAVE_LIBCAP
#include <sys/capability.h>
#endif
#include <uv.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char error[256];
static const struct sandbox_rights no_rights;

static int
in_a_child(int (*run)(void))
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(run());
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
begins(void)
{
	struct rlimit core;

	sandbox_begin();
	getrlimit(RLIMIT_CORE, &core);
	return core.rlim_cur == 0 && core.rlim_max == 0 && umask(077) == 077
		   ? 0
		   : 1;
}

static void
no_core_and_no_files_for_others(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(begins), 0);
}

static void
ticked(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

// libuv 1.46 and later keeps an io_uring in each loop, and aborts when it is
// forbidden afterwards.
static int
loops(void)
{
	uv_loop_t loop;
	uv_timer_t timer;
	uv_async_t async;
	bool seen = false;

	sandbox_begin();
	if (uv_loop_init(&loop) != 0)
		return 1;
	if (!sandbox_filter(error, sizeof error))
		return 2;
	uv_async_init(&loop, &async, NULL);
	uv_unref((uv_handle_t *)&async);
	uv_timer_init(&loop, &timer);
	timer.data = &seen;
	uv_timer_start(&timer, ticked, 1, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	return seen ? 0 : 3;
}

static void
a_loop_made_before_the_filter_runs_after_it(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(loops), 0);
}

static int
filtered(void)
{
	char name[] = "true";
	char *const words[] = {name, NULL};

	if (!sandbox_filter(error, sizeof error))
		return 1;
	if (execv("/bin/true", words) == 0 || errno != EPERM)
		return 2;
	if (personality(PER_LINUX32) >= 0 || errno != EPERM)
		return 3;
	// What mail needs goes on.
	return getpid() > 0 && access("/", F_OK) == 0 ? 0 : 4;
}

static void
no_other_program_is_run_any_more(void **state)
{
	(void)state;
#ifndef HAVE_LIBSECCOMP
	skip();
#endif
	assert_int_equal(in_a_child(filtered), 0);
}

static int
dropped(void)
{
	uid_t real, effective, saved;
	struct passwd *nobody = getpwnam("nobody");

	if (nobody == NULL ||
	    !sandbox_drop("nobody", NULL, &no_rights, error, 256))
		return 1;
	if (getresuid(&real, &effective, &saved) != 0 ||
	    real != nobody->pw_uid || effective != real || saved != real)
		return 2;
	if (getegid() != nobody->pw_gid || setuid(0) == 0 || setgid(0) == 0)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 4;
	// Once dropped, asking for the same again is no fault.
	return sandbox_drop("nobody", NULL, &no_rights, error, sizeof error)
		   ? 0
		   : 5;
}

static void
root_becomes_the_user_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_a_child(dropped), 0);
}

#ifdef HAVE_LIBCAP

static bool
may(cap_value_t right)
{
	cap_t now = cap_get_proc();
	cap_flag_value_t has = CAP_CLEAR;

	cap_get_flag(now, right, CAP_EFFECTIVE, &has);
	cap_free(now);
	return has == CAP_SET;
}

// Which of the three are left, as bits.
static int
left(const struct sandbox_rights *rights)
{
	if (!sandbox_drop("nobody", NULL, rights, error, sizeof error))
		return 128;
	return may(CAP_NET_BIND_SERVICE) + 2 * may(CAP_NET_RAW) +
	       4 * may(CAP_NET_ADMIN) + 8 * may(CAP_DAC_OVERRIDE);
}

static int
keeps_nothing(void)
{
	return left(&no_rights);
}

static int
keeps_low_ports(void)
{
	return left(&(struct sandbox_rights){.low_ports = true});
}

static int
keeps_foreign_addresses(void)
{
	return left(&(struct sandbox_rights){.foreign_addresses = true});
}

// Root without CAP_NET_RAW, as a container's may be.
static int
keeps_the_greater_right(void)
{
	const cap_value_t raw[] = {CAP_NET_RAW};
	cap_t now = cap_get_proc();

	cap_set_flag(now, CAP_PERMITTED, 1, raw, CAP_CLEAR);
	cap_set_flag(now, CAP_EFFECTIVE, 1, raw, CAP_CLEAR);
	cap_set_proc(now);
	cap_free(now);
	return keeps_foreign_addresses();
}

// Root that stays root.
static int
keeps_no_more_as_root(void)
{
	const struct sandbox_rights rights = {.low_ports = true};
	int status =
	    sandbox_drop(NULL, NULL, &rights, error, sizeof error) ? 0 : 64;

	for (cap_value_t right = 0; cap_get_bound(right) >= 0; right++)
		status |=
		    cap_get_bound(right) != (right == CAP_NET_BIND_SERVICE);
	return geteuid() == 0 && may(CAP_NET_BIND_SERVICE) &&
		       !may(CAP_NET_RAW) && !may(CAP_DAC_OVERRIDE) &&
		       !may(CAP_SETPCAP)
		   ? status
		   : 32;
}

// Once a user, what the policy does not need is given up too: a unit may have
// given more.
static int
gives_up_later(void)
{
	const struct sandbox_rights all = {true, true};

	return left(&all) == 3 ? left(&no_rights) : 64;
}

#endif

static void
only_the_rights_that_are_needed_stay(void **state)
{
	(void)state;
#ifdef HAVE_LIBCAP
	if (geteuid() != 0 || !may(CAP_NET_RAW) || !may(CAP_NET_ADMIN))
		skip();
	assert_int_equal(in_a_child(keeps_nothing), 0);
	assert_int_equal(in_a_child(keeps_low_ports), 1);
	assert_int_equal(in_a_child(keeps_foreign_addresses), 2);
	assert_int_equal(in_a_child(keeps_the_greater_right), 4);
	assert_int_equal(in_a_child(gives_up_later), 0);
	assert_int_equal(in_a_child(keeps_no_more_as_root), 0);
#else
	skip();
#endif
}

static void
who_is_not_there_is_told(void **state)
{
	(void)state;
	assert_false(sandbox_drop(
	    "no-such-user", NULL, &no_rights, error, sizeof error));
	assert_non_null(strstr(error, "no user no-such-user"));
	assert_false(sandbox_drop(
	    NULL, "no-such-group", &no_rights, error, sizeof error));
	assert_non_null(strstr(error, "no group no-such-group"));
}

static int
drops_as_nobody(void)
{
	struct passwd *nobody = getpwnam("nobody");

	if (setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) != 0)
		return 1;
	return sandbox_drop("root", NULL, &no_rights, error, sizeof error) ? 2
									   : 0;
}

static void
only_root_can_become_another(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_a_child(drops_as_nobody), 0);
}

static int
stays_who_it_is(void)
{
	uid_t before = geteuid();

	return sandbox_drop(NULL, NULL, &no_rights, error, sizeof error) &&
		       geteuid() == before
		   ? 0
		   : 1;
}

static void
nobody_asked_for_is_nobody_become(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(stays_who_it_is), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_core_and_no_files_for_others),
	    cmocka_unit_test(a_loop_made_before_the_filter_runs_after_it),
	    cmocka_unit_test(no_other_program_is_run_any_more),
	    cmocka_unit_test(root_becomes_the_user_for_good),
	    cmocka_unit_test(only_the_rights_that_are_needed_stay),
	    cmocka_unit_test(who_is_not_there_is_told),
	    cmocka_unit_test(only_root_can_become_another),
	    cmocka_unit_test(nobody_asked_for_is_nobody_become),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
