// SPDX-License-Identifier: ISC
//
// The handshake messages of SSL 3.0 and TLS 1.0: one function that reads the
// body of each and one that writes it, without state and without judgement.
// A reading function returns false when the body is not what the RFC says;
// what it returns in readers and pieces lies in the body. A writing function
// fails its writer when there is no room.

#ifndef TLS_LEGACY_MESSAGE_H
#define TLS_LEGACY_MESSAGE_H

#include "tls/legacy/keys.h"
#include "tls/legacy/transcript.h"

enum message {
#define MESSAGE(id, number, name) MESSAGE_##id = number,
#include "tls/legacy/message.def"
#undef MESSAGE
};

enum {
	MESSAGE_HEADER_SIZE = 4,
	SESSION_ID_MAX_SIZE = 32,
	CHAIN_MAX = 16, // certificates of a peer
	SERVER_NAME_MAX_SIZE = 255
};

// "ClientHello"; "unknown message" for a number that is none.
const char *message_name(unsigned number);

// Begins a message in out; message_end fills its length in.
size_t message_begin(struct writer *out, enum message message);
void message_end(struct writer *out, size_t position);

// A vector behind a length of length_bytes, read and written whole.
struct piece message_read_vector(struct reader *reader, unsigned length_bytes);
void message_write_vector(
    struct writer *out, struct piece piece, unsigned length_bytes);

// The extensions of either hello that matter here.
struct extensions {
	bool renegotiation_info;
	struct piece renegotiated; // its content; empty in a first handshake
	bool alpn;
	struct reader protocols;  // of ALPN: names behind 8-bit lengths
	struct piece server_name; // the first DNS name; empty: none
	bool unknown;             // there are others
};

struct client_hello {
	uint16_t version;
	uint8_t random[RANDOM_SIZE];
	struct piece session;
	struct reader suites; // for client_hello_suite
	unsigned suite_size;  // 2; 3 in the SSLv2 format
	struct piece compressions;
	struct extensions extensions;
};

bool message_read_client_hello(struct reader body, struct client_hello *out);
// The SSLv2 format, from its message type on: RFC 2246 appendix E. A
// challenge shorter than 32 bytes becomes the end of random.
bool message_read_v2_hello(struct reader body, struct client_hello *out);
// Takes the next suite out of suites, false at their end. Kinds that only
// SSL 2.0 or PCT knows are passed over.
bool client_hello_suite(
    struct reader *suites, unsigned suite_size, uint16_t *suite);

struct client_hello_draft {
	uint16_t version;
	const uint8_t *random; // RANDOM_SIZE
	struct piece session;
	const uint16_t *suites;
	size_t suite_count;
	bool extensions;         // write any
	const char *server_name; // NULL: none
};
void message_write_client_hello(
    struct writer *out, const struct client_hello_draft *draft);
// Without the two bytes of length before it; only the last 16 bytes of
// random go in.
void message_write_v2_hello(
    struct writer *out, const struct client_hello_draft *draft);
enum { V2_CHALLENGE_SIZE = 16 };

struct server_hello {
	uint16_t version;
	uint8_t random[RANDOM_SIZE];
	struct piece session;
	uint16_t suite;
	uint8_t compression;
	struct extensions extensions;
};
bool message_read_server_hello(struct reader body, struct server_hello *out);
// Of the extensions only an empty renegotiation_info is written.
void message_write_server_hello(
    struct writer *out, const struct server_hello *hello);

struct chain {
	struct piece certificates[CHAIN_MAX]; // DER, leaf first
	size_t count;
};
bool message_read_certificate(struct reader body, struct chain *out);
void message_write_certificate(struct writer *out, const struct chain *chain);

// An ephemeral RSA key: RFC 2246 section 7.4.3.
struct server_key_exchange {
	struct piece parameters; // the part that is signed
	struct piece modulus;
	struct piece exponent;
	struct piece signature;
};
bool message_read_server_key_exchange(
    struct reader body, struct server_key_exchange *out);
void message_write_server_key_exchange(
    struct writer *out, const struct server_key_exchange *exchange);

// Whether a certificate with an RSA key that signs is among what is wanted.
bool message_read_certificate_request(struct reader body, bool *rsa_sign);
// authorities: DER names, each behind a 16-bit length.
void message_write_certificate_request(
    struct writer *out, struct piece authorities);

bool message_read_server_hello_done(struct reader body);
void message_write_server_hello_done(struct writer *out);

// SSL 3.0 has no length before the sealed premaster secret.
bool message_read_client_key_exchange(
    struct reader body, uint16_t version, struct piece *sealed);
void message_write_client_key_exchange(
    struct writer *out, uint16_t version, struct piece sealed);

bool message_read_certificate_verify(
    struct reader body, struct piece *signature);
void message_write_certificate_verify(
    struct writer *out, struct piece signature);

bool message_read_finished(
    struct reader body, uint16_t version, struct piece *verify);
void message_write_finished(struct writer *out, struct piece verify);

#endif
