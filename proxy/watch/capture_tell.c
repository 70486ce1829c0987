// SPDX-License-Identifier: ISC

#include "watch/capture_parts.h"

#include "watch/escape.h"
#include "watch/pcapng.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	COMMENT = 256,
	MAIL_INFO = 2 * 8 + 6 // syslog's facility mail, severity info
};

// A peer's words as the capture shows them.
struct saying {
	enum side side;
	enum tap_direction direction;
	const char *comment;
};

static void
show(struct capture_session *session, const struct saying *saying,
    const uint8_t *bytes, size_t size)
{
	const struct capture_leg *leg = &session->legs[saying->side];
	struct frame_way way =
	    capture_way(leg, saying->side, saying->direction);
	uint8_t head_bytes[FRAME_HEAD];
	struct writer head = writer_over(head_bytes, sizeof head_bytes);
	struct capture_packet packet = {
	    .interface = INTERFACE_PLAINTEXT + (unsigned)saying->side,
	    .direction = saying->direction,
	    .head = &head,
	    .bytes = bytes,
	    .size = size,
	    .comment = saying->comment,
	};

	if (size == 0)
		return;
	frame_pdu(&head, &way, FRAME_SMTP);
	capture_packet(session, &packet);
	if (!leg->tls)
		capture_wire(session, saying->side, &packet);
}

static bool
is_reply(const struct tap_dialogue *dialogue)
{
	return (dialogue->kind == TAP_IN) == (dialogue->side == RECEIVER);
}

static void
mask_lines(const struct tap_dialogue *dialogue, uint8_t *bytes, size_t size)
{
	while (size > 0) {
		const uint8_t *end = memchr(bytes, '\n', size);
		size_t line = end != NULL ? (size_t)(end - bytes) + 1 : size;

		if (is_reply(dialogue))
			mask_reply_bytes(bytes, line, dialogue->secret);
		else
			mask_bytes(bytes, line, tap_may_show(dialogue));
		bytes += line;
		size -= line;
	}
}

// Ends of lines stay, and a dot that begins one, which may end the content:
// with these Wireshark finds where the content ends.
static void
mask_content(struct capture_leg *leg, uint8_t *bytes, size_t size, size_t shown)
{
	for (size_t i = 0; i < size; i++) {
		bool end = bytes[i] == '\n' || bytes[i] == '\r';
		bool dot = bytes[i] == '.' && !leg->inside_line;

		leg->inside_line = bytes[i] != '\n';
		if (i >= shown && !end && !dot)
			bytes[i] = '*';
	}
}

// How much of the text is one packet: whole lines, where they fit.
static size_t
piece_of(const uint8_t *text, size_t size)
{
	size_t piece = FRAME_PIECE;

	if (size <= FRAME_PIECE)
		return size;
	while (piece > 0 && text[piece - 1] != '\n')
		piece--;
	return piece > 0 ? piece : FRAME_PIECE;
}

static void
show_masked(struct capture_session *session,
    const struct tap_dialogue *dialogue, const struct saying *saying)
{
	const struct capture_options *options = &session->capture->options;
	struct capture_leg *leg = &session->legs[dialogue->side];
	uint8_t *bytes = session->capture->scratch;
	bool content =
	    dialogue->kind == TAP_CONTENT || dialogue->kind == TAP_CONTENT_OUT;
	size_t size;

	for (size_t at = 0; at < dialogue->size; at += size) {
		size = piece_of(dialogue->text + at, dialogue->size - at);
		bytes_copy(bytes, FRAME_PIECE, dialogue->text + at, size);
		if (content && !options->secrets)
			mask_content(leg, bytes, size,
			    mask_content_shown(&leg->content,
				options->content_lines, bytes, size));
		else if (!options->secrets)
			mask_lines(dialogue, bytes, size);
		show(session, saying, bytes, size);
	}
}

