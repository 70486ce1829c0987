// SPDX-License-Identifier: ISC

#include "smtp/bridge.h"

#include "base/contract.h"
#include "smtp/bridge_parts.h"

#include <stdio.h>
#include <string.h>

void
bridge_init(struct bridge *bridge, const struct sequencer_settings *settings,
    const char *hostname, const struct bridge_shell *shell, void *context)
{
	*bridge = (struct bridge){
	    .shell = shell, .context = context, .hostname = hostname};
	sequencer_init(&bridge->sequencer, settings);
	buffer_init(&bridge->in[SENDER], BRIDGE_LIMIT);
	buffer_init(&bridge->in[RECEIVER], BRIDGE_LIMIT);
	buffer_init(&bridge->kept_reply, REPLY_BYTES_MOST);
}

void
bridge_free(struct bridge *bridge)
{
	buffer_free(&bridge->in[SENDER]);
	buffer_free(&bridge->in[RECEIVER]);
	buffer_free(&bridge->kept_reply);
}

void
bridge_tell(struct bridge *bridge, const struct bridge_trace *trace)
{
	if (bridge_is_watched(bridge))
		bridge->shell->trace(bridge->context, trace);
}

static BRIDGE_ASIDE void
tell_state(struct bridge *bridge, enum side side, enum state before)
{
	enum state now = bridge->sequencer.state[side];
	char text[64];

	if (before == now)
		return;
	int size = snprintf(text, sizeof(text), "%s -> %s", state_name(before),
	    state_name(now));
	REQUIRE(size > 0 && (size_t)size < sizeof(text));
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_STATE,
				.side = side,
				.text = (const uint8_t *)text,
				.size = (size_t)size,
				.why = state_words(now)});
}

void
bridge_consume(struct bridge *bridge, struct hand *hand)
{
	if (hand->consumed || hand->held)
		return;
	hand->consumed = true;
	if (hand->event->side == SENDER && hand->taken > 0)
		bridge->line_told = false;
	buffer_consume(&bridge->in[hand->event->side], hand->taken);
}

static void
bring(struct bridge *bridge, struct hand *hand)
{
	struct actions actions;
	enum state before[2] = {
	    bridge->sequencer.state[SENDER], bridge->sequencer.state[RECEIVER]};

	sequencer_step(&bridge->sequencer, hand->event, &actions);
	for (size_t i = 0; i < actions.count; i++)
		bridge_act(bridge, hand, &actions.list[i]);
	if (!bridge_is_watched(bridge))
		return;
	tell_state(bridge, SENDER, before[SENDER]);
	tell_state(bridge, RECEIVER, before[RECEIVER]);
}

void
bridge_bring(struct bridge *bridge, const struct event *event, size_t taken)
{
	struct hand hand = {.event = event, .taken = taken};
	struct event answered = *event;
	struct verdict verdict;

	bring(bridge, &hand);
	if (hand.asked) {
		verdict = hand.verdict;
		answered.verdict = &verdict;
		hand = (struct hand){.event = &answered, .taken = taken};
		bring(bridge, &hand);
		REQUIRE(!hand.asked);
	}
	bridge_consume(bridge, &hand);
	if (bridge->sender_broke) {
		bridge->sender_broke = false;
		bridge_bring(bridge,
		    &(struct event){.kind = EVENT_BROKEN, .side = SENDER}, 0);
	}
}

void
bridge_pump(struct bridge *bridge)
{
	while (!sequencer_finished(&bridge->sequencer)) {
		if (bridge_take_receiver(bridge))
			continue;
		if (!bridge_take_sender(bridge))
			break;
	}
}

void
bridge_refuse_as(struct bridge *bridge, const char *reply)
{
	bridge->refusal = reply;
}

void
bridge_start(struct bridge *bridge, enum own_reply refusal, enum reason reason)
{
	bridge_bring(bridge,
	    &(struct event){.kind = EVENT_START,
		.side = SENDER,
		.refusal = refusal,
		.reason = reason},
	    0);
	bridge_pump(bridge);
}

static BRIDGE_ASIDE void
tell_waiting(struct bridge *bridge, enum side side, size_t size)
{
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_HELD,
				.side = side,
				.size = size,
				.why = "not its turn yet"});
}

