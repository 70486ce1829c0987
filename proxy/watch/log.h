// SPDX-License-Identifier: ISC
//
// The log: one line for a session when it ends, one for each message, and
// plain sentences for what happens between. Lines go to standard error, a
// file, syslog or the journal, as text or JSON. Whatever a peer chose (a
// HELO name, a reply) is escaped, so that no peer can write a line of its
// own or move a terminal's cursor (log injection).

#ifndef WATCH_LOG_H
#define WATCH_LOG_H

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iovec;

// The numbers are syslog's (RFC 5424 6.2.1).
enum severity {
	SEVERITY_ERROR = 3,
	SEVERITY_WARNING = 4,
	SEVERITY_INFO = 6,
	SEVERITY_DEBUG = 7
};

enum log_place { LOG_TO_STDERR, LOG_TO_JOURNAL, LOG_TO_SYSLOG, LOG_TO_FILE };

enum log_form { LOG_AS_TEXT, LOG_AS_JSON };

struct log_options {
	enum log_place place;
	enum log_form form;
	enum severity least; // what is less severe is left out
	const char *path;    // LOG_TO_FILE; not owned, outlives the log
	// LOG_TO_JOURNAL: sends one entry, "NAME=value" each; NULL where this
	// program is built without it. Returns are not looked at.
	int (*journal)(const struct iovec *fields, int count);
};

struct log {
	struct log_options options;
	int file;         // of LOG_TO_FILE and LOG_TO_STDERR
	bool to_journald; // standard error is read by journald: <N>, no time
};

// A log on standard error, as text, from info up: what is used until the
// configuration is read. Needs no log_close.
struct log log_initial(void);

// Opens what options ask for. False: *log is as log_initial, and error says
// what failed, why, and what to change. A file is created with mode 0640 and
// never opened through a symbolic link (a link in a directory that others
// may write to would send the log over a file of ours).
bool log_open(struct log *log, const struct log_options *options, char *error,
    size_t room);
// Opens the file again by its name, after it was rotated. False, with error
// filled in and the old file still in use, when that fails.
bool log_reopen(struct log *log, char *error, size_t room);
void log_close(struct log *log);

// True if lines of this severity are written: to spare making them.
bool log_wants(const struct log *log, enum severity severity);

// One sentence without a full stop. session: its identifier, or NULL. Text
// from a peer may be among the arguments: the whole sentence is escaped.
void log_event(const struct log *log, enum severity severity,
    const char *session, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// How a leg was protected in the end. protocol NULL or empty: plaintext.
struct leg_report {
	const char *protocol; // "TLSv1.3", "SSLv3"
	const char *suite;    // IANA name
	unsigned bits;
};

// What a session came to. Texts are not owned, need to live during the call
// alone, and are NULL or empty where there is nothing to say.
struct session_report {
	const char *session;  // identifier: "7f3a01"
	const char *listener; // name in the configuration
	const char *client;   // "192.0.2.7:1034", "[2001:db8::7]:1034"
	const uint8_t *helo;  // the sender's EHLO or HELO name, raw
	size_t helo_size;
	struct leg_report sender;
	const char *receiver; // connected to, as client; NULL: none was
	struct leg_report receiver_leg;
	const char *verified; // tls_verified_name(); NULL: "none"
	const char *rule;     // name of the rule that applied; NULL: "default"
	unsigned messages;    // accepted by the receiver
	unsigned recipients;  // accepted ones of those messages
	uint64_t bytes;       // of content
	enum reason reason;
	uint64_t duration; // milliseconds
};

// What one message came to.
struct message_report {
	const char *session;
	unsigned number;      // in the session, from 1
	const char *outcome;  // note_name(): "accepted", "rejected" ...
	unsigned recipients;  // accepted ones
	uint64_t bytes;       // of content
	const uint8_t *reply; // the receiver's, raw; all its lines, or the last
	size_t reply_size;    // 0: there was none
};

// Of severity info. Keys and their order are a contract with who reads logs.
void log_session(const struct log *log, const struct session_report *report);
void log_message(const struct log *log, const struct message_report *report);

// "warning"; static text.
const char *severity_name(enum severity severity);

#endif
