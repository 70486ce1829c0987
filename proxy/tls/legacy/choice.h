// SPDX-License-Identifier: ISC
//
// The choice of version and suite, as a function of a configuration and of
// what a client offers.

#ifndef TLS_LEGACY_CHOICE_H
#define TLS_LEGACY_CHOICE_H

#include "tls/legacy/legacy.h"
#include "tls/legacy/suite.h"

// What a client offers.
struct offer {
	uint16_t version;
	const uint16_t *suites;
	size_t count;
};

// The highest version both sides speak; 0: none.
uint16_t choice_version(const struct legacy_config *config, uint16_t offered);

// The server's choice: the highest version both speak at which there is a
// suite. A client of TLS 1.1 that offers export suites alone gets TLS 1.0,
// since 1.1 forbids them.
struct choice {
	uint16_t version;
	const struct suite *suite;
};
// TLS_FAILURE_NONE, or PROTOCOL, or SUITE, or BITS when only strength is in
// the way.
enum tls_failure choice_make(const struct legacy_config *config,
    const struct offer *offer, struct choice *choice);

// Whether the suite is allowed at that version by config->suites, min_bits
// and, for a server, the keys it has.
bool choice_admits(const struct legacy_config *config,
    const struct suite *suite, uint16_t version);

bool offer_has(const struct offer *offer, uint16_t suite);

#endif
