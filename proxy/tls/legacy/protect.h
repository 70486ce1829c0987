// SPDX-License-Identifier: ISC
//
// One direction of record protection: MAC, padding and encryption of SSL 3.0
// (RFC 6101 section 5.2.3) and TLS 1.0, 1.1 (RFC 2246, RFC 4346 section
// 6.2.3). No protection is one too: it passes records as they are.

#ifndef TLS_LEGACY_PROTECT_H
#define TLS_LEGACY_PROTECT_H

#include "tls/legacy/keys.h"

enum {
	// MAC, padding and an explicit IV at most.
	PROTECTION_OVERHEAD = HASH_MAX_SIZE + 256 + CIPHER_MAX_BLOCK
};

struct protection {
	const struct suite *suite; // NULL: no protection
	uint16_t version;
	struct record_cipher *cipher;
	struct mac *mac;               // TLS
	uint8_t secret[HASH_MAX_SIZE]; // SSL 3.0's MAC key
	uint64_t sequence;             // of the next record
	uint64_t worn;                 // bytes under this key
};

enum protection_result {
	PROTECTION_GOOD,
	PROTECTION_BAD,   // damaged or forged; or, sealing, libcrypto failed
	PROTECTION_WORN,  // the key has protected as much as it may (Sweet32)
	PROTECTION_FAILED // opening: memory is out, or libcrypto failed
};

// Replaces whatever protection there was; false: memory is out or libcrypto
// failed, and nothing can be sealed or opened any more.
bool protection_set(struct protection *protection,
    const struct session_secret *secret, const struct write_keys *keys,
    bool encrypt);
void protection_free(struct protection *protection);

// The unprotected record's type, and the version in its header.
struct record_header {
	uint8_t type;
	uint16_t version;
};

// Seals size bytes, which lie protection_prefix bytes behind the start of
// room bytes at memory; *sealed is what is to be sent of memory.
size_t protection_prefix(const struct protection *protection);
enum protection_result protection_seal(struct protection *protection,
    struct record_header header, uint8_t *memory, size_t size, size_t *sealed);
// Opens size bytes where they lie. *content is valid while they are.
enum protection_result protection_open(struct protection *protection,
    struct record_header header, uint8_t *bytes, size_t size,
    struct piece *content);

#endif
