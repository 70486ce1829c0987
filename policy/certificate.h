// SPDX-License-Identifier: ISC
//
// What the files of certificates and keys that a configuration names hold, as
// far as an administrator wants to be warned: read here to be judged, not to
// be used.

#ifndef POLICY_CERTIFICATE_H
#define POLICY_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

// The files in state-directory that hold what was made for want of any.
#define CERTIFICATE_KEPT        "certificate.pem"
#define CERTIFICATE_KEPT_LEGACY "legacy-certificate.pem"

enum { CERTIFICATE_ERROR_MOST = 500, CERTIFICATE_DIGEST = 32 };

struct certificate {
	X509 *leaf;
	EVP_PKEY *key;
	bool rsa;
	unsigned bits; // of the key
	// Of the whole chain: the latest beginning, the earliest end; seconds
	// since 1970.
	int64_t not_before, not_after;
	// SHA-256 of the public key; of an RSA key its modulus alone, which is
	// the same under every name, form and exponent.
	uint8_t key_digest[CERTIFICATE_DIGEST];
};

// Reads a chain, leaf first, and the leaf's key, from key_path or, where that
// is NULL, from the chain's file. False: error says which file and why.
bool certificate_read(struct certificate *certificate, const char *path,
    const char *key_path, char error[CERTIFICATE_ERROR_MOST]);
void certificate_free(struct certificate *certificate);

// Whether it is for the host name, exactly or by a whole wildcard label.
bool certificate_covers(
    const struct certificate *certificate, const char *name);

// Counts the certificates, or revocation lists, of a PEM file; *not_after is
// the earliest end of one. 0: error says why.
size_t certificate_count(
    const char *path, int64_t *not_after, char error[CERTIFICATE_ERROR_MOST]);
size_t revocation_count(
    const char *path, int64_t *not_after, char error[CERTIFICATE_ERROR_MOST]);

#endif
