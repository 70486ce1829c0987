// SPDX-License-Identifier: ISC
//
// What events do to the world, before and after the sequencer's answer.

#include "world_parts.h"

#include "base/contract.h"

#include <string.h>

static void
on_line(struct judge *judge)
{
	struct world *world = judge->world;
	const struct command *command = judge->event->command;
	bool hello = command != NULL &&
		     (command->verb == VERB_EHLO || command->verb == VERB_HELO);

	if (world->securing[SENDER])
		world_break_rule(judge, 4, "a line taken in a handshake");
	bool client = command != NULL && command->verb == VERB_XCLIENT &&
		      world->sequencer.settings->take_xclient;

	if (world->held_command == 0)
		world_owe(
		    judge, (struct owed){.hello = hello, .client = client});
	world->held_command = 0;
}

static void
on_content_end(struct judge *judge)
{
	struct world *world = judge->world;

	if (world->owed_count == 0 || !world_last_owed(world)->content)
		world_owe(judge, (struct owed){.message = 1, .content = 1});
}

static void
on_drained(struct judge *judge)
{
	struct world *world = judge->world;

	if (world->owed_count == 0)
		world_break_rule(judge, 3, "content without a reply owed");
	else
		world_last_owed(world)->written = 1;
	world->end_queued = 0;
}

static void
on_reply(struct judge *judge)
{
	struct world *world = judge->world;
	const struct event *event = judge->event;

	if (world->securing[RECEIVER])
		world_break_rule(judge, 4, "a reply taken in a handshake");
	judge->answers = judge->receiver_before == STATE_R_BANNER
			     ? ASKED_OTHER
			     : world_receiver_answers(world);
	judge->unasked = judge->answers == ASKED_NOTHING;
	world->held_reply = 0;
	if (judge->answers == ASKED_HELLO && event->kind == EVENT_REPLY &&
	    event->reply->code < 300)
		world->receiver_greeted = 1;
	// It is as if it had just greeted: EHLO again before all else.
	if (judge->answers == ASKED_XCLIENT && event->kind == EVENT_REPLY &&
	    event->reply->code < 300) {
		world->receiver_greeted = 0;
		world->introduced = 1;
	}
}

static void
on_secured(struct judge *judge)
{
	struct world *world = judge->world;

	world->securing[judge->event->side] = 0;
	if (judge->event->side == SENDER) {
		world->sender_tls = 1;
		return;
	}
	world->receiver_tls = 1;
	world->receiver_greeted = 0;
}

static void
on_plaintext(struct judge *judge)
{
	judge->world->securing[SENDER] = 0;
}

static void
on_connected(struct judge *judge)
{
	judge->world->connected = 1;
}

static void
on_ended(struct judge *judge)
{
	if (judge->event->side == SENDER)
		judge->world->sender_ended = 1;
	else
		judge->world->receiver_ended = 1;
}

static void
on_broken(struct judge *judge)
{
	judge->world->sender_gone = 1;
}

static void
on_lost(struct judge *judge)
{
	judge->world->receiver_ended = 1;
}

static void
on_stop(struct judge *judge)
{
	judge->world->stopped = 1;
}

// Answered as if it were a command.
static void
on_not_smtp(struct judge *judge)
{
	world_owe(judge, (struct owed){0});
}

void
world_event_happens(struct judge *judge)
{
	static void (*const effects[EVENT_COUNT])(struct judge *) = {
	    [EVENT_COMMAND] = on_line,
	    [EVENT_RESPONSE] = on_line,
	    [EVENT_CONTENT_END] = on_content_end,
	    [EVENT_DRAINED] = on_drained,
	    [EVENT_REPLY] = on_reply,
	    [EVENT_BAD_REPLY] = on_reply,
	    [EVENT_SECURED] = on_secured,
	    [EVENT_PLAINTEXT] = on_plaintext,
	    [EVENT_CONNECTED] = on_connected,
	    [EVENT_ENDED] = on_ended,
	    [EVENT_BROKEN] = on_broken,
	    [EVENT_LOST] = on_lost,
	    [EVENT_STOP] = on_stop,
	    [EVENT_NOT_SMTP] = on_not_smtp,
	};

	if (effects[judge->event->kind] != NULL)
		effects[judge->event->kind](judge);
}

// A held line or reply was not taken after all: it comes again. A reply that
// was taken has its effect.
void
world_event_settles(struct judge *judge)
{
	struct world *world = judge->world;
	const struct event *event = judge->event;

	if (!judge->held) {
		if (event->kind == EVENT_REPLY && event->reply->code < 300 &&
		    judge->answers == ASKED_MAIL)
			world->touched = 1;
		return;
	}
	if (event->side == SENDER) {
		world->held_command = (uint8_t)(judge->number + 1);
		return;
	}
	world->held_reply = (uint8_t)(judge->number + 1);
	if (!judge->unasked) {
		REQUIRE(world->asked_count < OWED_MOST);
		memmove(world->asked + 1, world->asked, world->asked_count);
		world->asked[0] = (uint8_t)judge->answers;
		world->asked_count++;
	}
}