bool
bridge_receive(
    struct bridge *bridge, enum side side, const uint8_t *bytes, size_t size)
{
	if (sequencer_finished(&bridge->sequencer))
		return true;
	if (!buffer_append(&bridge->in[side], bytes, size))
		return false;
	if (bridge_is_watched(bridge) &&
	    sequencer_takes(&bridge->sequencer, side) == TAKES_NOTHING)
		tell_waiting(bridge, side, size);
	bridge_pump(bridge);
	return true;
}

bool
bridge_full(const struct bridge *bridge, enum side side)
{
	return bridge->in[side].size >= BRIDGE_HIGH;
}

void
bridge_end(struct bridge *bridge, enum side side)
{
	if (sequencer_finished(&bridge->sequencer) || bridge->ended[side])
		return;
	bridge->ended[side] = true;
	// What it said before it went is taken first.
	bridge_pump(bridge);
	if (side == RECEIVER && !sequencer_finished(&bridge->sequencer) &&
	    sequencer_accepts(&bridge->sequencer, EVENT_LOST, RECEIVER))
		bridge_bring(bridge,
		    &(struct event){.kind = EVENT_LOST, .side = RECEIVER}, 0);
	bridge_pump(bridge);
}

void
bridge_drained(struct bridge *bridge, enum side side)
{
	bridge->unwritten[side] = false;
	bridge_pump(bridge);
}

// What a state has no row for, but can come all the same: a timer that ran
// out as it was set anew, TLS that failed after its handshake.
static bool
bring_otherwise(struct bridge *bridge, const struct event *event)
{
	struct event other = *event;

	if (event->kind == EVENT_STOP)
		return false;
	if (event->side == RECEIVER &&
	    (event->kind == EVENT_BROKEN || event->kind == EVENT_INSECURE)) {
		if (sequencer_accepts(
			&bridge->sequencer, event->kind, RECEIVER))
			return false;
		bridge_end(bridge, RECEIVER);
		return true;
	}
	if (event->side == SENDER && event->kind == EVENT_TIMED_OUT &&
	    event->reason == REASON_NONE &&
	    (bridge->sequencer.state[SENDER] == STATE_S_CONTENT ||
		bridge->sequencer.state[SENDER] == STATE_S_CHUNK) &&
	    bridge->shell->room(bridge->context, RECEIVER) == 0) {
		// It is the receiver that lets the content wait.
		other.side = RECEIVER;
		other.behind = bridge->in[RECEIVER].size;
		bridge_bring(bridge, &other, 0);
		return true;
	}
	if (sequencer_accepts(&bridge->sequencer, event->kind, event->side)) {
		if (event->side == SENDER || event->kind != EVENT_TIMED_OUT)
			return false;
		other.behind = bridge->in[RECEIVER].size;
		bridge_bring(bridge, &other, 0);
		return true;
	}
	if (event->side == SENDER && event->kind == EVENT_INSECURE) {
		other.kind = EVENT_BROKEN;
		bridge_bring(bridge, &other, 0);
	}
	return true;
}

void
bridge_event(struct bridge *bridge, const struct event *event)
{
	if (sequencer_finished(&bridge->sequencer))
		return;
	if (event->kind == EVENT_SECURED && event->side == RECEIVER)
		buffer_free(&bridge->kept_reply);
	if (!bring_otherwise(bridge, event))
		bridge_bring(bridge, event, 0);
	bridge_pump(bridge);
}

void
bridge_cut(struct bridge *bridge)
{
	for (unsigned i = sequencer_undecided(&bridge->sequencer); i > 0; i--)
		bridge_tell_message(bridge, NOTE_UNKNOWN, NULL);
}

size_t
bridge_waiting(const struct bridge *bridge, enum side side)
{
	return bridge->in[side].size;
}

size_t
bridge_kept(const struct bridge *bridge)
{
	return bridge->kept_reply.size;
}

struct reader
bridge_hello(const struct bridge *bridge)
{
	return reader_over(bridge->sequencer.name, bridge->sequencer.name_size);
}

bool
bridge_says_hello(const struct bridge *bridge, struct reader *name)
{
	const struct sequencer *sequencer = &bridge->sequencer;
	const char *own;

	if (sequencer->state[RECEIVER] != STATE_R_EHLO &&
	    sequencer->state[RECEIVER] != STATE_R_EHLO_TLS)
		return false;
	own = sequencer->settings->helo_name;
	*name =
	    own != NULL ? reader_over(own, strlen(own)) : bridge_hello(bridge);
	return true;
}
