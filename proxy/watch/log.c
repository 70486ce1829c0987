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
log_wants(const struct log *log, enum log_level level)
{
	return level <= log->options.level;
}

void
log_event(const struct log *log, enum log_level level, const char *session,
    const char *format, ...)
{
	char sentence[2048];
	struct record record = {0};
	va_list arguments;

	if (!log_wants(log, level))
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	if (session != NULL)
		record_add(&record, "session", RECORD_TEXT, session);
	log_sink_write(log, level, &record, sentence);
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

	if (!log_wants(log, LOG_LEVEL_INFO))
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
	log_sink_write(log, LOG_LEVEL_INFO, &record, NULL);
}

void
log_message(const struct log *log, const struct message_report *report)
{
	char number[16], recipients[16], bytes[24];
	struct record record = {0};
	size_t size = report->reply_size;

	if (!log_wants(log, LOG_LEVEL_INFO))
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
	log_sink_write(log, LOG_LEVEL_INFO, &record, NULL);
}

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
    {"error", LOG_LEVEL_ERROR},
    {"warning", LOG_LEVEL_WARNING},
    {"notice", LOG_LEVEL_NOTICE},
    {"info", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG},
};

const char *
log_level_name(enum log_level level)
{
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (levels[i].level == level)
			return levels[i].name;
	}
	return "unknown";
}

bool
log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*level = levels[i].level;
			return true;
		}
	}
	return false;
}

bool
log_destination_parse(const char *name, enum log_destination *to)
{
	static const char *const names[] = {
	    [LOG_TO_STDERR] = "stderr",
	    [LOG_TO_JOURNAL] = "journal",
	    [LOG_TO_SYSLOG] = "syslog",
	    [LOG_TO_FILE] = "file",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], name) == 0) {
			*to = (enum log_destination)i;
			return true;
		}
	}
	return false;
}

bool
log_format_parse(const char *name, enum log_format *format)
{
	bool json = strcmp(name, "json") == 0;

	if (!json && strcmp(name, "text") != 0)
		return false;
	*format = json ? LOG_AS_JSON : LOG_AS_TEXT;
	return true;
}
