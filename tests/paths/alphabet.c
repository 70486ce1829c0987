// SPDX-License-Identifier: ISC

#include "alphabet.h"

#include "base/contract.h"

#include <stdio.h>
#include <string.h>

enum sort { SORT_SAID, SORT_REPLIED, SORT_OTHER };

struct row {
	enum sort sort;
	const char *text;
	size_t behind;
	struct event event;
};

#define OTHER(event_kind, event_side, ...)                                     \
	{                                                                      \
		SORT_OTHER, #event_kind " " #event_side " " #__VA_ARGS__, 0,   \
		{                                                              \
			.kind = EVENT_##event_kind, .side = event_side,        \
			.refusal = OWN_COUNT, __VA_ARGS__                      \
		}                                                              \
	}

static const struct row rows[] = {
#define SAID(text, behind) {SORT_SAID, text, behind, {.side = SENDER}},
#define REPLIED(text, behind)                                                  \
	{SORT_REPLIED, text "\r\n", behind, {.side = RECEIVER}},
#include "alphabet.def"
#undef SAID
#undef REPLIED
    {SORT_OTHER, "START refused", 0,
	{.kind = EVENT_START,
	    .side = SENDER,
	    .refusal = OWN_NOT_A_CLIENT,
	    .reason = REASON_NOT_A_CLIENT}},
    OTHER(START, SENDER, .reason = REASON_NONE),
    OTHER(CONNECTED, RECEIVER, .target = 0),
    OTHER(CONNECTED, RECEIVER, .target = 1),
    OTHER(UNREACHABLE, RECEIVER, .unverified = false),
    OTHER(UNREACHABLE, RECEIVER, .unverified = true),
    OTHER(UNREACHABLE, RECEIVER, .reason = REASON_LOOP),
    OTHER(REDIAL, RECEIVER, .behind = 0),
    OTHER(BAD_REPLY, RECEIVER, .behind = 0),
    OTHER(CONTENT_END, SENDER, .bare = false),
    OTHER(CONTENT_END, SENDER, .bare = true),
    OTHER(DRAINED, RECEIVER, .behind = 0),
    OTHER(SECURED, SENDER, .strength = STRENGTH_WEAK),
    OTHER(SECURED, SENDER, .strength = STRENGTH_STRONG),
    OTHER(
	SECURED, RECEIVER, .strength = STRENGTH_STRONG, .authenticated = true),
    OTHER(INSECURE, SENDER, .behind = 0),
    OTHER(INSECURE, RECEIVER, .unverified = false),
    OTHER(INSECURE, RECEIVER, .unverified = true),
    OTHER(INSECURE, RECEIVER, .certificate_refused = true),
    OTHER(PLAINTEXT, SENDER, .behind = 0),
    OTHER(NOT_SMTP, SENDER, .behind = 0),
    OTHER(TIMED_OUT, SENDER, .reason = REASON_NONE),
    OTHER(TIMED_OUT, SENDER, .reason = REASON_SESSION_TIMEOUT),
    OTHER(TIMED_OUT, SENDER, .reason = REASON_SENDER_SLOW),
    OTHER(TIMED_OUT, RECEIVER, .reason = REASON_NONE),
    OTHER(TIMED_OUT, RECEIVER, .behind = 1),
    OTHER(LOST, RECEIVER, .behind = 0),
    OTHER(ENDED, SENDER, .behind = 0),
    OTHER(ENDED, RECEIVER, .behind = 0),
    OTHER(BROKEN, SENDER, .behind = 0),
    OTHER(STOP, SENDER, .behind = 0),
    {SORT_SAID, "(overlong)", 0, {.side = SENDER}},
    {SORT_SAID, "(control)", 0, {.side = SENDER}},
    {SORT_SAID, "(bare LF)", 0, {.side = SENDER}},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

unsigned
alphabet_size(void)
{
	return ROWS;
}

const char *
alphabet_name(unsigned number)
{
	REQUIRE(number < ROWS);
	return rows[number].text;
}

static bool
said(unsigned number, const struct world *world, struct letter *letter)
{
	const struct row *row = &rows[number];
	enum takes takes = sequencer_takes(&world->sequencer, SENDER);

	if (world->sender_gone || world->sender_ended ||
	    (world->held_command != 0 && world->held_command != number + 1))
		return false;
	letter->line = (struct line){.text = (const uint8_t *)row->text,
	    .size = strlen(row->text),
	    .taken = strlen(row->text) + 2,
	    .overlong = row->text[0] == '(' && row->text[1] == 'o',
	    .control = row->text[0] == '(' && row->text[1] == 'c',
	    .bare_lf = row->text[0] == '(' && row->text[1] == 'b'};
	if (letter->line.overlong)
		letter->command.verb = VERB_UNKNOWN;
	else
		command_parse(&letter->line, &letter->command);
	letter->event.line = &letter->line;
	letter->event.behind = row->behind;
	if (takes == TAKES_RESPONSE) {
		letter->event.kind = EVENT_RESPONSE;
		return row->behind == 0;
	}
	letter->event.kind = EVENT_COMMAND;
	letter->event.command = &letter->command;
	return takes == TAKES_COMMAND &&
	       (world->owed_count < world->depth || world->held_command != 0);
}

static bool
replied(unsigned number, const struct world *world, struct letter *letter)
{
	const struct row *row = &rows[number];
	struct reply_reader reader = {0};

	if (sequencer_takes(&world->sequencer, RECEIVER) != TAKES_REPLY)
		return false;
	// What was held comes again, and first; otherwise a receiver that
	// is gone says nothing more.
	if (world->held_reply != 0
		? world->held_reply != number + 1
		: world->receiver_ended &&
		      world->sequencer.state[RECEIVER] != STATE_R_LOST)
		return false;
	enum reply_status status = reply_next(&reader,
	    (const uint8_t *)row->text, strlen(row->text), &letter->reply);

	REQUIRE(status == REPLY_WHOLE);
	letter->event.kind = EVENT_REPLY;
	letter->event.reply = &letter->reply;
	letter->event.behind = row->behind;
	letter->event.waiting = row->behind;
	return true;
}

static bool
can_happen(const struct world *world, const struct event *event)
{
	const struct sequencer *sequencer = &world->sequencer;

	switch (event->kind) {
	case EVENT_STOP:
		return world->stops && !world->stopped &&
		       sequencer->state[SENDER] != STATE_S_NEW;
	case EVENT_SECURED:
	case EVENT_PLAINTEXT:
		return world->securing[event->side] &&
		       sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_INSECURE:
		return (world->securing[event->side] ||
			   (event->side == RECEIVER && world->receiver_tls)) &&
		       sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_DRAINED:
		return sequencer->state[SENDER] == STATE_S_ENDING &&
		       sequencer->state[RECEIVER] == STATE_R_READY;
	case EVENT_TIMED_OUT:
		return (world->timer[event->side] != TIMER_NONE ||
			   event->reason != REASON_NONE) &&
		       sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_ENDED:
		if (event->side == SENDER && world->held_command != 0)
			return false;
		if (event->side == RECEIVER && world->held_reply != 0)
			return false;
		return sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_BAD_REPLY:
		return world->held_reply == 0 &&
		       (!world->receiver_ended ||
			   sequencer->state[RECEIVER] == STATE_R_LOST) &&
		       sequencer_takes(sequencer, RECEIVER) == TAKES_REPLY;
	case EVENT_CONTENT_END:
		return sequencer_takes(sequencer, SENDER) == TAKES_CONTENT &&
		       !world->sender_ended && !world->sender_gone &&
		       (!event->bare ||
			   sequencer->settings->reject_bare_newline);
	case EVENT_NOT_SMTP:
		return !world->sender_tls && world->held_command == 0 &&
		       !world->sender_ended && !world->sender_gone &&
		       sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_BROKEN:
		return !world->sender_gone &&
		       sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_LOST:
	case EVENT_REDIAL:
		return !world->receiver_ended &&
		       sequencer_accepts(sequencer, event->kind, event->side);
	case EVENT_START:
	case EVENT_CONNECTED:
	case EVENT_UNREACHABLE:
	case EVENT_COMMAND:
	case EVENT_RESPONSE:
	case EVENT_REPLY:
	case EVENT_COUNT:
		break;
	}
	return sequencer_accepts(sequencer, event->kind, event->side);
}

// What only identity, or a second receiver, gives a meaning to is left out
// where there is none: it would make more states, and no other ones.
static bool
matters(const struct row *row, const struct sequencer *sequencer)
{
	const struct sequencer_settings *settings = sequencer->settings;
	unsigned target = row->event.target;

	if (row->event.kind == EVENT_CONNECTED &&
	    (target < sequencer->target ||
		(target > 0 && target >= settings->receivers)))
		return false;
	bool of_identity = strstr(row->text, "XFORWARD") != NULL ||
			   strstr(row->text, "+0D") != NULL;

	return !of_identity || settings->introduction != INTRODUCE_NOT ||
	       settings->take_xclient;
}

bool
alphabet_letter(
    unsigned number, const struct world *world, struct letter *letter)
{
	REQUIRE(number < ROWS);
	memset(letter, 0, sizeof(*letter));
	letter->event = rows[number].event;
	if (!matters(&rows[number], &world->sequencer))
		return false;
	if (rows[number].sort == SORT_SAID)
		return said(number, world, letter);
	if (rows[number].sort == SORT_REPLIED)
		return replied(number, world, letter);
	return can_happen(world, &letter->event);
}
