// SPDX-License-Identifier: ISC
//
// Files: where they are looked for, and what is said of those that cannot be
// read.

#define _GNU_SOURCE

#include "unit.h"

#include "configuration.h"

#include <limits.h>
#include <sys/stat.h>

// A directory of this test's own, made by set_up.
static char there[PATH_MAX];

static int
set_up(void **state)
{
	(void)state;
	snprintf(there, sizeof there, "/tmp/sallyport-source-XXXXXX");
	return mkdtemp(there) != NULL ? 0 : -1;
}

static const char *
path_of(const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", there, name);
	return path;
}

static void
write_file(const char *name, const char *text, size_t size)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"a.conf", "b.conf", "nul.conf",
	    "clients.conf", "end.conf", "credentials/in.pem", "credentials",
	    "big.conf"};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		remove(path_of(names[i]));
	return rmdir(there);
}

// Loads a.conf; what is wrong goes to faults.
static struct policy *
load(const char *name, char *faults, size_t room)
{
	struct faults found;
	struct policy *policy;
	FILE *memory = fmemopen(faults, room - 1, "w");

	memset(faults, 0, room);
	faults_init(&found);
	policy = policy_load(path_of(name), NULL, &found);
	faults_print(&found, memory);
	faults_free(&found);
	fclose(memory);
	return policy;
}

static void
what_cannot_be_read_is_told(void **state)
{
	static const char nul[] = LISTENER_WITH("") "\0user = \"x\"\n";
	static const struct {
		const char *name, *fault;
	} rows[] = {
	    {"missing.conf", "No such file or directory"},
	    {".", "Is a directory"},
	    {"nul.conf", "it holds a NUL byte"},
	};

	(void)state;
	write_file("nul.conf", nul, sizeof nul - 1);
	for (size_t i = 0; i < ROWS(rows); i++) {
		char faults[4096], wanted[PATH_MAX + 256];

		assert_null(load(rows[i].name, faults, sizeof faults));
		snprintf(wanted, sizeof wanted, "%s: cannot be read: %s\n",
		    path_of(rows[i].name), rows[i].fault);
		assert_string_equal(faults, wanted);
	}
}

// A fault in an included file is found there.
static void
included_files_have_lines_of_their_own(void **state)
{
	static const char a[] = "@include \"b.conf\"\n" LISTENER_WITH("");
	static const char b[] = "# a comment\nlimits = { sessions = 0 }\n";
	char faults[4096];

	(void)state;
	write_file("a.conf", a, sizeof a - 1);
	write_file("b.conf", b, sizeof b - 1);
	assert_null(load("a.conf", faults, sizeof faults));
	assert_non_null(strstr(
	    faults, "b.conf:2: limits.sessions: 0 is not from 1 to 1000000\n"));
	write_file("b.conf", "limits = = 1", 12);
	assert_null(load("a.conf", faults, sizeof faults));
	assert_non_null(strstr(faults, "b.conf"));
	assert_non_null(strstr(faults, "syntax error"));
}

static void
a_missing_include_is_told(void **state)
{
	static const char a[] = "@include \"c.conf\"\n" LISTENER_WITH("");
	char faults[4096];

	(void)state;
	write_file("a.conf", a, sizeof a - 1);
	assert_null(load("a.conf", faults, sizeof faults));
	assert_non_null(strstr(faults, "a.conf:1: "));
	assert_non_null(strstr(faults, "c.conf: No such file or directory"));
	assert_non_null(strstr(faults, "it is looked for in /tmp/"));
}

