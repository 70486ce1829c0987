// SPDX-License-Identifier: ISC
//
// Where TLS records begin and end in the bytes of one direction of a leg, and
// what kind each is (RFC 8446 section 5.1); a hello in SSL 2.0's format counts
// as one (RFC 5246 appendix E.2). For labels alone: nothing is judged, and
// what cannot be TLS is one long unknown record.

#ifndef WATCH_RECORD_READER_H
#define WATCH_RECORD_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_READER_HEADER = 5, RECORD_READER_V2 = 0x80 };

// All zero at the start of a connection's TLS.
struct record_reader {
	uint8_t header[RECORD_READER_HEADER];
	size_t have; // bytes of the header
	size_t left; // bytes of the record in hand, behind its header
	uint8_t type;
	bool started;
	bool lost; // what came was no TLS
};

struct record_piece {
	bool begins;      // the header of a record was completed in it
	bool ends;        // so was the record
	bool unknown;     // not TLS
	uint8_t type;     // content type; RECORD_READER_V2 for such a hello
	uint16_t version; // of the record's header
	size_t length;    // of the record, without its header; if it begins
	size_t size;      // bytes of the piece
	size_t header;    // of these, at the front, of the header
	// Three bytes of the record's own that lay in what was read as its
	// header; NULL: none. Valid until the next call.
	const uint8_t *begun;
};

// Cuts the next piece off: bytes that belong to one record, or the header
// alone as far as it came. size is above 0; so is piece->size.
void record_reader_next(struct record_reader *reader, const uint8_t *bytes,
    size_t size, struct record_piece *piece);

// "handshake"; static text.
const char *record_type_name(uint8_t type);
// "TLSv1.2"; "unknown version". Static text.
const char *record_version_name(uint16_t version);

#endif
