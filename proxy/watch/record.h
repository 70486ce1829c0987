// SPDX-License-Identifier: ISC
//
// One line of the log before it is written: named values in order, and their
// forms as text (key=value) and JSON.

#ifndef WATCH_RECORD_H
#define WATCH_RECORD_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum {
	RECORD_FIELDS_MOST = 20,
	RECORD_VALUE_MOST = 1024 // bytes of one value; more is cut with "..."
};

enum record_kind {
	RECORD_TEXT,   // quoted where it must be
	RECORD_QUOTED, // always quoted
	RECORD_NUMBER  // digits and a point, made by us
};

struct record_field {
	const char *name;
	enum record_kind kind;
	const uint8_t *value; // not owned
	size_t size;
};

// All zero at the start.
struct record {
	struct record_field fields[RECORD_FIELDS_MOST];
	size_t count;
};

// Values must outlive the record; NULL counts as empty.
void record_add(struct record *record, const char *name, enum record_kind kind,
    const char *text);
void record_add_bytes(struct record *record, const char *name,
    enum record_kind kind, const uint8_t *bytes, size_t size);

// "a=1 b=\"two words\""
void record_as_text(const struct record *record, struct writer *out);
// "\"a\":1,\"b\":\"two words\"", without the braces
void record_as_json(const struct record *record, struct writer *out);

#endif
