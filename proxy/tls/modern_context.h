// SPDX-License-Identifier: ISC
//
// What many connections of libssl have in common: an SSL_CTX built from plain
// values. The system's openssl.cnf has no say in it, nor has the environment:
// a host may be locked down, or opened up, for reasons of its own.

#ifndef TLS_MODERN_CONTEXT_H
#define TLS_MODERN_CONTEXT_H

#include "tls/credential.h"
#include "tls/hello.h"
#include "tls/verify_modern.h"

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

struct modern_settings {
	bool server;
	unsigned min_protocol; // as on the wire; below TLS 1.0 means TLS 1.0
	unsigned max_protocol;
	unsigned min_bits; // effective strength of the suite, at least
	// Suites by IANA name, or in OpenSSL's notation; none: all that
	// min_protocol and min_bits admit, with forward secrecy where a server
	// admits nothing below TLS 1.2.
	const char *const *ciphers;
	size_t cipher_count;
	const char *const *groups; // most wanted first; none: OpenSSL's
	size_t group_count;
	bool record_splitting; // of CBC records before TLS 1.1, against BEAST
	// A server has at least one; those of the same key type are told apart
	// by SNI, and the first is for whoever names none of them. A client
	// has one or none.
	const struct credential *const *credentials;
	size_t credential_count;
	// Judges the peer's certificate. A client has one. A server that has
	// one asks for a certificate, and ends the handshake where the verdict
	// is bad; without_certificate lets those pass that give none.
	const struct verifier *verifier;
	bool without_certificate;
	// A client's humbler hello: few extensions, and servers that know
	// neither RFC 5746 nor better signatures than SHA-1 will do.
	bool compatible;
	bool fell_back; // after a better hello, and says so (RFC 7507)
};

struct modern_context;

// Credentials and verifier are not copied, and outlive the context; the
// context outlives its engines. NULL: error says why.
struct modern_context *modern_context_new(
    const struct modern_settings *settings, struct tls_error *error);
void modern_context_free(struct modern_context **context);

// Whether a server could serve such a hello: NONE, PROTOCOL or SUITE.
enum tls_failure modern_context_serves(
    const struct modern_context *context, const struct hello *hello);

// For modern.c.
struct modern_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	bool server;
	unsigned min_protocol, max_protocol, min_bits;
	bool compatible;
	bool has_rsa, has_ecdsa; // kinds of our certificates
	const struct credential **credentials;
	size_t credential_count;
	const struct verifier *verifier;
	bool without_certificate;
};

#endif
