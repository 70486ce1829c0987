// SPDX-License-Identifier: ISC
//
// A handshake message field by field, each by its name in the RFC of its
// version, its numbers with theirs. For whoever reads a hexdump: nothing is
// judged, and what cannot be read is said to be so.

#ifndef WATCH_HANDSHAKE_FIELDS_H
#define WATCH_HANDSHAKE_FIELDS_H

#include "watch/handshake_reader.h"

enum { HANDSHAKE_FIELD = 600 }; // bytes of a value, its NUL included

// What earlier messages of the connection said, without which later ones
// cannot be read. All zero at its start; one for both directions.
struct handshake_known {
	uint16_t version, suite; // of the ServerHello; 0: none came
};

// Told each field: printable text, valid during the call. depth is 0 for the
// message itself, 1 for its fields, 2 for what they are made of. name or
// value may be empty.
struct handshake_sink {
	void (*field)(
	    void *context, unsigned depth, const char *name, const char *value);
	void *context;
};

// Tells all of item, and keeps in known what is needed of it.
void handshake_fields(const struct handshake_item *item,
    struct handshake_known *known, const struct handshake_sink *sink);

#endif
