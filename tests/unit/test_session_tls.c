// SPDX-License-Identifier: ISC
//
// Whole sessions over loopback with TLS on either leg.

#include "session_peer.h"

static const char *const strict[] = {
    "sender.tls=offer", "receiver.tls=encrypt"};

// The receiver's ladder, up to its greeting under TLS.
static void
climb(struct stage *stage, struct peer *receiver)
{
	stage_receive(stage);
	stage_say(stage, stage->receiver, "220 mx.example ESMTP\r\n");
	stage_expect(stage, stage->sender, "220 mx.example ESMTP\r\n");
	stage_say(stage, stage->sender, "EHLO client.example\r\n");
	stage_expect(stage, stage->receiver, "EHLO client.example\r\n");
	stage_say(stage, stage->receiver, "250-mx.example\r\n250 STARTTLS\r\n");
	stage_expect(stage, stage->receiver, "STARTTLS\r\n");
	stage_say(stage, stage->receiver, "220 go\r\n");
	peer_open(receiver, stage, stage->receiver, true);
	peer_handshake(receiver);
	peer_expect(receiver, "EHLO client.example\r\n");
	peer_say(receiver, "250-mx.example\r\n250 SIZE 1000\r\n");
	stage_expect(stage, stage->sender, "250-mx.example\r\n");
	stage_expect(stage, stage->sender, "250-SIZE 1000\r\n");
	stage_expect(stage, stage->sender, "250 STARTTLS\r\n");
}

static void
secure_sender(struct stage *stage, struct peer *sender)
{
	stage_say(stage, stage->sender, "STARTTLS\r\n");
	stage_expect(stage, stage->sender, "220 *");
	peer_open(sender, stage, stage->sender, false);
	peer_handshake(sender);
}

static void
tls_on_both_legs(void **state)
{
	struct stage stage;
	struct peer sender, receiver;

	(void)state;
	stage_open(&stage, strict, ROWS(strict));
	climb(&stage, &receiver);
	secure_sender(&stage, &sender);
	peer_say(&sender, "EHLO client.example\r\n");
	peer_expect(&receiver, "EHLO client.example\r\n");
	peer_say(&receiver, "250-mx.example\r\n250 SIZE 1000\r\n");
	peer_expect(&sender, "250-mx.example\r\n");
	peer_expect(&sender, "250 SIZE 1000\r\n");
	peer_say(&sender, "MAIL FROM:<a@example.org>\r\n");
	peer_expect(&receiver, "MAIL FROM:<a@example.org>\r\n");
	peer_say(&receiver, "250 ok\r\n");
	peer_expect(&sender, "250 ok\r\n");
	assert_int_equal(stage.metrics.value[METRIC_SENDER_HANDSHAKES], 1);
	assert_int_equal(stage.metrics.value[METRIC_RECEIVER_HANDSHAKES], 1);
	// Its close is one that it means: QUIT is spared.
	engine_close(sender.engine);
	while (sender.records.size > 0)
		peer_turn(&sender);
	stage_expect_reason(&stage, REASON_SENDER_CLOSED);
	peer_close(&sender);
	peer_close(&receiver);
	stage_close(&stage);
}

// The first reading of Q279214: the sender skips the handshake.
static void
a_sender_that_goes_on_in_plaintext_gets_through(void **state)
{
	static const char *const set[] = {"sender.tls=offer",
	    "sender.missing-handshake=tolerate", "receiver.tls=encrypt"};
	struct stage stage;
	struct peer receiver;

	(void)state;
	stage_open(&stage, set, ROWS(set));
	climb(&stage, &receiver);
	stage_say(&stage, stage.sender, "STARTTLS\r\n");
	stage_expect(&stage, stage.sender, "220 *");
	stage_say(&stage, stage.sender, "MAIL FROM:<a@example.org>\r\n");
	peer_expect(&receiver, "MAIL FROM:<a@example.org>\r\n");
	peer_say(&receiver, "250 ok\r\n");
	stage_expect(&stage, stage.sender, "250 ok\r\n");
	peer_close(&receiver);
	stage_close(&stage);
}

// Command injection (CVE-2011-0411): bytes in the clear behind STARTTLS, in
// the same segment or in the kernel's buffer by then.
static void
what_comes_with_starttls_is_never_a_command(void **state)
{
	struct stage stage;
	struct peer receiver;

	(void)state;
	stage_open(&stage, strict, ROWS(strict));
	climb(&stage, &receiver);
	stage_say(&stage, stage.sender,
	    "STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n");
	stage_expect(&stage, stage.sender, "501 5.5.1 *");
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_SENDER_INJECTION);
	peer_close(&receiver);
	stage_close(&stage);
}

