// SPDX-License-Identifier: ISC
//
// TLS in words: what hellos and alerts in the clear say, and what came of a
// handshake.

#define _GNU_SOURCE
#include "base/clock.h"
#include "watch/hello_words.h"
#include "watch/names.h"
#include "watch/trace_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// The items of some records, while they are told.
struct telling_records {
	struct trace_session *session;
	enum side side;
	enum tap_direction direction;
	char others[256]; // names of messages that are no hellos
};

static const char *
speaker(enum side side, enum tap_direction direction)
{
	if (direction == TAP_TO_PEER)
		return "sallyport";
	return side == SENDER ? "the sender" : "the receiver";
}

static void
show_said(
    struct telling_records *telling, enum text_style style, const char *text)
{
	trace_line(telling->session, &(struct text_line){
					 .side = telling->side,
					 .direction = telling->direction,
					 .style = style,
					 .text = (const uint8_t *)text,
					 .size = strlen(text),
					 .record = true,
				     });
}

static void
show_hello(struct telling_records *telling, const struct handshake_item *item)
{
	static struct hello_text text;

	hello_words_tell(item, &text);
	for (size_t i = 0; i < text.count; i++) {
		if (i == 0)
			show_said(telling,
			    telling->direction == TAP_TO_PEER ? TEXT_OURS
							      : TEXT_HEARD,
			    text.lines[i]);
		else
			trace_remark(telling->session, telling->side,
			    TEXT_DETAIL, "  %s", text.lines[i]);
	}
	if (text.count == 0 && telling->direction == TAP_FROM_PEER)
		show_said(telling, TEXT_TROUBLE, "a hello that is malformed");
}

static void
show_alert(struct telling_records *telling, const struct handshake_item *item)
{
	const char *name = names_find(NAMES_ALERTS, item->body[1]);
	bool warning = item->body[0] == 1;
	char text[96];

	snprintf(text, sizeof text, "alert of %s: %s, %s",
	    speaker(telling->side, telling->direction),
	    warning ? "warning" : "fatal", name != NULL ? name : "unknown");
	show_said(telling, warning ? TEXT_REMARK : TEXT_TROUBLE, text);
	telling->session->legs[telling->side].alert_told[telling->direction] =
	    true;
}

static void
gather(struct telling_records *telling, const struct handshake_item *item)
{
	const char *name = names_find(NAMES_MESSAGES, item->type);
	size_t size = strlen(telling->others);

	snprintf(telling->others + size, sizeof telling->others - size, "%s%s",
	    size > 0 ? ", " : "", name != NULL ? name : "unknown message");
}

static void
show_others(struct telling_records *telling)
{
	if (telling->others[0] != '\0')
		show_said(telling, TEXT_PASSED, telling->others);
	telling->others[0] = '\0';
}

static void
show_item(void *context, const struct handshake_item *item)
{
	struct telling_records *telling = context;
	bool hello = item->type == HANDSHAKE_CLIENT_HELLO ||
		     item->type == HANDSHAKE_SERVER_HELLO;

	if (item->alert || hello)
		show_others(telling);
	if (item->alert)
		show_alert(telling, item);
	else if (hello)
		show_hello(telling, item);
	else
		gather(telling, item);
	if (telling->session->trace->options.hexdump)
		trace_dump_item(telling->session, telling->side, item);
}

// What a receiver says in plaintext where TLS should begin is no secret, and
// says what is wrong: "454 no key", or the greeting of another port.
static void
show_plaintext(struct telling_records *telling,
    const struct record_piece *piece, const uint8_t *bytes)
{
	size_t size = piece->size;

	if (!piece->unknown || telling->side != RECEIVER ||
	    telling->direction != TAP_FROM_PEER)
		return;
	while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	trace_line(telling->session, &(struct text_line){
					 .side = RECEIVER,
					 .direction = TAP_FROM_PEER,
					 .style = TEXT_TROUBLE,
					 .text = bytes,
					 .size = size < 200 ? size : 200,
					 .masked = size < 200 ? 0 : size - 200,
					 .note = "that is no TLS",
				     });
}

