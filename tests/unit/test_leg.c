// SPDX-License-Identifier: ISC
//
// A leg in plaintext, over loopback.

#include "leg_watch.h"

static void
bytes_pass_both_ways(void **state)
{
	struct watch watch;
	char heard[16];

	(void)state;
	watch_open(&watch, SENDER);
	wire_say(&watch.wire, "EHLO a\r\n", 8);
	watch_expect(&watch, "EHLO a\r\n");
	watch_write(&watch, "250 ");
	watch_write(&watch, "ok\r\n");
	wire_hear(&watch.wire, heard, 8);
	assert_memory_equal(heard, "250 ok\r\n", 8);
	assert_true(watch_until(&watch, LEG_DRAINED));
	watch_close(&watch);
}

// What is written in one turn must not be cut into several segments: old
// peers that read a reply by one recv would see half of it.
static void
one_turn_is_one_segment(void **state)
{
	struct watch watch;
	char heard[64];

	(void)state;
	watch_open(&watch, SENDER);
	watch_write(&watch, "250-one\r\n");
	watch_write(&watch, "250-two\r\n");
	watch_write(&watch, "250 three\r\n");
	assert_int_equal(recv(watch.wire.peer, heard, sizeof heard, 0), -1);
	assert_int_equal(errno, EAGAIN);
	loop_turn(watch.wire.loop, false);
	assert_int_equal(recv(watch.wire.peer, heard, sizeof heard, 0), 29);
	watch_close(&watch);
}

static void
a_fin_is_an_end_and_the_other_way_goes_on(void **state)
{
	struct watch watch;
	char heard[8];

	(void)state;
	watch_open(&watch, SENDER);
	wire_say(&watch.wire, "QUIT\r\n", 6);
	shutdown(watch.wire.peer, SHUT_WR);
	assert_true(watch_until(&watch, LEG_ENDED));
	assert_int_equal(watch.before_end, 6);
	watch_write(&watch, "221 b\r\n");
	wire_hear(&watch.wire, heard, 7);
	assert_memory_equal(heard, "221 b\r\n", 7);
	assert_false(leg_broken(&watch.leg));
	assert_int_equal(watch.times[LEG_ENDED], 1);
	assert_false(watch.told[LEG_BROKEN]);
	watch_close(&watch);
}

static void
a_reset_is_a_break(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	assert_false(leg_broken(&watch.leg));
	wire_reset(&watch.wire);
	assert_true(leg_broken(&watch.leg));
	assert_true(watch_until(&watch, LEG_BROKEN));
	assert_false(watch.told[LEG_ENDED]);
	watch_close(&watch);
}

// A receiver may refuse a message and close while we still send it: its
// reply must be read, though it takes no bytes any more.
static void
a_lost_peer_can_still_be_heard(void **state)
{
	static const uint8_t content[60000];
	struct watch watch;

	(void)state;
	watch_open(&watch, RECEIVER);
	leg_read(&watch.leg, false);
	wire_say(&watch.wire, "552 too big\r\n", 13);
	// Closed with our bytes unread: RST.
	leg_write(&watch.leg, content, 10);
	wire_idle(watch.wire.loop, 20);
	close(watch.wire.peer);
	watch.wire.peer = -1;
	for (int i = 0; i < 100 && !watch.told[LEG_LOST]; i++) {
		leg_write(&watch.leg, content, sizeof content);
		wire_idle(watch.wire.loop, 1);
	}
	assert_int_equal(watch.times[LEG_LOST], 1);
	leg_read(&watch.leg, true);
	watch_expect(&watch, "552 too big\r\n");
	leg_write(&watch.leg, content, sizeof content);
	wire_idle(watch.wire.loop, 5);
	assert_int_equal(leg_queued(&watch.leg), 0);
	watch_close(&watch);
}

static void
a_full_queue_is_told_and_so_is_its_room(void **state)
{
	static uint8_t piece[LEG_HIGH];
	static uint8_t heard[LEG_HIGH];
	struct watch watch;
	size_t sent = 0;

	(void)state;
	watch_open(&watch, SENDER);
	while (leg_room(&watch.leg) > 0) {
		size_t size = leg_room(&watch.leg);
		memset(piece, (int)('a' + sent % 26), size);
		leg_write(&watch.leg, piece, size);
		sent += size;
		assert_true(leg_queued(&watch.leg) <= LEG_HIGH);
		loop_turn(watch.wire.loop, false);
	}
	assert_true(sent > LEG_HIGH);
	// The kernel took some, so there were rooms; from here none is left.
	watch.told[LEG_ROOM] = watch.told[LEG_DRAINED] = false;
	wire_idle(watch.wire.loop, 20);
	assert_false(watch.told[LEG_ROOM]);
	assert_false(watch.told[LEG_DRAINED]);
	for (size_t had = 0; had < sent; had += LEG_HIGH)
		wire_hear(&watch.wire, heard,
		    sent - had < LEG_HIGH ? sent - had : LEG_HIGH);
	assert_true(watch_until(&watch, LEG_ROOM));
	assert_true(watch_until(&watch, LEG_DRAINED));
	assert_int_equal(leg_queued(&watch.leg), 0);
	assert_int_equal(leg_room(&watch.leg), LEG_HIGH);
	watch_close(&watch);
}

