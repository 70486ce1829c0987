// SPDX-License-Identifier: ISC

#include "world_parts.h"

#include "base/contract.h"

#include <string.h>

void
world_init(struct world *world, const struct sequencer_settings *settings)
{
	memset(world, 0, sizeof(*world));
	sequencer_init(&world->sequencer, settings);
}

void
world_break_rule(struct judge *judge, unsigned invariant, const char *what)
{
	if (judge->verdict.what == NULL)
		judge->verdict = (struct verdict_on_step){invariant, what};
}

void
world_owe(struct judge *judge, struct owed owed)
{
	struct world *world = judge->world;

	REQUIRE(world->owed_count < OWED_MOST);
	world->owed[world->owed_count++] = owed;
}

struct owed *
world_last_owed(struct world *world)
{
	REQUIRE(world->owed_count > 0);
	return &world->owed[world->owed_count - 1];
}

// A reply goes to the sender: it is the reply to the oldest that is owed.
void
world_ask_receiver(struct judge *judge, enum asked asked)
{
	struct world *world = judge->world;

	REQUIRE(world->asked_count < OWED_MOST);
	world->asked[world->asked_count++] = (uint8_t)asked;
}

enum asked
world_receiver_answers(struct world *world)
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
		world_break_rule(judge, 3, "a second reply in one turn");
	judge->replied = true;
	if (world->owed_count == 0) {
		bool banner = !world->banner_told;

		world->banner_told = 1;
		if (!banner && code != 421)
			world_break_rule(
			    judge, 3, "a reply that nothing asked for");
		judge->closing = closing;
		return;
	}
	struct owed owed = world->owed[0];
	world->owed_count--;
	memmove(world->owed, world->owed + 1,
	    world->owed_count * sizeof(world->owed[0]));
	memset(&world->owed[world->owed_count], 0, sizeof(world->owed[0]));
	if (code / 100 == 2 && owed.message && !(relayed && owed.written))
		world_break_rule(judge, 2,
		    relayed ? "2yz relayed before the end was written"
			    : "2yz of our own to a message");
	if (code / 100 == 2 && owed.message && judge->unasked)
		world_break_rule(judge, 2, "2yz that answers something else");
	if (relayed && judge->unasked && !owed.content && code != 421)
		world_break_rule(judge, 3, "an unasked reply was relayed");
	if (relayed && !owed.forwarded && !owed.content && !owed.hello &&
	    !owed.client && code != 421)
		world_break_rule(
		    judge, 3, "a reply to what never was forwarded");
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
		world_break_rule(
		    judge, 1, "EHLO answered before the receiver was");
	reply_given(judge, 250, true);
}

bool
world_leg_meets_policy(const struct world *world)
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

	if (!world_leg_meets_policy(world))
		world_break_rule(
		    judge, 1, "forwarded before the leg was ready");
	if (settings->sender_need == SENDER_MUST_TLS && !world->sender_tls &&
	    action->value != EXPECT_QUIT && action->value != EXPECT_RSET &&
	    action->value != EXPECT_OTHER)
		world_break_rule(
		    judge, 1, "taken from a sender without its TLS");
	if (gone)
		world_break_rule(
		    judge, 5, "forwarded for a sender that is gone");
	bool mail = action->value == EXPECT_MAIL ||
		    action->value == EXPECT_NESTED ||
		    action->kind == ACTION_FORWARD_KEPT;
	if (world_must_introduce(world) && !world->introduced)
		world_break_rule(
		    judge, 1, "forwarded before it was told who sends");
	world_ask_receiver(judge, mail ? ASKED_MAIL : ASKED_OTHER);
	if (action->value == EXPECT_AUTH)
		world->authed = 1;
	if (action->kind == ACTION_FORWARD_KEPT)
		return;
	if (world->owed_count == 0) {
		world_break_rule(judge, 3, "forwarded without a reply owed");
		return;
	}
	world_last_owed(world)->forwarded = 1;
	world_last_owed(world)->message = action->value == EXPECT_CHUNK_LAST;
	// BURL brings no content of its own: the line is all of it.
	world_last_owed(world)->written =
	    judge->event->command != NULL &&
	    judge->event->command->verb == VERB_BURL;
}

