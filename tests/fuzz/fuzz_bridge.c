// SPDX-License-Identifier: ISC
//
// A whole session: the input is a program of what two peers say and what
// happens to their connections, in any order that a real shell could bring.
// What the sender hears is whole replies and nothing else; the receiver hears
// nothing of a message in plaintext where its level demands TLS; a timer runs
// as long as the session lives; and after its end nothing is asked for.

#include "base/contract.h"
#include "bridge_world.h"
#include "harness.h"

#include <string.h>

enum { STEPS_MOST = 400, REPEATED = 20 };

static const struct {
	enum side side;
	const char *bytes;
} phrases[] = {
#define PHRASE(side, bytes) {side, bytes},
#include "bridge_phrases.def"
#undef PHRASE
};

enum { PHRASES = sizeof(phrases) / sizeof(phrases[0]) };

static void
receive(struct world *world, enum side side, const void *bytes, size_t size)
{
	bool there = side == SENDER || world->connected;

	if (!there || world->gone[side] || world->securing[side] ||
	    bridge_full(&world->bridge, side))
		return;
	REQUIRE(bridge_receive(&world->bridge, side, bytes, size));
}

static void
bring(
    struct world *world, enum side side, enum event_kind kind, unsigned detail)
{
	struct event event = {.kind = kind,
	    .side = side,
	    .target = world->first,
	    .strength = detail % 2 == 0 ? STRENGTH_STRONG : STRENGTH_WEAK,
	    .authenticated = detail % 4 == 0,
	    .unverified = detail % 3 == 0,
	    .certificate_refused = detail % 3 == 1};

	bridge_event(&world->bridge, &event);
}

static void
finish_handshake(struct world *world, enum side side, unsigned detail)
{
	static const enum event_kind kinds[] = {EVENT_SECURED, EVENT_SECURED,
	    EVENT_SECURED, EVENT_INSECURE, EVENT_PLAINTEXT};
	enum event_kind kind = kinds[detail % 5];

	if (!world->securing[side]) {
		// TLS that fails later, as its alerts come.
		if (side == RECEIVER && world->receiver_tls &&
		    world->connected && detail % 5 == 3)
			bring(world, side, EVENT_INSECURE, 1);
		return;
	}
	if (kind == EVENT_PLAINTEXT && side == RECEIVER)
		kind = EVENT_INSECURE;
	world->securing[side] = false;
	if (side == RECEIVER)
		world->receiver_tls = kind == EVENT_SECURED;
	bring(world, side, kind, detail / 5);
}

static void
dialled(struct world *world, unsigned detail)
{
	if (!world->dialling)
		return;
	world->dialling = false;
	world->connected = detail % 8 != 7;
	bring(world, RECEIVER,
	    world->connected ? EVENT_CONNECTED : EVENT_UNREACHABLE, detail / 8);
}

static void
doubt(struct world *world)
{
	if (world->connected && !world->gone[RECEIVER] &&
	    sequencer_accepts(&world->bridge.sequencer, EVENT_REDIAL, RECEIVER))
		bring(world, RECEIVER, EVENT_REDIAL, 0);
}

static void
leave(struct world *world, enum side side, bool broken)
{
	if (world->gone[side] || (side == RECEIVER && !world->connected))
		return;
	if (broken) {
		world->gone[side] = true;
		world->securing[side] = false;
		bring(world, side, EVENT_BROKEN, 0);
	} else if (!world->securing[side]) {
		world->gone[side] = true;
		bridge_end(&world->bridge, side);
	}
}

static void
expire(struct world *world, enum side side, unsigned detail)
{
	struct event event = {.kind = EVENT_TIMED_OUT, .side = side};

	if (world->timer[side] == TIMER_NONE)
		return;
	if (side == SENDER && detail % 8 == 7)
		event.reason = REASON_SESSION_TIMEOUT;
	world->timer[side] = TIMER_NONE;
	world->securing[side] = false;
	if (side == RECEIVER && world->dialling)
		world->dialling = false;
	bridge_event(&world->bridge, &event);
}

static void
flow(struct world *world, unsigned detail)
{
	world->stalled = detail % 3 == 1;
	world->queueing = detail % 3 == 2;
	bridge_pump(&world->bridge);
}

