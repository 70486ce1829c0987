// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "host/faults_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What comes on standard error, in one that the journal reads or not.
static void
heard(const struct faults *faults, bool journal, const char *expected)
{
	char text[4096], stream[64];
	FILE *kept = tmpfile();
	int outer = dup(STDERR_FILENO);
	struct stat status;
	size_t size;

	assert_non_null(kept);
	assert_int_equal(fstat(fileno(kept), &status), 0);
	// systemd.exec(5); of another stream it is somebody else's.
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev,
	    (uintmax_t)status.st_ino + (journal ? 0 : 1));
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(fileno(kept), STDERR_FILENO);
	faults_tell(faults);
	fflush(stderr);
	dup2(outer, STDERR_FILENO);
	close(outer);
	unsetenv("JOURNAL_STREAM");
	rewind(kept);
	size = fread(text, 1, sizeof text - 1, kept);
	text[size] = '\0';
	fclose(kept);
	assert_string_equal(text, expected);
}

static void
each_fault_has_its_priority_in_the_journal(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults);
	faults_add(&faults, FAULT_ERROR, (struct origin){"a.conf", 2}, "wrong");
	faults_add(&faults, FAULT_OVERDUE, (struct origin){"a.conf", 3}, "old");
	faults_add(
	    &faults, FAULT_WARNING, (struct origin){"command line", 0}, "odd");
	faults.errors++; // one that there was no memory to keep
	heard(&faults, false,
	    "a.conf:2: wrong\n"
	    "a.conf:3: old\n"
	    "command line: warning: odd\n"
	    "and 1 more\n");
	heard(&faults, true,
	    "<3>error: a.conf:2: wrong\n"
	    "<4>warning: a.conf:3: old\n"
	    "<4>warning: command line: odd\n"
	    "<3>error: and 1 more\n");
	faults_free(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_fault_has_its_priority_in_the_journal),
	};

	return cmocka_run_group_tests_name("faults_log", tests, NULL, NULL);
}
