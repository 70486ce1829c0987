// SPDX-License-Identifier: ISC
//
// Certificates made where none is given, in memory: for senders that do not
// check who answers, or until an administrator puts a real one in place.

#ifndef TLS_MINT_H
#define TLS_MINT_H

#include "tls/credential.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mint_key { MINT_RSA_512, MINT_RSA_1024, MINT_RSA_2048, MINT_P256 };

struct mint_request {
	enum mint_key key;
	const char *common_name;  // cut where it is longer than names may be
	const char *alternatives; // as OpenSSL has it: "DNS:a,IP:::1";
				  // NULL: none
	bool authority;           // may vouch for others
	bool sha1;                // sign with SHA-1, not SHA-256
	int64_t not_before;       // seconds since 1970
	int64_t not_after;
	const struct credential *issuer; // NULL: itself
};

// The chain holds the issuer, but not where that is the leaf itself. NULL:
// error says why.
struct credential *mint_certificate(
    const struct mint_request *request, struct tls_error *error);

// Ours for the modern engine: RSA of 2048 bits, since old devices know no
// ECDSA, signed by itself; for five years from yesterday.
struct credential *mint_modern(const char *hostname, struct tls_error *error);

// Ours for the legacy engine: RSA of 1024 bits, which is the most that the
// oldest can take, signed with SHA-1, in X.509 without alternative names; by
// an authority of its own that is forgotten at once, since they reject a
// certificate that is its own issuer. Its key serves nothing else.
struct credential *mint_legacy(const char *hostname, struct tls_error *error);

// The whole as PEM text, leaf first, key last; freed with pem_free, which
// wipes it. NULL: no memory.
char *credential_pem(const struct credential *credential);
void pem_free(char **text);

#endif
