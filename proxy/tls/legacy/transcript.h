// SPDX-License-Identifier: ISC
//
// The handshake messages so far, as running MD5 and SHA-1 hashes, and what
// SSL 3.0 and TLS 1.0 make of them.

#ifndef TLS_LEGACY_TRANSCRIPT_H
#define TLS_LEGACY_TRANSCRIPT_H

#include "tls/legacy/crypto.h"
#include "tls/legacy/keys.h"

struct transcript {
	struct hashing *md5;
	struct hashing *sha1;
};

// False: memory or libcrypto; the transcript is empty then.
bool transcript_start(struct transcript *transcript);
void transcript_free(struct transcript *transcript);
bool transcript_add(
    struct transcript *transcript, const void *bytes, size_t size);

enum { FINISHED_MAX_SIZE = HASH_BOTH_SIZE };

// The contents of the Finished message that party sends now; *size is 36
// (RFC 6101 section 5.6.9) or 12 (RFC 2246 section 7.4.9).
bool transcript_finished(const struct transcript *transcript,
    const struct session_secret *secret, enum party party,
    uint8_t out[FINISHED_MAX_SIZE], size_t *size);
// The hashes that CertificateVerify signs.
bool transcript_proof(const struct transcript *transcript,
    const struct session_secret *secret, uint8_t out[HASH_BOTH_SIZE]);

#endif
