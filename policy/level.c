// SPDX-License-Identifier: ISC

#include "policy/level.h"

static const struct level_meaning meanings[] = {
#define LEVEL(id, tls, proof, no_starttls, no_handshake, no_proof)             \
	[LEVEL_##id] = {LEVEL_TLS_##tls, LEVEL_PROOF_##proof, no_starttls,     \
	    no_handshake, no_proof},
#include "policy/level.def"
#undef LEVEL
};

const struct level_meaning *
level_meaning(enum level level)
{
	return &meanings[level];
}

bool
level_satisfies(enum level met, enum level wanted)
{
	if (meanings[wanted].tls != LEVEL_TLS_ALWAYS)
		return true;
	if (meanings[met].tls != LEVEL_TLS_ALWAYS)
		return false;
	switch (meanings[wanted].proof) {
	case LEVEL_PROOF_NOTHING:
		return true;
	case LEVEL_PROOF_CHAIN_AND_NAME:
		return met == LEVEL_VERIFY || met == LEVEL_SECURE;
	case LEVEL_PROOF_TLSA:
		return met == wanted || met == LEVEL_DANE_ONLY;
	case LEVEL_PROOF_FINGERPRINT:
	case LEVEL_PROOF_CHAIN_AND_NAMES:
		break;
	}
	return met == wanted;
}

bool
legacy_is_admitted(enum protocol min_protocol)
{
	return min_protocol <= PROTOCOL_TLS1_1;
}

// AES came to TLS (RFC 3268), not to SSL 3.0.
uint64_t
protocol_bits_most(enum protocol protocol)
{
	return protocol == PROTOCOL_SSL3 ? 128 : 256;
}
