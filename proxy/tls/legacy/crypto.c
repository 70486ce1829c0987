// SPDX-License-Identifier: ISC

#include "tls/legacy/crypto.h"

#include "base/contract.h"
#include "tls/legacy/library.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdlib.h>

static const struct {
	const char *name;
	size_t size;
} hash_rows[HASH_COUNT] = {
    [HASH_MD5] = {"MD5", HASH_MD5_SIZE},
    [HASH_SHA1] = {"SHA1", HASH_SHA1_SIZE},
    [HASH_SHA256] = {"SHA256", 32},
};

const char *
library_hash_name(enum hash hash)
{
	return hash_rows[hash].name;
}

bool
crypto_random(uint8_t *bytes, size_t size)
{
	const struct library *lib = library();

	return lib != NULL && RAND_bytes_ex(lib->context, bytes, size, 0) == 1;
}

bool
crypto_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

size_t
crypto_hash_size(enum hash hash)
{
	return hash_rows[hash].size;
}

struct hashing {
	EVP_MD_CTX *context;
};

struct hashing *
hashing_new(enum hash hash)
{
	const struct library *lib = library();
	struct hashing *made = calloc(1, sizeof *made);

	if (made == NULL)
		return NULL;
	made->context = EVP_MD_CTX_new();
	if (lib == NULL || made->context == NULL ||
	    EVP_DigestInit_ex2(made->context, lib->hashes[hash], NULL) != 1)
		hashing_free(&made);
	return made;
}

void
hashing_free(struct hashing **hashing)
{
	if (*hashing == NULL)
		return;
	EVP_MD_CTX_free((*hashing)->context);
	free(*hashing);
	*hashing = NULL;
}

bool
hashing_add(struct hashing *hashing, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(hashing->context, bytes, size) == 1;
}

static bool
hashing_finish(
    EVP_MD_CTX *context, const struct piece *pieces, size_t count, uint8_t *out)
{
	for (size_t i = 0; i < count; i++)
		if (EVP_DigestUpdate(
			context, pieces[i].bytes, pieces[i].size) != 1)
			return false;
	return EVP_DigestFinal_ex(context, out, NULL) == 1;
}

bool
hashing_peek(const struct hashing *hashing, const struct piece *pieces,
    size_t count, uint8_t *out)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	bool done = copy != NULL &&
		    EVP_MD_CTX_copy_ex(copy, hashing->context) == 1 &&
		    hashing_finish(copy, pieces, count, out);

	EVP_MD_CTX_free(copy);
	return done;
}

bool
crypto_hash(
    enum hash hash, const struct piece *pieces, size_t count, uint8_t *out)
{
	struct hashing *hashing = hashing_new(hash);
	bool done = hashing != NULL &&
		    hashing_finish(hashing->context, pieces, count, out);

	hashing_free(&hashing);
	return done;
}

bool
crypto_prf(struct piece secret, struct piece seed, uint8_t *out, size_t size)
{
	const struct library *lib = library();
	// HMAC fills its key up with zeros, so these two stand for an empty
	// secret, which libcrypto need not take.
	uint8_t empty[2] = {0, 0};
	uint8_t copy[PREMASTER_SIZE];
	uint8_t seeds[128];
	char digest[] = "MD5-SHA1";
	struct writer key = writer_over(copy, sizeof copy);
	struct writer text = writer_over(seeds, sizeof seeds);

	writer_bytes(&key, secret.bytes, secret.size);
	if (key.size == 0)
		writer_bytes(&key, empty, sizeof empty);
	writer_bytes(&text, seed.bytes, seed.size);
	REQUIRE(!key.failed && !text.failed);
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_KDF_PARAM_DIGEST, digest, sizeof digest - 1),
	    OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_SECRET, copy, key.size),
	    OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_SEED, seeds, text.size),
	    OSSL_PARAM_construct_end(),
	};
	EVP_KDF_CTX *context = lib == NULL ? NULL : EVP_KDF_CTX_new(lib->prf);
	bool done = context != NULL &&
		    EVP_KDF_derive(context, out, size, parameters) == 1;

	EVP_KDF_CTX_free(context);
	bytes_wipe(copy, sizeof copy);
	return done;
}
