// SPDX-License-Identifier: ISC
//
// Why a TLS set-up cannot be built: text for the administrator, who can read
// in it what failed, why, and what to change; and the name of the setting that
// is to be changed, as settings.def has it.

#ifndef TLS_ERROR_H
#define TLS_ERROR_H

struct tls_error {
	char text[512];
	const char *setting; // static text; NULL: none of them
};

// Writes text after a printf format, cut at the end.
__attribute__((format(printf, 2, 3))) void tls_error_set(
    struct tls_error *error, const char *format, ...);

// The same, and behind it ": " with OpenSSL's reason, whose queue it empties.
__attribute__((format(printf, 2, 3))) void tls_error_set_library(
    struct tls_error *error, const char *format, ...);

#endif
