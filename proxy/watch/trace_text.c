// SPDX-License-Identifier: ISC
//
// The dialogue for a person: what each side said, what was done with it.

#define _GNU_SOURCE
#include "watch/trace_parts.h"

#include <inttypes.h>
#include <string.h>

static size_t
without_end(const uint8_t *text, size_t size)
{
	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (size > 0 && text[size - 1] == '\r')
		size--;
	return size;
}

// Each line of a command or reply on a line of its own; the note once.
static void
show_lines(struct trace_session *session, const struct tap_dialogue *dialogue,
    enum text_style style)
{
	size_t at = 0;

	do {
		const uint8_t *text = dialogue->text + at;
		size_t left = dialogue->size - at;
		const uint8_t *end = left > 0 ? memchr(text, '\n', left) : NULL;
		size_t taken = end != NULL ? (size_t)(end - text) + 1 : left;
		size_t size = without_end(text, taken);
		size_t shown = trace_shown(session, dialogue, text, size);

		trace_line(session, &(struct text_line){
					.side = dialogue->side,
					.direction = trace_direction(dialogue),
					.style = style,
					.text = text,
					.size = shown,
					.masked = size - shown,
					.note = at == 0 ? dialogue->why : NULL,
					.reply = trace_is_reply(dialogue),
				    });
		at += taken;
	} while (at < dialogue->size);
}

static void
show_content(struct trace_session *session, const struct tap_dialogue *dialogue)
{
	uint64_t most =
	    session->trace->options.secrets ? UINT64_MAX : TRACER_CONTENT_LINES;
	size_t shown = mask_content_shown(
	    &session->content, most, dialogue->text, dialogue->size);
	const struct tap_dialogue piece = {
	    .kind = TAP_CONTENT,
	    .side = dialogue->side,
	    .text = dialogue->text,
	    .size = shown,
	    .why = session->content_bytes == 0 ? dialogue->why : NULL,
	};

	session->content_bytes += dialogue->size;
	session->content_shown = shown;
	if (shown > 0)
		show_lines(session, &piece, TEXT_PASSED);
}

void
trace_text_content_end(struct trace_session *session)
{
	if (session->content_bytes > 0)
		trace_remark(session, SENDER, TEXT_REMARK,
		    "%" PRIu64 " bytes of content%s", session->content_bytes,
		    session->content.hidden ? ", not all of them shown" : "");
	session->content_bytes = 0;
	session->content = (struct mask_content){0};
}

// "words: why", where there are both.
static void
show_remark(struct trace_session *session, const struct tap_dialogue *dialogue,
    enum text_style style)
{
	const char *why = dialogue->why != NULL ? dialogue->why : "";
	int size = dialogue->size < 900 ? (int)dialogue->size : 900;

	trace_remark(session, dialogue->side, style, "%.*s%s%s", size,
	    (const char *)dialogue->text, size > 0 && *why != '\0' ? ": " : "",
	    why);
}

void
trace_text_dialogue(
    struct trace_session *session, const struct tap_dialogue *dialogue)
{
	if (dialogue->kind != TAP_CONTENT &&
	    dialogue->kind != TAP_CONTENT_OUT && dialogue->kind != TAP_HELD)
		trace_text_content_end(session);
	switch (dialogue->kind) {
	case TAP_IN:
		show_lines(session, dialogue, TEXT_HEARD);
		break;
	case TAP_OUT:
		show_lines(session, dialogue, TEXT_PASSED);
		break;
	case TAP_OWN:
		show_lines(session, dialogue, TEXT_OURS);
		break;
	case TAP_HELD:
		trace_remark(session, dialogue->side, TEXT_REMARK,
		    "held, %zu bytes: %s", dialogue->size,
		    dialogue->why != NULL ? dialogue->why : "");
		break;
	case TAP_CONTENT:
		show_content(session, dialogue);
		break;
	case TAP_CONTENT_OUT: // it was shown as it came
		break;
	case TAP_STATE:
		show_remark(session, dialogue, TEXT_DETAIL);
		break;
	case TAP_NOTE:
		show_remark(session, dialogue, TEXT_REMARK);
		break;
	}
}
