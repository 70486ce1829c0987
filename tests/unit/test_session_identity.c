// SPDX-License-Identifier: ISC
//
// Who the sender is: as a PROXY header of a trusted peer says.

#include "session_stage.h"

#define PLAIN     "sender.tls=none", "receiver.tls=none"
#define BELIEVING PLAIN, "proxy-protocol-from=127.0.0.1"

static void
a_header_names_the_client(void **state)
{
	static const struct {
		const char *header, *first, *client;
	} rows[] = {
	    {"PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n", "220 *",
		"192.0.2.7:1234"},
	    {"PROXY TCP6 2001:db8::7 2001:db8::2 1234 25\r\n", "220 *",
		"[2001:db8::7]:1234"},
	    {"PROXY TCP4 203.0.113.7 198.51.100.2 1234 25\r\n", "554 5.7.1 *",
		NULL},
	    // It speaks for itself, and is no client.
	    {"PROXY UNKNOWN\r\n", "554 5.7.1 *", NULL},
	};
	static const char *const set[] = {
	    BELIEVING, "clients=192.0.2.0/24,2001:db8::/32"};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage stage;

		stage_open(&stage, set, ROWS(set));
		stage_say(&stage, stage.sender, rows[i].header);
		if (rows[i].client != NULL) {
			stage_receive(&stage);
			stage_say(&stage, stage.receiver, "220 mx\r\n");
		}
		stage_expect(&stage, stage.sender, rows[i].first);
		if (rows[i].client != NULL)
			stage_expect_client(&stage, rows[i].client);
		stage_close(&stage);
	}
}

// What comes behind the header is SMTP, and only that.
static void
a_header_may_come_with_more(void **state)
{
	static const char *const set[] = {BELIEVING, "clients=192.0.2.0/24"};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_say(&stage, stage.sender,
	    "PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n"
	    "EHLO PROXY\r\nPROXY TCP4 192.0.2.8 198.51.100.2 1 2\r\n");
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_expect(&stage, stage.receiver, "EHLO PROXY\r\n");
	stage_say(&stage, stage.receiver, "250 mx\r\n");
	stage_expect(&stage, stage.sender, "250 mx\r\n");
	stage_expect(&stage, stage.receiver,
	    "PROXY TCP4 192.0.2.8 198.51.100.2 1 2\r\n");
	stage_expect_client(&stage, "192.0.2.7:1234");
	stage_close(&stage);
}

static void
without_a_header_nothing_is_served(void **state)
{
	static const char *const rows[] = {
	    "EHLO client.example\r\n",
	    "PROXY TCP4 192.0.2.7 198.51.100.2 1234\r\n",
	    "\r\nEHLO x\r\n",
	};
	static const char *const set[] = {BELIEVING, "clients=0.0.0.0/0"};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage stage;

		stage_open(&stage, set, ROWS(set));
		stage_say(&stage, stage.sender, rows[i]);
		stage_expect_end(&stage, stage.sender, 0);
		stage_expect_reason(&stage, REASON_SENDER_PROXY_HEADER);
		stage_close(&stage);
	}
}

// From anybody else it is a line like any other, before its time.
static void
an_untrusted_header_is_not_believed(void **state)
{
	static const char *const set[] = {
	    PLAIN, "proxy-protocol-from=192.0.2.1", "clients=127.0.0.0/8"};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_say(&stage, stage.sender,
	    "PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n");
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "503 5.5.1 *");
	stage_expect_client(&stage, "127.0.0.1:*");
	stage_close(&stage);
}

static void
a_peer_that_says_nothing_is_no_failure(void **state)
{
	static const char *const set[] = {BELIEVING};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_until_sessions(&stage, 1);
	stage_hang_up(&stage.sender);
	stage_expect_reason(&stage, REASON_SENDER_CLOSED);
	stage_close(&stage);
}

static void
a_stop_ends_what_waits_for_its_header(void **state)
{
	static const char *const set[] = {BELIEVING};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_say(&stage, stage.sender, "PROXY TCP4 192.0");
	stage_until_sessions(&stage, 1);
	front_stop(stage.front);
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_SHUTDOWN);
	assert_true(stage.drained);
	stage_close(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_header_names_the_client),
	    cmocka_unit_test(a_header_may_come_with_more),
	    cmocka_unit_test(without_a_header_nothing_is_served),
	    cmocka_unit_test(an_untrusted_header_is_not_believed),
	    cmocka_unit_test(a_peer_that_says_nothing_is_no_failure),
	    cmocka_unit_test(a_stop_ends_what_waits_for_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
