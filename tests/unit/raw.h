// SPDX-License-Identifier: ISC
//
// libssl as a peer made by hand, to do what our own engines never do.

#ifndef UNIT_RAW_H
#define UNIT_RAW_H

#include "lab.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

struct raw {
	SSL_CTX *context;
	SSL *ssl;
};

static inline void
raw_init(struct raw *raw, int version)
{
	raw->context = SSL_CTX_new(TLS_method());
	assert_non_null(raw->context);
	SSL_CTX_set_security_level(raw->context, 0);
	SSL_CTX_set_min_proto_version(raw->context, version);
	SSL_CTX_set_max_proto_version(raw->context, version);
	SSL_CTX_set_session_cache_mode(raw->context, SSL_SESS_CACHE_CLIENT);
	raw->ssl = NULL;
}

static inline void
raw_open(struct raw *raw)
{
	// Or its session would be given up with it.
	if (raw->ssl != NULL)
		SSL_set_shutdown(
		    raw->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(raw->ssl);
	raw->ssl = SSL_new(raw->context);
	assert_non_null(raw->ssl);
	SSL_set_bio(raw->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	ERR_clear_error();
}

static inline void
raw_connect(struct raw *raw)
{
	raw_open(raw);
	SSL_set_connect_state(raw->ssl);
}

static inline void
raw_accept(struct raw *raw, const struct credential *credential)
{
	raw_open(raw);
	assert_int_equal(SSL_use_cert_and_key(raw->ssl, credential->leaf,
			     credential->key, credential->chain, 1),
	    1);
	SSL_set_accept_state(raw->ssl);
}

// What raw wrote goes to the engine, and what the engine wrote to raw.
static inline void
raw_exchange(struct raw *raw, struct lab_end *end)
{
	uint8_t bytes[4096];
	int size;

	while (
	    (size = BIO_read(SSL_get_wbio(raw->ssl), bytes, sizeof bytes)) > 0)
		engine_receive(end->engine, bytes, (size_t)size);
	if (end->records.size > 0) {
		BIO_write(SSL_get_rbio(raw->ssl), buffer_bytes(&end->records),
		    (int)end->records.size);
		buffer_consume(&end->records, end->records.size);
	}
}

// A handshake, and a read so that tickets arrive; true if it is open.
static inline bool
raw_handshake(struct raw *raw, struct lab_end *end)
{
	uint8_t byte;

	for (unsigned i = 0; i < 8; i++) {
		SSL_do_handshake(raw->ssl);
		raw_exchange(raw, end);
	}
	SSL_peek(raw->ssl, &byte, 1);
	ERR_clear_error();
	return SSL_is_init_finished(raw->ssl) == 1;
}

static inline void
raw_free(struct raw *raw)
{
	SSL_free(raw->ssl);
	SSL_CTX_free(raw->context);
}

#endif