// Response injection (CVE-2021-22947).
static void
what_comes_with_the_receivers_220_is_never_a_reply(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, strict, ROWS(strict));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx.example ESMTP\r\n");
	stage_expect(&stage, stage.sender, "220 mx.example ESMTP\r\n");
	stage_say(&stage, stage.sender, "EHLO client.example\r\n");
	stage_expect(&stage, stage.receiver, "EHLO client.example\r\n");
	stage_say(&stage, stage.receiver, "250-mx\r\n250 STARTTLS\r\n");
	stage_expect(&stage, stage.receiver, "STARTTLS\r\n");
	stage_say(&stage, stage.receiver, "220 go\r\n250 AUTH PLAIN\r\n");
	stage_expect(&stage, stage.sender, "4*");
	stage_hang_up(&stage.sender);
	stage_expect_reason(&stage, REASON_RECEIVER_INJECTION);
	stage_close(&stage);
}

static void
a_receiver_without_starttls_gets_nothing(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, strict, ROWS(strict));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx.example ESMTP\r\n");
	stage_expect(&stage, stage.sender, "220 mx.example ESMTP\r\n");
	stage_say(&stage, stage.sender, "EHLO client.example\r\n");
	stage_expect(&stage, stage.receiver, "EHLO client.example\r\n");
	stage_say(&stage, stage.receiver, "250 mx\r\n");
	stage_expect(&stage, stage.sender, "421 4.7.4 proxy.example *");
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_RECEIVER_NO_STARTTLS);
	stage_close(&stage);
}

// A handshake that the receiver breaks off is tried again with a humbler
// hello; with none left the sender is told, and nothing of a message was.
static void
a_broken_handshake_is_told_in_the_end(void **state)
{
	static const char *const set[] = {"sender.tls=offer",
	    "receiver.tls=encrypt", "receiver.hello-profile=modern"};
	struct stage stage;
	char heard[64];

	(void)state;
	stage_open(&stage, set, ROWS(set));
	stage_receive(&stage);
	stage_say(&stage, stage.receiver, "220 mx.example ESMTP\r\n");
	stage_expect(&stage, stage.sender, "220 mx.example ESMTP\r\n");
	stage_say(&stage, stage.sender, "EHLO client.example\r\n");
	stage_expect(&stage, stage.receiver, "EHLO client.example\r\n");
	stage_say(&stage, stage.receiver, "250-mx\r\n250 STARTTLS\r\n");
	stage_expect(&stage, stage.receiver, "STARTTLS\r\n");
	stage_say(&stage, stage.receiver, "220 go\r\n");
	while (recv(stage.receiver, heard, 1, 0) < 0)
		loop_turn(stage.loop, false);
	assert_int_equal(heard[0], 0x16);
	stage_hang_up(&stage.receiver);
	stage_expect(&stage, stage.sender, "421 4.7.5 proxy.example *");
	stage_expect_end(&stage, stage.sender, 0);
	stage_expect_reason(&stage, REASON_RECEIVER_TLS_FAILED);
	stage_close(&stage);
}

// A truncation attack: FIN without TLS's closing message, behind what looks
// like a whole message but for its end.
static void
a_truncated_message_is_no_message(void **state)
{
	struct stage stage;
	struct peer sender, receiver;
	char byte;

	(void)state;
	stage_open(&stage, strict, ROWS(strict));
	climb(&stage, &receiver);
	secure_sender(&stage, &sender);
	peer_say(&sender, "MAIL FROM:<a@example.org>\r\n");
	peer_expect(&receiver, "MAIL*");
	peer_say(&receiver, "250 ok\r\n");
	peer_expect(&sender, "250 ok\r\n");
	peer_say(&sender, "DATA\r\n");
	peer_expect(&receiver, "DATA\r\n");
	peer_say(&receiver, "354 go\r\n");
	peer_expect(&sender, "354 go\r\n");
	peer_say(&sender, "whole lines\r\n");
	peer_expect(&receiver, "whole lines\r\n");
	stage_hang_up(&stage.sender);
	stage_expect_reason(&stage, REASON_SENDER_LOST_IN_MESSAGE);
	assert_int_equal(recv(stage.receiver, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	peer_close(&sender);
	peer_close(&receiver);
	stage_close(&stage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tls_on_both_legs),
	    cmocka_unit_test(a_sender_that_goes_on_in_plaintext_gets_through),
	    cmocka_unit_test(what_comes_with_starttls_is_never_a_command),
	    cmocka_unit_test(
		what_comes_with_the_receivers_220_is_never_a_reply),
	    cmocka_unit_test(a_receiver_without_starttls_gets_nothing),
	    cmocka_unit_test(a_broken_handshake_is_told_in_the_end),
	    cmocka_unit_test(a_truncated_message_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
