// SPDX-License-Identifier: ISC
//
// The actions that put words on a leg: our own, and the other side's.

#include "base/contract.h"
#include "smtp/bridge_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OWN_ROOM = 1024, REPLY_ROOM = REPLY_BYTES_MOST + 1024 };

static BRIDGE_ASIDE void
tell_text(struct bridge *bridge, enum side side, const struct writer *text,
    const struct bridge_trace *trace)
{
	struct bridge_trace told = *trace;

	told.side = side;
	told.text = text->bytes;
	told.size = text->size;
	bridge_tell(bridge, &told);
}

void
bridge_send_text(struct bridge *bridge, enum side side,
    const struct writer *text, const struct bridge_trace *trace)
{
	REQUIRE(!text->failed);
	bridge->unwritten[side] = true;
	bridge->shell->write(bridge->context, side, text->bytes, text->size);
	if (bridge_is_watched(bridge))
		tell_text(bridge, side, text, trace);
}

void
bridge_act_answer(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	uint8_t text[OWN_ROOM];
	struct writer out = writer_over(text, sizeof(text));
	const char *detail = NULL;

	(void)hand;
	if (action->detail)
		detail = bridge->shell->detail(bridge->context);
	if (action->own == OWN_REFUSED && bridge->refusal != NULL) {
		writer_text(&out, bridge->refusal);
		writer_text(&out, "\r\n");
	} else {
		own_write(action->own, bridge->hostname, detail, &out);
	}
	bridge_send_text(bridge, SENDER, &out,
	    &(struct bridge_trace){.kind = TRACE_OWN, .why = action->why});
}

static void
write_name(const struct bridge *bridge, struct writer *out)
{
	const struct sequencer *sequencer = &bridge->sequencer;

	if (sequencer->settings->helo_name != NULL)
		writer_text(out, sequencer->settings->helo_name);
	else
		writer_bytes(out, sequencer->name, sequencer->name_size);
}

// What the sender's own hello tells, where nobody else did.
static void
add_hello(const struct sequencer *sequencer, struct client *client)
{
	char name[CLIENT_VALUE_MOST + 1];
	bool extended = sequencer->pending == PENDING_EHLO ||
			sequencer->hello == HELLO_EHLO;

	if (client_get(client, ATTRIBUTE_PROTO) == NULL)
		client_set(
		    client, ATTRIBUTE_PROTO, extended ? "ESMTP" : "SMTP");
	if (client_get(client, ATTRIBUTE_HELO) != NULL ||
	    sequencer->name_size == 0 ||
	    sequencer->name_size > CLIENT_VALUE_MOST)
		return;
	bytes_copy(name, sizeof name, sequencer->name, sequencer->name_size);
	name[sequencer->name_size] = '\0';
	client_set(client, ATTRIBUTE_HELO, name);
}

static void
write_client(struct bridge *bridge, enum client_verb verb, struct writer *out)
{
	const struct extensions *offered = &bridge->sequencer.offered;
	struct client client = {.size = 0};

	bridge->shell->client(bridge->context, verb, &client);
	add_hello(&bridge->sequencer, &client);
	client_write(verb,
	    verb == CLIENT_XCLIENT ? offered->xclient : offered->xforward,
	    &client, out);
}

void
bridge_act_say(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	static const struct {
		const char *text;
		bool with_name;
	} says[] = {
	    [SAY_EHLO] = {"EHLO ", true},
	    [SAY_HELO] = {"HELO ", true},
	    [SAY_STARTTLS] = {"STARTTLS", false},
	    [SAY_QUIT] = {"QUIT", false},
	    [SAY_CANCEL] = {"*", false},
	    [SAY_XCLIENT] = {"", false},
	    [SAY_XFORWARD] = {"", false},
	};
	uint8_t text[OWN_ROOM];
	struct writer out = writer_over(text, sizeof(text));

	(void)hand;
	REQUIRE(action->value < sizeof(says) / sizeof(says[0]));
	writer_text(&out, says[action->value].text);
	if (action->value == SAY_XCLIENT)
		write_client(bridge, CLIENT_XCLIENT, &out);
	if (action->value == SAY_XFORWARD)
		write_client(bridge, CLIENT_XFORWARD, &out);
	if (says[action->value].with_name)
		write_name(bridge, &out);
	writer_text(&out, "\r\n");
	bridge_send_text(bridge, RECEIVER, &out,
	    &(struct bridge_trace){.kind = TRACE_OWN, .why = action->why});
}

