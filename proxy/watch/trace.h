// SPDX-License-Identifier: ISC
//
// Taps: what a session and its legs tell whoever watches: the dialogue for
// a person (-d), the bytes (-x), a capture for Wireshark (--pcap), a key log
// (--keylog). A session that nobody watches has no trace_session, and each
// tap is then one comparison with NULL, made here.
//
// Plaintext comes from the bridge alone, which knows what is secret; records
// come from the legs. A leg in plaintext taps nothing.

#ifndef WATCH_TRACE_H
#define WATCH_TRACE_H

#include "base/reason.h"
#include "base/side.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct log;
struct trace;         // one a worker
struct trace_session; // one a session; NULL: not watched

// What happened to bytes; the same, in the same order, as trace_kind of
// smtp/bridge.h.
enum tap_kind {
	TAP_IN,          // a line or reply came from the side
	TAP_OUT,         // a line or reply of a peer's goes to the side
	TAP_OWN,         // our own goes to the side
	TAP_HELD,        // the line in hand waits, or bytes wait
	TAP_CONTENT,     // content bytes came from the side
	TAP_CONTENT_OUT, // and go to the side
	TAP_STATE,       // the side's state changed: text is "OLD -> NEW"
	TAP_NOTE         // text says what was noticed or decided
};

enum tap_direction { TAP_FROM_PEER, TAP_TO_PEER };

struct tap_dialogue {
	enum tap_kind kind;
	enum side side;
	const uint8_t *text; // valid during the call
	size_t size;
	bool secret;     // text must not be shown; its size may, and of a
	size_t verb;     // command these first bytes
	const char *why; // static, or NULL
};

// How many bytes of a command may be shown.
static inline size_t
tap_may_show(const struct tap_dialogue *dialogue)
{
	return dialogue->secret ? dialogue->verb : SIZE_MAX;
}

// What came of a handshake; texts are NULL or empty where there is nothing,
// and are needed during the call alone (the fields of struct tls_facts).
struct tap_handshake {
	const char *protocol, *suite;
	unsigned bits;
	bool legacy, resumed;
	const char *server_name;
	const char *subject, *issuer, *names; // of the peer's certificate
	int64_t not_after;                    // seconds since 1970; 0: none
	const char *key, *fingerprint;        // of the same
	bool certificate_missing; // the peer asked for ours; there is none
	const char *verified; // how far it was believed, and why not further
	const char *failure;  // what failed; NULL: nothing did
	const char *detail;   // in the words of a library or of the peer
	const char *cause, *advice; // whose doing it is, and what to change
	const char *alert_sent, *alert_received; // tls_alert_name()
};

// NULL when trace is NULL or nothing watches at the moment. id is the
// session's identifier, copied.
struct trace_session *trace_begin(struct trace *trace, const char *id);
// Ends and clears; NULL is let pass.
void trace_end(struct trace_session **session, enum reason reason);

// Every tap below does nothing when session is NULL.

// The side's connection: our address and the peer's. Told when a leg is
// connected, before its first byte; again for each redial.
void trace_connected(struct trace_session *session, enum side side,
    const struct sockaddr *ours, const struct sockaddr *peer);
// The peer sends no more, or its connection was reset.
void trace_ended(struct trace_session *session, enum side side, bool reset);
// We closed the side's connection, or reset it (aborted).
void trace_closed(struct trace_session *session, enum side side, bool aborted);

void trace_dialogue(
    struct trace_session *session, const struct tap_dialogue *dialogue);

// Bytes of the socket while the leg's engine is not plaintext: the records.
void trace_records(struct trace_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size);

void trace_handshake(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake);

// One sentence of a decision: which rule applies, which address is dialled.
// One that begins with a blank tells more of the one before it.
void trace_say(struct trace_session *session, enum side side,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

// The same of what went wrong.
void trace_trouble(struct trace_session *session, enum side side,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

// A line in NSS key log format. Fits struct engine_observer: context is the
// struct trace_session, which must not be NULL here.
void trace_secret(void *session, const char *line);
// Whether anybody wants such lines: an engine without observer is quicker.
bool trace_wants_secrets(const struct trace_session *session);

#ifdef WITHOUT_TAPS
#include "watch/trace_none.h"
#endif

#endif
