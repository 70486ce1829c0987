// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "base/bytes.h"
#include "base/clock.h"
#include "base/contract.h"
#include "base/descriptor.h"
#include "watch/log.h"
#include "watch/trace_parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A leg as it is before its first byte.
static void
leg_begin(struct trace_leg *leg)
{
	handshake_reader_free(&leg->handshake[0]);
	handshake_reader_free(&leg->handshake[1]);
	*leg = (struct trace_leg){0};
	handshake_reader_init(&leg->handshake[0]);
	handshake_reader_init(&leg->handshake[1]);
}

static void
count_session(struct trace *trace)
{
	if (!trace->limited || --trace->left > 0)
		return;
	trace->on = false;
	if (trace->options.log != NULL)
		log_event(trace->options.log, SEVERITY_INFO, NULL,
		    "the last session to be watched has begun");
}

// A tap costs this where nobody watches.
static bool
is_watched(const struct trace_session *session)
{
	return session != NULL && session->round == session->trace->round;
}

struct trace_session *
trace_begin(struct trace *trace, const char *id)
{
	struct trace_session *session;

	if (trace == NULL || !trace->on)
		return NULL;
	session = calloc(1, sizeof *session);
	if (session == NULL) // then it goes on unwatched
		return NULL;
	session->trace = trace;
	session->start = clock_monotonic();
	bytes_copy_text(session->id, sizeof session->id, id);
	session->capture.capture = trace->capture;
	bytes_copy_text(session->capture.id, sizeof session->capture.id, id);
	leg_begin(&session->legs[SENDER]);
	leg_begin(&session->legs[RECEIVER]);
	session->round = trace->round;
	trace->sessions++;
	count_session(trace);
	return session;
}

// One sentence for whoever watches, and for the capture.
static void __attribute__((format(printf, 4, 0)))
say_with(struct trace_session *session, enum side side, enum text_style style,
    const char *format, va_list arguments)
{
	char text[1024];

	vsnprintf(text, sizeof text, format, arguments);
	capture_event(&session->capture, side, text);
	trace_remark(session, side, style, "%s", text);
}

static void __attribute__((format(printf, 4, 5)))
say(struct trace_session *session, enum side side, enum text_style style,
    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_with(session, side, style, format, arguments);
	va_end(arguments);
}

void
trace_end(struct trace_session **session, enum reason reason)
{
	struct trace_session *ended = *session;
	bool well = reason_advice(reason)[0] == '\0';

	if (ended == NULL)
		return;
	if (is_watched(ended)) {
		trace_text_content_end(ended);
		say(ended, SENDER, well ? TEXT_GOOD : TEXT_TROUBLE,
		    "session ends: %s (%s)", reason_sentence(reason),
		    reason_name(reason));
		if (!well)
			say(ended, SENDER, TEXT_DETAIL, "  %-9s %s", "change",
			    reason_advice(reason));
	}
	REQUIRE(ended->trace->sessions > 0);
	ended->trace->sessions--;
	leg_begin(&ended->legs[SENDER]);
	leg_begin(&ended->legs[RECEIVER]);
	free(ended);
	*session = NULL;
}

// "192.0.2.7:1034", "[2001:db8::7]:1034"
static void
format_address(const struct sockaddr *address, char *text, size_t room)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->sa_family == AF_INET) {
		struct sockaddr_in four;

		bytes_copy(&four, sizeof four, address, sizeof four);
		inet_ntop(AF_INET, &four.sin_addr, host, sizeof host);
		snprintf(text, room, "%s:%u", host, ntohs(four.sin_port));
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 six;

		bytes_copy(&six, sizeof six, address, sizeof six);
		inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof host);
		snprintf(text, room, "[%s]:%u", host, ntohs(six.sin6_port));
	} else {
		snprintf(text, room, "an unknown address");
	}
}

void
trace_connected(struct trace_session *session, enum side side,
    const struct sockaddr *ours, const struct sockaddr *peer)
{
	char from[80], to[80];

	if (!is_watched(session))
		return;
	leg_begin(&session->legs[side]);
	format_address(side == SENDER ? peer : ours, from, sizeof from);
	format_address(side == SENDER ? ours : peer, to, sizeof to);
	capture_connected(&session->capture, side, ours, peer);
	say(session, side, TEXT_REMARK, "connected, %s to %s", from, to);
}