static void
forward_line(struct bridge *bridge, const struct line *line, bool secret)
{
	uint8_t text[BRIDGE_AUTH_LIMIT + 2];
	struct writer out = writer_over(text, sizeof(text));

	writer_bytes(&out, line->text, line->size);
	writer_text(&out, "\r\n");
	bridge_send_text(bridge, RECEIVER, &out,
	    &(struct bridge_trace){.kind = TRACE_OUT,
		.secret = secret,
		.verb = bridge->verb,
		.why = "forwarded"});
	if (secret)
		bytes_wipe(text, sizeof(text));
}

// A MAIL goes: what comes of its message begins with our trace line.
static void
begin_message(struct bridge *bridge, const struct command *command)
{
	struct reader rest =
	    reader_over(command->argument, command->argument_size);
	static const char word[] = " SMTPUTF8";
	size_t size = sizeof word - 1;

	bridge->received_due = bridge->sequencer.settings->headroom > 0;
	bridge->utf8 = false;
	for (; rest.left >= size; reader_u8(&rest))
		if (bytes_equal_text(rest.at, size, word) &&
		    (rest.left == size || rest.at[size] == ' '))
			bridge->utf8 = true;
}

static void
make_received(struct bridge *bridge, struct writer *out)
{
	const struct sequencer *sequencer = &bridge->sequencer;
	struct received received = {.helo = sequencer->name,
	    .helo_size = sequencer->name_size,
	    .hostname = bridge->hostname,
	    .extended = sequencer->hello == HELLO_EHLO,
	    .authenticated = bridge->authenticated,
	    .utf8 = bridge->utf8};

	bridge->received_due = false;
	bridge->shell->received(bridge->context, &received);
	received_write(&received, out);
	REQUIRE(!out->failed);
}

void
bridge_say_received(struct bridge *bridge)
{
	uint8_t text[RECEIVED_MOST];
	struct writer out = writer_over(text, sizeof(text));

	if (!bridge->received_due)
		return;
	make_received(bridge, &out);
	bridge_send_text(bridge, RECEIVER, &out,
	    &(struct bridge_trace){
		.kind = TRACE_OWN, .why = "received-header"});
}

// The first chunk of a message, longer by what goes before it.
static bool
forward_longer_chunk(struct bridge *bridge, const struct command *command)
{
	uint8_t text[RECEIVED_MOST], line[64];
	struct writer received = writer_over(text, sizeof(text));
	struct writer out = writer_over(line, sizeof(line));
	char size[32];

	if (!bridge->received_due)
		return false;
	make_received(bridge, &received);
	snprintf(size, sizeof size, "BDAT %" PRIu64 "%s\r\n",
	    command->chunk + received.size, command->last ? " LAST" : "");
	writer_text(&out, size);
	bridge_send_text(bridge, RECEIVER, &out,
	    &(struct bridge_trace){
		.kind = TRACE_OWN, .why = "longer by the Received header"});
	bridge_send_text(bridge, RECEIVER, &received,
	    &(struct bridge_trace){
		.kind = TRACE_OWN, .why = "received-header"});
	return true;
}

