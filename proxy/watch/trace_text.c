// SPDX-License-Identifier: ISC
//
// The dialogue for a person. Arrows point the way mail goes, whoever speaks:
//
//	7f3a01   0.012  sender ->            EHLO exch55
//	7f3a01   0.013         -> receiver   EHLO exch55
//	7f3a01   0.014         <- receiver   250-iis.corp.example
//	7f3a01   0.020  sender <~            250 OK               (under TLS)

#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"
#include "base/contract.h"
#include "watch/escape.h"
#include "watch/trace_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_MOST = 4096, SHOWN_MOST = 900 };

static const char *const colours[] = {
    [TEXT_HEARD] = "\033[1m",
    [TEXT_PASSED] = "",
    [TEXT_OURS] = "\033[36m",
    [TEXT_REMARK] = "\033[2m",
    [TEXT_TROUBLE] = "\033[31m",
};

// A colour for each session, so that several can be told apart.
static const char *
session_colour(const struct trace_session *session)
{
	static const char *const of[] = {"\033[32m", "\033[33m", "\033[34m",
	    "\033[35m", "\033[92m", "\033[94m"};
	unsigned sum = 0;

	for (const char *at = session->id; *at != '\0'; at++)
		sum = sum * 31 + (unsigned char)*at;
	return of[sum % (sizeof of / sizeof of[0])];
}

static void
colour(const struct trace_session *session, struct writer *out,
    const char *sequence)
{
	if (session->trace->options.colour)
		writer_text(out, sequence);
}

static void
write_prefix(const struct trace_session *session, struct writer *out)
{
	uint64_t age = clock_monotonic() - session->start;
	char text[48];

	colour(session, out, session_colour(session));
	snprintf(text, sizeof text, "%-6s %4" PRIu64 ".%03u  ", session->id,
	    age / 1000, (unsigned)(age % 1000));
	writer_text(out, text);
	colour(session, out, "\033[0m");
}

static void
write_label(struct writer *out, enum side side, const char *arrow)
{
	writer_text(out, side == SENDER ? "sender " : "       ");
	writer_text(out, arrow);
	writer_text(out, side == SENDER ? "            " : " receiver   ");
}

static const char *
arrow_of(const struct trace_session *session, const struct text_line *line)
{
	static const char *const arrows[2][2] = {{"->", "<-"}, {"~>", "<~"}};
	// From the sender, or to the receiver: the way mail goes.
	bool onward =
	    (line->side == SENDER) == (line->direction == TAP_FROM_PEER);

	return arrows[session->legs[line->side].tls][onward ? 0 : 1];
}

static void
finish(const struct trace_session *session, struct writer *out)
{
	// The last bytes' room is kept: a cut line still ends.
	out->room += 8;
	out->failed = false;
	colour(session, out, "\033[0m");
	writer_u8(out, '\n');
	trace_write(session->trace->options.output, out->bytes, out->size);
}

void
trace_text_line(struct trace_session *session, const struct text_line *line)
{
	uint8_t bytes[LINE_MOST];
	struct writer out = writer_over(bytes, sizeof bytes - 8);
	size_t size = line->size < SHOWN_MOST ? line->size : SHOWN_MOST;
	char text[64];

	if (!session->trace->options.dialogue)
		return;
	write_prefix(session, &out);
	write_label(&out, line->side, arrow_of(session, line));
	colour(session, &out, colours[line->style]);
	escape_write(&out, ESCAPE_BARE, line->text, size);
	colour(session, &out, "\033[0m\033[2m");
	if (size < line->size || line->masked > 0) {
		snprintf(text, sizeof text, "%s[%zu bytes not shown]",
		    size > 0 && line->text[size - 1] != ' ' ? " " : "",
		    line->size - size + line->masked);
		writer_text(&out, text);
	}
	if (line->note != NULL) {
		writer_text(&out, "  (");
		writer_text(&out, line->note);
		writer_text(&out, ")");
	}
	finish(session, &out);
}

void
trace_text_remark(struct trace_session *session, enum side side,
    enum text_style style, const char *format, ...)
{
	uint8_t bytes[LINE_MOST];
	struct writer out = writer_over(bytes, sizeof bytes - 8);
	char text[HELLO_WORDS_LINE];
	va_list arguments;

