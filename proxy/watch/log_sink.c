// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "watch/log_sink.h"

#include "base/clock.h"
#include "base/contract.h"
#include "base/descriptor.h"
#include "watch/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MOST = 16384 };

// systemd gives the device and inode of the stream it reads (systemd.exec(5),
// JOURNAL_STREAM); a mere presence of the variable may be inherited.
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char own[64];

	if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
		return false;
	snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)status.st_dev,
	    (uintmax_t)status.st_ino);
	return strcmp(own, stream) == 0;
}

struct log
log_initial(void)
{
	return (struct log){
	    .options = {.place = LOG_TO_STDERR,
		.form = LOG_AS_TEXT,
		.least = SEVERITY_INFO},
	    .file = STDERR_FILENO,
	    .to_journald = stderr_is_journal(),
	};
}

static int
open_file(const char *path, char *error, size_t room)
{
	int file = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
	    0640);

	if (file < 0 && errno == ELOOP)
		snprintf(error, room,
		    "cannot open the log file %s: it is a symbolic link, "
		    "which is never followed; name the file itself",
		    path);
	else if (file < 0)
		snprintf(error, room, "cannot open the log file %s: %s", path,
		    strerror(errno));
	return file;
}

bool
log_open(struct log *log, const struct log_options *options, char *error,
    size_t room)
{
	*log = log_initial();
	switch (options->place) {
	case LOG_TO_STDERR:
		break;
	case LOG_TO_JOURNAL:
		if (options->journal != NULL)
			break;
		snprintf(error, room,
		    "this sallyport is built without libsystemd and cannot "
		    "write to the journal; let the log go to stderr, which "
		    "systemd takes to the journal too");
		return false;
	case LOG_TO_SYSLOG:
		openlog("sallyport", LOG_PID | LOG_NDELAY, LOG_MAIL);
		break;
	case LOG_TO_FILE:
		REQUIRE(options->path != NULL);
		log->file = open_file(options->path, error, room);
		if (log->file < 0) {
			log->file = STDERR_FILENO;
			return false;
		}
		break;
	}
	log->options = *options;
	return true;
}

bool
log_reopen(struct log *log, char *error, size_t room)
{
	int file;

	if (log->options.place != LOG_TO_FILE)
		return true;
	file = open_file(log->options.path, error, room);
	if (file < 0)
		return false;
	close(log->file);
	log->file = file;
	return true;
}

void
log_close(struct log *log)
{
	if (log->options.place == LOG_TO_FILE)
		close(log->file);
	else if (log->options.place == LOG_TO_SYSLOG)
		closelog();
	*log = log_initial();
}

static void
write_time(struct writer *out)
{
	uint64_t now = clock_wall();
	time_t seconds = (time_t)(now / 1000000);
	char text[40];
	struct tm parts;
	size_t size;

	gmtime_r(&seconds, &parts);
	size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + size, sizeof text - size, ".%03uZ",
	    (unsigned)(now / 1000 % 1000));
	writer_text(out, text);
}

// The values, then the sentence with its level where that is a complaint.
static void
write_text(enum severity severity, const struct record *record,
    const char *sentence, struct writer *out)
{
	record_as_text(record, out);
	if (sentence == NULL)
		return;
	if (record->count > 0)
		writer_text(out, " ");
	if (severity <= SEVERITY_WARNING) {
		writer_text(out, severity_name(severity));
		writer_text(out, ": ");
	}
	escape_write(
	    out, ESCAPE_BARE, (const uint8_t *)sentence, strlen(sentence));
}

static void
write_json(enum severity severity, const struct record *record,
    const char *sentence, struct writer *out)
{
	writer_text(out, "{\"time\":\"");
	write_time(out);
	writer_text(out, "\",\"level\":\"");
	writer_text(out, severity_name(severity));
	writer_text(out, "\"");
	if (record->count > 0)
		writer_text(out, ",");
	record_as_json(record, out);
	if (sentence != NULL) {
		writer_text(out, ",\"message\":\"");
		escape_write(out, ESCAPE_JSON, (const uint8_t *)sentence,
		    strlen(sentence));
		writer_text(out, "\"");
	}
	writer_text(out, "}");
}

// "SENDER_TLS=value" for a field "sender-tls". The bare form: journalctl
// shows a value with raw controls as a blob.
static void
write_journal_field(const struct record_field *field, struct writer *out)
{
	size_t size =
	    field->size < RECORD_VALUE_MOST ? field->size : RECORD_VALUE_MOST;

	for (const char *at = field->name; *at != '\0'; at++)
		writer_u8(out, *at == '-' ? '_' : bytes_upper((uint8_t)*at));
	writer_u8(out, '=');
	escape_write(out, ESCAPE_BARE, field->value, size);
}

static void
write_journal(const struct log *log, enum severity severity,
    const struct record *record, const struct writer *text)
{
	uint8_t bytes[2 * LINE_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);
	struct iovec parts[RECORD_FIELDS_MOST + 4];
	int count = 0;
	size_t start = 0;

	writer_text(&out, "MESSAGE=");
	writer_bytes(&out, text->bytes, text->size);
	for (size_t i = 0;; i++) {
		parts[count++] =
		    (struct iovec){bytes + start, out.size - start};
		start = out.size;
		if (i == record->count)
			break;
		write_journal_field(&record->fields[i], &out);
	}
	writer_text(&out, "PRIORITY=");
	writer_u8(&out, (uint8_t)('0' + severity));
	parts[count++] = (struct iovec){bytes + start, out.size - start};
	start = out.size;
	writer_text(&out, "SYSLOG_IDENTIFIER=sallyport");
	parts[count++] = (struct iovec){bytes + start, out.size - start};
	start = out.size;
	writer_text(&out, "SYSLOG_FACILITY=");
	writer_u8(&out, '0' + LOG_FAC(LOG_MAIL));
	parts[count++] = (struct iovec){bytes + start, out.size - start};
	log->options.journal(parts, count);
}

void
log_sink_write(const struct log *log, enum severity severity,
    const struct record *record, const char *sentence)
{
	uint8_t bytes[LINE_MOST];
	// The newline's place is kept: a cut line is still a line.
	struct writer out = writer_over(bytes, sizeof bytes - 1);
	enum log_place place = log->options.place;
	bool plain = place == LOG_TO_STDERR || place == LOG_TO_FILE;
	bool json = log->options.form == LOG_AS_JSON;

	if (plain && log->to_journald && place == LOG_TO_STDERR) {
		writer_u8(&out, '<');
		writer_u8(&out, (uint8_t)('0' + severity));
		writer_u8(&out, '>');
	} else if (plain && !json) {
		write_time(&out);
		writer_u8(&out, ' ');
	}
	if (json && place != LOG_TO_JOURNAL)
		write_json(severity, record, sentence, &out);
	else
		write_text(severity, record, sentence, &out);
	if (plain) {
		bytes[out.size] = '\n';
		// A full disk or a closed pipe: mail goes on without a log.
		(void)descriptor_write(log->file, bytes, out.size + 1);
	} else if (place == LOG_TO_SYSLOG) {
		syslog((int)severity, "%.*s", (int)out.size, (char *)bytes);
	} else {
		write_journal(log, severity, record, &out);
	}
}
