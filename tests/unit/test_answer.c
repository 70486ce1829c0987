// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "unit.h"

#include "host/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/sallyport-answer-XXXXXX";
static char path[64], error[256];

static void
set_folder(const char *behind)
{
	char text[128];

	snprintf(text, sizeof text, "%s%s", folder, behind);
	setenv("RUNTIME_DIRECTORY", text, 1);
}

static void
assert_error(const char *expected)
{
	if (strstr(error, expected) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", error, expected);
}

static int
opened(void)
{
	int file = answer_open(error, sizeof error);

	if (file < 0)
		fail_msg("%s", error);
	return file;
}

static void
what_is_told_is_heard(void **state)
{
	int file;

	(void)state;
	set_folder("");
	file = opened();
	answer_tell(NULL);
	assert_true(answer_await(file, getpid(), 1000, error, sizeof error));
	answer_tell("see above");
	assert_false(answer_await(file, getpid(), 1000, error, sizeof error));
	assert_string_equal(error, "the old configuration stays: see above");
	answer_close(file);
	assert_int_equal(access(path, F_OK), -1);
}

static void
the_first_of_several_folders_is_it(void **state)
{
	int file;

	(void)state;
	set_folder(":/nonexistent");
	file = opened();
	assert_int_equal(access(path, F_OK), 0);
	answer_tell(NULL);
	assert_true(answer_await(file, getpid(), 1000, error, sizeof error));
	answer_close(file);
}

static void
one_that_was_killed_is_in_nobodys_way(void **state)
{
	int file;

	(void)state;
	set_folder("");
	close(opened());
	assert_int_equal(access(path, F_OK), 0);
	answer_tell(NULL); // to nobody
	file = opened();
	answer_tell(NULL);
	assert_true(answer_await(file, getpid(), 1000, error, sizeof error));
	answer_close(file);
}

static pid_t
begin_child(const char *tells)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (tells != NULL)
			answer_tell(tells);
		_exit(0);
	}
	return child;
}

static void
nobody_else_is_believed(void **state)
{
	int file;

	(void)state;
	set_folder("");
	file = opened();
	waitpid(begin_child("let in"), NULL, 0);
	assert_false(answer_await(file, getpid(), 50, error, sizeof error));
	assert_error("did not answer");
	waitpid(begin_child("let in"), NULL, 0);
	answer_tell(NULL);
	assert_true(answer_await(file, getpid(), 1000, error, sizeof error));
	answer_close(file);
}

static void
what_ended_is_not_waited_for(void **state)
{
	int file;
	pid_t child;

	(void)state;
	set_folder("");
	file = opened();
	child = begin_child(NULL);
	waitpid(child, NULL, 0);
	assert_false(answer_await(file, child, 60000, error, sizeof error));
	assert_error("has ended");
	// What it told before counts.
	child = begin_child("no right");
	waitpid(child, NULL, 0);
	assert_false(answer_await(file, child, 60000, error, sizeof error));
	assert_error("no right");
	answer_close(file);
}

static void
without_a_folder_there_is_no_answer(void **state)
{
	char longer[200];

	(void)state;
	unsetenv("RUNTIME_DIRECTORY");
	assert_int_equal(answer_open(error, sizeof error), -1);
	assert_error("RUNTIME_DIRECTORY");
	answer_tell(NULL);
	set_folder("/nonexistent");
	assert_int_equal(answer_open(error, sizeof error), -1);
	assert_error("No such file or directory");
	answer_tell(NULL);
	memset(longer, '/', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	setenv("RUNTIME_DIRECTORY", longer, 1);
	assert_int_equal(answer_open(error, sizeof error), -1);
	answer_tell(NULL);
	answer_close(-1);
}

// Others may send to it only where what is asked may be another user.
static void
only_root_lets_others_tell(void **state)
{
	struct stat status;
	int file;

	(void)state;
	set_folder("");
	umask(077);
	file = opened();
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, geteuid() == 0 ? 0666 : 0700);
	answer_close(file);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/reload", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unsetenv("RUNTIME_DIRECTORY");
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_told_is_heard),
	    cmocka_unit_test(the_first_of_several_folders_is_it),
	    cmocka_unit_test(one_that_was_killed_is_in_nobodys_way),
	    cmocka_unit_test(nobody_else_is_believed),
	    cmocka_unit_test(what_ended_is_not_waited_for),
	    cmocka_unit_test(without_a_folder_there_is_no_answer),
	    cmocka_unit_test(only_root_lets_others_tell),
	};

	return cmocka_run_group_tests_name("answer", tests, set_up, tear_down);
}
