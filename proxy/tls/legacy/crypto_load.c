// SPDX-License-Identifier: ISC
//
// Loads libcrypto's providers and, at once, all that will ever be looked up in
// them: an algorithm that libcrypto has no memory for when it is first looked
// up is one that it does not look for again, as long as the process lives.

#include "base/contract.h"
#include "tls/legacy/crypto.h"
#include "tls/legacy/library.h"

#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <stdio.h>

enum { REHEARSED_BITS = 512 };

static const char *const cipher_names[CIPHER_COUNT] = {
#define CIPHER(id, name, block, key) [CIPHER_##id] = name,
#include "tls/legacy/cipher.def"
#undef CIPHER
};

static const char *
library_lacks(const char *name)
{
	static char text[64];

	snprintf(text, sizeof text, "libcrypto lacks %s", name);
	return text;
}

static const char *
library_load(struct library *made)
{
	made->context = OSSL_LIB_CTX_new();
	if (made->context == NULL)
		return "libcrypto gives no library context";
	// Naming "legacy" alone would keep "default" from being loaded.
	if (OSSL_PROVIDER_load(made->context, "default") == NULL)
		return "libcrypto's default provider cannot be loaded";
	if (OSSL_PROVIDER_load(made->context, "legacy") == NULL)
		return "libcrypto's legacy provider (legacy.so) cannot be "
		       "loaded; RC4, RC2 and DES come from it";
	for (int i = 0; i < HASH_COUNT; i++) {
		const char *name = library_hash_name((enum hash)i);

		made->hashes[i] = EVP_MD_fetch(made->context, name, NULL);
		if (made->hashes[i] == NULL)
			return library_lacks(name);
	}
	for (int i = 0; i < CIPHER_COUNT; i++) {
		made->ciphers[i] =
		    EVP_CIPHER_fetch(made->context, cipher_names[i], NULL);
		if (made->ciphers[i] == NULL)
			return library_lacks(cipher_names[i]);
	}
	made->hmac = EVP_MAC_fetch(made->context, "HMAC", NULL);
	if (made->hmac == NULL)
		return library_lacks("HMAC");
	made->prf = EVP_KDF_fetch(made->context, "TLS1-PRF", NULL);
	return made->prf == NULL ? library_lacks("TLS1-PRF") : NULL;
}

// --- What is looked up by name inside libcrypto, by being used ---

static bool
rehearse_records(void)
{
	static const uint8_t zeros[HASH_MAX_SIZE + CIPHER_MAX_KEY] = {0};
	uint8_t out[HASH_MAX_SIZE];
	bool good = true;

	for (int i = 0; good && i < HASH_SHA256; i++) {
		struct mac *mac = mac_new((enum hash)i, zeros);

		good = mac != NULL && mac_record(mac, zeros,
					  (struct piece){zeros, 20}, 40, out);
		mac_free(&mac);
	}
	for (int i = 0; good && i < CIPHER_COUNT; i++) {
		struct record_cipher_parameters parameters = {
		    .cipher = (enum cipher)i,
		    .version = 0x0301,
		    .mac_size = HASH_SHA1_SIZE,
		    .key = zeros,
		    .iv = zeros,
		};
		struct record_cipher *cipher = record_cipher_new(&parameters);

		good = cipher != NULL;
		record_cipher_free(&cipher);
	}
	return good && crypto_prf((struct piece){zeros, PREMASTER_SIZE},
			   (struct piece){zeros, 32}, out, sizeof out);
}

static bool
rehearse_key(const struct rsa_key *key)
{
	uint8_t hashes[HASH_BOTH_SIZE] = {0};
	uint8_t premaster[PREMASTER_SIZE] = {3, 1};
	uint8_t out[REHEARSED_BITS / 8];
	struct piece made = {out, sizeof out};

	return rsa_key_sign(key, hashes, out) &&
	       rsa_key_verify(key, hashes, made) &&
	       rsa_key_seal(key, premaster, out) &&
	       rsa_key_open(key, made, 0x0301, premaster);
}

// Keys are read from PEM texts and from certificates.
static bool
rehearse_reading(const struct library *lib, EVP_PKEY *pkey)
{
	BIO *text = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	struct piece pem = {NULL, 0};
	char *bytes = NULL;
	bool good = false;

	if (text != NULL && PEM_write_bio_PrivateKey(
				text, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		long size = BIO_get_mem_data(text, &bytes);

		pem = (struct piece){bytes, size > 0 ? (size_t)size : 0};
	}
	struct rsa_key *read = pem.size > 0 ? rsa_key_from_pem(pem) : NULL;
	int size = i2d_PUBKEY(pkey, &der);
	if (read != NULL && size > 0) {
		const unsigned char *at = der;
		EVP_PKEY *public =
		    d2i_PUBKEY_ex(NULL, &at, size, lib->context, NULL);

		good = public != NULL;
		EVP_PKEY_free(public);
	}
	rsa_key_free(&read);
	OPENSSL_free(der);
	BIO_free(text);
	return good;
}

static const char *
library_rehearse(const struct library *lib)
{
	EVP_PKEY *pkey = NULL;
	struct rsa_key *key = NULL;
	const char *why = NULL;

	if (!rehearse_records())
		return "libcrypto cannot use its ciphers or hashes as SSL 3.0 "
		       "and TLS 1.0 do";
	pkey = EVP_PKEY_Q_keygen(
	    lib->context, NULL, "RSA", (size_t)REHEARSED_BITS);
	key = rsa_key_from_pkey(pkey);
	if (key == NULL || !rehearse_key(key) || !rehearse_reading(lib, pkey))
		why = "libcrypto cannot use RSA keys of 512 bits, with MD5 and "
		      "SHA-1 signed together, as SSL 3.0 and TLS 1.0 do";
	rsa_key_free(&key);
	return why;
}

// Lives as long as the process: keys of any connection may refer to it.
static struct library loaded;
static const char *trouble;
static bool tried;

const char *
crypto_start(void)
{
	if (!tried) {
		tried = true;
		trouble = library_load(&loaded);
		if (trouble == NULL)
			trouble = library_rehearse(&loaded);
		ERR_clear_error();
	}
	return trouble;
}

const struct library *
library(void)
{
	return crypto_start() == NULL ? &loaded : NULL;
}
