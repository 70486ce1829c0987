// SPDX-License-Identifier: ISC

#include "unit.h"

#include "smtp/mirror.h"

#include <string.h>

static void
ourselves_are_known_by_our_own_words(void **state)
{
	static const struct {
		const char *reply;
		bool ours;
	} rows[] = {
	    {"421 4.7.0 relay.test (sallyport): too many connections from your "
	     "address\r\n",
		true},
	    {"554 5.7.1 relay.test (sallyport): your address is not\r\n", true},
	    {"421-4.4.6 relay.test (sallyport): a\r\n421 b\r\n", true},
	    // Another host, another program, another place.
	    {"421 4.7.0 other.test (sallyport): too many\r\n", false},
	    {"421 4.7.0 a.relay.testb (sallyport): too many\r\n", false},
	    {"421 4.7.0 xrelay.test (sallyport): too many\r\n", false},
	    {"421 4.7.0 relay.test Error: too many connections\r\n", false},
	    {"220 relay.test (sallyport): ESMTP\r\n", false},
	    // The keyword, as a whole line below the first.
	    {"250-relay.test\r\n250-XLOOP 0123\r\n250 SIZE\r\n", true},
	    {"250-relay.test\r\n250 XLOOP 0123\r\n", true},
	    {"250 XLOOP 0123\r\n", false},
	    {"250-relay.test\r\n250 XLOOP 01234\r\n", false},
	    {"250-relay.test\r\n250 XLOOP 012\r\n", false},
	    {"250-relay.test\r\n250 XLOOP\r\n", false},
	    {"250 relay.test\r\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reply_reader reader = {0};
		struct reply reply;

		assert_int_equal(
		    reply_next(&reader, (const uint8_t *)rows[i].reply,
			strlen(rows[i].reply), &reply),
		    REPLY_WHOLE);
		if (mirror_shows_us(&reply, "relay.test", "XLOOP 0123") !=
		    rows[i].ours)
			fail_msg("%s", rows[i].reply);
		if (reply.code == 250)
			assert_false(
			    mirror_shows_us(&reply, "relay.test", NULL));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ourselves_are_known_by_our_own_words),
	};

	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
