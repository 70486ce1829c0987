// SPDX-License-Identifier: ISC
//
// Whether a peer's certificate is believed: chain, name, fingerprint. Used by
// both engines, so that a receiver is judged alike whichever speaks to it.

#ifndef TLS_VERIFY_MODERN_H
#define TLS_VERIFY_MODERN_H

#include "tls/credential.h"
#include "tls/facts.h"
#include "tls/tlsa.h"

#include <stdint.h>

// What a verdict rests on.
struct verifier_settings {
	bool server; // the peer is a server; otherwise a client
	// PEM texts of authorities. None: trust_store, a file or a directory
	// of hashed names; NULL: the system's.
	const struct pem *authorities;
	size_t authority_count;
	const char *trust_store;
	// PEM texts of revocation lists. Any: every certificate of a chain
	// must be covered by one.
	const struct pem *crls;
	size_t crl_count;
	// OpenSSL's security level for keys and signatures of the chain.
	int security_level;
};

struct verifier;

// The settings are not needed afterwards. NULL: error says why.
struct verifier *verifier_new(
    const struct verifier_settings *settings, struct tls_error *error);
void verifier_free(struct verifier **verifier);
// The authorities' certificates, whose names a server sends with its request;
// not owned.
const STACK_OF(X509) * verifier_authorities(const struct verifier *verifier);

enum verify_demand {
	VERIFY_CHAIN,       // a trusted chain (a sender's certificate)
	VERIFY_NAME,        // a trusted chain, and one of the names
	VERIFY_FINGERPRINT, // one of the digests; nothing else is looked at
	VERIFY_DANE         // one of the TLSA records
};

// Whom we hope to meet, and what must be proved. Nothing is copied.
struct verify_peer {
	enum verify_demand demand;
	// What is proved is recorded in the facts, and any verdict is good.
	bool record_only;
	// Host names, ".example.com" for every name below example.com, or IP
	// addresses (in brackets or not).
	const char *const *names;
	size_t name_count;
	// Hexadecimal SHA-256 digests of the leaf or of its public key, in
	// either case, colons between bytes or not.
	const char *const *fingerprints;
	size_t fingerprint_count;
	const struct tlsa *records;
	size_t record_count;
};

// Judges leaf and what came with it, and writes subject, issuer, names,
// expiry, fingerprint and verified to facts. TLS_FAILURE_NONE: the demand is
// met; otherwise the reason, and a text for facts->detail in detail.
struct verify_verdict {
	enum tls_failure failure;
	char detail[256];
};
struct verify_verdict verifier_judge(const struct verifier *verifier,
    const struct verify_peer *peer, STACK_OF(X509) * certificates,
    struct tls_facts *facts);

// The same from DER, leaf first; count may be 0, where no certificate came.
struct verify_der {
	const uint8_t *bytes;
	size_t size;
};
struct verify_verdict verifier_judge_der(const struct verifier *verifier,
    const struct verify_peer *peer, const struct verify_der *certificates,
    size_t count, struct tls_facts *facts);

#endif