static void
drain(struct world *world)
{
	for (enum side side = SENDER; side <= RECEIVER; side++)
		while (
		    world->unwritten[side] && !world->finished &&
		    (side == SENDER || !(world->stalled || world->queueing))) {
			world->unwritten[side] = false;
			bridge_drained(&world->bridge, side);
		}
}

static void
say(struct world *world, unsigned phrase)
{
	receive(world, phrases[phrase].side, phrases[phrase].bytes,
	    strlen(phrases[phrase].bytes));
}

// A peer that says the same again and again fills whatever can be full.
static void
repeat(struct world *world, unsigned detail)
{
	for (int i = 0; i < REPEATED && !world->finished; i++)
		say(world, detail % PHRASES);
}

static void
step(struct world *world)
{
	unsigned what = reader_u8(world->input);
	unsigned detail = reader_u8(world->input);
	enum side side = what / 128 % 2 == 0 ? SENDER : RECEIVER;
	const uint8_t *bytes;

	switch (what % 16) {
	case 0:
		bytes = reader_bytes(world->input, detail % 16);
		if (bytes != NULL && detail % 16 > 0)
			receive(world, side, bytes, detail % 16);
		break;
	case 1:
		finish_handshake(world, side, detail);
		break;
	case 2:
		dialled(world, detail);
		break;
	case 3:
		leave(world, side, detail % 2 == 0);
		break;
	case 4:
		expire(world, side, detail);
		break;
	case 5:
		flow(world, detail);
		break;
	case 6:
		world->unread = detail % 4 == 1;
		world->doomed = detail % 4 == 2;
		if (detail % 16 == 3)
			bring(world, SENDER, EVENT_STOP, 0);
		if (detail % 16 == 7)
			doubt(world);
		break;
	case 7:
		repeat(world, detail);
		break;
	default:
		say(world, detail % PHRASES);
		break;
	}
	drain(world);
}

static void
set(struct world *world)
{
	struct sequencer_settings *settings = &world->settings;
	unsigned bits = reader_u32(world->input);

	world->verdicts = reader_u16(world->input);
	settings->sender_need = bits % 3;
	settings->receiver_need = bits / 3 % 3;
	settings->rungs = bits >> 4 & 1 ? 2 : 1;
	settings->receivers = bits >> 31 & 1 ? 2 : 1;
	settings->sender_implicit = (bits >> 5 & 7) == 7;
	settings->receiver_implicit = (bits >> 8 & 7) == 7;
	settings->tolerate_missing_handshake = bits >> 11 & 1;
	settings->early_starttls = bits >> 12 & 1;
	settings->auth_without_tls = bits >> 13 & 1;
	settings->reject_bare_newline = bits >> 14 & 1;
	settings->lf_end_of_data = bits >> 15 & 1;
	settings->reject_early_pipelining = (bits >> 16 & 3) == 3;
	settings->fallback_plain = bits >> 18 & 1;
	settings->defer_stripped = bits >> 19 & 1;
	settings->try_unoffered = bits >> 20 & 1;
	settings->forgetful_redial = bits >> 21 & 1;
	settings->ask_at_hello = bits >> 22 & 1;
	settings->ask_when_secured = bits >> 23 & 1;
	settings->ask_at_mail = bits >> 24 & 1;
	settings->ask_at_rcpt = bits >> 25 & 1;
	settings->introduction = bits >> 26 & 3;
	settings->dial_after_tls = bits >> 28 & 1;
	settings->take_xclient = bits >> 29 & 1;
	settings->headroom = bits >> 30 & 1 ? 1024 : 0;
	settings->error_limit = bits >> 26 & 1 ? 5 : 0;
	settings->command_limit = bits >> 27 & 1 ? 5 : 0;
	settings->recipient_limit = bits >> 28 & 1 ? 2 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	struct reader input = reader_over(data, size);

	world = (struct world){.input = &input};
	set(&world);
	bridge_init(&world.bridge, &world.settings, "relay.example",
	    &world_shell, &world);
	bridge_start(&world.bridge, OWN_COUNT, REASON_NONE);
	for (int i = 0; i < STEPS_MOST && !input.failed && !world.finished;
	     i++) {
		step(&world);
		REQUIRE(world.finished || world.timer[SENDER] != TIMER_NONE ||
			world.timer[RECEIVER] != TIMER_NONE);
	}
	REQUIRE(world.finished == sequencer_finished(&world.bridge.sequencer));
	bridge_free(&world.bridge);
	return 0;
}
