// SPDX-License-Identifier: ISC
//
// The actions of the sequencer carried out, one small function each.

#include "base/contract.h"
#include "smtp/bridge_parts.h"

static void
act_connect(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	bridge_consume(bridge, hand);
	buffer_free(&bridge->in[RECEIVER]);
	buffer_free(&bridge->kept_reply);
	bridge->ended[RECEIVER] = false;
	bridge->unwritten[RECEIVER] = false;
	bridge->reply = (struct reply_reader){0};
	bridge->shell->connect(
	    bridge->context, (unsigned)action->size, action->value);
}

static BRIDGE_ASIDE void
tell_held(
    struct bridge *bridge, const struct hand *hand, const struct action *action)
{
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_HELD,
				.side = action->side,
				.size = hand->taken,
				.why = action->why});
}

static void
act_hold(struct bridge *bridge, struct hand *hand, const struct action *action)
{
	hand->held = true;
	if (bridge_is_watched(bridge))
		tell_held(bridge, hand, action);
}

static void
act_keep(struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)action;
	hand->held = true;
	bridge->kept_line = hand->taken;
}

static void
act_release(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)hand;
	(void)action;
	buffer_consume(&bridge->in[SENDER], bridge->kept_line);
	bridge->kept_line = 0;
	bridge->line_told = false;
}

static void
act_keep_reply(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	const struct reply *reply = hand->event->reply;

	(void)action;
	buffer_free(&bridge->kept_reply);
	// Without memory the sender is shown a list without keywords.
	if (!buffer_append(&bridge->kept_reply, reply->bytes, reply->size))
		buffer_free(&bridge->kept_reply);
}

static void
act_content(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	const struct sequencer_settings *settings = bridge->sequencer.settings;

	bridge->swallowing = false;
	bridge->swallowed = 0;
	bridge->content_kind = action->value;
	bridge->last_chunk =
	    action->value == CONTENT_CHUNK && hand->event->command->last;
	if (action->value == CONTENT_CHUNK) {
		payload_begin_chunk(&bridge->payload, action->size);
		return;
	}
	bridge_say_received(bridge);
	payload_begin_data(&bridge->payload,
	    settings->reject_bare_newline ? PAYLOAD_REJECT : PAYLOAD_NORMALIZE,
	    settings->lf_end_of_data);
}

static void
act_swallow(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)hand;
	(void)action;
	bridge->swallowing = true;
}

// A sender that has broken by now will send the message again: better not to
// give the receiver its end (this narrows the window of RFC 1047).
static void
act_end_content(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	static uint8_t end[] = ".\r\n";
	struct writer out = {.bytes = end, .room = 3, .size = 3};

	(void)hand;
	(void)action;
	if (bridge->shell->sender_broken(bridge->context)) {
		bridge->sender_broke = true;
		bridge->unwritten[RECEIVER] = true;
		return;
	}
	bridge_send_text(bridge, RECEIVER, &out,
	    &(struct bridge_trace){
		.kind = TRACE_OUT, .why = "the end of the content"});
}

static void
act_secure(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	enum side side = action->side;

	if (hand->event->side == side)
		bridge_consume(bridge, hand);
	// Command and response injection (CVE-2011-0411, CVE-2021-22947):
	// nothing read before TLS is left to be read after it.
	REQUIRE(bridge->in[side].size == 0);
	if (side == SENDER)
		bridge->line = (struct line_reader){0};
	bridge->shell->secure(bridge->context, side);
}

static void
act_introduce(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)hand;
	(void)action;
	bridge->unwritten[RECEIVER] = true;
	bridge->shell->introduce(bridge->context);
}

static void
act_forwarded(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	const struct command *command = hand->event->command;

	(void)action;
	bridge->shell->forwarded(
	    bridge->context, command->argument, command->argument_size);
}

static struct reader
path_of(const struct command *command)
{
	struct reader rest =
	    reader_over(command->argument, command->argument_size);

	while (rest.left > 0 && reader_u8(&rest) != '<')
		continue;
	const uint8_t *start = rest.at;
	size_t size = 0;

	while (rest.left > 0 && reader_u8(&rest) != '>')
		size++;
	return reader_over(start, size);
}

