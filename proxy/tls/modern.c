// SPDX-License-Identifier: ISC

#include "tls/modern.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "tls/modern_failure.h"
#include "tls/modern_state.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/err.h>

enum {
	RECORD_PLAIN_LIMIT = 16384,
	// Handshake messages that a peer may send once it is open: tickets,
	// key updates, attempts to renegotiate. Beyond these, one for each
	// MESSAGE_SHARE bytes of plaintext; the rest is a flood.
	MESSAGES_FREE = 32,
	MESSAGE_SHARE = 1 << 20,
	// A peer's key that is weaker than this is no match for a suite of
	// 112 bits and more (Logjam, FREAK).
	PEER_KEY_BITS = 1024
};

static struct modern *
modern_of(struct engine *engine)
{
	return (struct modern *)engine;
}

static void
fail_by_library(struct modern *modern)
{
	struct engine *engine = &modern->engine;
	char detail[sizeof engine->facts.detail];
	enum tls_failure failure =
	    modern_failure(&engine->facts, detail, sizeof detail);

	if (modern->overrun)
		engine_fail(engine, TLS_FAILURE_INTERNAL,
		    "more records than their buffer holds");
	else if (modern->verdict.failure != TLS_FAILURE_NONE)
		engine_fail(
		    engine, modern->verdict.failure, modern->verdict.detail);
	else
		engine_fail(engine, failure, detail);
}

static void
describe(struct modern *modern)
{
	struct tls_facts *facts = &modern->engine.facts;
	const SSL_CIPHER *suite = SSL_get_current_cipher(modern->ssl);
	const char *name =
	    SSL_get_servername(modern->ssl, TLSEXT_NAMETYPE_host_name);

	if (modern->context->server && name != NULL)
		bytes_copy_text(
		    facts->server_name, sizeof facts->server_name, name);
	bytes_copy_text(facts->protocol, sizeof facts->protocol,
	    tls_protocol_name((unsigned)SSL_version(modern->ssl)));
	bytes_copy_text(
	    facts->suite, sizeof facts->suite, SSL_CIPHER_standard_name(suite));
	facts->bits = (unsigned)SSL_CIPHER_get_bits(suite, NULL);
	facts->resumed = SSL_session_reused(modern->ssl) == 1;
	if (name != NULL)
		bytes_copy_text(
		    facts->server_name, sizeof facts->server_name, name);
}

// The bits of RSA or finite-field keys; large for those on curves.
static int
key_bits(EVP_PKEY *key)
{
	if (key == NULL ||
	    !(EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "DH")))
		return INT_MAX;
	return EVP_PKEY_get_bits(key);
}

// A suite is no stronger than the keys that it was agreed upon with.
static bool
has_weak_key(struct modern *modern)
{
	X509 *leaf = SSL_get0_peer_certificate(modern->ssl);
	EVP_PKEY *ephemeral = NULL;
	bool weak = false;

	if (leaf != NULL && key_bits(X509_get0_pubkey(leaf)) < PEER_KEY_BITS)
		weak = true;
	if (!modern->context->server &&
	    SSL_get_peer_tmp_key(modern->ssl, &ephemeral) == 1)
		weak = weak || key_bits(ephemeral) < PEER_KEY_BITS;
	EVP_PKEY_free(ephemeral);
	return weak;
}

static void
become_open(struct modern *modern)
{
	struct engine *engine = &modern->engine;

	describe(modern);
	if (engine->facts.bits < modern->context->min_bits)
		engine_fail(engine, TLS_FAILURE_BITS, engine->facts.suite);
	else if (modern->context->min_bits >= 112 && has_weak_key(modern))
		engine_fail(engine, TLS_FAILURE_WEAK_KEY,
		    "an RSA or Diffie-Hellman key of less than 1024 bits");
	else
		engine->status = ENGINE_OPEN;
}

static void
shake_hands(struct modern *modern)
{
	ERR_clear_error();
	int result = SSL_do_handshake(modern->ssl);

	if (result == 1)
		become_open(modern);
	else if (SSL_get_error(modern->ssl, result) != SSL_ERROR_WANT_READ)
		fail_by_library(modern);
}

