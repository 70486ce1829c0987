// SPDX-License-Identifier: ISC
//
// Bytes to events: what is next in a side's queue, if the sequencer takes it.

#include "base/contract.h"
#include "smtp/bridge_parts.h"
#include "smtp/mirror.h"

enum { CONTENT_PIECE = 16384, BAD_REPLY_SHOWN = 400 };

static size_t
unread(struct bridge *bridge, enum side side)
{
	return bridge->shell->unread(bridge->context, side);
}

static BRIDGE_ASIDE void
tell_reply(struct bridge *bridge, const struct reply *reply)
{
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_IN,
				.side = RECEIVER,
				.text = reply->bytes,
				.size = reply->size,
				.secret = bridge->echoed});
}

// What came in the place of a reply says best what is wrong ("SSH-2.0-...");
// some of it is enough.
static BRIDGE_ASIDE void
tell_bad_reply(struct bridge *bridge, const struct buffer *in)
{
	bridge_tell(bridge,
	    &(struct bridge_trace){.kind = TRACE_IN,
		.side = RECEIVER,
		.text = buffer_bytes(in),
		.size = in->size < BAD_REPLY_SHOWN ? in->size : BAD_REPLY_SHOWN,
		.secret = bridge->echo,
		.why = "that is no reply"});
}

// The end of a stream comes behind everything before it that can be taken.
static bool
take_end(struct bridge *bridge, enum side side)
{
	if (!bridge->ended[side] ||
	    !sequencer_accepts(&bridge->sequencer, EVENT_ENDED, side))
		return false;
	bridge_bring(
	    bridge, &(struct event){.kind = EVENT_ENDED, .side = side}, 0);
	return true;
}

static bool
take_reply(struct bridge *bridge)
{
	struct buffer *in = &bridge->in[RECEIVER];
	struct reply reply;
	enum reply_status status =
	    in->size == 0 ? REPLY_MORE
			  : reply_next(&bridge->reply, buffer_bytes(in),
				in->size, &reply);

	if (status == REPLY_MORE)
		return take_end(bridge, RECEIVER);
	if (status != REPLY_WHOLE) {
		struct event bad = {.kind = EVENT_BAD_REPLY, .side = RECEIVER};

		if (bridge_is_watched(bridge))
			tell_bad_reply(bridge, in);
		bridge->reply = (struct reply_reader){0};
		bridge_bring(bridge, &bad, in->size);
		return true;
	}
	bridge_see_echo(bridge, &reply);
	if (bridge_is_watched(bridge))
		tell_reply(bridge, &reply);
	bridge_bring(bridge,
	    &(struct event){.kind = EVENT_REPLY,
		.side = RECEIVER,
		.reply = &reply,
		.ours = mirror_shows_us(&reply, bridge->hostname,
		    bridge->sequencer.settings->loop_keyword),
		.behind = in->size - reply.size + unread(bridge, RECEIVER),
		.waiting = bridge->in[SENDER].size},
	    reply.size);
	return true;
}

bool
bridge_take_receiver(struct bridge *bridge)
{
	const struct sequencer *sequencer = &bridge->sequencer;

	if (sequencer->state[SENDER] == STATE_S_ENDING &&
	    sequencer->state[RECEIVER] == STATE_R_READY &&
	    !bridge->unwritten[RECEIVER]) {
		bridge_bring(bridge,
		    &(struct event){.kind = EVENT_DRAINED, .side = RECEIVER},
		    0);
		return true;
	}
	if (sequencer_takes(sequencer, RECEIVER) != TAKES_REPLY)
		return false;
	return take_reply(bridge);
}

static BRIDGE_ASIDE void
tell_line_aside(struct bridge *bridge, const struct line *line, bool secret,
    const char *why)
{
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_IN,
				.side = SENDER,
				.text = line->text,
				.size = line->overlong ? 0 : line->taken,
				.secret = secret,
				.verb = bridge->verb,
				.why = why});
}

static void
tell_line(struct bridge *bridge, const struct line *line, bool secret,
    size_t verb, const char *why)
{
	bridge->verb = verb;
	// A secret that is none of a group's last waits for its reply longer.
	bridge->echo =
	    secret || (bridge->echo && bridge->sequencer.expected_count > 0);
	if (bridge_is_watched(bridge))
		tell_line_aside(bridge, line, secret, why);
}

