// SPDX-License-Identifier: ISC
//
// Ephemeral RSA keys, made ahead of their use and rotated.

#ifndef TLS_LEGACY_KEYRING_H
#define TLS_LEGACY_KEYRING_H

#include "tls/legacy/crypto.h"
#include "tls/legacy/legacy.h"

// The key in service for an export limit of 512 or 1024 bits, as a reference
// of the caller's own; NULL: none could be made.
struct rsa_key *keyring_take(struct legacy_keyring *keyring, unsigned bits);

#endif
