// SPDX-License-Identifier: ISC
//
// A TLSA record (RFC 6698 section 2.1), which came by secure DNS or must not
// be given to anybody.

#ifndef TLS_TLSA_H
#define TLS_TLSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlsa {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t size;
};

// Whether SMTP can use any of them: DANE-TA(2) or DANE-EE(3), of a known
// selector and matching type, with data that fits these (RFC 7672 section
// 3.1). False where memory is out, too.
bool tlsa_any_usable(const struct tlsa *records, size_t count);

#endif
