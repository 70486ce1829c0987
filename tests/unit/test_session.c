// SPDX-License-Identifier: ISC
//
// Whole sessions over loopback: front, session, legs, bridge and policy.

#include "session_stage.h"

static const char *const plain[] = {"sender.tls=none", "receiver.tls=none"};

static void
begin_message(struct stage *stage)
{
	stage_pass(stage, "MAIL FROM:<a@example.org>\r\n", "250 ok\r\n");
	stage_pass(stage, "RCPT TO:<b@example.org>\r\n", "250 ok\r\n");
	stage_pass(stage, "DATA\r\n", "354 go\r\n");
}

static void
a_message_crosses(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, plain, ROWS(plain));
	stage_greet(&stage);
	begin_message(&stage);
	stage_say(&stage, stage.sender, "Subject: x\r\n\r\n..dot\r\n.\r\n");
	stage_expect(&stage, stage.receiver, "Subject: x\r\n");
	stage_expect(&stage, stage.receiver, "\r\n");
	stage_expect(&stage, stage.receiver, "..dot\r\n");
	stage_expect(&stage, stage.receiver, ".\r\n");
	stage_say(&stage, stage.receiver, "250 queued as 7F\r\n");
	stage_expect(&stage, stage.sender, "250 queued as 7F\r\n");
	stage_say(&stage, stage.sender, "QUIT\r\n");
	stage_expect(&stage, stage.receiver, "QUIT\r\n");
	stage_say(&stage, stage.receiver, "221 bye\r\n");
	stage_expect(&stage, stage.sender, "221 *");
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_QUIT);
	assert_int_equal(stage.metrics.value[METRIC_MESSAGES_ACCEPTED], 1);
	assert_int_equal(stage.metrics.value[METRIC_RECIPIENTS], 1);
	stage_close(&stage);
}

// Hazard 19, and table 4 of loss: nothing that could be taken for an end.
static void
a_sender_lost_in_content_resets_the_receiver(void **state)
{
	static const bool resets[] = {false, true};

	(void)state;
	for (size_t i = 0; i < ROWS(resets); i++) {
		struct stage stage;
		struct linger at_once = {.l_onoff = resets[i]};

		stage_open(&stage, plain, ROWS(plain));
		stage_greet(&stage);
		begin_message(&stage);
		stage_say(&stage, stage.sender, "half a line");
		wire_idle(stage.loop, 5);
		setsockopt(stage.sender, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof at_once);
		stage_hang_up(&stage.sender);
		stage_expect_reason(&stage, REASON_SENDER_LOST_IN_MESSAGE);
		char heard[64];
		ssize_t got;
		do
			got = recv(stage.receiver, heard, sizeof heard, 0);
		while (got > 0);
		assert_int_equal(got, -1);
		assert_int_equal(errno, ECONNRESET);
		stage_close(&stage);
	}
}

static void
a_receiver_lost_in_content_is_told(void **state)
{
	struct stage stage;
	char heard[512];

	(void)state;
	stage_open(&stage, plain, ROWS(plain));
	stage_greet(&stage);
	begin_message(&stage);
	stage_say(&stage, stage.sender, "first line\r\n");
	stage_expect(&stage, stage.receiver, "first line\r\n");
	stage_hang_up(&stage.receiver);
	stage_say(&stage, stage.sender, "second\r\n.\r\n");
	stage_hear(&stage, stage.sender, heard, sizeof heard);
	assert_int_equal(heard[0], '4');
	assert_non_null(strstr(heard, "proxy.example (sallyport)"));
	stage_hang_up(&stage.sender);
	stage_until_empty(&stage);
	assert_int_equal(stage.metrics.value[METRIC_MESSAGES_ACCEPTED], 0);
	stage_close(&stage);
}

static void
an_unreachable_receiver_is_told(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, plain, ROWS(plain));
	close(stage.receiving);
	stage.receiving = -1;
	stage_say(&stage, stage.sender, "EHLO client.example\r\n");
	stage_expect(&stage, stage.sender, "421 4.4.1 proxy.example *");
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_RECEIVER_UNREACHABLE);
	stage_close(&stage);
}

static void
a_stop_waits_for_the_message_in_hand(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, plain, ROWS(plain));
	stage_greet(&stage);
	begin_message(&stage);
	front_stop(stage.front);
	wire_idle(stage.loop, 20);
	assert_false(stage.drained);
	stage_say(&stage, stage.sender, "text\r\n.\r\n");
	stage_expect(&stage, stage.receiver, "text\r\n");
	stage_expect(&stage, stage.receiver, ".\r\n");
	stage_say(&stage, stage.receiver, "250 taken\r\n");
	stage_expect(&stage, stage.sender, "250 taken\r\n");
	stage_say(&stage, stage.sender, "MAIL FROM:<a@example.org>\r\n");
	stage_expect(&stage, stage.sender, "421 4.3.2 *");
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_SHUTDOWN);
	assert_true(stage.drained);
	stage_close(&stage);
}

