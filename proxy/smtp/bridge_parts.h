// SPDX-License-Identifier: ISC
//
// What the files of the bridge share, and nobody else includes:
//   bridge.c      what the shell calls; the pump
//   bridge_take.c bytes to events: lines, replies, content
//   bridge_act.c  actions carried out, one small function each
//   bridge_say.c  those that put words on a leg
//   bridge_secret.c  what traces must not show

#ifndef SMTP_BRIDGE_PARTS_H
#define SMTP_BRIDGE_PARTS_H

#include "smtp/bridge.h"

// What an event is about, while its actions are carried out.
struct hand {
	const struct event *event;
	size_t taken;  // bytes of the event's side that it stands for
	bool consumed; // they are gone from the queue
	bool held;     // they stay: the event comes again
	bool asked;    // policy answered: the event comes again at once
	struct verdict verdict;
};

// Steps the sequencer and carries out what it says. taken bytes of the
// event's side are consumed, unless they were held or kept.
void bridge_bring(
    struct bridge *bridge, const struct event *event, size_t taken);
void bridge_act(
    struct bridge *bridge, struct hand *hand, const struct action *action);
void bridge_consume(struct bridge *bridge, struct hand *hand);
// What became of the oldest message whose reply is owed; reply may be NULL.
void bridge_tell_message(
    struct bridge *bridge, enum note note, const struct reply *reply);

// Takes one thing of a side, if there is one that can be taken.
bool bridge_take_receiver(struct bridge *bridge);
bool bridge_take_sender(struct bridge *bridge);

void bridge_send_text(struct bridge *bridge, enum side side,
    const struct writer *text, const struct bridge_trace *trace);

// The trace line of the message that begins, if one is due.
void bridge_say_received(struct bridge *bridge);

typedef void bridge_act_function(
    struct bridge *bridge, struct hand *hand, const struct action *action);
bridge_act_function bridge_act_answer, bridge_act_say, bridge_act_forward,
    bridge_act_forward_kept, bridge_act_relay, bridge_act_show_ehlo,
    bridge_act_show_helo;

// Whether the sender's command may be a password, or hold one behind its verb.
bool bridge_is_secret(
    const struct bridge *bridge, const struct command *command);
// Sets bridge->echoed: whether the receiver's reply, not yet taken, may repeat
// a secret that it is the reply to.
void bridge_see_echo(struct bridge *bridge, const struct reply *reply);

// Whether anybody is told anything. Without taps: what they cost is measured
// against that (tests/bench/taps.py).
static inline bool
bridge_is_watched(const struct bridge *bridge)
{
#ifdef WITHOUT_TAPS
	(void)bridge;
	return false;
#else
	return bridge->shell->trace != NULL;
#endif
}

// Tells whoever watches. Callers ask first whether anybody does, for what they
// make is dear; that is kept out of the way of those that nobody watches.
#define BRIDGE_ASIDE __attribute__((noinline, cold))
void bridge_tell(struct bridge *bridge, const struct bridge_trace *trace);

#endif
