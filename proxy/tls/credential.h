// SPDX-License-Identifier: ISC
//
// A certificate chain with its private key, for libssl: read from PEM text.
// The file system is not touched here.

#ifndef TLS_CREDENTIAL_H
#define TLS_CREDENTIAL_H

#include "tls/error.h"

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

// PEM text that somebody else owns; name is what errors call it.
struct pem {
	const char *name;
	const char *text;
	size_t size;
};

struct credential {
	X509 *leaf;
	STACK_OF(X509) * chain; // what vouches for leaf, in order; may be empty
	EVP_PKEY *key;
};

// The chain, leaf first, and the leaf's key; key.text NULL looks for it in
// the chain's text. A key under a passphrase is refused, never asked about.
// NULL: error says why.
struct credential *credential_new(
    struct pem chain, struct pem key, struct tls_error *error);
void credential_free(struct credential **credential);

// Whether it is for that host name (exactly, or by a wildcard).
bool credential_names(const struct credential *credential, const char *name);

// All certificates of a PEM text; NULL: error says why (none is an error).
STACK_OF(X509) * pem_certificates(struct pem pem, struct tls_error *error);

#endif
