// SPDX-License-Identifier: ISC
//
// The forms of a client's hello: the rows of profile.def.

#ifndef TLS_LEGACY_PROFILE_H
#define TLS_LEGACY_PROFILE_H

#include "tls/legacy/legacy.h"

struct legacy_profile {
	const char *name;
	uint16_t version; // highest
	bool v2_hello;
	bool extensions;
	bool scsv; // RFC 5746's signalling value
	const uint16_t *suites;
	size_t suite_count;
};

#endif
