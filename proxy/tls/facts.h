// SPDX-License-Identifier: ISC
//
// What came of a TLS handshake: filled in by an engine, read by the session,
// policy, log and traces. A value without pointers; copies stand alone.

#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include "base/side.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Why a handshake or a record failed; the rows of failure.def.
enum tls_failure {
#define FAILURE(id, name, sentence, from_sender, from_receiver)                \
	TLS_FAILURE_##id,
#include "tls/failure.def"
#undef FAILURE
	TLS_FAILURE_COUNT
};

// What is wrong with a peer's certificate; the rows of verify_error.def.
enum tls_verdict {
	TLS_VERDICT_NONE, // nothing, or it was not looked at
#define VERDICT(id, theirs, failure, sentence, advice) TLS_VERDICT_##id,
#include "tls/verify_error.def"
#undef VERDICT
	TLS_VERDICT_COUNT
};

// How far the peer's certificate was believed, as the log's "verified=".
enum tls_verified {
	TLS_VERIFIED_NONE,        // no certificate was asked for or given
	TLS_VERIFIED_UNTRUSTED,   // given; no trusted chain, or not checked
	TLS_VERIFIED_FINGERPRINT, // a configured digest matched
	TLS_VERIFIED_NAME,        // trusted chain, and a wanted name
	TLS_VERIFIED_DANE         // a usable TLSA record matched
};

struct tls_facts {
	char protocol[16]; // by tls_protocol_name; empty before it is chosen
	char suite[64];    // IANA name; empty before it is chosen
	unsigned bits;     // effective strength of the suite; 0: no TLS
	bool legacy;       // by the legacy engine
	bool resumed;
	char server_name[256]; // SNI: received (we are server) or sent

	enum tls_verified verified;
	// What a proof of the chain found wrong, also where none is demanded.
	enum tls_verdict verdict;
	char subject[256]; // of the peer's certificate; empty: none came
	char issuer[256];
	char names[512];      // its DNS names, comma separated, cut at the end
	int64_t not_after;    // its expiry, seconds since 1970; 0: none came
	char fingerprint[96]; // sha256 of it, lower-case hex
	char key[32];         // "RSA 2048", "EC 256"; empty: none came
	// We are the client, were asked for a certificate, and have none.
	bool certificate_missing;

	enum tls_failure failure;  // TLS_FAILURE_NONE while all is well
	char detail[256];          // what exactly, for the log; no secrets
	int alert_sent;            // TLS alert number, -1: none
	int alert_received;        // likewise; but no warning that it went on
				   // after, for that explains no failure
	char offered_protocol[16]; // highest the client's hello offers; empty:
				   // no hello was read
};

// The names in logs: "verified=name" and so on; static text.
const char *tls_verified_name(enum tls_verified verified);
// "handshake-timeout"; static text.
const char *tls_failure_name(enum tls_failure failure);
// What happened, as a sentence without a full stop; static text.
const char *tls_failure_sentence(enum tls_failure failure);
// What to change where that peer is at the other end, likewise; empty where
// nothing failed.
const char *tls_failure_advice(enum tls_failure failure, enum side peer);
// What is wrong with the certificate, and what to change; likewise, and empty
// for NONE.
const char *tls_verdict_sentence(enum tls_verdict verdict);
const char *tls_verdict_advice(enum tls_verdict verdict);

// The most exact that is known of a failure: the peer's alert, the verdict on
// its certificate, or the failure itself.
struct tls_cause {
	char sentence[256];
	const char *exactly; // facts->detail; empty where it says no more
	const char *advice;  // static
};
void tls_explain(
    const struct tls_facts *facts, enum side peer, struct tls_cause *cause);

// Whether what is wrong is the peer's certificate, not the handshake: another
// hello would not help, and plaintext would be what an attacker wants.
bool tls_unverified(const struct tls_facts *facts);
// Whether the peer will not have our certificate, or that there is none: no
// other hello helps.
bool tls_certificate_refused(const struct tls_facts *facts);

// The name of an alert (RFC 8446 section 6), "unknown alert" otherwise.
const char *tls_alert_name(int alert);

// "TLSv1.0" for 0x0301, likewise "SSLv2" (0x0002) to "TLSv1.3"; "unknown
// protocol" otherwise. Static text.
const char *tls_protocol_name(unsigned version);

// The common name in the subject; empty: there is none, or it does not fit, or
// holds what the notation escapes. room is of name, with its NUL.
void tls_common_name(const struct tls_facts *facts, char *name, size_t room);

// All empty, alerts -1.
void tls_facts_init(struct tls_facts *facts);

#endif