void
trace_tls_records(struct trace_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size)
{
	struct trace_leg *leg = &session->legs[side];
	struct telling_records telling = {
	    .session = session, .side = side, .direction = direction};
	struct record_piece piece;

	while (size > 0) {
		record_reader_next(
		    &leg->records[direction], bytes, size, &piece);
		if (session->trace->options.hexdump)
			trace_dump_piece(
			    session, side, direction, &piece, bytes);
		show_plaintext(&telling, &piece, bytes);
		handshake_reader_take(&leg->handshake[direction], &piece, bytes,
		    show_item, &telling);
		bytes += piece.size;
		size -= piece.size;
	}
	show_others(&telling);
}

static bool
given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void
show_detail(struct trace_session *session, enum side side, const char *name,
    const char *text)
{
	if (given(text))
		trace_remark(
		    session, side, TEXT_DETAIL, "  %-9s %s", name, text);
}

static void
show_expiry(struct trace_session *session, enum side side, int64_t not_after)
{
	int64_t days = (not_after - (int64_t)(clock_wall() / 1000000)) / 86400;
	time_t expiry = (time_t)not_after;
	char text[96], until[32];
	struct tm parts;

	if (not_after == 0 || gmtime_r(&expiry, &parts) == NULL)
		return;
	strftime(until, sizeof until, "%Y-%m-%d %H:%M UTC", &parts);
	if (not_after < (int64_t)(clock_wall() / 1000000))
		snprintf(text, sizeof text, "%s, %" PRId64 " days ago", until,
		    -days);
	else
		snprintf(
		    text, sizeof text, "%s, in %" PRId64 " days", until, days);
	show_detail(session, side, "expires", text);
}

static void
show_certificate(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	if (!given(handshake->subject) && !given(handshake->names))
		return;
	trace_remark(session, side, TEXT_REMARK, "certificate of the %s: %s",
	    side_name(side),
	    given(handshake->subject) ? handshake->subject : "no subject");
	show_detail(session, side, "names",
	    given(handshake->names) ? handshake->names : "none");
	show_detail(session, side, "issuer", handshake->issuer);
	show_expiry(session, side, handshake->not_after);
	show_detail(session, side, "key", handshake->key);
	show_detail(session, side, "sha256", handshake->fingerprint);
	show_detail(session, side, "verified", handshake->verified);
}

static void
show_alerts(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	const bool *told = session->legs[side].alert_told;

	if (given(handshake->alert_received) && !told[TAP_FROM_PEER])
		trace_remark(session, side, TEXT_TROUBLE,
		    "alert of the %s, under encryption: %s", side_name(side),
		    handshake->alert_received);
	if (given(handshake->alert_sent) && !told[TAP_TO_PEER])
		trace_remark(session, side, TEXT_TROUBLE,
		    "alert of sallyport, under encryption: %s",
		    handshake->alert_sent);
}

void
trace_tls_handshake(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	show_certificate(session, side, handshake);
	if (handshake->certificate_missing)
		trace_remark(session, side, TEXT_REMARK,
		    "the %s asks for a certificate, and is given none "
		    "(%s.certificate is not set)",
		    side_name(side), side_name(side));
	show_alerts(session, side, handshake);
	if (handshake->failure == NULL) {
		trace_remark(session, side, TEXT_GOOD,
		    "TLS is up: %s, %s, %u bits%s%s", handshake->protocol,
		    handshake->suite, handshake->bits,
		    handshake->resumed ? ", resumed" : "",
		    handshake->legacy ? ", by the legacy engine" : "");
		return;
	}
	trace_remark(
	    session, side, TEXT_TROUBLE, "TLS failed: %s", handshake->failure);
	show_detail(session, side, "exactly", handshake->detail);
	show_detail(session, side, "cause", handshake->cause);
	show_detail(session, side, "change", handshake->advice);
}
