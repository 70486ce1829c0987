// SPDX-License-Identifier: ISC

#include "watch/record_reader.h"

#include "base/bytes.h"
#include "base/tls_version.h"

static bool
is_tls(const uint8_t *header)
{
	return header[0] >= 20 && header[0] <= 24 && header[1] == 3 &&
	       header[2] <= 4;
}

// Length in 15 bits, then CLIENT-HELLO (1), then the version offered.
static bool
is_v2_hello(const uint8_t *header)
{
	return (header[0] & 0x80) != 0 && header[2] == 1 && header[3] <= 3;
}

static void
describe(struct record_reader *reader, struct record_piece *piece)
{
	const uint8_t *header = reader->header;
	size_t length = (size_t)header[3] << 8 | header[4];

	piece->begins = true;
	if (is_tls(header)) {
		piece->type = header[0];
		piece->version = (uint16_t)(header[1] << 8 | header[2]);
		piece->length = length;
		reader->left = length;
	} else if (!reader->started && is_v2_hello(header)) {
		piece->type = RECORD_READER_V2;
		piece->version = (uint16_t)(header[3] << 8 | header[4]);
		piece->length = (size_t)(header[0] & 0x7f) << 8 | header[1];
		// Three bytes of it are in what we took for the header.
		reader->left = piece->length > 3 ? piece->length - 3 : 0;
		piece->begun = header + 2;
	} else {
		reader->lost = true;
		piece->unknown = true;
	}
	reader->started = true;
	reader->have = 0;
	reader->type = piece->type;
}

void
record_reader_next(struct record_reader *reader, const uint8_t *bytes,
    size_t size, struct record_piece *piece)
{
	size_t rest;

	*piece = (struct record_piece){
	    .unknown = reader->lost, .size = size, .type = reader->type};
	if (reader->lost)
		return;
	piece->size = 0;
	if (reader->left == 0) {
		rest = RECORD_READER_HEADER - reader->have;
		if (rest > size)
			rest = size;
		bytes_copy(reader->header + reader->have, rest, bytes, rest);
		reader->have += rest;
		piece->size = piece->header = rest;
		if (reader->have < RECORD_READER_HEADER)
			return;
		describe(reader, piece);
		size -= rest;
		if (reader->lost) {
			piece->size += size;
			return;
		}
	}
	rest = reader->left < size ? reader->left : size;
	reader->left -= rest;
	piece->size += rest;
	piece->ends = reader->left == 0;
}

const char *
record_type_name(uint8_t type)
{
	switch (type) {
	case 20:
		return "change_cipher_spec";
	case 21:
		return "alert";
	case 22:
		return "handshake";
	case 23:
		return "application_data";
	case 24:
		return "heartbeat";
	case RECORD_READER_V2:
		return "hello in SSL 2.0 format";
	default:
		return "unknown";
	}
}

const char *
record_version_name(uint16_t version)
{
	const char *name = tls_version_name(version);

	return name != NULL ? name : "unknown version";
}
