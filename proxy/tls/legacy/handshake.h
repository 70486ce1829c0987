// SPDX-License-Identifier: ISC
//
// A handshake in progress. Which message comes when is said by the table
// handshake.def alone; handshake.c walks it, and handshake_server.c and
// handshake_client.c hold what each role sends and makes of what it gets.
// Nothing here knows of sockets; records go out through the record layer.

#ifndef TLS_LEGACY_HANDSHAKE_H
#define TLS_LEGACY_HANDSHAKE_H

#include "tls/legacy/legacy.h"
#include "tls/legacy/message.h"
#include "tls/legacy/record.h"
#include "tls/legacy/sessions.h"

// Of a message that is no chain of certificates.
enum { HANDSHAKE_MESSAGE_MAX_SIZE = 16384 };

enum flow {
	FLOW_HELLO,   // until both hellos were said
	FLOW_FULL,    // then the full handshake
	FLOW_RESUMED, // or that of a session resumed
	FLOW_COUNT
};

struct handshake {
	const struct legacy_config *config;
	struct engine *engine; // for its facts and observer
	struct record_layer *records;

	enum flow flow;
	size_t step; // in flow
	bool done;
	unsigned ignored;       // messages that were let pass, bounded
	struct buffer assembly; // a handshake message that is not whole yet
	struct transcript transcript;
	struct fault fault; // the first
	char detail[256];   // its, where that is no static text

	uint16_t offered; // version in the client's hello
	struct session_secret secret;
	struct session session;
	struct session_key session_key; // where it is or will be stored
	bool resumed;
	bool renegotiation_info; // server: to be answered; client: offered
	bool certificate_requested;
	bool certificate_given; // by the client, not empty
	uint16_t suites[64];    // client: those in our hello
	size_t suite_count;
	struct rsa_key *peer_key;     // of the peer's certificate
	struct rsa_key *exchange_key; // ephemeral; NULL: the certificate's
};

void handshake_init(struct handshake *handshake, struct engine *engine,
    const struct legacy_config *config, struct record_layer *records);
void handshake_free(struct handshake *handshake);

// Each of these returns false when handshake->fault says why it ends.

// Sends what is ours to send first.
bool handshake_start(struct handshake *handshake);
// Takes the content of a handshake or ChangeCipherSpec record, also after
// the handshake is done: a peer may ask for another, which it will not get.
bool handshake_take(struct handshake *handshake, const struct record *record);
// SSL 3.0's way of giving no certificate: an alert in its place.
bool handshake_take_no_certificate(struct handshake *handshake);

// --- For handshake_server.c and handshake_client.c ---

// Records a fault unless there is one; returns false.
bool handshake_fail(struct handshake *handshake, enum alert alert,
    enum tls_failure failure, const char *detail);
bool handshake_fail_internal(struct handshake *handshake);
bool handshake_fail_decode(struct handshake *handshake, const char *detail);

// Room for a message of up to size bytes, which handshake_send frees.
bool handshake_draft(
    struct handshake *handshake, size_t size, struct writer *draft);
// Adds the message to the transcript and queues it.
bool handshake_send(struct handshake *handshake, struct writer *draft);

// Both hellos are known: the version and suite become facts.
void handshake_settle(struct handshake *handshake);
// All went well: stores the session, if it can be resumed and there is
// anything new to say of it.
void handshake_keep_session(struct handshake *handshake);
// The master secret is known: tells the observer.
void handshake_show_secret(struct handshake *handshake);
// Takes the leaf's key and has the chain verified. peer_key stays NULL where
// none came, or where a client that need not prove anything gave one that
// cannot be used; then it is not believed.
bool handshake_take_chain(
    struct handshake *handshake, const struct chain *chain);
// The hashes of an ephemeral key's parameters that are signed.
bool handshake_exchange_hashes(const struct handshake *handshake,
    struct piece parameters, uint8_t out[HASH_BOTH_SIZE]);
// The SSLv2-format hello, where a server expects the first message.
bool server_receive_v2_hello(
    struct handshake *handshake, struct reader message);

// The columns of handshake.def.
#define STEP(flow, from, message, presence, send, receive)                     \
	bool send(struct handshake *handshake);                                \
	bool receive(struct handshake *handshake, struct reader body);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#include "tls/legacy/handshake.def"
#pragma GCC diagnostic pop
#undef STEP

#endif