static void
write_text(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

// Lists of what is written once for many, or many times for one.
static void
files_are_included_from_anywhere(void **state)
{
	char text[PATH_MAX + 256], faults[4096];
	struct policy *policy;

	(void)state;
	snprintf(text, sizeof text,
	    "listener = { in = { address = \"127.0.0.1:25\"\n"
	    "@include \"%s\" forward-to = \"a.example\" } }\n"
	    "  @include \"end.conf\" # twice\n"
	    "timeouts = { idle = \"0s\" }",
	    path_of("clients.conf"));
	write_file("a.conf", text, strlen(text));
	write_text("clients.conf", "clients = \"10.0.0.0/8\"\n# end");
	write_text("end.conf", "limits = { sessions = 3 }");
	assert_null(load("a.conf", faults, sizeof faults));
	assert_non_null(strstr(faults, "a.conf:4: timeouts.idle: 0s is not"));
	assert_null(strstr(faults, "\n/tmp"));
	text[strlen(text) - 5] = '1';
	write_file("a.conf", text, strlen(text));
	policy = load("a.conf", faults, sizeof faults);
	assert_string_equal(faults, "");
	assert_non_null(policy);
	assert_int_equal(policy_limits(policy)->sessions, 3);
	policy_release(&policy);
}

static void
files_do_not_include_each_other_for_ever(void **state)
{
	static const char bomb[] = "@include \"%d.conf\"\n";
	char faults[8192], name[32], text[4096];

	(void)state;
	write_text("a.conf", "@include \"b.conf\"");
	write_text("b.conf", "\n@include \"a.conf\"");
	assert_null(load("a.conf", faults, sizeof faults));
	assert_non_null(strstr(faults, "b.conf:2: "));
	assert_non_null(strstr(faults, "a.conf: includes itself"));
	for (int i = 0; i < 12; i++) {
		size_t size = 0;

		while (size + sizeof bomb + 8 < 1000)
			size += (size_t)snprintf(
			    text + size, sizeof text - size, bomb, i + 1);
		snprintf(name, sizeof name, "%d.conf", i);
		write_file(name, text, size);
	}
	write_text("a.conf", "@include \"0.conf\"");
	assert_null(load("a.conf", faults, sizeof faults));
	assert_non_null(strstr(faults, "more than 10 deep"));
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "%d.conf", i);
		unlink(path_of(name));
	}
}

// By relative name: from systemd's credentials first, then beside the file.
static void
relative_paths_are_looked_for(void **state)
{
	static const char a[] = LISTENER_WITH(
	    "sender = { certificate = [ \"in.pem\", \"other.pem\", "
	    "\"/etc/absolute.pem\" ] }");
	char faults[4096];
	const struct sender_settings *sender;
	struct policy *policy;

	(void)state;
	write_file("a.conf", a, sizeof a - 1);
	assert_int_equal(mkdir(path_of("credentials"), 0700), 0);
	write_file("credentials/in.pem", "", 0);
	assert_int_equal(
	    setenv("CREDENTIALS_DIRECTORY", path_of("credentials"), 1), 0);
	policy = load("a.conf", faults, sizeof faults);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_non_null(policy);
	sender = policy_listener(policy, 0)->sender;
	assert_string_equal(
	    sender->certificate.items[0], path_of("credentials/in.pem"));
	assert_string_equal(sender->certificate.items[1], path_of("other.pem"));
	assert_string_equal(sender->certificate.items[2], "/etc/absolute.pem");
	policy_release(&policy);
}

// Deep nesting is an error or is read; it does not end the program.
static void
no_nesting_is_too_deep_to_be_told(void **state)
{
	enum { DEPTH = 20000 };
	char *text = calloc(1, DEPTH + 16);
	char faults[4096];

	(void)state;
	assert_non_null(text);
	memset(text, '(', DEPTH);
	text[0] = 'a';
	text[1] = '=';
	write_file("big.conf", text, strlen(text));
	free(text);
	assert_null(load("big.conf", faults, sizeof faults));
	assert_string_not_equal(faults, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_cannot_be_read_is_told),
	    cmocka_unit_test(included_files_have_lines_of_their_own),
	    cmocka_unit_test(a_missing_include_is_told),
	    cmocka_unit_test(files_are_included_from_anywhere),
	    cmocka_unit_test(files_do_not_include_each_other_for_ever),
	    cmocka_unit_test(relative_paths_are_looked_for),
	    cmocka_unit_test(no_nesting_is_too_deep_to_be_told),
	};

	return cmocka_run_group_tests_name("source", tests, set_up, tear_down);
}