static void
a_peer_that_reads_nothing_stalls(void **state)
{
	static const uint8_t piece[LEG_HIGH];
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	leg_limit_stall(&watch.leg, 50);
	while (leg_room(&watch.leg) > 0) {
		leg_write(&watch.leg, piece, leg_room(&watch.leg));
		loop_turn(watch.wire.loop, false);
	}
	assert_true(watch_until(&watch, LEG_STALLED));
	leg_abort(&watch.leg);
	watch_close(&watch);
}

static void
nothing_is_read_while_reading_is_stopped(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, SENDER);
	leg_read(&watch.leg, false);
	wire_say(&watch.wire, "NOOP\r\n", 6);
	wire_idle(watch.wire.loop, 20);
	assert_int_equal(watch.received.size, 0);
	assert_int_equal(leg_unread(&watch.leg), 6);
	leg_read(&watch.leg, true);
	watch_expect(&watch, "NOOP\r\n");
	assert_int_equal(leg_unread(&watch.leg), 0);
	watch_close(&watch);
}

// Bytes unread at close would make the kernel say RST, and the peer's kernel
// throw our last reply away.
static void
the_last_reply_arrives_though_bytes_are_unread(void **state)
{
	struct watch watch;
	char heard[32];

	(void)state;
	watch_open(&watch, SENDER);
	leg_read(&watch.leg, false);
	wire_say(&watch.wire, "DATA that nobody reads\r\n", 24);
	watch_write(&watch, "421 4.3.2 closing\r\n");
	leg_close(&watch.leg);
	assert_false(leg_is_open(&watch.leg));
	wire_hear(&watch.wire, heard, 19);
	assert_memory_equal(heard, "421 4.3.2 closing\r\n", 19);
	assert_int_equal(wire_hear_end(&watch.wire), 0);
	watch_close(&watch);
}

static void
an_abort_is_a_reset(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, RECEIVER);
	watch_write(&watch, "half a message\r\n");
	leg_abort(&watch.leg);
	assert_int_equal(wire_hear_end(&watch.wire), ECONNRESET);
	watch_close(&watch);
}

static void
close_leg(struct watch *watch, enum leg_event event)
{
	(void)event;
	leg_close(&watch->leg);
}

static void
abort_leg(struct watch *watch, enum leg_event event)
{
	(void)event;
	leg_abort(&watch->leg);
}

// The owner may end a leg from inside anything it is told.
static void
a_leg_may_be_closed_when_told(void **state)
{
	static void (*const reactions[])(struct watch *, enum leg_event) = {
	    close_leg, abort_leg};

	(void)state;
	for (size_t i = 0; i < ROWS(reactions); i++) {
		struct watch watch;

		watch_open(&watch, SENDER);
		watch.react = reactions[i];
		watch_write(&watch, "220 hi\r\n");
		assert_true(watch_until(&watch, LEG_DRAINED));
		assert_false(leg_is_open(&watch.leg));
		watch_close(&watch);

		watch_open(&watch, SENDER);
		watch.react = reactions[i];
		shutdown(watch.wire.peer, SHUT_WR);
		assert_true(watch_until(&watch, LEG_ENDED));
		assert_false(leg_is_open(&watch.leg));
		watch_close(&watch);
	}
}

static void
a_closed_leg_takes_everything_quietly(void **state)
{
	struct watch watch;

	(void)state;
	watch_open(&watch, RECEIVER);
	leg_close(&watch.leg);
	leg_close(&watch.leg);
	leg_abort(&watch.leg);
	watch_write(&watch, "EHLO nobody\r\n");
	leg_read(&watch.leg, true);
	assert_int_equal(leg_queued(&watch.leg), 0);
	assert_int_equal(leg_unread(&watch.leg), 0);
	assert_true(leg_broken(&watch.leg));
	assert_null(leg_facts(&watch.leg));
	watch_close(&watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_pass_both_ways),
	    cmocka_unit_test(one_turn_is_one_segment),
	    cmocka_unit_test(a_fin_is_an_end_and_the_other_way_goes_on),
	    cmocka_unit_test(a_reset_is_a_break),
	    cmocka_unit_test(a_lost_peer_can_still_be_heard),
	    cmocka_unit_test(a_full_queue_is_told_and_so_is_its_room),
	    cmocka_unit_test(a_peer_that_reads_nothing_stalls),
	    cmocka_unit_test(nothing_is_read_while_reading_is_stopped),
	    cmocka_unit_test(the_last_reply_arrives_though_bytes_are_unread),
	    cmocka_unit_test(an_abort_is_a_reset),
	    cmocka_unit_test(a_leg_may_be_closed_when_told),
	    cmocka_unit_test(a_closed_leg_takes_everything_quietly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
