// SPDX-License-Identifier: ISC
//
// The legacy engine without its locks, for fuzzing: a harness that is linked
// with --wrap for these three (see Makefile.am) has records that are never
// protected, a Finished that is always right and randomness that repeats. So
// bytes alone lead into every state of a handshake and beyond it.

#ifndef FUZZ_LEGACY_UNLOCKED_H
#define FUZZ_LEGACY_UNLOCKED_H

#include "base/buffer.h"
#include "base/contract.h"
#include "tls/legacy/legacy.h"
#include "tls/legacy/protect.h"
#include "tls/legacy/transcript.h"
#include "tls/mint.h"

#include <string.h>

bool __real_crypto_equal(const uint8_t *a, const uint8_t *b, size_t size);
bool __wrap_crypto_equal(const uint8_t *a, const uint8_t *b, size_t size);
bool __wrap_crypto_random(uint8_t *bytes, size_t size);
bool __wrap_protection_set(struct protection *protection,
    const struct session_secret *secret, const struct write_keys *keys,
    bool encrypt);

bool
__wrap_crypto_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
	return size == 12 || size == FINISHED_MAX_SIZE ||
	       __real_crypto_equal(a, b, size);
}

bool
__wrap_crypto_random(uint8_t *bytes, size_t size)
{
	memset(bytes, 0x5a, size);
	return true;
}

bool
__wrap_protection_set(struct protection *protection,
    const struct session_secret *secret, const struct write_keys *keys,
    bool encrypt)
{
	(void)protection;
	(void)secret;
	(void)keys;
	(void)encrypt;
	return true;
}

// RSA of 512 bits, for speed.
static inline struct legacy_credentials *
unlocked_credentials(void)
{
	struct mint_request request = {
	    .key = MINT_RSA_512,
	    .common_name = "fuzz.test",
	    .sha1 = true,
	    .not_after = 4000000000,
	};
	struct tls_error error = {.text = ""};
	const char *why = NULL;
	struct credential *minted = mint_certificate(&request, &error);
	REQUIRE(minted != NULL);
	char *pem = credential_pem(minted);
	struct legacy_credentials *made =
	    legacy_credentials_new((struct legacy_text){pem, strlen(pem)},
		(struct legacy_text){NULL, 0}, &why);

	REQUIRE(made != NULL);
	pem_free(&pem);
	credential_free(&minted);
	return made;
}

// Gives an engine the bytes in pieces of step, and checks what must hold of
// it whatever they are.
static inline void
unlocked_run(const struct legacy_config *config, const uint8_t *data,
    size_t size, size_t step)
{
	enum { QUEUE = 1 << 20 };
	struct buffer records;
	struct buffer plaintext;
	enum engine_status status = ENGINE_HANDSHAKING;

	buffer_init(&records, QUEUE);
	buffer_init(&plaintext, QUEUE);
	struct engine *engine = legacy_new(config, &records, &plaintext);
	REQUIRE(engine != NULL);
	engine_start(engine);
	for (size_t at = 0; at < size; at += step) {
		size_t part = size - at < step ? size - at : step;
		enum engine_status now =
		    engine_receive(engine, data + at, part);

		// Forward only: nothing is received before it is open, and
		// nothing comes back from an end.
		REQUIRE(now >= status);
		REQUIRE(plaintext.size == 0 || now != ENGINE_HANDSHAKING);
		if (now == ENGINE_OPEN && status == ENGINE_HANDSHAKING)
			engine_send(engine, (const uint8_t *)"hello", 5);
		status = now;
	}
	REQUIRE((status == ENGINE_FAILED) ==
		(engine->facts.failure != TLS_FAILURE_NONE));
	REQUIRE(status < ENGINE_OPEN || status == ENGINE_FAILED ||
		engine->facts.bits >= config->min_bits);
	engine_close(engine);
	engine_end(engine);
	engine_free(&engine);
	buffer_free(&records);
	buffer_free(&plaintext);
}

#endif
