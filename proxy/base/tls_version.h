// SPDX-License-Identifier: ISC
//
// What the versions of SSL and TLS are called, by their number on the wire
// (RFC 6101, 2246, 4346, 5246, 8446). Texts are static.

#ifndef BASE_TLS_VERSION_H
#define BASE_TLS_VERSION_H

#include <stdint.h>

// "TLSv1.0", as logs have it; NULL: no version has that number.
const char *tls_version_name(unsigned number);
// "TLS 1.0", as sentences have it; NULL likewise.
const char *tls_version_spoken(unsigned number);
// The number of a version that is called so in logs; 0: none is.
uint16_t tls_version_find(const char *name);

#endif
