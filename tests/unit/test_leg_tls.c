// SPDX-License-Identifier: ISC
//
// A leg under TLS, as far as the leg is concerned: with an engine that is a
// toy, so that each thing an engine can come to can be made to happen. Its
// hello is 0x16 'H', its handshake is done with 'F'; then each byte is data
// with its first bit set, 'C' closes and anything else is a broken record.

#include "leg_watch.h"

static void
toy_say(struct engine *engine, const char *text)
{
	assert_true(buffer_append(engine->records, text, strlen(text)));
}

static void
toy_start(struct engine *engine)
{
	engine->status = ENGINE_HANDSHAKING;
	toy_say(engine, "\x16H");
}

static void
toy_take(struct engine *engine, uint8_t byte)
{
	if (engine->status == ENGINE_HANDSHAKING) {
		if (byte == 'F')
			engine->status = ENGINE_OPEN;
		else if (byte != 0x16 && byte != 'H') {
			toy_say(engine, "!");
			engine_fail(engine, TLS_FAILURE_NOT_TLS, "toy");
		}
		return;
	}
	uint8_t plain = byte & 0x7f;

	if (byte & 0x80)
		assert_true(buffer_append(engine->plaintext, &plain, 1));
	else if (byte == 'C')
		engine->status = ENGINE_CLOSED;
	else
		engine_fail(engine, TLS_FAILURE_RECORD, "toy");
}

static void
toy_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (engine->status == ENGINE_HANDSHAKING ||
		    engine->status == ENGINE_OPEN)
			toy_take(engine, bytes[i]);
}

static void
toy_send(struct engine *engine, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t record = bytes[i] | 0x80;
		assert_true(buffer_append(engine->records, &record, 1));
	}
}

static void
toy_close(struct engine *engine)
{
	toy_say(engine, "C");
}

static void
toy_free(struct engine *engine)
{
	free(engine);
}

static const struct engine_class toy_class = {
    .name = "toy",
    .start = toy_start,
    .receive = toy_receive,
    .send = toy_send,
    .close = toy_close,
    .free = toy_free,
};

static void
secure(struct watch *watch)
{
	struct engine *engine = malloc(sizeof *engine);

	assert_non_null(engine);
	engine_init(engine, &toy_class, leg_records(&watch->leg),
	    leg_plaintext(&watch->leg));
	leg_secure(&watch->leg, engine);
}

static void
expect_wire(struct watch *watch, const char *bytes)
{
	char heard[256];
	size_t size = strlen(bytes);

	assert_true(size <= sizeof heard);
	wire_hear(&watch->wire, heard, size);
	assert_memory_equal(heard, bytes, size);
}

// A leg whose handshake is done.
static void
open_secured(struct watch *watch, enum side side)
{
	watch_open(watch, side);
	secure(watch);
	expect_wire(watch, "\x16H");
	wire_say(&watch->wire, "\x16HF", 3);
	assert_true(watch_until(watch, LEG_SECURED));
}

static void
tls_begins_behind_what_is_queued(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	wire_say(&watch.wire, "STARTTLS\r\n", 10);
	watch_expect(&watch, "STARTTLS\r\n");
	watch_write(&watch, "220 go\r\n");
	secure(&watch);
	expect_wire(&watch, "220 go\r\n\x16H");
	// The handshake's end and the first command may come in one piece.
	wire_say(&watch.wire, "\x16HF\xd1\x8a", 5);
	watch_expect(&watch, "Q\n");
	assert_int_equal(watch.times[LEG_SECURED], 1);
	watch_write(&watch, "ok");
	expect_wire(&watch, "\xef\xeb");
	watch_close(&watch);
}

static void
secure_when_received(
    void *owner, enum side side, const uint8_t *bytes, size_t size)
{
	watch_received(owner, side, bytes, size);
	secure(owner);
}

