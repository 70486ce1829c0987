// SPDX-License-Identifier: ISC
//
// Which suites and groups a context of libssl admits.

#ifndef TLS_MODERN_SUITES_H
#define TLS_MODERN_SUITES_H

#include "tls/modern_context.h"

// Sets suites and groups; false: error says why. Suites that libssl does not
// have are passed over, as long as one is left.
bool modern_suites_set(SSL_CTX *ssl, const struct modern_settings *settings,
    struct tls_error *error);

// Whether any suite and protocol is left for libssl; false: error says why.
bool modern_has_suites(
    const struct modern_settings *settings, struct tls_error *error);

// Whether one of the hello's suites can be used at that version, with one of
// our certificates.
bool modern_suites_shared(const struct modern_context *context,
    const struct hello *hello, unsigned version);

// The suites that libssl has for a version (as on the wire) and that some
// settings could admit, by IANA name, in its order; static texts. Returns how
// many were written to names, at most room.
size_t modern_suites_at(unsigned version, const char *names[], size_t room);

// Whether an item of ciphers, a name or OpenSSL's notation, means a suite that
// this libssl has.
bool modern_suite_is_known(const char *item);

#endif
