// SPDX-License-Identifier: ISC
//
// The files of one who watches, opened again after a rotation.

#define _GNU_SOURCE
#include "unit.h"

#include "watch/log.h"
#include "watch/tracer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/test_tracer.XXXXXX";
static char keys[64], capture[64], log_file[64];

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(keys, sizeof keys, "%s/keys", folder);
	snprintf(capture, sizeof capture, "%s/capture", folder);
	snprintf(log_file, sizeof log_file, "%s/log", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

// What the log holds, with its file removed.
static const char *
logged(struct log *log)
{
	static char text[4096];
	int opened = open(log_file, O_RDONLY);
	ssize_t size = read(opened, text, sizeof text - 1);

	assert_true(size >= 0);
	text[size] = '\0';
	close(opened);
	log_close(log);
	unlink(log_file);
	return text;
}

// Whoever rotates two files must not lose one by the other.
static void
a_key_log_that_cannot_be_made_again_is_told_for_itself(void **state)
{
	struct log log;
	struct tracer_options options = {
	    .output = -1, .pcap = capture, .keylog = keys, .log = &log};
	char error[256] = "";
	struct stat status;

	(void)state;
	for (unsigned broken = 1; broken <= 2; broken++) {
		assert_true(log_open(&log,
		    &(struct log_options){.place = LOG_TO_FILE,
			.least = SEVERITY_INFO,
			.path = log_file},
		    error, sizeof error));
		struct trace *trace = tracer_new(&options, error, sizeof error);

		assert_non_null(trace);
		assert_int_equal(unlink(keys), 0);
		assert_int_equal(unlink(capture), 0);
		assert_int_equal(symlink("/nowhere", keys), 0);
		if (broken == 2)
			assert_int_equal(symlink("/nowhere", capture), 0);
		tracer_reopen(trace);
		assert_int_equal(lstat(capture, &status), 0);
		assert_int_equal(S_ISREG(status.st_mode), broken == 1);
		tracer_free(&trace);
		const char *told = logged(&log);

		assert_non_null(strstr(told, keys));
		assert_true((strstr(told, capture) != NULL) == (broken == 2));
		unlink(keys);
		unlink(capture);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_key_log_that_cannot_be_made_again_is_told_for_itself),
	};

	return cmocka_run_group_tests_name(
	    "tracer", tests, make_folder, remove_folder);
}
