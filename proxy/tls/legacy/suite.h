// SPDX-License-Identifier: ISC
//
// The cipher suites of the legacy engine: one row of suite.def each, and the
// choice of one among those that a client offers.

#ifndef TLS_LEGACY_SUITE_H
#define TLS_LEGACY_SUITE_H

#include "tls/legacy/crypto.h"

#include <stddef.h>
#include <stdint.h>

// Protocol versions as they are on the wire.
enum version {
	VERSION_SSL3 = 0x0300,
	VERSION_TLS1_0 = 0x0301,
	VERSION_TLS1_1 = 0x0302
};

// Signalling values among the suites of a hello: RFC 5746, RFC 7507.
enum { SUITE_RENEGOTIATION_INFO = 0x00ff, SUITE_FALLBACK = 0x5600 };

struct suite {
	uint16_t number;
	const char *name;
	unsigned export_limit; // greatest RSA key that may encrypt; 0: any
	enum cipher cipher;
	size_t key_material; // bytes per direction from the key block
	size_t key_size;     // bytes of the key that the cipher gets
	enum hash hash;      // of the MAC
	unsigned bits;       // effective strength
	uint16_t last;       // the last version that has it
};

// NULL for a number that is not in the table.
const struct suite *suite_find(uint16_t number);

// The order of preference where configuration gives none: strongest first,
// AES before RC4 before DES; for SSL 3.0 RC4 first among those of 128 bits,
// because its CBC suites fall to POODLE. Static; *count entries.
const uint16_t *suite_order(uint16_t version, size_t *count);

#endif
