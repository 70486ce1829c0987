// SPDX-License-Identifier: ISC
//
// For the crypto_*.c files alone: the library context and what was fetched
// from it once.

#ifndef TLS_LEGACY_LIBRARY_H
#define TLS_LEGACY_LIBRARY_H

#include "tls/legacy/crypto.h"

#include <openssl/evp.h>

struct library {
	OSSL_LIB_CTX *context;
	EVP_MD *hashes[HASH_COUNT];
	EVP_CIPHER *ciphers[CIPHER_COUNT];
	EVP_MAC *hmac;
	EVP_KDF *prf;
};

// Loaded; NULL when it cannot be.
const struct library *library(void);
// Takes the reference over, also when it fails; NULL: no usable RSA key.
struct rsa_key *rsa_key_from_pkey(EVP_PKEY *pkey);
// libcrypto's name of a hash.
const char *library_hash_name(enum hash hash);

#endif