static void
act_ask(struct bridge *bridge, struct hand *hand, const struct action *action)
{
	const struct command *command = hand->event->command;
	struct reader argument = reader_over(NULL, 0);

	if (action->value == ASK_HELLO || action->value == ASK_CLIENT)
		argument =
		    reader_over(command->argument, command->argument_size);
	else if (action->value != ASK_SECURED)
		argument = path_of(command);
	hand->verdict = (struct verdict){
	    .settings = bridge->sequencer.settings, .refusal = OWN_REFUSED};
	bridge->shell->ask(bridge->context, action->value, argument.at,
	    argument.left, &hand->verdict);
	if (hand->verdict.refuse)
		bridge->refusal = hand->verdict.reply;
	hand->asked = true;
}

static void
act_timer(struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)hand;
	bridge->shell->timer(bridge->context, action->side, action->value);
}

static void
act_drop(struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)hand;
	// What it said before is still in the queue, and may be taken.
	bridge->ended[action->side] = true;
	bridge->shell->drop(bridge->context, action->side, action->value);
}

// The size of the oldest message whose reply is owed, which is in hand now;
// of what was read if it never came to its end.
static uint64_t
take_size(struct bridge *bridge)
{
	uint64_t size = bridge->sizes[0];

	if (bridge->sizes_count == 0) {
		size = bridge->content;
		bridge->content = 0;
		return size;
	}
	bridge->sizes_count--;
	for (unsigned i = 0; i < bridge->sizes_count; i++)
		bridge->sizes[i] = bridge->sizes[i + 1];
	return size;
}

void
bridge_tell_message(
    struct bridge *bridge, enum note note, const struct reply *reply)
{
	bool accepted = note == NOTE_ACCEPTED || note == NOTE_UNACKNOWLEDGED;
	bool refused = note == NOTE_REFUSED;
	uint64_t size = refused ? 0 : take_size(bridge);

	if (accepted) {
		bridge->counts.messages++;
		bridge->counts.recipients += bridge->message_recipients;
		bridge->counts.bytes += size;
	}
	bridge->shell->message(bridge->context,
	    &(struct bridge_message){.outcome = refused ? NOTE_REJECTED : note,
		.reply = reply,
		.secret = reply != NULL && bridge->echoed,
		.bytes = size,
		.recipients = bridge->message_recipients});
	bridge->message_recipients = 0;
}

static void
act_note(struct bridge *bridge, struct hand *hand, const struct action *action)
{
	enum note note = action->value;

	if (note == NOTE_ACCEPTED || note == NOTE_UNACKNOWLEDGED ||
	    note == NOTE_REFUSED || note == NOTE_REJECTED ||
	    note == NOTE_UNKNOWN)
		bridge_tell_message(bridge, note, hand->event->reply);
	else
		bridge->shell->note(bridge->context, note);
}

static void
act_finish(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	(void)hand;
	bridge->shell->finish(bridge->context, action->value);
}

void
bridge_act(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	static bridge_act_function *const acts[ACTION_COUNT] = {
	    [ACTION_CONNECT] = act_connect,
	    [ACTION_INTRODUCE] = act_introduce,
	    [ACTION_ANSWER] = bridge_act_answer,
	    [ACTION_SAY] = bridge_act_say,
	    [ACTION_FORWARD] = bridge_act_forward,
	    [ACTION_FORWARD_KEPT] = bridge_act_forward_kept,
	    [ACTION_RELAY] = bridge_act_relay,
	    [ACTION_SHOW_EHLO] = bridge_act_show_ehlo,
	    [ACTION_SHOW_HELO] = bridge_act_show_helo,
	    [ACTION_HOLD] = act_hold,
	    [ACTION_KEEP] = act_keep,
	    [ACTION_RELEASE] = act_release,
	    [ACTION_KEEP_REPLY] = act_keep_reply,
	    [ACTION_CONTENT] = act_content,
	    [ACTION_SWALLOW] = act_swallow,
	    [ACTION_END_CONTENT] = act_end_content,
	    [ACTION_SECURE] = act_secure,
	    [ACTION_ASK] = act_ask,
	    [ACTION_FORWARDED] = act_forwarded,
	    [ACTION_TIMER] = act_timer,
	    [ACTION_DROP] = act_drop,
	    [ACTION_NOTE] = act_note,
	    [ACTION_FINISH] = act_finish,
	};

	REQUIRE(action->kind < ACTION_COUNT);
	acts[action->kind](bridge, hand, action);
}