// One record's plaintext; false when there is no more for now.
static bool
take_plaintext(struct modern *modern)
{
	struct engine *engine = &modern->engine;
	uint8_t first;
	size_t size;

	ERR_clear_error();
	int result = SSL_peek(modern->ssl, &first, 1);
	if (result <= 0) {
		int error = SSL_get_error(modern->ssl, result);

		if (error == SSL_ERROR_ZERO_RETURN)
			engine->status = ENGINE_CLOSED;
		else if (error != SSL_ERROR_WANT_READ)
			fail_by_library(modern);
		return false;
	}
	// Exactly as much as there is, so that an idle leg holds no memory.
	int pending = SSL_pending(modern->ssl);
	REQUIRE(pending > 0 && pending <= RECORD_PLAIN_LIMIT);
	uint8_t *room = buffer_reserve(engine->plaintext, (size_t)pending);
	if (room == NULL ||
	    SSL_read_ex(modern->ssl, room, (size_t)pending, &size) != 1) {
		engine_fail(engine, TLS_FAILURE_INTERNAL,
		    "more plaintext than its buffer holds");
		return false;
	}
	buffer_commit(engine->plaintext, size);
	modern->received += size;
	return true;
}

static void
modern_start(struct engine *engine)
{
	struct modern *modern = modern_of(engine);

	if (!modern->context->server)
		shake_hands(modern);
}

static void
modern_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct modern *modern = modern_of(engine);

	modern->at = bytes;
	modern->left = size;
	// libssl asks for more only when it has taken all there is.
	if (engine->status == ENGINE_HANDSHAKING)
		shake_hands(modern);
	while (engine->status == ENGINE_OPEN && take_plaintext(modern))
		continue;
	if (engine->status == ENGINE_OPEN &&
	    modern->messages > MESSAGES_FREE + modern->received / MESSAGE_SHARE)
		engine_fail(engine, TLS_FAILURE_MESSAGE,
		    "a flood of handshake messages");
	if (modern->overrun)
		engine_fail(engine, TLS_FAILURE_INTERNAL,
		    "more records than their buffer holds");
	// It never does; but what is lost must not be passed over in silence.
	if (modern->left > 0 && (engine->status == ENGINE_HANDSHAKING ||
				    engine->status == ENGINE_OPEN))
		engine_fail(engine, TLS_FAILURE_INTERNAL,
		    "the TLS library did not take all bytes");
	modern->at = NULL;
	modern->left = 0;
}

static void
modern_send(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct modern *modern = modern_of(engine);
	size_t written;

	ERR_clear_error();
	if (SSL_write_ex(modern->ssl, bytes, size, &written) != 1)
		fail_by_library(modern);
}

static void
modern_close(struct engine *engine)
{
	ERR_clear_error();
	SSL_shutdown(modern_of(engine)->ssl);
	ERR_clear_error();
}

static void
modern_free(struct engine *engine)
{
	SSL_free(modern_of(engine)->ssl);
	free(engine);
}

static const struct engine_class modern_class = {
    .name = "modern",
    .start = modern_start,
    .receive = modern_receive,
    .send = modern_send,
    .close = modern_close,
    .free = modern_free,
};

static struct modern *
modern_new(const struct modern_context *context, struct buffer *records,
    struct buffer *plaintext)
{
	struct modern *modern = calloc(1, sizeof *modern);

	if (modern == NULL)
		return NULL;
	engine_init(&modern->engine, &modern_class, records, plaintext);
	modern->context = context;
	modern->ssl = SSL_new(context->ssl);
	BIO *bio = modern->ssl != NULL ? BIO_new(context->bio) : NULL;
	if (bio == NULL) {
		modern_free(&modern->engine);
		return NULL;
	}
	BIO_set_data(bio, modern);
	BIO_set_init(bio, 1);
	SSL_set_bio(modern->ssl, bio, bio);
	SSL_set_app_data(modern->ssl, modern);
	return modern;
}

struct engine *
modern_server_new(const struct modern_context *context,
    const struct verify_peer *peer, struct buffer *records,
    struct buffer *plaintext)
{
	struct modern *modern = modern_new(context, records, plaintext);

	REQUIRE(context->verifier == NULL || peer != NULL);
	if (modern == NULL)
		return NULL;
	modern->peer = peer;
	SSL_set_accept_state(modern->ssl);
	return &modern->engine;
}

struct engine *
modern_client_new(const struct modern_context *context,
    const struct verify_peer *peer, const char *server_name,
    struct buffer *records, struct buffer *plaintext)
{
	struct modern *modern = modern_new(context, records, plaintext);

	REQUIRE(peer != NULL);
	if (modern == NULL)
		return NULL;
	modern->peer = peer;
	SSL_set_connect_state(modern->ssl);
	if (server_name != NULL &&
	    SSL_ctrl(modern->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
		TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)server_name) == 1)
		bytes_copy_text(modern->engine.facts.server_name,
		    sizeof modern->engine.facts.server_name, server_name);
	return &modern->engine;
}
