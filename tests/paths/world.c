// SPDX-License-Identifier: ISC

#include "world.h"

#include "base/contract.h"

#include <string.h>

struct judge {
	struct world *world;
	const struct event *event;
	unsigned number;
	bool held, unasked, closing, replied;
	enum asked answers; // what the reply in hand is the reply to
	struct verdict_on_step verdict;
};

void
world_init(struct world *world, const struct sequencer_settings *settings)
{
	memset(world, 0, sizeof(*world));
	sequencer_init(&world->sequencer, settings);
}

static void
break_rule(struct judge *judge, unsigned invariant, const char *what)
{
	if (judge->verdict.what == NULL)
		judge->verdict = (struct verdict_on_step){invariant, what};
}

static void
owe(struct judge *judge, struct owed owed)
{
	struct world *world = judge->world;

	REQUIRE(world->owed_count < OWED_MOST);
	world->owed[world->owed_count++] = owed;
}

static struct owed *
last_owed(struct world *world)
{
	REQUIRE(world->owed_count > 0);
	return &world->owed[world->owed_count - 1];
}

// A reply goes to the sender: it is the reply to the oldest that is owed.
static void
ask_receiver(struct judge *judge, enum asked asked)
{
	struct world *world = judge->world;

	REQUIRE(world->asked_count < OWED_MOST);
	world->asked[world->asked_count++] = (uint8_t)asked;
}

static enum asked
receiver_answers(struct world *world)
{
	if (world->asked_count == 0)
		return ASKED_NOTHING;
	enum asked asked = world->asked[0];

	world->asked_count--;
	memmove(world->asked, world->asked + 1, world->asked_count);
	world->asked[world->asked_count] = 0;
	return asked;
}

static void
reply_given(struct judge *judge, unsigned code, bool relayed)
{
	struct world *world = judge->world;
	bool closing = code == 421 || code / 100 == 5;

	if (judge->closing && world->owed_count == 0)
		break_rule(judge, 3, "a second reply in one turn");
	judge->replied = true;
	if (world->owed_count == 0) {
		bool banner = !world->banner_told;

		world->banner_told = 1;
		if (!banner && code != 421)
			break_rule(judge, 3, "a reply that nothing asked for");
		judge->closing = closing;
		return;
	}
	struct owed owed = world->owed[0];
	world->owed_count--;
	memmove(world->owed, world->owed + 1,
	    world->owed_count * sizeof(world->owed[0]));
	memset(&world->owed[world->owed_count], 0, sizeof(world->owed[0]));
	if (code / 100 == 2 && owed.message && !(relayed && owed.written))
		break_rule(judge, 2,
		    relayed ? "2yz relayed before the end was written"
			    : "2yz of our own to a message");
	if (code / 100 == 2 && owed.message && judge->unasked)
		break_rule(judge, 2, "2yz that answers something else");
	if (relayed && judge->unasked && !owed.content && code != 421)
		break_rule(judge, 3, "an unasked reply was relayed");
	if (relayed && !owed.forwarded && !owed.content && !owed.hello &&
	    code != 421)
		break_rule(judge, 3, "a reply to what never was forwarded");
	judge->closing = closing;
}

static void
on_answer(struct judge *judge, const struct action *action)
{
	reply_given(judge, own_code(action->own), false);
}

static void
on_relay(struct judge *judge, const struct action *action)
{
	(void)action;
	REQUIRE(judge->event->reply != NULL);
	reply_given(judge, judge->event->reply->code, true);
}

static void
on_show(struct judge *judge, const struct action *action)
{
	(void)action;
	if (!judge->world->receiver_greeted)
		break_rule(judge, 1, "EHLO answered before the receiver was");
	reply_given(judge, 250, true);
}

static bool
leg_meets_policy(const struct world *world)
{
	const struct sequencer_settings *settings = world->sequencer.settings;

	if (!world->connected || !world->receiver_greeted ||
	    world->securing[RECEIVER])
		return false;
	return settings->receiver_need != RECEIVER_MUST_TLS ||
	       world->receiver_tls;
}