void
bridge_act_forward(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	bool unknown = action->value == EXPECT_UNKNOWN;

	if (action->value == EXPECT_MAIL)
		begin_message(bridge, hand->event->command);
	if (hand->event->kind == EVENT_COMMAND &&
	    hand->event->command->verb == VERB_BDAT &&
	    forward_longer_chunk(bridge, hand->event->command))
		return;
	forward_line(bridge, hand->event->line,
	    action->secret || unknown || bridge->echo);
}

void
bridge_act_forward_kept(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	struct line_reader reader = {0};
	struct line line;

	(void)hand;
	(void)action;
	bool whole = line_next(&reader, buffer_bytes(&bridge->in[SENDER]),
	    bridge->kept_line, BRIDGE_COMMAND_LIMIT, &line);
	REQUIRE(whole && line.taken == bridge->kept_line);
	forward_line(bridge, &line, false);
}

void
bridge_act_relay(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	const struct reply *reply = hand->event->reply;
	uint8_t text[REPLY_ROOM];
	struct writer out = writer_over(text, sizeof(text));
	bool utf8 =
	    extension_has(&bridge->sequencer.offered, EXTENSION_SMTPUTF8);

	if (action->value == EXPECT_MAIL ||
	    (action->value == EXPECT_NESTED && reply->code < 300))
		bridge->message_recipients = 0;
	if (action->value == EXPECT_AUTH && reply->code == 235)
		bridge->authenticated = true;
	if (action->value == EXPECT_RCPT && reply->code < 300)
		bridge->message_recipients++;
	reply_relay(reply, utf8, &out);
	bridge_send_text(bridge, SENDER, &out,
	    &(struct bridge_trace){.kind = TRACE_OUT,
		.secret = bridge->echoed,
		.why = action->why});
}

static void
kept_reply(const struct bridge *bridge, struct reply *kept)
{
	static const uint8_t bare[] = "250 receiver\r\n";
	struct reply_reader reader = {0};
	const struct buffer *copy = &bridge->kept_reply;
	enum reply_status status =
	    copy->size > 0
		? reply_next(&reader, buffer_bytes(copy), copy->size, kept)
		: reply_next(&reader, bare, sizeof(bare) - 1, kept);

	REQUIRE(status == REPLY_WHOLE);
}

static void
tell_unlisted(struct bridge *bridge, const struct reply *reply,
    const struct extension_view *view)
{
	struct reader keyword;
	size_t line = 1;

	if (bridge->shell->unlisted == NULL)
		return;
	while (extension_unlisted(reply, view, &line, &keyword))
		bridge->shell->unlisted(
		    bridge->context, keyword.at, keyword.left);
}

// The reply to show: in hand, or kept from before something that the receiver
// refused: STARTTLS, or to be greeted again. That to HELO is no list, however
// many lines it has.
static void
show(struct bridge *bridge, struct hand *hand, const struct action *action,
    bool extended)
{
	struct extension_view view = sequencer_view(&bridge->sequencer);
	struct reply reply;
	const char *keyword = bridge->sequencer.settings->loop_keyword;
	uint8_t text[REPLY_ROOM];
	struct writer out = writer_over(text, sizeof(text));

	if (action->value == 1)
		kept_reply(bridge, &reply);
	else
		reply = *hand->event->reply;
	if (!bridge->sequencer.kept_reply)
		reply.lines = 1;
	if (keyword != NULL && bridge->shell->mirrored != NULL &&
	    bridge->shell->mirrored(bridge->context))
		view.loop = reader_over(keyword, strlen(keyword));
	tell_unlisted(bridge, &reply, &view);
	if (extended)
		extension_show(&reply, &view, &out);
	else
		extension_show_helo(&reply, &out);
	bridge_send_text(bridge, SENDER, &out,
	    &(struct bridge_trace){
		.kind = TRACE_OUT, .why = "filtered for this sender"});
}

void
bridge_act_show_ehlo(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	show(bridge, hand, action, true);
}

void
bridge_act_show_helo(
    struct bridge *bridge, struct hand *hand, const struct action *action)
{
	show(bridge, hand, action, false);
}
