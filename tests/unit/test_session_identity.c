// SPDX-License-Identifier: ISC
//
// Who the sender is: as a PROXY header or XCLIENT of a trusted peer says, and
// as the receiver is told.

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

static void
a_receiver_is_told_in_a_header(void **state)
{
	static const char *const set[] = {
	    BELIEVING, "clients=192.0.2.0/24", "receiver.identity=proxy-v1"};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_say(&stage, stage.sender,
	    "PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n");
	stage_receive(&stage);
	stage_expect(&stage, stage.receiver,
	    "PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n");
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_close(&stage);
}

static void
a_receiver_is_told_in_binary(void **state)
{
	static const char *const set[] = {
	    BELIEVING, "clients=2001:db8::/32", "receiver.identity=proxy-v2"};
	static const char expected[] =
	    "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24"
	    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
	    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2\4\xd2\0\x19";
	struct stage stage;
	char heard[sizeof expected];
	size_t size = 0;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_say(&stage, stage.sender,
	    "PROXY TCP6 2001:db8::7 2001:db8::2 1234 25\r\n");
	stage_receive(&stage);
	while (size < sizeof expected - 1) {
		loop_turn(stage.loop, false);
		ssize_t got =
		    recv(stage.receiver, heard + size, sizeof heard - size, 0);

		size += got > 0 ? (size_t)got : 0;
	}
	assert_int_equal(size, sizeof expected - 1);
	assert_memory_equal(heard, expected, size);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_close(&stage);
}

// XCLIENT of a trusted sender: the receiver is dialled for whom it names.
static void
a_trusted_sender_names_the_client(void **state)
{
	static const char *const set[] = {PLAIN,
	    "clients=127.0.0.1,192.0.2.0/24", "xclient-from=127.0.0.1",
	    "receiver.identity=xclient"};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_say(&stage, stage.sender,
	    "XCLIENT ADDR=192.0.2.9 PORT=99 NAME=c.example DESTADDR=192.0.2.1 "
	    "DESTPORT=25 LOGIN=joe\r\n");
	stage_expect(&stage, stage.receiver, "QUIT\r\n");
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx again\r\n");
	stage_expect(&stage, stage.sender, "220 mx again\r\n");
	stage_expect_client(&stage, "192.0.2.9:99");
	stage_say(&stage, stage.sender, "EHLO c.example\r\n");
	stage_expect(&stage, stage.receiver, "EHLO c.example\r\n");
	stage_say(&stage, stage.receiver,
	    "250-mx\r\n250 XCLIENT NAME ADDR PORT HELO LOGIN DESTADDR "
	    "DESTPORT REVERSE_NAME\r\n");
	stage_expect(&stage, stage.receiver,
	    "XCLIENT NAME=c.example REVERSE_NAME=[UNAVAILABLE] "
	    "HELO=c.example LOGIN=joe DESTADDR=192.0.2.1 DESTPORT=25 PORT=99 "
	    "ADDR=192.0.2.9\r\n");
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.receiver, "EHLO c.example\r\n");
	stage_say(&stage, stage.receiver, "250 mx\r\n");
	// Trust hangs on the address: the client is not among the trusted.
	stage_expect(&stage, stage.sender, "250 mx\r\n");
	stage_say(&stage, stage.sender, "XCLIENT ADDR=192.0.2.10\r\n");
	stage_expect(&stage, stage.sender, "550 5.7.0 *");
	stage_close(&stage);
}

static void
what_xclient_names_is_asked_of_policy(void **state)
{
	static const struct {
		const char *command, *reply;
	} rows[] = {
	    {"XCLIENT ADDR=203.0.113.9\r\n", "554 5.7.1 *"},
	    {"XCLIENT ADDR=[UNAVAILABLE]\r\n", "554 5.7.1 *"},
	    {"XCLIENT ADDR=192.0.2\r\n", "501 5.5.4 *"},
	    {"XCLIENT ADDR=IPV6:::ffff:192.0.2.300\r\n", "501 5.5.4 *"},
	    {"XCLIENT NAME=x+0D+0AQUIT\r\n", "501 5.5.4 *"},
	    {"XCLIENT ADDR=192.0.2.9 DESTADDR=999.0.0.1\r\n", "501 5.5.4 *"},
	};
	static const char *const set[] = {
	    PLAIN, "clients=127.0.0.1,192.0.2.0/24", "xclient-from=127.0.0.1"};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage stage;

		stage_open(&stage, set, ROWS(set));
		stage_receive(&stage);
		stage_say(&stage, stage.receiver, "220 mx\r\n");
		stage_expect(&stage, stage.sender, "220 mx\r\n");
		stage_say(&stage, stage.sender, rows[i].command);
		stage_expect(&stage, stage.sender, rows[i].reply);
		if (rows[i].reply[0] == '5' && rows[i].reply[2] == '1')
			stage_expect_client(&stage, "127.0.0.1:*");
		stage_close(&stage);
	}
}

