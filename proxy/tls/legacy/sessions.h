// SPDX-License-Identifier: ISC
//
// Sessions that can be resumed by their id: found by a key that only the same
// scope (and, for a server, the same id) gives.

#ifndef TLS_LEGACY_SESSIONS_H
#define TLS_LEGACY_SESSIONS_H

#include "tls/legacy/legacy.h"
#include "tls/legacy/message.h"

struct session_key {
	uint8_t bytes[32];
};

struct session {
	uint16_t version;
	uint16_t suite;
	uint8_t master[MASTER_SIZE];
	uint8_t id[SESSION_ID_MAX_SIZE];
	size_t id_size;
	// When its full handshake was, by clock_monotonic; 0: when it is
	// stored. Being resumed makes no session younger.
	uint64_t made;
	struct tls_facts peer; // what verification said of the peer
};

// A client has one session a scope: its id is left out of the key.
bool session_key_make(enum legacy_role role, const char *scope, struct piece id,
    struct session_key *out);

// Copies; drops the session least lately stored when there is no room.
void sessions_put(struct legacy_sessions *sessions,
    const struct session_key *key, const struct session *session);
// False: none, or its time is over. Sets made.
bool sessions_get(struct legacy_sessions *sessions,
    const struct session_key *key, struct session *out);
void sessions_remove(
    struct legacy_sessions *sessions, const struct session_key *key);

#endif