// Content that comes in several chunks is one message's.
static void
begin_message(
    struct capture_session *session, const struct tap_dialogue *dialogue)
{
	if (dialogue->kind != TAP_IN || dialogue->side != SENDER ||
	    dialogue->secret || dialogue->size < 4 ||
	    !bytes_equal_text(dialogue->text, 4, "MAIL"))
		return;
	for (enum side side = SENDER; side <= RECEIVER; side++) {
		session->legs[side].content = (struct mask_content){0};
		session->legs[side].inside_line = false;
	}
}

static void
tell_words(struct capture_session *session, const struct tap_dialogue *dialogue)
{
	static const char *const words[] = {
	    [TAP_IN] = "came",
	    [TAP_OUT] = "forwarded",
	    [TAP_OWN] = "answered by us",
	    [TAP_CONTENT] = "content came",
	    [TAP_CONTENT_OUT] = "content forwarded",
	};
	const char *word = words[dialogue->kind];
	const char *why = dialogue->why != NULL ? dialogue->why : "";
	const char *state = session->legs[dialogue->side].state;
	char comment[COMMENT];
	bool same = strcmp(word, why) == 0;

	if (dialogue->kind == TAP_OWN && dialogue->side == RECEIVER)
		word = "said by us";
	snprintf(comment, sizeof comment, "session %s, %s: %s%s%s%s%s",
	    session->id, side_name(dialogue->side), word,
	    *why != '\0' && !same ? ", " : "", same ? "" : why,
	    *state != '\0' ? "; state " : "", state);
	begin_message(session, dialogue);
	show_masked(session, dialogue,
	    &(struct saying){
		.side = dialogue->side,
		.direction =
		    dialogue->kind == TAP_IN || dialogue->kind == TAP_CONTENT
			? TAP_FROM_PEER
			: TAP_TO_PEER,
		.comment = comment,
	    });
}

// "OLD -> NEW"
static void
keep_state(struct capture_session *session, const struct tap_dialogue *dialogue)
{
	struct capture_leg *leg = &session->legs[dialogue->side];
	struct writer out = writer_over(leg->state, sizeof leg->state - 1);
	size_t start = dialogue->size;

	while (start > 0 && dialogue->text[start - 1] != ' ')
		start--;
	writer_bytes(&out, dialogue->text + start, dialogue->size - start);
	leg->state[out.size] = '\0';
}

static void
tell_held(struct capture_session *session, const struct tap_dialogue *dialogue)
{
	char text[COMMENT];

	snprintf(text, sizeof text, "held, %zu bytes: %s", dialogue->size,
	    dialogue->why != NULL ? dialogue->why : "");
	capture_event(session, dialogue->side, text);
}

static void
tell_note(struct capture_session *session, const struct tap_dialogue *dialogue)
{
	char text[COMMENT];
	int size = dialogue->size < COMMENT ? (int)dialogue->size : COMMENT;
	const char *why = dialogue->why != NULL ? dialogue->why : "";

	snprintf(text, sizeof text, "%.*s%s%s", size,
	    size > 0 ? (const char *)dialogue->text : "",
	    size > 0 && *why != '\0' ? ": " : "", why);
	capture_event(session, dialogue->side, text);
}

void
capture_dialogue(
    struct capture_session *session, const struct tap_dialogue *dialogue)
{
	if (session->capture == NULL)
		return;
	switch (dialogue->kind) {
	case TAP_IN:
	case TAP_OUT:
	case TAP_OWN:
	case TAP_CONTENT:
	case TAP_CONTENT_OUT:
		tell_words(session, dialogue);
		break;
	case TAP_HELD:
		tell_held(session, dialogue);
		break;
	case TAP_STATE:
		keep_state(session, dialogue);
		break;
	case TAP_NOTE:
		tell_note(session, dialogue);
		break;
	}
}