// A client that is known is told, whatever is not: without it the receiver
// would take the sender for us.
static void
a_destination_that_is_not_known_hides_no_client(void **state)
{
	static const struct {
		const char *destination, *told;
	} rows[] = {
	    {"", "PROXY TCP4 192.0.2.9 127.0.0.1 99 *"},
	    {" DESTADDR=[UNAVAILABLE]", "PROXY TCP4 192.0.2.9 127.0.0.1 99 *"},
	    {" DESTADDR=192.0.2.1", "PROXY TCP4 192.0.2.9 192.0.2.1 99 *"},
	    {" DESTADDR=192.0.2.1 DESTPORT=25",
		"PROXY TCP4 192.0.2.9 192.0.2.1 99 25\r\n"},
	};
	static const char *const set[] = {PLAIN,
	    "clients=127.0.0.1,192.0.2.0/24", "xclient-from=127.0.0.1",
	    "receiver.identity=proxy-v1"};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct stage stage;

		stage_open(&stage, set, ROWS(set));
		stage_receive(&stage);
		stage_expect(&stage, stage.receiver, "PROXY TCP4 127.0.0.1 *");
		stage_say(&stage, stage.receiver, "220 mx\r\n");
		stage_expect(&stage, stage.sender, "220 mx\r\n");
		stage_say(
		    &stage, stage.sender, "XCLIENT ADDR=192.0.2.9 PORT=99");
		stage_say(&stage, stage.sender, rows[i].destination);
		stage_say(&stage, stage.sender, "\r\n");
		stage_expect(&stage, stage.receiver, "QUIT\r\n");
		stage_receive(&stage);
		stage_expect(&stage, stage.receiver, rows[i].told);
		stage_close(&stage);
	}
}

// Limits are counted for whom it speaks.
static void
limits_are_of_the_client_that_was_named(void **state)
{
	static const char *const set[] = {PLAIN,
	    "clients=127.0.0.1,192.0.2.0/24", "xclient-from=127.0.0.1",
	    "limits.sessions-per-client=1"};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_say(&stage, stage.sender, "XCLIENT ADDR=192.0.2.9\r\n");
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	int first = stage.sender;

	stage.sender = wire_connect(listener_address(stage.listener));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_say(&stage, stage.sender, "XCLIENT ADDR=192.0.2.9\r\n");
	stage_expect(&stage, stage.sender, "421 4.7.0 *");
	assert_int_equal(stage.metrics.ended[REASON_LIMIT], 1);
	close(first);
	stage_close(&stage);
}

static void
xforward_is_of_one_message(void **state)
{
	static const char *const set[] = {
	    PLAIN, "xclient-from=127.0.0.1", "receiver.identity=xforward"};
	struct stage stage;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx\r\n");
	stage_expect(&stage, stage.sender, "220 mx\r\n");
	stage_say(&stage, stage.sender, "HELO c.example\r\n");
	stage_expect(&stage, stage.receiver, "EHLO c.example\r\n");
	stage_say(&stage, stage.receiver,
	    "250-mx\r\n250 XFORWARD NAME ADDR PROTO HELO SOURCE\r\n");
	stage_expect(&stage, stage.sender, "250 mx\r\n");
	stage_say(&stage, stage.sender,
	    "XFORWARD NAME=d.example ADDR=192.0.2.9 SOURCE=LOCAL\r\n");
	stage_expect(&stage, stage.sender, "250 2.0.0 *");
	stage_say(&stage, stage.sender, "MAIL FROM:<a@b.example>\r\n");
	stage_expect(&stage, stage.receiver,
	    "XFORWARD NAME=d.example PROTO=SMTP HELO=c.example SOURCE=LOCAL "
	    "ADDR=192.0.2.9\r\n");
	stage_say(&stage, stage.receiver, "250 ok\r\n");
	stage_expect(&stage, stage.receiver, "MAIL FROM:<a@b.example>\r\n");
	stage_say(&stage, stage.receiver, "450 not now\r\n");
	stage_expect(&stage, stage.sender, "450 not now\r\n");
	stage_say(&stage, stage.sender, "MAIL FROM:<a@b.example>\r\n");
	stage_expect(&stage, stage.receiver,
	    "XFORWARD NAME=[UNAVAILABLE] PROTO=SMTP HELO=c.example "
	    "SOURCE=REMOTE ADDR=127.0.0.1\r\n");
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
	    cmocka_unit_test(a_receiver_is_told_in_a_header),
	    cmocka_unit_test(a_receiver_is_told_in_binary),
	    cmocka_unit_test(a_trusted_sender_names_the_client),
	    cmocka_unit_test(what_xclient_names_is_asked_of_policy),
	    cmocka_unit_test(a_destination_that_is_not_known_hides_no_client),
	    cmocka_unit_test(limits_are_of_the_client_that_was_named),
	    cmocka_unit_test(xforward_is_of_one_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
