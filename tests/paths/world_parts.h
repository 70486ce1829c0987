// SPDX-License-Identifier: ISC
//
// What the files of the world share, and nobody else includes:
//   world.c         what the sequencer wants done, judged and done
//   world_events.c  what the event itself does
//   world_identity.c  when a receiver may be told who sends

#ifndef PATHS_WORLD_PARTS_H
#define PATHS_WORLD_PARTS_H

#include "world.h"

struct judge {
	struct world *world;
	const struct event *event;
	unsigned number;
	bool held, unasked, closing, replied;
	enum asked answers; // what the reply in hand is the reply to
	enum state receiver_before;
	struct verdict_on_step verdict;
};

void world_break_rule(
    struct judge *judge, unsigned invariant, const char *what);
void world_owe(struct judge *judge, struct owed owed);
struct owed *world_last_owed(struct world *world);
void world_ask_receiver(struct judge *judge, enum asked asked);
// Drops the oldest question that the receiver owes an answer to.
enum asked world_receiver_answers(struct world *world);
bool world_leg_meets_policy(const struct world *world);
bool world_must_introduce(const struct world *world);
void world_header_first(struct judge *judge);
void world_introduce(struct judge *judge, const struct action *action);
void world_say_client(struct judge *judge, const struct action *action);
void world_event_happens(struct judge *judge);
void world_event_settles(struct judge *judge);

#endif