	if (!session->trace->options.dialogue)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	write_prefix(session, &out);
	write_label(&out, side, "* ");
	colour(session, &out, colours[style]);
	escape_write(&out, ESCAPE_BARE, (uint8_t *)text, strlen(text));
	finish(session, &out);
}

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

		trace_text_line(
		    session, &(struct text_line){
				 .side = dialogue->side,
				 .direction = trace_direction(dialogue),
				 .style = style,
				 .text = text,
				 .size = shown,
				 .masked = size - shown,
				 .note = at == 0 ? dialogue->why : NULL,
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
	    .kind = TAP_IN,
	    .side = dialogue->side,
	    .text = dialogue->text,
	    .size = shown,
	    .why = session->content_bytes == 0 ? dialogue->why : NULL,
	};

	session->content_bytes += dialogue->size;
	session->content_shown = shown;
	if (shown > 0)
		show_lines(session, &piece, TEXT_HEARD);
}

void
trace_text_content_end(struct trace_session *session)
{
	if (session->content_bytes > 0)
		trace_text_remark(session, SENDER, TEXT_REMARK,
		    "%" PRIu64 " bytes of content%s", session->content_bytes,
		    session->content.hidden ? ", not all of them shown" : "");
	session->content_bytes = 0;
	session->content = (struct mask_content){0};
}

void
trace_text_dialogue(
    struct trace_session *session, const struct tap_dialogue *dialogue)
{
	int size =
	    dialogue->size < SHOWN_MOST ? (int)dialogue->size : SHOWN_MOST;
	const char *why = dialogue->why != NULL ? dialogue->why : "";

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
		trace_text_remark(session, dialogue->side, TEXT_REMARK,
		    "held, %zu bytes: %s", dialogue->size, why);
		break;
	case TAP_CONTENT:
		show_content(session, dialogue);
		break;
	case TAP_CONTENT_OUT: // it was shown as it came
		break;
	case TAP_STATE:
		trace_text_remark(session, dialogue->side, TEXT_REMARK, "%.*s",
		    size, (const char *)dialogue->text);
		break;
	case TAP_NOTE:
		trace_text_remark(session, dialogue->side, TEXT_REMARK,
		    "%.*s%s%s", size, (const char *)dialogue->text,
		    size > 0 && *why != '\0' ? ": " : "", why);
		break;
	}
}

void
trace_text_records(struct trace_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size)
{
	struct hello_text text;

	if (!hello_words_feed(
		&session->legs[side].hello[direction], bytes, size, &text))
		return;
	for (size_t i = 0; i < text.count; i++)
		trace_text_remark(session, side, TEXT_REMARK, "%s%s",
		    i == 0 ? "" : "  ", text.lines[i]);
}

static bool
given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void
show_certificate(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	time_t expiry = (time_t)handshake->not_after;
	char until[32] = "?";
	struct tm parts;

	if (!given(handshake->subject) && !given(handshake->names))
		return;
	if (gmtime_r(&expiry, &parts) != NULL)
		strftime(until, sizeof until, "%Y-%m-%d", &parts);
	trace_text_remark(session, side, TEXT_REMARK,
	    "certificate of %s, names %s, issued by %s, valid until %s",
	    handshake->subject,
	    given(handshake->names) ? handshake->names : "none",
	    handshake->issuer, until);
	if (given(handshake->verified))
		trace_text_remark(session, side, TEXT_REMARK, "verified: %s",
		    handshake->verified);
}

void
trace_text_handshake(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	bool failed = handshake->failure != NULL;

	if (given(handshake->server_name))
		trace_text_remark(session, side, TEXT_REMARK,
		    "asked for by name (SNI): %s", handshake->server_name);
	show_certificate(session, side, handshake);
	if (given(handshake->alert_received))
		trace_text_remark(session, side, TEXT_TROUBLE,
		    "alert from the %s: %s", side_name(side),
		    handshake->alert_received);
	if (given(handshake->alert_sent))
		trace_text_remark(session, side, TEXT_TROUBLE,
		    "alert from sallyport: %s", handshake->alert_sent);
	if (!failed) {
		trace_text_remark(session, side, TEXT_OURS,
		    "TLS is up: %s, %s, %u bits%s%s", handshake->protocol,
		    handshake->suite, handshake->bits,
		    handshake->resumed ? ", resumed" : "",
		    handshake->legacy ? ", legacy engine" : "");
		return;
	}
	trace_text_remark(session, side, TEXT_TROUBLE, "TLS failed: %s%s%s%s%s",
	    handshake->failure, given(handshake->detail) ? ": " : "",
	    given(handshake->detail) ? handshake->detail : "",
	    given(handshake->advice) ? "; " : "",
	    given(handshake->advice) ? handshake->advice : "");
}
