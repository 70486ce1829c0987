// SPDX-License-Identifier: ISC
//
// One RSA key under another name: that of RSASSA-PSS (RFC 4055).

#ifndef UNIT_PSS_H
#define UNIT_PSS_H

#include "unit.h"

#include "tls/credential.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static inline EVP_PKEY *
pss_key(const EVP_PKEY *rsa)
{
	PKCS8_PRIV_KEY_INFO *wrapped = PKCS8_PRIV_KEY_INFO_new();
	unsigned char *numbers = NULL;
	int size = i2d_PrivateKey(rsa, &numbers);

	assert_non_null(wrapped);
	assert_true(size > 0);
	assert_int_equal(PKCS8_pkey_set0(wrapped, OBJ_nid2obj(NID_rsassaPss), 0,
			     V_ASN1_UNDEF, NULL, numbers, size),
	    1);
	EVP_PKEY *made = EVP_PKCS82PKEY(wrapped);
	assert_non_null(made);
	assert_true(EVP_PKEY_is_a(made, "RSA-PSS"));
	PKCS8_PRIV_KEY_INFO_free(wrapped);
	return made;
}

// The credential with that name for its key, in its certificate too, as PEM.
static inline void
pss_write(const char *path, const struct credential *credential)
{
	X509 *leaf = X509_dup(credential->leaf);
	EVP_PKEY *key = pss_key(credential->key);
	BIO *file = BIO_new_file(path, "w");

	assert_non_null(file);
	assert_int_equal(X509_set_pubkey(leaf, key), 1);
	assert_true(X509_sign(leaf, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(file, leaf), 1);
	assert_int_equal(
	    PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
	    1);
	BIO_free(file);
	EVP_PKEY_free(key);
	X509_free(leaf);
}

#endif
