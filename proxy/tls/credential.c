// SPDX-License-Identifier: ISC

#include "tls/credential.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static BIO *
pem_open(struct pem pem)
{
	ERR_clear_error();
	return pem.size > INT_MAX ? NULL
				  : BIO_new_mem_buf(pem.text, (int)pem.size);
}

// Nobody sits at a terminal here.
static int
no_passphrase(char *out, int room, int writing, void *context)
{
	(void)out;
	(void)room;
	(void)writing;
	(void)context;
	return -1;
}

static bool
at_end_of_pem(void)
{
	unsigned long code = ERR_peek_last_error();

	return ERR_GET_LIB(code) == ERR_LIB_PEM &&
	       ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

STACK_OF(X509) * pem_certificates(struct pem pem, struct tls_error *error)
{
	BIO *bio = pem_open(pem);
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *one = NULL;

	while (
	    bio != NULL && all != NULL &&
	    (one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		if (sk_X509_push(all, one) <= 0) {
			X509_free(one);
			break;
		}
	}
	BIO_free(bio);
	if (all == NULL || one != NULL || !at_end_of_pem()) {
		tls_error_set_library(
		    error, "%s: a certificate cannot be read", pem.name);
	} else if (sk_X509_num(all) == 0) {
		tls_error_set(
		    error, "%s: there is no certificate in it", pem.name);
		ERR_clear_error();
	} else {
		ERR_clear_error();
		return all;
	}
	sk_X509_pop_free(all, X509_free);
	return NULL;
}

// libcrypto's decoders only say "unsupported" where there is none.
static bool
has_private_key(struct pem pem)
{
	static const char mark[] = "PRIVATE KEY-----";
	const size_t size = sizeof mark - 1;

	for (size_t i = 0; i + size <= pem.size; i++)
		if (memcmp(pem.text + i, mark, size) == 0)
			return true;
	return false;
}

static EVP_PKEY *
read_key(struct pem pem, struct tls_error *error)
{
	BIO *bio = pem_open(pem);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (key == NULL && !has_private_key(pem))
		tls_error_set(
		    error, "%s: there is no private key in it", pem.name);
	else if (key == NULL)
		tls_error_set_library(error,
		    "%s: the private key cannot be read (a key under a "
		    "passphrase cannot be used)",
		    pem.name);
	ERR_clear_error();
	return key;
}

struct credential *
credential_new(struct pem chain, struct pem key, struct tls_error *error)
{
	struct credential *credential = calloc(1, sizeof *credential);
	struct pem from = key.text != NULL ? key : chain;

	if (credential == NULL) {
		tls_error_set(error, "out of memory");
		return NULL;
	}
	credential->chain = pem_certificates(chain, error);
	if (credential->chain == NULL)
		goto fail;
	credential->leaf = sk_X509_shift(credential->chain);
	credential->key = read_key(from, error);
	if (credential->key == NULL)
		goto fail;
	if (X509_check_private_key(credential->leaf, credential->key) != 1) {
		tls_error_set(error,
		    "%s: the private key is not that of the first "
		    "certificate of %s",
		    from.name, chain.name);
		ERR_clear_error();
		goto fail;
	}
	return credential;
fail:
	credential_free(&credential);
	return NULL;
}

void
credential_free(struct credential **credential)
{
	if (*credential == NULL)
		return;
	X509_free((*credential)->leaf);
	sk_X509_pop_free((*credential)->chain, X509_free);
	EVP_PKEY_free((*credential)->key);
	free(*credential);
	*credential = NULL;
}

bool
credential_names(const struct credential *credential, const char *name)
{
	return X509_check_host(credential->leaf, name, 0,
		   X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}
