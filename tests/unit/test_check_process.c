// SPDX-License-Identifier: ISC
//
// A folder of authorities: OpenSSL finds in it what has a hashed name, alone.
// A folder to keep things in: who may write there.

#define _GNU_SOURCE

#include "unit.h"

#include "configuration.h"

#include <pwd.h>
#include <sys/stat.h>

// What policy_check tells, of a configuration that is right.
static const char *
host_told(const char *text)
{
	static char got[1024];
	FILE *memory = fmemopen(got, sizeof got, "w");
	struct policy *policy = policy_of(text);
	struct faults faults;

	got[0] = '\0';
	faults_init(&faults);
	policy_check(policy, &faults);
	faults_print(&faults, memory);
	fclose(memory);
	faults_free(&faults);
	policy_release(&policy);
	return got;
}

// What policy_check tells of a folder that holds files of these names: nothing
// if some authority can be found there.
static void
folder_told(const char *const *names, bool found)
{
	char store[] = "/tmp/sallyport-host-XXXXXX", path[128];
	char text[512], want[1024];
	FILE *file;

	assert_non_null(mkdtemp(store));
	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", store, names[i]);
		file = fopen(path, "w");
		assert_non_null(file);
		fclose(file);
	}
	snprintf(text, sizeof text, "trust-store = \"%s\"\n" LISTENER_WITH(""),
	    store);
	want[0] = '\0';
	if (!found)
		snprintf(want, sizeof want,
		    "a.conf:1: trust-store: %s holds no authority under the "
		    "name that it is looked for by, as 4a5b6c7d.0; run openssl "
		    "rehash %s, or name a file of authorities\n",
		    store, store);
	assert_string_equal(host_told(text), want);
	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", store, names[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(store), 0);
}

static void
authorities_are_found_by_their_hash(void **state)
{
	static const char *const holds[][6] = {
	    {"4a5b6c7d.0"},
	    {"ca.pem", "00000000.12"},
	};
	static const char *const holds_none[][6] = {
	    {NULL},
	    {"ca.pem", "ca.crt"},
	    {"4a5b6c7d.r0", "4a5b6c7d", "4a5b6c7d.", "4a5b6c7.0"},
	    {"4a5b6c7d.0x", "4a5b6c7g.0", "4A5B6C7D.0", "4a5b6c7d0.0"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(holds); i++)
		folder_told(holds[i], true);
	for (size_t i = 0; i < ROWS(holds_none); i++)
		folder_told(holds_none[i], false);
}

static char there[] = "/tmp/sallyport-host-XXXXXX";

// What is told of a folder to keep things in, where the configuration names
// the user (NULL: none).
static const char *
keeping_told(const char *user)
{
	char top[64] = "", text[512];

	if (user != NULL)
		snprintf(top, sizeof top, "user = \"%s\" ", user);
	snprintf(text, sizeof text,
	    "%sstate-directory = \"%s\"\n" LISTENER_WITH(""), top, there);
	return host_told(text);
}

static void
root_asks_whether_the_user_can_write(void **state)
{
	static const char cannot[] = "cannot be written to by nobody, the user "
				     "that writes there; chown nobody /tmp/",
			  is_not_his[] = "warning: state-directory: /tmp/";
	static const struct {
		bool his;
		mode_t mode;
		const char *told; // NULL: nothing
	} rows[] = {
	    {false, 0700, cannot},
	    {false, 0755, cannot},
	    {false, 0766, cannot},
	    {false, 0777, is_not_his},
	    {false, 0770, is_not_his}, // he may be in that group
	    {true, 0577, cannot},
	    {true, 0677, cannot},
	    {true, 0300, NULL},
	};
	const struct passwd *nobody = getpwnam("nobody");

	(void)state;
	if (nobody == NULL || geteuid() != 0)
		skip();
	for (size_t i = 0; i < ROWS(rows); i++) {
		uid_t owner = rows[i].his ? nobody->pw_uid : 0;

		assert_int_equal(chown(there, owner, 0), 0);
		assert_int_equal(chmod(there, rows[i].mode), 0);
		const char *got = keeping_told("nobody");

		if (strstr(got, rows[i].told == NULL ? "" : rows[i].told) ==
			NULL ||
		    (rows[i].told == NULL && got[0] != '\0'))
			fail_msg("row %zu: %s", i, got);
	}
}

static void
who_is_the_user_asks_the_kernel(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	bool root = geteuid() == 0;

	(void)state;
	if (root) {
		if (nobody == NULL) {
			skip();
			return;
		}
		assert_int_equal(chown(there, nobody->pw_uid, 0), 0);
		assert_int_equal(
		    setresuid(nobody->pw_uid, nobody->pw_uid, 0), 0);
	}
	assert_int_equal(chmod(there, 0700), 0);
	assert_string_equal(keeping_told(NULL), "");
	for (mode_t mode = 0500; mode <= 0600; mode += 0100) {
		assert_int_equal(chmod(there, mode), 0);
		assert_non_null(strstr(keeping_told(NULL),
		    "cannot be written to: Permission denied; chown it to the "
		    "user that sallyport runs as"));
	}
	if (root)
		assert_int_equal(setresuid(0, 0, 0), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(there) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(there);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(authorities_are_found_by_their_hash),
	    cmocka_unit_test(root_asks_whether_the_user_can_write),
	    cmocka_unit_test(who_is_the_user_asks_the_kernel),
	};

	return cmocka_run_group_tests_name(
	    "check_process", tests, make_folder, remove_folder);
}
