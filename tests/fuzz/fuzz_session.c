// SPDX-License-Identifier: ISC
//
// A whole session: the bridge between a sender and a receiver that say
// anything, at any time, in any pieces. The first byte chooses the settings;
// then come steps: a byte that says what happens, and what it needs.
// Nothing crashes, stops answering or grows; what is asked of the shell makes
// sense; after the end nothing more is asked.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"
#include "smtp/bridge.h"

#include <string.h>

static const struct sequencer_settings settings[] = {
    {.rungs = 1},
    {.rungs = 2,
	.sender_need = SENDER_MAY_TLS,
	.receiver_need = RECEIVER_MUST_TLS,
	.tolerate_missing_handshake = true,
	.early_starttls = true,
	.forgetful_redial = true},
    {.rungs = 1,
	.sender_need = SENDER_MUST_TLS,
	.receiver_need = RECEIVER_MAY_TLS,
	.fallback_plain = true,
	.forgetful_redial = true,
	.error_limit = 5,
	.command_limit = 9,
	.recipient_limit = 2},
    {.rungs = 1,
	.sender_implicit = true,
	.receiver_implicit = true,
	.receiver_need = RECEIVER_MUST_TLS},
    {.rungs = 1,
	.reject_bare_newline = true,
	.reject_early_pipelining = true,
	.ask_at_hello = true,
	.ask_when_secured = true,
	.ask_at_mail = true,
	.ask_at_rcpt = true,
	.sender_need = SENDER_MAY_TLS},
    {.rungs = 1, .lf_end_of_data = true, .auth_without_tls = true},
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

// The world that the fuzzer plays.
struct play {
	struct bridge bridge;
	struct reader steps;
	bool dialling, securing[2], tls[2], gone[2], finished;
	size_t queued[2]; // written, not yet drained
};

static void
play_write(void *shell, enum side side, const uint8_t *bytes, size_t size)
{
	struct play *play = shell;

	REQUIRE(!play->finished && bytes != NULL);
	REQUIRE(!play->securing[side]);
	if (play->gone[side])
		return;
	play->queued[side] += size;
	REQUIRE(play->queued[side] <= BRIDGE_LIMIT + REPLY_BYTES_MOST);
}

static size_t
play_room(void *shell, enum side side)
{
	const struct play *play = shell;

	return play->queued[side] < 65536 ? 65536 - play->queued[side] : 0;
}

static void
play_connect(void *shell, unsigned rung)
{
	struct play *play = shell;

	REQUIRE(!play->finished && !play->dialling);
	REQUIRE(rung < play->bridge.sequencer.settings->rungs);
	play->dialling = true;
	play->securing[RECEIVER] = false;
	play->tls[RECEIVER] = false;
	play->gone[RECEIVER] = false;
	play->queued[RECEIVER] = 0;
}

static void
play_secure(void *shell, enum side side)
{
	struct play *play = shell;

	REQUIRE(!play->finished && !play->securing[side]);
	REQUIRE(bridge_waiting(&play->bridge, side) == 0);
	play->securing[side] = true;
}

static void
play_timer(void *shell, enum side side, enum timer timer)
{
	(void)side;
	REQUIRE(!((struct play *)shell)->finished && timer < TIMER_COUNT);
}

static void
play_drop(void *shell, enum side side, enum drop how)
{
	struct play *play = shell;

	(void)how;
	play->gone[side] = true;
	play->securing[side] = false;
	play->dialling = side == RECEIVER ? false : play->dialling;
}

static void
play_ask(void *shell, enum question question, const uint8_t *argument,
    size_t size, struct verdict *verdict)
{
	struct play *play = shell;
	uint8_t say = reader_u8(&play->steps);

	(void)question;
	REQUIRE(size == 0 || argument != NULL);
	verdict->refuse = (say & 3) == 1;
	verdict->close = (say & 7) == 5;
	verdict->too_weak = (say & 7) == 2;
	verdict->reply = (say & 8) != 0 ? "554 5.7.1 not you" : NULL;
}

static bool
play_sender_broken(void *shell)
{
	return (reader_u8(&((struct play *)shell)->steps) & 7) == 7;
}

static size_t
play_unread(void *shell, enum side side)
{
	(void)side;
	return (reader_u8(&((struct play *)shell)->steps) & 31) == 31;
}

static const char *
play_detail(void *shell)
{
	(void)shell;
	return "the world";
}

static void
play_note(void *shell, enum note note)
{
	(void)shell;
	REQUIRE(note_name(note) != NULL);
}

static void
play_message(void *shell, const struct bridge_message *message)
{
	(void)shell;
	bool accepted = message->outcome == NOTE_ACCEPTED ||
			message->outcome == NOTE_UNACKNOWLEDGED;

	REQUIRE(!accepted ||
		(message->reply != NULL && message->reply->code < 300));
}

static void
play_trace(void *shell, const struct bridge_trace *trace)
{
	(void)shell;
	REQUIRE(trace->size == 0 || trace->text != NULL ||
		trace->kind == TRACE_HELD || trace->secret);
}

static void
play_finish(void *shell, enum reason reason)
{
	struct play *play = shell;

	REQUIRE(!play->finished && reason != REASON_NONE);
	play->finished = true;
}

static const struct bridge_shell shell = {
    .write = play_write,
    .room = play_room,
    .connect = play_connect,
    .secure = play_secure,
    .timer = play_timer,
    .drop = play_drop,
    .ask = play_ask,
    .sender_broken = play_sender_broken,
    .unread = play_unread,
    .detail = play_detail,
    .note = play_note,
    .message = play_message,
    .trace = play_trace,
    .finish = play_finish,
};

static void
bring(struct play *play, enum event_kind kind, enum side side, uint8_t say)
{
	bridge_event(&play->bridge,
	    &(struct event){.kind = kind,
		.side = side,
		.strength = (say & 1) != 0 ? STRENGTH_WEAK : STRENGTH_STRONG,
		.authenticated = (say & 2) != 0,
		.unverified = (say & 4) != 0,
		.reason =
		    (say & 8) != 0 ? REASON_SESSION_TIMEOUT : REASON_NONE});
}

static void
receive(struct play *play, enum side side)
{
	size_t size = reader_u8(&play->steps);

	if (size > play->steps.left)
		size = play->steps.left;
	const uint8_t *bytes = reader_bytes(&play->steps, size);
	if (play->securing[side] || play->gone[side] || size == 0 ||
	    (side == RECEIVER && play->dialling) ||
	    bridge_full(&play->bridge, side))
		return;
	REQUIRE(bridge_receive(&play->bridge, side, bytes, size));
}

static void
end_handshake(struct play *play, enum side side, uint8_t say)
{
	if (!play->securing[side])
		return;
	play->securing[side] = false;
	if ((say & 16) != 0) {
		bring(play, EVENT_INSECURE, side, say);
		return;
	}
	if ((say & 32) != 0 && side == SENDER) {
		bring(play, EVENT_PLAINTEXT, side, say);
		return;
	}
	play->tls[side] = true;
	bring(play, EVENT_SECURED, side, say);
}

static void
step(struct play *play)
{
	uint8_t what = reader_u8(&play->steps);
	enum side side = (what & 1) != 0 ? RECEIVER : SENDER;
	bool dialling = play->dialling;

	switch (what >> 1 & 7) {
	case 0:
	case 1:
	case 2:
		receive(play, side);
		return;
	case 3:
		play->dialling = false;
		if (dialling)
			bring(play,
			    (what & 16) != 0 ? EVENT_UNREACHABLE
					     : EVENT_CONNECTED,
			    RECEIVER, what);
		return;
	case 4:
		end_handshake(play, side, what);
		return;
	case 5:
		play->queued[side] = 0;
		bridge_drained(&play->bridge, side);
		return;
	case 6:
		if (!play->securing[side] && !play->gone[side] &&
		    !(side == RECEIVER && dialling)) {
			play->gone[side] = (what & 16) != 0;
			if ((what & 16) != 0)
				bring(play, EVENT_BROKEN, side, what);
			else
				bridge_end(&play->bridge, side);
		}
		return;
	default:
		bring(play, (what & 64) != 0 ? EVENT_STOP : EVENT_TIMED_OUT,
		    (what & 64) != 0 ? SENDER : side, what);
		return;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct play play = {.steps = reader_over(bytes, size)};
	uint8_t chosen = reader_u8(&play.steps);

	bridge_init(&play.bridge, &settings[chosen % SETTINGS], "relay.example",
	    &shell, &play);
	bridge_start(&play.bridge, chosen >= 250 ? OWN_NOT_A_CLIENT : OWN_COUNT,
	    REASON_NOT_A_CLIENT);
	while (play.steps.left > 0 && !play.finished)
		step(&play);
	REQUIRE(play.bridge.in[SENDER].size <= BRIDGE_LIMIT);
	REQUIRE(play.bridge.in[RECEIVER].size <= BRIDGE_LIMIT);
	bridge_free(&play.bridge);
	return 0;
}