static void
on_forward(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;
	const struct sequencer_settings *settings = world->sequencer.settings;
	bool gone = world->sender_gone;

	if (!leg_meets_policy(world))
		break_rule(judge, 1, "forwarded before the leg was ready");
	if (settings->sender_need == SENDER_MUST_TLS && !world->sender_tls &&
	    action->value != EXPECT_QUIT && action->value != EXPECT_RSET &&
	    action->value != EXPECT_OTHER)
		break_rule(judge, 1, "taken from a sender without its TLS");
	if (gone)
		break_rule(judge, 5, "forwarded for a sender that is gone");
	bool mail =
	    action->value == EXPECT_MAIL || action->kind == ACTION_FORWARD_KEPT;
	ask_receiver(judge, mail ? ASKED_MAIL : ASKED_OTHER);
	if (action->value == EXPECT_AUTH)
		world->authed = 1;
	if (action->kind == ACTION_FORWARD_KEPT)
		return;
	if (world->owed_count == 0) {
		break_rule(judge, 3, "forwarded without a reply owed");
		return;
	}
	last_owed(world)->forwarded = 1;
	last_owed(world)->message = action->value == EXPECT_CHUNK_LAST;
	// BURL brings no content of its own: the line is all of it.
	last_owed(world)->written = judge->event->command != NULL &&
				    judge->event->command->verb == VERB_BURL;
}

static void
on_say(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (world->securing[RECEIVER])
		break_rule(judge, 4, "plaintext into a handshake");
	if (action->value == SAY_STARTTLS && world->receiver_tls)
		break_rule(judge, 4, "STARTTLS under TLS");
	bool hello = action->value == SAY_EHLO || action->value == SAY_HELO;
	if (action->value == SAY_STARTTLS)
		ask_receiver(judge, ASKED_STARTTLS);
	else
		ask_receiver(judge, hello ? ASKED_HELLO : ASKED_OTHER);
}

static void
on_connect(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	(void)action;
	if (world->touched)
		break_rule(judge, 6, "dialled again after MAIL or content");
	if (world->authed)
		break_rule(judge, 6, "dialled again after AUTH");
	world->connected = 0;
	world->receiver_tls = 0;
	world->receiver_greeted = 0;
	world->asked_count = 0;
	memset(world->asked, 0, sizeof(world->asked));
	world->receiver_ended = 0;
	world->held_reply = 0;
	world->securing[RECEIVER] = 0;
}

static void
on_secure(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (judge->event->behind > 0 && judge->event->side == action->side)
		break_rule(judge, 4, "TLS with plaintext behind its command");
	if (action->side == SENDER && world->kept_command)
		break_rule(judge, 4, "TLS with a plaintext line kept");
	if (action->side == SENDER && world->sender_tls)
		break_rule(judge, 4, "TLS within TLS");
	world->securing[action->side] = 1;
}

static void
on_content(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (!leg_meets_policy(world))
		break_rule(judge, 1, "content before the leg was ready");
	world->touched = 1;
	if (action->value == CONTENT_CHUNK && world->owed_count == 0)
		break_rule(judge, 3, "a chunk without a reply owed");
	else if (action->value == CONTENT_CHUNK)
		last_owed(world)->content = 1;
}

static void
on_end_content(struct judge *judge, const struct action *action)
{
	(void)action;
	if (judge->event->kind != EVENT_CONTENT_END)
		break_rule(judge, 2, "an end that the sender did not send");
	if (judge->world->sender_gone || judge->world->sender_ended)
		break_rule(judge, 2, "an end for a sender that is gone");
	judge->world->end_queued = 1;
	ask_receiver(judge, ASKED_OTHER);
}

static void
on_drop(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (action->side == SENDER)
		return;
	world->connected = 0;
	world->securing[RECEIVER] = 0;
	world->receiver_ended = 1;
}

static void
on_finish(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	(void)action;
	if (world->owed_count > 0 && !judge->closing && !world->sender_gone &&
	    !world->sender_ended && !judge->replied)
		break_rule(judge, 5, "ended without the reply that was owed");
	world->finished = 1;
}