void
trace_ended(struct trace_session *session, enum side side, bool reset)
{
	if (is_watched(session))
		capture_ended(&session->capture, side, TAP_FROM_PEER, reset);
}

void
trace_closed(struct trace_session *session, enum side side, bool aborted)
{
	if (!is_watched(session))
		return;
	capture_ended(&session->capture, side, TAP_TO_PEER, aborted);
	say(session, side, TEXT_REMARK, "closed");
}

void
trace_dialogue(
    struct trace_session *session, const struct tap_dialogue *dialogue)
{
	if (!is_watched(session))
		return;
	capture_dialogue(&session->capture, dialogue);
	if (!session->trace->options.dialogue)
		return;
	trace_text_dialogue(session, dialogue);
	if (session->trace->options.hexdump)
		trace_dump_plaintext(session, dialogue);
}

void
trace_records(struct trace_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size)
{
	if (!is_watched(session))
		return;
	capture_records(&session->capture, side, direction, bytes, size);
	if (!session->trace->options.dialogue)
		return;
	trace_tls_records(session, side, direction, bytes, size);
}

void
trace_handshake(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake)
{
	if (!is_watched(session))
		return;
	session->legs[side].tls = handshake->failure == NULL;
	capture_handshake(&session->capture, side, handshake);
	if (session->trace->options.dialogue)
		trace_tls_handshake(session, side, handshake);
}

void
trace_say(
    struct trace_session *session, enum side side, const char *format, ...)
{
	va_list arguments;

	if (!is_watched(session))
		return;
	va_start(arguments, format);
	say_with(session, side, format[0] == ' ' ? TEXT_DETAIL : TEXT_REMARK,
	    format, arguments);
	va_end(arguments);
}

void
trace_trouble(
    struct trace_session *session, enum side side, const char *format, ...)
{
	va_list arguments;

	if (!is_watched(session))
		return;
	va_start(arguments, format);
	say_with(session, side, TEXT_TROUBLE, format, arguments);
	va_end(arguments);
}

static void
log_key(struct secret_file *keylog, const char *line)
{
	size_t size = strlen(line);
	uint8_t *room = secret_file_reserve(keylog, size + 1, true);

	if (room == NULL)
		return;
	bytes_copy(room, size, line, size);
	room[size] = '\n';
	secret_file_commit(keylog, size + 1);
}

void
trace_secret(void *session, const char *line)
{
	struct trace_session *watched = session;

	if (!is_watched(watched))
		return;
	if (watched->trace->keylog != NULL)
		log_key(watched->trace->keylog, line);
	capture_secret(&watched->capture, line);
}

bool
trace_wants_secrets(const struct trace_session *session)
{
	return is_watched(session) && (session->trace->keylog != NULL ||
					  (session->capture.capture != NULL &&
					      session->trace->options.secrets));
}

enum tap_direction
trace_direction(const struct tap_dialogue *dialogue)
{
	return dialogue->kind == TAP_OUT || dialogue->kind == TAP_OWN
		   ? TAP_TO_PEER
		   : TAP_FROM_PEER;
}

bool
trace_is_reply(const struct tap_dialogue *dialogue)
{
	// It goes from the receiver to the sender.
	return (dialogue->side == RECEIVER) ==
	       (trace_direction(dialogue) == TAP_FROM_PEER);
}

size_t
trace_shown(const struct trace_session *session,
    const struct tap_dialogue *dialogue, const uint8_t *line, size_t size)
{
	if (session->trace->options.secrets)
		return size;
	return trace_is_reply(dialogue)
		   ? mask_reply_shown(line, size, dialogue->secret)
		   : mask_shown(line, size, tap_may_show(dialogue));
}

void
trace_write(int output, const void *bytes, size_t size)
{
	// A full disk or a closed pipe: mail goes on unwatched.
	(void)descriptor_write(output, bytes, size);
}
