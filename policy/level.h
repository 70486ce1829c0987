// SPDX-License-Identifier: ISC
//
// What the levels of a receiver mean, and what protocols and strengths mean
// for both legs: the one place where these are compared.

#ifndef POLICY_LEVEL_H
#define POLICY_LEVEL_H

#include "policy/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum level_tls { LEVEL_TLS_NEVER, LEVEL_TLS_OFFERED, LEVEL_TLS_ALWAYS };

enum level_proof {
	LEVEL_PROOF_NOTHING,
	LEVEL_PROOF_FINGERPRINT,
	LEVEL_PROOF_CHAIN_AND_NAME,  // the name that was dialled
	LEVEL_PROOF_CHAIN_AND_NAMES, // names of the configuration alone
	LEVEL_PROOF_TLSA
};

struct level_meaning {
	enum level_tls tls;
	enum level_proof proof;
	const char *no_starttls; // what follows, for people
	const char *no_handshake;
	const char *no_proof;
};

const struct level_meaning *level_meaning(enum level level);

// Whether a leg that meets the level met, and is under TLS, meets wanted too.
// What TLSA records prove meets no other proof, and no other meets it, for it
// trusts other parties; and a receiver that meets dane may have none of them.
bool level_satisfies(enum level met, enum level wanted);

// Whether a leg with this min-protocol may be served by the legacy engine,
// which speaks TLS 1.1 at most. (ciphers and min-bits may still leave it
// nothing to choose.)
bool legacy_is_admitted(enum protocol min_protocol);

// The most bits that a suite of the protocol has.
uint64_t protocol_bits_most(enum protocol protocol);

#endif
