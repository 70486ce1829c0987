// SPDX-License-Identifier: ISC
//
// When a receiver may be told who the sender is.

#include "world_parts.h"

bool
world_must_introduce(const struct world *world)
{
	const struct sequencer_settings *settings = world->sequencer.settings;

	return settings->introduction == INTRODUCE_HEADER ||
	       settings->introduction == INTRODUCE_XCLIENT;
}

// A PROXY header comes before everything else, in plaintext.
void
world_header_first(struct judge *judge)
{
	const struct world *world = judge->world;

	if (world->sequencer.settings->introduction == INTRODUCE_HEADER &&
	    !world->introduced)
		world_break_rule(judge, 1, "something before the PROXY header");
}

void
world_introduce(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	(void)action;
	if (judge->event->kind != EVENT_CONNECTED || world->introduced ||
	    world->asked_count > 0 || world->securing[RECEIVER])
		world_break_rule(judge, 1, "a PROXY header that is not first");
	world->introduced = 1;
}

// XCLIENT and XFORWARD are of the envelope, and of one client.
void
world_say_client(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (!world_leg_meets_policy(world))
		world_break_rule(
		    judge, 1, "told who sends before it was ready");
	if (world->asked_count > 0)
		world_break_rule(judge, 3, "told who sends out of turn");
	if (action->value == SAY_XCLIENT && world->introduced)
		world_break_rule(judge, 3, "told twice who sends");
	if (action->value == SAY_XCLIENT && world->touched)
		world_break_rule(judge, 6, "another client after MAIL");
	world_ask_receiver(
	    judge, action->value == SAY_XCLIENT ? ASKED_XCLIENT : ASKED_OTHER);
}