// How much of the bytes is one packet: a record, or the part of it that is
// there. Wireshark's SMTP sees the end of the content in TLS only where that
// is a packet of its own.
static size_t
record_of(struct record_reader *reader, const uint8_t *bytes, size_t size,
    bool *unknown)
{
	struct record_piece piece;
	size_t taken = 0;

	*unknown = false;

	do {
		size_t most = size - taken;

		if (most > FRAME_PIECE - taken)
			most = FRAME_PIECE - taken;
		record_reader_next(reader, bytes + taken, most, &piece);
		taken += piece.size;
		*unknown = *unknown || piece.unknown;
	} while (taken < size && taken < FRAME_PIECE &&
		 (reader->left > 0 || reader->have > 0));
	return taken;
}

// What is no TLS from a sender may be a password: one that goes on in
// plaintext after its STARTTLS, or came to the wrong port.
static const uint8_t *
masked_piece(struct capture_session *session, const uint8_t *bytes, size_t size)
{
	uint8_t *masked = session->capture->scratch;

	if (session->capture->options.secrets)
		return bytes;
	bytes_copy(masked, FRAME_PIECE, bytes, size);
	for (size_t i = 0; i < size; i++)
		if (masked[i] != '\n' && masked[i] != '\r')
			masked[i] = '*';
	return masked;
}

void
capture_records(struct capture_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size)
{
	struct capture_leg *leg = &session->legs[side];
	char comment[COMMENT];
	size_t piece;
	bool unknown;

	if (session->capture == NULL)
		return;
	leg->tls = true;
	snprintf(comment, sizeof comment, "session %s, %s: TLS %s", session->id,
	    side_name(side), direction == TAP_FROM_PEER ? "came" : "from us");
	for (size_t at = 0; at < size; at += piece) {
		const uint8_t *shown = bytes + at;

		piece = record_of(
		    &leg->records[direction], shown, size - at, &unknown);
		if (unknown && side == SENDER && direction == TAP_FROM_PEER)
			shown = masked_piece(session, shown, piece);
		capture_wire(session, side,
		    &(struct capture_packet){.direction = direction,
			.bytes = shown,
			.size = piece,
			.comment = comment});
	}
}

void
capture_event(struct capture_session *session, enum side side, const char *text)
{
	const struct capture_leg *leg = &session->legs[side];
	uint8_t head_bytes[FRAME_HEAD], bytes[PCAPNG_TEXT_MOST + 32];
	struct writer head = writer_over(head_bytes, sizeof head_bytes);
	struct writer out = writer_over(bytes, sizeof bytes - 1);
	char start[64];
	struct frame_way way;
	int level;

	if (session->capture == NULL)
		return;
	// A leg that is not connected has no addresses yet.
	way = capture_way(leg->known ? leg : &session->legs[SENDER],
	    leg->known ? side : SENDER, TAP_FROM_PEER);
	frame_pdu(&head, &way, FRAME_SYSLOG);
	level = snprintf(start, sizeof start, "<%d>", MAIL_INFO);
	writer_text(&out, start);
	snprintf(start, sizeof start, "session %s, %s: ", session->id,
	    side_name(side));
	writer_text(&out, start);
	escape_write(&out, ESCAPE_BARE, (const uint8_t *)text, strlen(text));
	bytes[out.size] = '\0';
	capture_packet(session, &(struct capture_packet){
				    .interface = INTERFACE_EVENTS,
				    .direction = TAP_FROM_PEER,
				    .head = &head,
				    .bytes = bytes,
				    .size = out.size,
				    .comment = (const char *)bytes + level,
				});
}

void
capture_handshake(struct capture_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	const char *detail = handshake->detail != NULL ? handshake->detail : "";
	char text[PCAPNG_TEXT_MOST];

	if (handshake->failure != NULL)
		snprintf(text, sizeof text, "TLS failed: %s%s%s",
		    handshake->failure, *detail != '\0' ? ": " : "", detail);
	else
		snprintf(text, sizeof text, "TLS is up: %s, %s, %u bits%s%s",
		    handshake->protocol, handshake->suite, handshake->bits,
		    handshake->resumed ? ", resumed" : "",
		    handshake->legacy ? ", legacy engine" : "");
	capture_event(session, side, text);
}
