// SPDX-License-Identifier: ISC
//
// What the lines hold. Where they go is log_sink.c.

#include "watch/log.h"

#include "watch/escape.h"
#include "watch/log_sink.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
log_wants(const struct log *log, enum severity severity)
{
	return severity <= log->options.least;
}

void
log_event(const struct log *log, enum severity severity, const char *session,
    const char *format, ...)
{
	char sentence[2048];
	struct record record = {0};
	va_list arguments;

	if (!log_wants(log, severity))
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	if (session != NULL)
		record_add(&record, "session", RECORD_TEXT, session);
	log_sink_write(log, severity, &record, sentence);
}

static void
describe_leg(const struct leg_report *leg, char *text, size_t room)
{
	if (leg->protocol == NULL || leg->protocol[0] == '\0')
		snprintf(text, room, "none");
	else
		snprintf(text, room, "%s/%s/%u", leg->protocol,
		    leg->suite != NULL ? leg->suite : "", leg->bits);
}

static const char *
or_else(const char *text, const char *otherwise)
{
	return text != NULL && text[0] != '\0' ? text : otherwise;
}

void
log_session(const struct log *log, const struct session_report *report)
{
	char sender[128], receiver[128], messages[16], recipients[16];
	char bytes[24], duration[32];
	struct record record = {0};

	if (!log_wants(log, SEVERITY_INFO))
		return;
	describe_leg(&report->sender, sender, sizeof sender);
	describe_leg(&report->receiver_leg, receiver, sizeof receiver);
	snprintf(messages, sizeof messages, "%u", report->messages);
	snprintf(recipients, sizeof recipients, "%u", report->recipients);
	snprintf(bytes, sizeof bytes, "%" PRIu64, report->bytes);
	snprintf(duration, sizeof duration, "%" PRIu64 ".%03u",
	    report->duration / 1000, (unsigned)(report->duration % 1000));
	record_add(&record, "session", RECORD_TEXT, report->session);
	record_add(&record, "listener", RECORD_TEXT, report->listener);
	record_add(&record, "client", RECORD_TEXT, report->client);
	record_add_bytes(
	    &record, "helo", RECORD_TEXT, report->helo, report->helo_size);
	record_add(&record, "sender-tls", RECORD_TEXT, sender);
	record_add(&record, "receiver", RECORD_TEXT, report->receiver);
	record_add(&record, "receiver-tls", RECORD_TEXT, receiver);
	record_add(&record, "verified", RECORD_TEXT,
	    or_else(report->verified, "none"));
	record_add(
	    &record, "rule", RECORD_QUOTED, or_else(report->rule, "default"));
	record_add(&record, "messages", RECORD_NUMBER, messages);
	record_add(&record, "recipients", RECORD_NUMBER, recipients);
	record_add(&record, "bytes", RECORD_NUMBER, bytes);
	record_add(&record, "reason", RECORD_TEXT, reason_name(report->reason));
	record_add(&record, "duration", RECORD_NUMBER, duration);
	log_sink_write(log, SEVERITY_INFO, &record, NULL);
}

void
log_message(const struct log *log, const struct message_report *report)
{
	char number[16], recipients[16], bytes[24];
	struct record record = {0};
	size_t size = report->reply_size;

	if (!log_wants(log, SEVERITY_INFO))
		return;
	while (size > 0 && (report->reply[size - 1] == '\n' ||
			       report->reply[size - 1] == '\r'))
		size--;
	snprintf(number, sizeof number, "%u", report->number);
	snprintf(recipients, sizeof recipients, "%u", report->recipients);
	snprintf(bytes, sizeof bytes, "%" PRIu64, report->bytes);
	record_add(&record, "session", RECORD_TEXT, report->session);
	record_add(&record, "number", RECORD_NUMBER, number);
	record_add(&record, "outcome", RECORD_TEXT, report->outcome);
	record_add(&record, "recipients", RECORD_NUMBER, recipients);
	record_add(&record, "bytes", RECORD_NUMBER, bytes);
	record_add_bytes(&record, "reply", RECORD_QUOTED, report->reply, size);
	log_sink_write(log, SEVERITY_INFO, &record, NULL);
}

const char *
severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return "error";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_INFO:
		return "info";
	case SEVERITY_DEBUG:
		return "debug";
	}
	return "unknown";
}
