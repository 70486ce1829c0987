// SPDX-License-Identifier: ISC
//
// The modern engine: libssl, TLS 1.0 to 1.3, server and client. libssl reads
// the bytes that just came from where they lie, and appends its records to
// the leg's output; nothing lies in between.

#ifndef TLS_MODERN_H
#define TLS_MODERN_H

#include "tls/engine.h"
#include "tls/modern_context.h"

// A server. The context and both buffers outlive it. peer is who is to be
// met, and outlives the handshake; NULL where the context has no verifier.
// NULL: no memory.
struct engine *modern_server_new(const struct modern_context *context,
    const struct verify_peer *peer, struct buffer *records,
    struct buffer *plaintext);

// A client; peer likewise. server_name is sent (SNI), unless it is
// too long for that; NULL: none.
struct engine *modern_client_new(const struct modern_context *context,
    const struct verify_peer *peer, const char *server_name,
    struct buffer *records, struct buffer *plaintext);

// For modern_context.c: what libssl calls back.
BIO_METHOD *modern_bio_method(void); // NULL: no memory
int modern_verify(X509_STORE_CTX *run, void *argument);
void modern_observe(SSL_CTX *ssl); // key log, alerts, messages

#endif
