// SPDX-License-Identifier: ISC
//
// From the premaster secret to the keys of records: RFC 6101 section 6.2,
// RFC 2246 sections 6.3 and 8.1, with the weaker final keys of the export
// suites (6.2.2.1 and 6.3.1).

#ifndef TLS_LEGACY_KEYS_H
#define TLS_LEGACY_KEYS_H

#include "tls/legacy/suite.h"

enum { MASTER_SIZE = 48, RANDOM_SIZE = 32 };

enum party { CLIENT, SERVER };

// What both sides know once keys are exchanged.
struct session_secret {
	uint16_t version;
	const struct suite *suite;
	uint8_t randoms[2][RANDOM_SIZE]; // by party
	uint8_t master[MASTER_SIZE];
};

// What one party writes with.
struct write_keys {
	uint8_t mac[HASH_MAX_SIZE];
	uint8_t key[CIPHER_MAX_KEY];
	uint8_t iv[CIPHER_MAX_BLOCK];
};

// Fills secret->master in; all else of it is given.
bool keys_master(
    struct session_secret *secret, const uint8_t premaster[PREMASTER_SIZE]);
// The keys of both parties.
bool keys_derive(
    const struct session_secret *secret, struct write_keys keys[2]);

// The TLS 1.0 PRF with a label.
bool keys_prf(struct piece secret, const char *label, struct piece seed,
    uint8_t *out, size_t size);
// SSL 3.0's pad_1 or pad_2: 48 bytes for MD5, 40 for SHA-1; static.
struct piece keys_ssl3_pad(enum hash hash, int which);

#endif