// The 220 of a receiver is answered by a hello from inside received().
static void
tls_may_begin_when_told_of_bytes(void **state)
{
	static const struct leg_events events = {
	    .received = secure_when_received, .happened = watch_happened};
	struct watch watch;

	(void)state;
	watch_open(&watch, RECEIVER);
	watch.leg.events = &events;
	wire_say(&watch.wire, "220 go\r\n", 8);
	expect_wire(&watch, "\x16H");
	watch_expect(&watch, "220 go\r\n");
	wire_say(&watch.wire, "F", 1);
	assert_true(watch_until(&watch, LEG_SECURED));
	watch_close(&watch);
}

// Exchange 5.5, and the first reading of Q279214.
static void
plaintext_where_a_hello_was_due_is_told(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	secure(&watch);
	expect_wire(&watch, "\x16H");
	wire_say(&watch.wire, "MAIL FROM:<>\r\n", 14);
	assert_true(watch_until(&watch, LEG_PLAINTEXT));
	assert_int_equal(watch.before_end, 0);
	watch_expect(&watch, "MAIL FROM:<>\r\n");
	watch_write(&watch, "250 ok\r\n");
	expect_wire(&watch, "250 ok\r\n");
	assert_false(watch.told[LEG_INSECURE]);
	watch_close(&watch);
}

static void
leg_of_told_bytes(struct watch *watch, enum leg_event event)
{
	if (event == LEG_PLAINTEXT)
		leg_close(&watch->leg);
}

static void
plaintext_of_a_closed_leg_goes_nowhere(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	watch.react = leg_of_told_bytes;
	secure(&watch);
	wire_say(&watch.wire, "MAIL FROM:<>\r\n", 14);
	assert_true(watch_until(&watch, LEG_PLAINTEXT));
	wire_idle(watch.wire.loop, 5);
	assert_int_equal(watch.received.size, 0);
	watch_close(&watch);
}

// A receiver's first byte is never taken for plaintext: only its engine may
// judge it (a letter here is a failed handshake, not a fallback).
static void
a_receiver_cannot_talk_us_out_of_tls(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, RECEIVER);
	secure(&watch);
	wire_say(&watch.wire, "250 injected\r\n", 14);
	assert_true(watch_until(&watch, LEG_INSECURE));
	assert_false(watch.told[LEG_PLAINTEXT]);
	assert_int_equal(watch.received.size, 0);
	assert_int_equal(leg_facts(&watch.leg)->failure, TLS_FAILURE_NOT_TLS);
	// The alert leaves before the connection does.
	leg_close(&watch.leg);
	expect_wire(&watch, "\x16H!");
	assert_int_equal(wire_hear_end(&watch.wire), 0);
	watch_close(&watch);
}