static void
judge_action(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (world->finished) {
		break_rule(judge, 5, "an action after the end");
		return;
	}
	switch (action->kind) {
	case ACTION_CONNECT:
		on_connect(judge, action);
		return;
	case ACTION_ANSWER:
		on_answer(judge, action);
		return;
	case ACTION_SAY:
		on_say(judge, action);
		return;
	case ACTION_FORWARD:
	case ACTION_FORWARD_KEPT:
		on_forward(judge, action);
		return;
	case ACTION_RELAY:
		on_relay(judge, action);
		return;
	case ACTION_SHOW_EHLO:
	case ACTION_SHOW_HELO:
		on_show(judge, action);
		return;
	case ACTION_HOLD:
		judge->held = true;
		return;
	case ACTION_KEEP:
		world->kept_command = 1;
		return;
	case ACTION_RELEASE:
		world->kept_command = 0;
		return;
	case ACTION_CONTENT:
		on_content(judge, action);
		return;
	case ACTION_END_CONTENT:
		on_end_content(judge, action);
		return;
	case ACTION_SECURE:
		on_secure(judge, action);
		return;
	case ACTION_TIMER:
		world->timer[action->side] = (uint8_t)action->value;
		return;
	case ACTION_DROP:
		on_drop(judge, action);
		return;
	case ACTION_FINISH:
		on_finish(judge, action);
		return;
	case ACTION_KEEP_REPLY:
	case ACTION_SWALLOW:
	case ACTION_ASK:
	case ACTION_NOTE:
	case ACTION_COUNT:
		return;
	}
}

// What the event itself does to the world, before the sequencer's answer.
static void
event_happens(struct judge *judge, enum state receiver_before)
{
	struct world *world = judge->world;
	const struct event *event = judge->event;

	switch (event->kind) {
	case EVENT_COMMAND:
	case EVENT_RESPONSE:
		if (world->securing[SENDER])
			break_rule(judge, 4, "a line taken in a handshake");
		if (world->held_command == 0)
			owe(judge,
			    (struct owed){
				.hello =
				    event->command != NULL &&
				    (event->command->verb == VERB_EHLO ||
					event->command->verb == VERB_HELO)});
		world->held_command = 0;
		return;
	case EVENT_CONTENT_END:
		if (world->owed_count == 0 || !last_owed(world)->content)
			owe(judge, (struct owed){.message = 1, .content = 1});
		return;
	case EVENT_DRAINED:
		if (world->owed_count == 0)
			break_rule(judge, 3, "content without a reply owed");
		else
			last_owed(world)->written = 1;
		world->end_queued = 0;
		return;
	case EVENT_REPLY:
	case EVENT_BAD_REPLY:
		if (world->securing[RECEIVER])
			break_rule(judge, 4, "a reply taken in a handshake");
		judge->answers = receiver_before == STATE_R_BANNER
				     ? ASKED_OTHER
				     : receiver_answers(world);
		judge->unasked = judge->answers == ASKED_NOTHING;
		world->held_reply = 0;
		if (judge->answers == ASKED_HELLO &&
		    event->kind == EVENT_REPLY && event->reply->code < 300)
			world->receiver_greeted = 1;
		return;
	case EVENT_SECURED:
		world->securing[event->side] = 0;
		if (event->side == SENDER)
			world->sender_tls = 1;
		else {
			world->receiver_tls = 1;
			world->receiver_greeted = 0;
		}
		return;
	case EVENT_PLAINTEXT:
		world->securing[SENDER] = 0;
		return;
	case EVENT_CONNECTED:
		world->connected = 1;
		return;
	case EVENT_ENDED:
		if (event->side == SENDER)
			world->sender_ended = 1;
		else
			world->receiver_ended = 1;
		return;
	case EVENT_BROKEN:
		world->sender_gone = 1;
		return;
	case EVENT_LOST:
		world->receiver_ended = 1;
		return;
	case EVENT_STOP:
		world->stopped = 1;
		return;
	case EVENT_NOT_SMTP: // is answered as if it were a command
		owe(judge, (struct owed){0});
		return;
	case EVENT_START:
	case EVENT_UNREACHABLE:
	case EVENT_INSECURE:
	case EVENT_TIMED_OUT:
	case EVENT_COUNT:
		return;
	}
}

// A held line or reply was not taken after all: it comes again. A reply that
// was taken has its effect.
static void
event_settles(struct judge *judge)
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

// I5: somebody is always waited for, with a timer that runs.
static void
judge_timers(struct judge *judge)
{
	const struct world *world = judge->world;

	if (world->finished)
		return;
	if (world->timer[SENDER] == TIMER_NONE &&
	    world->timer[RECEIVER] == TIMER_NONE)
		break_rule(judge, 5, "nothing is waited for");
}

struct verdict_on_step
world_judge(struct world *world, const struct event *event, unsigned number,
    enum state receiver_before, const struct actions *actions)
{
	struct judge judge = {.world = world, .event = event, .number = number};

	event_happens(&judge, receiver_before);
	for (size_t i = 0; i < actions->count; i++)
		judge_action(&judge, &actions->list[i]);
	event_settles(&judge);
	judge_timers(&judge);
	return judge.verdict;
}
