// SPDX-License-Identifier: ISC
//
// The world around a sequencer, as far as its invariants speak of it: a model
// that believes nothing the sequencer says of itself.

#ifndef PATHS_WORLD_H
#define PATHS_WORLD_H

#include "smtp/sequencer.h"

#include <stdbool.h>
#include <stdint.h>

enum { OWED_MOST = 8 };

// A reply that the sender is owed.
struct owed {
	uint8_t forwarded; // the receiver was given the command
	uint8_t hello;     // it is EHLO or HELO
	uint8_t client;    // it is XCLIENT, which a banner answers
	uint8_t message;   // a 2yz would accept a message
	uint8_t written;   // its last byte was written to the receiver
	uint8_t content;   // it is the end of content, or a chunk
};

struct world {
	struct sequencer sequencer;
	struct owed owed[OWED_MOST];
	uint8_t owed_count;
	uint8_t asked[OWED_MOST]; // enum asked: what the receiver owes
	uint8_t asked_count;
	uint8_t connected;
	uint8_t receiver_tls, receiver_greeted; // greeted since TLS changed
	uint8_t sender_tls;
	uint8_t securing[2];
	uint8_t touched;    // this connection saw an accepted MAIL or content
	uint8_t authed;     // and AUTH
	uint8_t introduced; // it was told who sends: PROXY header or XCLIENT
	uint8_t timer[2];
	uint8_t held_command; // 1 + number of the command that comes again
	uint8_t held_reply;   // likewise
	uint8_t kept_command;
	uint8_t banner_told;
	uint8_t sender_gone, sender_ended, receiver_ended, stopped;
	uint8_t end_queued; // the end of the content is queued, not written
	uint8_t finished;
	uint8_t depth; // how many commands may be owed a reply at a time
	uint8_t stops; // whether a shutdown may come
};

// What the receiver was asked, ours or the sender's.
enum asked {
	ASKED_NOTHING,
	ASKED_HELLO,
	ASKED_STARTTLS,
	ASKED_MAIL,
	ASKED_XCLIENT,
	ASKED_OTHER
};

// Which invariant a step broke, and how; NULL: none.
struct verdict_on_step {
	unsigned invariant;
	const char *what;
};

void world_init(struct world *world, const struct sequencer_settings *settings);

// Judges what the sequencer wanted done upon the event, and does it. number
// is the event's in the alphabet; receiver_before the receiver's state.
struct verdict_on_step world_judge(struct world *world,
    const struct event *event, unsigned number, enum state receiver_before,
    const struct actions *actions);

#endif
