// SPDX-License-Identifier: ISC
//
// Which listener a handed socket is for.

#define _POSIX_C_SOURCE 200809L
#include "unit.h"

#include "host/given.h"

#include <stdio.h>

static struct policy *policy;

static int
load(void **state)
{
	static const char text[] =
	    "listener = {\n"
	    " a = { address = [ \"127.0.0.1:2525\", \"127.0.0.1:2526\" ]\n"
	    "       forward-to = [ \"127.0.0.1:25\" ] }\n"
	    " b = { address = [ \"[::1]:2525\", \"0.0.0.0:2527\" ]\n"
	    "       clients = [ \"192.0.2.0/24\" ]\n"
	    "       forward-to = [ \"127.0.0.1:26\" ] }\n"
	    "}\n";
	char path[] = "/tmp/test_given.XXXXXX";
	int file = mkstemp(path);
	struct faults faults;

	(void)state;
	if (file < 0 ||
	    write(file, text, sizeof text - 1) != (ssize_t)sizeof text - 1)
		return -1;
	close(file);
	faults_init(&faults);
	policy = policy_load(path, NULL, &faults);
	faults_print(&faults, stderr);
	faults_free(&faults);
	unlink(path);
	return policy != NULL ? 0 : -1;
}

static int
release(void **state)
{
	(void)state;
	policy_release(&policy);
	return 0;
}

static const struct {
	const char *name, *address;
	int listener; // -1: none
	bool by_name;
} rows[] = {
    {"a", "192.0.2.9:99", 0, true},
    {"b", "127.0.0.1:2525", 1, true},
    {"sallyport.socket", "127.0.0.1:2525", 0, false},
    {"sallyport.socket", "127.0.0.1:2526", 0, false},
    {"sallyport.socket", "[::1]:2525", 1, false},
    // For every host, perhaps of both families.
    {"sallyport.socket", "[::]:2526", 0, false},
    {"sallyport.socket", "[::]:2527", 1, false},
    {"sallyport.socket", "0.0.0.0:2527", 1, false},
    {"sallyport.socket", "127.0.0.2:2525", -1, false},
    {"", "127.0.0.1:2528", -1, false},
};

static void
each_socket_finds_its_listener(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sockaddr_storage address;
		struct given given = {rows[i].name, &address};
		struct endpoint endpoint;
		size_t listener = 9;
		bool by_name, found;

		assert_true(endpoint_parse(&endpoint, rows[i].address));
		address_to_sockaddr(&endpoint.address, endpoint.port, &address);
		found = given_listener(policy, &given, &listener, &by_name);
		assert_int_equal(found, rows[i].listener >= 0);
		if (!found)
			continue;
		assert_int_equal(listener, rows[i].listener);
		assert_int_equal(by_name, rows[i].by_name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_socket_finds_its_listener),
	};

	return cmocka_run_group_tests_name("given", tests, load, release);
}
