// SPDX-License-Identifier: ISC
//
// HMAC and the record ciphers. The parts that must not take a time that
// depends on secrets (padding, the place of the MAC, HMAC over a content of
// secret size) are libcrypto's own, reached through parameters that its
// libssl uses: "tls-version", "tls-mac-size", "tls-data-size".

#include "base/contract.h"
#include "tls/legacy/crypto.h"
#include "tls/legacy/library.h"

#include <openssl/core_names.h>
#include <stdlib.h>

static const struct {
	size_t block;
	size_t key;
} cipher_rows[CIPHER_COUNT] = {
#define CIPHER(id, name, block, key) [CIPHER_##id] = {block, key},
#include "tls/legacy/cipher.def"
#undef CIPHER
};

struct mac {
	EVP_MAC_CTX *context;
	enum hash hash;
};

struct mac *
mac_new(enum hash hash, const uint8_t *key)
{
	const struct library *lib = library();
	struct mac *made = calloc(1, sizeof *made);
	char name[16];

	if (made == NULL)
		return NULL;
	bytes_copy_text(name, sizeof name, library_hash_name(hash));
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	made->hash = hash;
	made->context = lib == NULL ? NULL : EVP_MAC_CTX_new(lib->hmac);
	if (made->context == NULL ||
	    EVP_MAC_init(
		made->context, key, crypto_hash_size(hash), parameters) != 1)
		mac_free(&made);
	return made;
}

void
mac_free(struct mac **mac)
{
	if (*mac == NULL)
		return;
	EVP_MAC_CTX_free((*mac)->context);
	free(*mac);
	*mac = NULL;
}

bool
mac_record(struct mac *mac, const uint8_t header[13], struct piece content,
    size_t covered, uint8_t *out)
{
	size_t size = 0;
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, &covered),
	    OSSL_PARAM_construct_end(),
	};
	// A copy for each record: one that had a TLS header keeps it for ever.
	EVP_MAC_CTX *context = EVP_MAC_CTX_dup(mac->context);
	bool done = context != NULL &&
		    (covered == 0 ||
			EVP_MAC_CTX_set_params(context, parameters) == 1) &&
		    EVP_MAC_update(context, header, 13) == 1 &&
		    EVP_MAC_update(context, content.bytes, content.size) == 1 &&
		    EVP_MAC_final(
			context, out, &size, crypto_hash_size(mac->hash)) == 1;

	EVP_MAC_CTX_free(context);
	return done;
}

struct record_cipher {
	EVP_CIPHER_CTX *context;
	size_t block;
	size_t mac_size;
	size_t prefix; // bytes of an explicit IV before the content
};

size_t
cipher_block(enum cipher cipher)
{
	return cipher_rows[cipher].block;
}

size_t
cipher_key(enum cipher cipher)
{
	return cipher_rows[cipher].key;
}

static bool
record_cipher_start(struct record_cipher *cipher,
    const struct record_cipher_parameters *parameters)
{
	const struct library *lib = library();
	unsigned version = parameters->version;
	OSSL_PARAM block_parameters[] = {
	    OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version),
	    OSSL_PARAM_construct_size_t(
		OSSL_CIPHER_PARAM_TLS_MAC_SIZE, &cipher->mac_size),
	    OSSL_PARAM_construct_end(),
	};

	return lib != NULL && cipher->context != NULL &&
	       EVP_CipherInit_ex2(cipher->context,
		   lib->ciphers[parameters->cipher], parameters->key,
		   cipher->block > 1 ? parameters->iv : NULL,
		   parameters->encrypt,
		   cipher->block > 1 ? block_parameters : NULL) == 1;
}

struct record_cipher *
record_cipher_new(const struct record_cipher_parameters *parameters)
{
	struct record_cipher *made = calloc(1, sizeof *made);

	if (made == NULL)
		return NULL;
	made->block = cipher_rows[parameters->cipher].block;
	made->mac_size = parameters->mac_size;
	// From TLS 1.1 on; see RFC 4346 section 6.2.3.2.
	if (made->block > 1 && parameters->version > 0x0301)
		made->prefix = made->block;
	made->context = EVP_CIPHER_CTX_new();
	if (!record_cipher_start(made, parameters))
		record_cipher_free(&made);
	return made;
}

void
record_cipher_free(struct record_cipher **cipher)
{
	if (*cipher == NULL)
		return;
	EVP_CIPHER_CTX_free((*cipher)->context);
	free(*cipher);
	*cipher = NULL;
}

size_t
record_cipher_seal(struct record_cipher *cipher, uint8_t *bytes, size_t size)
{
	int made = 0;

	if (EVP_CipherUpdate(cipher->context, bytes, &made, bytes, (int)size) !=
	    1)
		return 0;
	return (size_t)made;
}

static bool
record_cipher_open_stream(struct record_cipher *cipher, uint8_t *bytes,
    size_t size, struct piece *content, uint8_t *mac)
{
	int made = 0;

	if (size < cipher->mac_size || EVP_CipherUpdate(cipher->context, bytes,
					   &made, bytes, (int)size) != 1)
		return false;
	content->bytes = bytes;
	content->size = size - cipher->mac_size;
	bytes_copy(
	    mac, cipher->mac_size, bytes + content->size, cipher->mac_size);
	return true;
}

bool
record_cipher_open(struct record_cipher *cipher, uint8_t *bytes, size_t size,
    struct piece *content, uint8_t *mac)
{
	int made = 0;
	void *found = NULL;

	if (cipher->block == 1)
		return record_cipher_open_stream(
		    cipher, bytes, size, content, mac);
	// A whole MAC and one byte of padding at least, in whole blocks.
	if (size % cipher->block != 0 ||
	    size < cipher->prefix + cipher->mac_size + 1)
		return false;
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_octet_ptr(
		OSSL_CIPHER_PARAM_TLS_MAC, &found, cipher->mac_size),
	    OSSL_PARAM_construct_end(),
	};
	if (EVP_CipherUpdate(cipher->context, bytes, &made, bytes, (int)size) !=
		1 ||
	    EVP_CIPHER_CTX_get_params(cipher->context, parameters) != 1 ||
	    found == NULL)
		return false;
	bytes_copy(mac, cipher->mac_size, found, cipher->mac_size);
	content->bytes = bytes + cipher->prefix;
	content->size = (size_t)made;
	return true;
}
