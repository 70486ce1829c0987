// SPDX-License-Identifier: ISC
//
// What the files that tell handshake messages share, and nobody else includes:
//   handshake_fields.c     which message it is; small ones
//   handshake_hello.c      hellos
//   handshake_extension.c  their extensions
//   handshake_keys.c       certificates, keys and signatures

#ifndef WATCH_HANDSHAKE_PARTS_H
#define WATCH_HANDSHAKE_PARTS_H

#include "base/bytes.h"
#include "watch/handshake_fields.h"
#include "watch/names.h"

struct telling {
	const struct handshake_sink *sink;
	struct handshake_known *known;
	uint8_t message; // the type of the one in hand
};

// One field with a value after a printf format.
void tell(const struct telling *telling, unsigned depth, const char *name,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
// With a number's name.
void tell_named(const struct telling *telling, unsigned depth, const char *name,
    enum names table, uint32_t number);
// With bytes as hexadecimal, the first 64 of them.
void tell_bytes(const struct telling *telling, unsigned depth, const char *name,
    struct reader bytes);
// With text of a peer's.
void tell_text(const struct telling *telling, unsigned depth, const char *name,
    struct reader text);
// With the names of a list of numbers of two bytes each, on one line.
void tell_list(const struct telling *telling, unsigned depth, const char *name,
    enum names table, struct reader list);

typedef void tell_message(
    const struct telling *telling, struct reader *message);

tell_message tell_client_hello, tell_server_hello, tell_v2_hello;
tell_message tell_extensions;
tell_message tell_certificate, tell_server_key_exchange,
    tell_certificate_request, tell_certificate_verify, tell_client_key_exchange;

#endif