static void
on_say(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (world->securing[RECEIVER])
		world_break_rule(judge, 4, "plaintext into a handshake");
	if (action->value == SAY_STARTTLS && world->receiver_tls)
		world_break_rule(judge, 4, "STARTTLS under TLS");
	world_header_first(judge);
	if (action->value == SAY_XCLIENT || action->value == SAY_XFORWARD) {
		world_say_client(judge, action);
		return;
	}
	bool hello = action->value == SAY_EHLO || action->value == SAY_HELO;
	if (action->value == SAY_STARTTLS)
		world_ask_receiver(judge, ASKED_STARTTLS);
	else
		world_ask_receiver(judge, hello ? ASKED_HELLO : ASKED_OTHER);
}

static void
on_connect(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	(void)action;
	if (world->touched)
		world_break_rule(
		    judge, 6, "dialled again after MAIL or content");
	if (world->authed)
		world_break_rule(judge, 6, "dialled again after AUTH");
	world->connected = 0;
	world->introduced = 0;
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
		world_break_rule(
		    judge, 4, "TLS with plaintext behind its command");
	if (action->side == RECEIVER)
		world_header_first(judge);
	if (action->side == SENDER && world->kept_command)
		world_break_rule(judge, 4, "TLS with a plaintext line kept");
	if (action->side == SENDER && world->sender_tls)
		world_break_rule(judge, 4, "TLS within TLS");
	world->securing[action->side] = 1;
}

static void
on_content(struct judge *judge, const struct action *action)
{
	struct world *world = judge->world;

	if (!world_leg_meets_policy(world))
		world_break_rule(judge, 1, "content before the leg was ready");
	world->touched = 1;
	if (action->value == CONTENT_CHUNK && world->owed_count == 0)
		world_break_rule(judge, 3, "a chunk without a reply owed");
	else if (action->value == CONTENT_CHUNK)
		world_last_owed(world)->content = 1;
}

static void
on_end_content(struct judge *judge, const struct action *action)
{
	(void)action;
	if (judge->event->kind != EVENT_CONTENT_END)
		world_break_rule(
		    judge, 2, "an end that the sender did not send");
	if (judge->world->sender_gone || judge->world->sender_ended)
		world_break_rule(judge, 2, "an end for a sender that is gone");
	judge->world->end_queued = 1;
	world_ask_receiver(judge, ASKED_OTHER);
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
		world_break_rule(
		    judge, 5, "ended without the reply that was owed");
	world->finished = 1;
}

static void
on_hold(struct judge *judge, const struct action *action)
{
	(void)action;
	judge->held = true;
}

static void
on_keep(struct judge *judge, const struct action *action)
{
	(void)action;
	judge->world->kept_command = 1;
}

static void
on_release(struct judge *judge, const struct action *action)
{
	(void)action;
	judge->world->kept_command = 0;
}

static void
on_timer(struct judge *judge, const struct action *action)
{
	judge->world->timer[action->side] = (uint8_t)action->value;
}

static void
judge_action(struct judge *judge, const struct action *action)
{
	static void (*const rules[ACTION_COUNT])(
	    struct judge *, const struct action *) = {
	    [ACTION_CONNECT] = on_connect,
	    [ACTION_INTRODUCE] = world_introduce,
	    [ACTION_ANSWER] = on_answer,
	    [ACTION_SAY] = on_say,
	    [ACTION_FORWARD] = on_forward,
	    [ACTION_FORWARD_KEPT] = on_forward,
	    [ACTION_RELAY] = on_relay,
	    [ACTION_SHOW_EHLO] = on_show,
	    [ACTION_SHOW_HELO] = on_show,
	    [ACTION_HOLD] = on_hold,
	    [ACTION_KEEP] = on_keep,
	    [ACTION_RELEASE] = on_release,
	    [ACTION_CONTENT] = on_content,
	    [ACTION_END_CONTENT] = on_end_content,
	    [ACTION_SECURE] = on_secure,
	    [ACTION_TIMER] = on_timer,
	    [ACTION_DROP] = on_drop,
	    [ACTION_FINISH] = on_finish,
	};

	if (judge->world->finished)
		world_break_rule(judge, 5, "an action after the end");
	else if (rules[action->kind] != NULL)
		rules[action->kind](judge, action);
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
		world_break_rule(judge, 5, "nothing is waited for");
}

struct verdict_on_step
world_judge(struct world *world, const struct event *event, unsigned number,
    enum state receiver_before, const struct actions *actions)
{
	struct judge judge = {.world = world,
	    .event = event,
	    .number = number,
	    .receiver_before = receiver_before};

	world_event_happens(&judge);
	for (size_t i = 0; i < actions->count; i++)
		judge_action(&judge, &actions->list[i]);
	world_event_settles(&judge);
	judge_timers(&judge);
	return judge.verdict;
}