// How a connection can end under TLS, and what that is.
static void
ends_are_told_apart(void **state)
{
	enum how { FIN, RST, STAY };
	static const struct {
		bool handshake; // it happens inside the handshake
		const char *records;
		enum how how;
		enum leg_event event;
		enum tls_failure failure;
		const char *received;
	} rows[] = {
	    {false, "\xd1\x43", STAY, LEG_ENDED, TLS_FAILURE_NONE, "Q"},
	    {false, "\xd1\x43", FIN, LEG_ENDED, TLS_FAILURE_NONE, "Q"},
	    {false, "\xd1", FIN, LEG_BROKEN, TLS_FAILURE_TRUNCATED, "Q"},
	    {false, "\xd1x\xd2", STAY, LEG_BROKEN, TLS_FAILURE_RECORD, "Q"},
	    {false, "", RST, LEG_BROKEN, TLS_FAILURE_TRUNCATED, ""},
	    {true, "", FIN, LEG_INSECURE, TLS_FAILURE_CLOSED, ""},
	    {true, "", RST, LEG_INSECURE, TLS_FAILURE_CLOSED, ""},
	    {true, "\x16?", STAY, LEG_INSECURE, TLS_FAILURE_NOT_TLS, ""},
	    {true, "\x01", STAY, LEG_INSECURE, TLS_FAILURE_NOT_TLS, ""},
	    {true, "\x80", STAY, LEG_INSECURE, TLS_FAILURE_NOT_TLS, ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct watch watch;

		if (rows[i].handshake) {
			watch_open(&watch, SENDER);
			secure(&watch);
			expect_wire(&watch, "\x16H");
		} else {
			open_secured(&watch, SENDER);
		}
		wire_say(&watch.wire, rows[i].records, strlen(rows[i].records));
		if (rows[i].how == FIN)
			shutdown(watch.wire.peer, SHUT_WR);
		if (rows[i].how == RST)
			wire_reset(&watch.wire);
		assert_true(watch_until(&watch, rows[i].event));
		wire_idle(watch.wire.loop, 3);
		assert_int_equal(watch.times[LEG_ENDED] +
				     watch.times[LEG_BROKEN] +
				     watch.times[LEG_INSECURE],
		    1);
		assert_int_equal(
		    leg_facts(&watch.leg)->failure, rows[i].failure);
		assert_int_equal(watch.before_end, strlen(rows[i].received));
		watch_expect(&watch, rows[i].received);
		watch_close(&watch);
	}
}

// RFC 8446 6.1: either side may close its own direction alone; replies that
// are still owed go out.
static void
a_closed_peer_still_hears(void **state)
{
	struct watch watch;

	(void)state;
	open_secured(&watch, SENDER);
	wire_say(&watch.wire, "C", 1);
	assert_true(watch_until(&watch, LEG_ENDED));
	watch_write(&watch, "2");
	expect_wire(&watch, "\xb2");
	leg_close(&watch.leg);
	expect_wire(&watch, "C");
	assert_int_equal(wire_hear_end(&watch.wire), 0);
	watch_close(&watch);
}

static void
a_close_says_so_and_an_abort_does_not(void **state)
{
	struct watch watch;

	(void)state;
	open_secured(&watch, RECEIVER);
	leg_close(&watch.leg);
	expect_wire(&watch, "C");
	assert_int_equal(wire_hear_end(&watch.wire), 0);
	watch_close(&watch);

	open_secured(&watch, RECEIVER);
	leg_abort(&watch.leg);
	assert_int_equal(wire_hear_end(&watch.wire), ECONNRESET);
	watch_close(&watch);
}

static void
nothing_is_said_inside_a_handshake(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	secure(&watch);
	watch_write(&watch, "250 this would be plaintext\r\n");
	leg_close(&watch.leg);
	expect_wire(&watch, "\x16H");
	assert_int_equal(wire_hear_end(&watch.wire), 0);
	watch_close(&watch);
}

static void
a_late_handshake_is_a_failure_of_its_own(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	secure(&watch);
	leg_handshake_late(&watch.leg);
	assert_int_equal(leg_facts(&watch.leg)->failure, TLS_FAILURE_TIMEOUT);
	watch_close(&watch);

	open_secured(&watch, SENDER);
	leg_handshake_late(&watch.leg);
	assert_int_equal(leg_facts(&watch.leg)->failure, TLS_FAILURE_NONE);
	watch_close(&watch);
}

// Its FIN came with STARTTLS: no hello will follow.
static void
a_handshake_with_a_peer_that_has_ended_fails(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	shutdown(watch.wire.peer, SHUT_WR);
	assert_true(watch_until(&watch, LEG_ENDED));
	secure(&watch);
	assert_true(watch_until(&watch, LEG_INSECURE));
	watch_close(&watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tls_begins_behind_what_is_queued),
	    cmocka_unit_test(tls_may_begin_when_told_of_bytes),
	    cmocka_unit_test(plaintext_where_a_hello_was_due_is_told),
	    cmocka_unit_test(plaintext_of_a_closed_leg_goes_nowhere),
	    cmocka_unit_test(a_receiver_cannot_talk_us_out_of_tls),
	    cmocka_unit_test(ends_are_told_apart),
	    cmocka_unit_test(a_closed_peer_still_hears),
	    cmocka_unit_test(a_close_says_so_and_an_abort_does_not),
	    cmocka_unit_test(nothing_is_said_inside_a_handshake),
	    cmocka_unit_test(a_late_handshake_is_a_failure_of_its_own),
	    cmocka_unit_test(a_handshake_with_a_peer_that_has_ended_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