static void
limits_are_told(void **state)
{
	static const struct {
		const char *limit;
		const char *reply;
	} rows[] = {
	    {"limits.sessions=1", "421 4.3.2 *"},
	    {"limits.sessions-per-client=1", "421 4.7.0 *"},
	    {"limits.sessions-per-network=1", "421 4.7.0 *"},
	    {"limits.sessions-per-receiver=1", "421 4.3.2 *"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *set[] = {plain[0], plain[1], rows[i].limit};
		struct stage stage;

		stage_open(&stage, set, ROWS(set));
		stage_greet(&stage);
		int second = wire_connect(listener_address(stage.listener));
		stage_expect(&stage, second, rows[i].reply);
		stage_expect_end(&stage, second, 0);
		assert_int_equal(stage.metrics.ended[REASON_LIMIT], 1);
		close(second);
		stage_pass(&stage, "NOOP\r\n", "250 ok\r\n");
		stage_close(&stage);
	}
}

// RFC 5321 6.3: it is ourselves whom we would talk to.
static void
a_loop_is_broken(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, plain, ROWS(plain));
	stage_greet(&stage);
	struct connection *ours = connection_new(stage.loop);
	connection_dial(ours,
	    &(struct connection_way){
		.to =
		    (const struct sockaddr *)listener_address(stage.listener)});
	for (int i = 0; i < 1000 && stage.metrics.ended[REASON_LOOP] == 0; i++)
		loop_turn(stage.loop, false);
	assert_int_equal(stage.metrics.ended[REASON_LOOP], 1);
	connection_abort(&ours);
	stage_close(&stage);
}

// A receiver that is too slow must slow the sender down, not fill memory.
static void
a_slow_receiver_slows_the_sender(void **state)
{
	static char line[65536];
	struct stage stage;
	size_t sent = 0;

	(void)state;
	memset(line, 'x', sizeof line);
	for (size_t i = 1; i < sizeof line; i += 64) {
		line[i - 1] = '\r';
		line[i] = '\n';
	}
	stage_open(&stage, plain, ROWS(plain));
	stage_greet(&stage);
	begin_message(&stage);
	for (int idle = 0; idle < 50;) {
		ssize_t got =
		    send(stage.sender, line, sizeof line, MSG_NOSIGNAL);
		idle = got > 0 ? 0 : idle + 1;
		sent += got > 0 ? (size_t)got : 0;
		loop_turn(stage.loop, false);
		assert_true(stage.front->table.held < 512 * 1024);
	}
	assert_true(sent > 0);
	stage_close(&stage);
}

// Many replies that nobody reads, with commands that go on and on.
static void
a_sender_that_reads_nothing_is_not_read(void **state)
{
	static const char help[] = "214-text text text text text text text\r\n"
				   "214 text\r\n";
	struct stage stage;
	unsigned said = 0;

	(void)state;
	stage_open(&stage, plain, ROWS(plain));
	stage_greet(&stage);
	for (int idle = 0; idle < 200; idle++) {
		char heard[256];
		if (send(stage.sender, "VRFY b\r\n", 8, MSG_NOSIGNAL) > 0 &&
		    ++said < 200000)
			idle = 0;
		loop_turn(stage.loop, false);
		ssize_t got = recv(stage.receiver, heard, sizeof heard, 0);
		for (ssize_t i = 0; i < got; i++)
			if (heard[i] == '\n')
				(void)send(stage.receiver, help, strlen(help),
				    MSG_NOSIGNAL);
		assert_true(stage.front->table.held < 1024 * 1024);
	}
	stage_close(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_crosses),
	    cmocka_unit_test(a_sender_lost_in_content_resets_the_receiver),
	    cmocka_unit_test(a_receiver_lost_in_content_is_told),
	    cmocka_unit_test(an_unreachable_receiver_is_told),
	    cmocka_unit_test(a_stop_waits_for_the_message_in_hand),
	    cmocka_unit_test(limits_are_told),
	    cmocka_unit_test(a_loop_is_broken),
	    cmocka_unit_test(a_slow_receiver_slows_the_sender),
	    cmocka_unit_test(a_sender_that_reads_nothing_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
