// SPDX-License-Identifier: ISC
//
// A folder of authorities: OpenSSL finds in it what has a hashed name, alone.

#define _GNU_SOURCE

#include "unit.h"

#include "configuration.h"

#include <sys/stat.h>

// What policy_check tells of a folder that holds files of these names: nothing
// if some authority can be found there.
static void
folder_told(const char *const *names, bool found)
{
	char there[] = "/tmp/sallyport-host-XXXXXX", path[128];
	char text[512], got[1024] = "", want[1024];
	FILE *memory = fmemopen(got, sizeof got - 1, "w"), *file;
	struct policy *policy;
	struct faults faults;

	assert_non_null(mkdtemp(there));
	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", there, names[i]);
		file = fopen(path, "w");
		assert_non_null(file);
		fclose(file);
	}
	snprintf(text, sizeof text, "trust-store = \"%s\"\n" LISTENER_WITH(""),
	    there);
	policy = policy_of(text);
	faults_init(&faults);
	policy_check(policy, &faults);
	faults_print(&faults, memory);
	fclose(memory);
	want[0] = '\0';
	if (!found)
		snprintf(want, sizeof want,
		    "a.conf:1: trust-store: %s holds no authority under the "
		    "name that it is looked for by, as 4a5b6c7d.0; run openssl "
		    "rehash %s, or name a file of authorities\n",
		    there, there);
	assert_string_equal(got, want);
	faults_free(&faults);
	policy_release(&policy);
	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", there, names[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(there), 0);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(authorities_are_found_by_their_hash),
	};

	return cmocka_run_group_tests_name("check_process", tests, NULL, NULL);
}
