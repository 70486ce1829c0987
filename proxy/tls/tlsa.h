// SPDX-License-Identifier: ISC
//
// A TLSA record (RFC 6698 section 2.1), which came by secure DNS or must not
// be given to anybody.

#ifndef TLS_TLSA_H
#define TLS_TLSA_H

#include <stddef.h>
#include <stdint.h>

struct tlsa {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t size;
};

#endif
