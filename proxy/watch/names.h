// SPDX-License-Identifier: ISC
//
// Names of the numbers in TLS handshakes, for whoever reads along.

#ifndef WATCH_NAMES_H
#define WATCH_NAMES_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum names {
	NAMES_SUITES,
	NAMES_SUITES_V2, // of SSL 2.0, three bytes
	NAMES_EXTENSIONS,
	NAMES_GROUPS,
	NAMES_SIGNATURES,
	NAMES_ALERTS,
	NAMES_MESSAGES,
	NAMES_VERSIONS
};

// NULL: there is none. Static text.
const char *names_find(enum names table, uint32_t number);

// Writes the name, "GREASE (0x1a1a)" for a number that means nothing and is
// there to be ignored (RFC 8701), or the number in hexadecimal.
void names_write(struct writer *out, enum names table, uint32_t number);

#endif