static void
tell_command(struct bridge *bridge, const struct line *line,
    const struct command *command)
{
	const char *why = NULL;

	// One that was held comes a second time.
	if (bridge->line_told)
		return;
	bridge->line_told = true;
	if (command->verb == VERB_AUTH)
		why = mechanism_name(mechanism_find(
		    command->mechanism, command->mechanism_size));
	tell_line(bridge, line, bridge_is_secret(bridge, command),
	    command_is_known(command) ? command->verb_start + command->verb_size
				      : 0,
	    why);
}

static bool
starts_with_tls(const struct buffer *in)
{
	const uint8_t *bytes = buffer_bytes(in);

	return in->size >= 2 && bytes[0] == 0x16 && bytes[1] == 0x03;
}

static BRIDGE_ASIDE void
tell_records(struct bridge *bridge, const struct buffer *in)
{
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_RECORDS,
				.side = SENDER,
				.text = buffer_bytes(in),
				.size = in->size});
}

static size_t
line_limit(struct bridge *bridge, enum takes takes)
{
	const struct buffer *in = &bridge->in[SENDER];

	if (takes == TAKES_RESPONSE ||
	    (in->size >= 5 && bytes_equal_text(buffer_bytes(in), 5, "AUTH ")))
		return BRIDGE_AUTH_LIMIT;
	return BRIDGE_COMMAND_LIMIT;
}

static void
bring_command(struct bridge *bridge, const struct line *line)
{
	struct command command = {0};

	if (line->overlong)
		command.verb = VERB_UNKNOWN;
	else
		command_parse(line, &command);
	tell_command(bridge, line, &command);
	bridge_bring(bridge,
	    &(struct event){.kind = EVENT_COMMAND,
		.side = SENDER,
		.line = line,
		.command = &command,
		.behind = bridge->in[SENDER].size - line->taken +
			  unread(bridge, SENDER)},
	    line->taken);
}

static bool
take_line(struct bridge *bridge, enum takes takes)
{
	struct buffer *in = &bridge->in[SENDER];
	struct line line = {0};

	if (in->size == 0)
		return take_end(bridge, SENDER);
	if (takes == TAKES_COMMAND && starts_with_tls(in) &&
	    sequencer_accepts(&bridge->sequencer, EVENT_NOT_SMTP, SENDER)) {
		if (bridge_is_watched(bridge))
			tell_records(bridge, in);
		bridge_bring(bridge,
		    &(struct event){.kind = EVENT_NOT_SMTP, .side = SENDER},
		    in->size);
		return true;
	}
	if (!line_next(&bridge->line, buffer_bytes(in), in->size,
		line_limit(bridge, takes), &line)) {
		buffer_consume(in, line.taken);
		// A line without its end is no line.
		return take_end(bridge, SENDER);
	}
	if (takes == TAKES_COMMAND) {
		bring_command(bridge, &line);
		return true;
	}
	tell_line(bridge, &line, true, 0, "an answer to AUTH");
	bridge_bring(bridge,
	    &(struct event){
		.kind = EVENT_RESPONSE, .side = SENDER, .line = &line},
	    line.taken);
	return true;
}

static BRIDGE_ASIDE void
tell_content(struct bridge *bridge, const uint8_t *bytes, size_t size)
{
	bridge_tell(bridge,
	    &(struct bridge_trace){.kind = TRACE_CONTENT,
		.side = SENDER,
		.text = bytes,
		.size = size,
		.why = bridge->swallowing ? "goes nowhere" : "streamed"});
}

static BRIDGE_ASIDE void
tell_content_out(struct bridge *bridge, const uint8_t *bytes, size_t size)
{
	bridge_tell(bridge, &(struct bridge_trace){.kind = TRACE_CONTENT_OUT,
				.side = RECEIVER,
				.text = bytes,
				.size = size});
}

static void
write_content(struct bridge *bridge, const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return;
	bridge->unwritten[RECEIVER] = true;
	bridge->shell->write(bridge->context, RECEIVER, bytes, size);
	if (bridge_is_watched(bridge))
		tell_content_out(bridge, bytes, size);
}

