// SPDX-License-Identifier: ISC
//
// ClientHellos made by hand, for tests.

#ifndef UNIT_HELLO_DRAFT_H
#define UNIT_HELLO_DRAFT_H

#include "unit.h"

#include "base/bytes.h"

#include <string.h>

enum { ROOM = 1 << 17 };

// Where the hello is written.
static uint8_t memory[ROOM];

struct draft {
	uint16_t version;
	const uint16_t *suites;
	size_t suite_count;
	// Raw bytes of the extensions' vector; NULL: no vector at all.
	const uint8_t *extensions;
	size_t extension_size;
	size_t padding; // of an extension that nobody knows
	size_t piece;   // content bytes of each record
};

static const uint16_t two_suites[] = {0x002f, 0x000a};

static inline size_t
write_message(const struct draft *draft, uint8_t *out)
{
	static const uint8_t random[32];
	struct writer message = writer_over(out, ROOM);

	writer_u8(&message, 1);
	size_t whole = writer_open(&message, 3);
	writer_u16(&message, draft->version);
	writer_bytes(&message, random, sizeof random);
	writer_u8(&message, 0);
	size_t suites = writer_open(&message, 2);
	for (size_t i = 0; i < draft->suite_count; i++)
		writer_u16(&message, draft->suites[i]);
	writer_close(&message, suites, 2);
	writer_u8(&message, 1);
	writer_u8(&message, 0);
	if (draft->extensions != NULL || draft->padding > 0) {
		size_t all = writer_open(&message, 2);

		writer_bytes(
		    &message, draft->extensions, draft->extension_size);
		if (draft->padding > 0) {
			writer_u16(&message, 21);
			size_t padding = writer_open(&message, 2);
			for (size_t i = 0; i < draft->padding; i++)
				writer_u8(&message, 0);
			writer_close(&message, padding, 2);
		}
		writer_close(&message, all, 2);
	}
	writer_close(&message, whole, 3);
	assert_false(message.failed);
	return message.size;
}

// Cuts message into records; returns their size.
static inline size_t
write_records(const uint8_t *message, size_t size, size_t piece, uint8_t *out)
{
	struct writer records = writer_over(out, ROOM);

	for (size_t at = 0; at < size; at += piece) {
		size_t part = size - at < piece ? size - at : piece;

		writer_u8(&records, 22);
		writer_u16(&records, 0x0301);
		writer_u16(&records, (uint16_t)part);
		writer_bytes(&records, message + at, part);
	}
	assert_false(records.failed);
	return records.size;
}

static inline size_t
write_hello(const struct draft *draft)
{
	static uint8_t message[ROOM];
	size_t size = write_message(draft, message);

	return write_records(
	    message, size, draft->piece > 0 ? draft->piece : 16384, memory);
}

static inline struct draft
draft_of(uint16_t version)
{
	return (struct draft){.version = version,
	    .suites = two_suites,
	    .suite_count = ROWS(two_suites)};
}

#endif