// Uses up content; returns how many bytes. Stops where the receiver's queue
// is full: content is never stored.
static size_t
take_data(struct bridge *bridge, size_t room)
{
	struct buffer *in = &bridge->in[SENDER];
	uint8_t piece[CONTENT_PIECE];
	size_t written;

	if (room > sizeof(piece))
		room = sizeof(piece);
	size_t used = payload_data(&bridge->payload, buffer_bytes(in), in->size,
	    piece, room, &written);
	if (bridge_is_watched(bridge))
		tell_content(bridge, buffer_bytes(in), used);
	if (!bridge->swallowing)
		write_content(bridge, piece, written);
	bridge->content += written;
	return used;
}

static size_t
take_chunk(struct bridge *bridge, size_t room)
{
	struct buffer *in = &bridge->in[SENDER];
	size_t size = in->size < room ? in->size : room;

	size = payload_chunk(&bridge->payload, size);
	if (size == 0)
		return 0;
	if (bridge_is_watched(bridge))
		tell_content(bridge, buffer_bytes(in), size);
	if (!bridge->swallowing)
		write_content(bridge, buffer_bytes(in), size);
	bridge->content += size;
	return size;
}

static bool
content_over(const struct bridge *bridge)
{
	return bridge->content_kind == CONTENT_DATA
		   ? payload_ended(&bridge->payload)
		   : bridge->payload.chunk == 0;
}

static void
content_progress(struct bridge *bridge, size_t used)
{
	if (!bridge->swallowing) {
		bridge->shell->timer(bridge->context, SENDER, TIMER_CONTENT);
		return;
	}
	bridge->swallowed += used;
	if (bridge->swallowed <= BRIDGE_SWALLOW_LIMIT)
		return;
	bridge_bring(bridge,
	    &(struct event){.kind = EVENT_TIMED_OUT, .side = SENDER}, 0);
}

// A message was read to its end: its size is told with the reply to it.
static void
remember_size(struct bridge *bridge)
{
	if (bridge->content_kind == CONTENT_CHUNK && !bridge->last_chunk)
		return;
	if (bridge->sizes_count == BRIDGE_SIZES_MOST)
		bridge->sizes[BRIDGE_SIZES_MOST - 1] += bridge->content;
	else
		bridge->sizes[bridge->sizes_count++] = bridge->content;
	bridge->content = 0;
}

static bool
take_content(struct bridge *bridge)
{
	struct buffer *in = &bridge->in[SENDER];
	size_t room = bridge->swallowing
			  ? CONTENT_PIECE
			  : bridge->shell->room(bridge->context, RECEIVER);
	size_t used = 0;

	if (in->size > 0 && room >= 8 && !content_over(bridge)) {
		used = bridge->content_kind == CONTENT_DATA
			   ? take_data(bridge, room)
			   : take_chunk(bridge, room);
		buffer_consume(in, used);
	}
	if (content_over(bridge)) {
		remember_size(bridge);
		bridge_bring(bridge,
		    &(struct event){.kind = EVENT_CONTENT_END,
			.side = SENDER,
			.bare = bridge->payload.bare &&
				bridge->payload.mode == PAYLOAD_REJECT},
		    0);
		return true;
	}
	if (used > 0) {
		content_progress(bridge, used);
		return true;
	}
	return in->size == 0 && take_end(bridge, SENDER);
}

bool
bridge_take_sender(struct bridge *bridge)
{
	const struct sequencer *sequencer = &bridge->sequencer;
	enum takes takes = sequencer_takes(sequencer, SENDER);

	switch (takes) {
	case TAKES_COMMAND:
	case TAKES_RESPONSE:
		return take_line(bridge, takes);
	case TAKES_CONTENT:
		return take_content(bridge);
	case TAKES_NOTHING:
	case TAKES_REPLY:
		break;
	}
	// A sender that goes before the banner waits for nothing.
	if (sequencer->state[SENDER] == STATE_S_GREETING &&
	    bridge->in[SENDER].size == 0)
		return take_end(bridge, SENDER);
	return false;
}
