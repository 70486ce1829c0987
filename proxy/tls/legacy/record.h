// SPDX-License-Identifier: ISC
//
// The record layer: finds records in whatever pieces the socket gives, opens
// them, and cuts and seals what is sent. It knows nothing of handshakes but
// that the first record may be an SSLv2-format ClientHello.

#ifndef TLS_LEGACY_RECORD_H
#define TLS_LEGACY_RECORD_H

#include "base/buffer.h"
#include "tls/legacy/alert.h"
#include "tls/legacy/protect.h"

enum record_type {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION = 23
};

enum {
	RECORD_HEADER_SIZE = 5,
	RECORD_MAX_PLAIN = 16384,
	RECORD_MAX_SEALED = RECORD_MAX_PLAIN + 2048,
	// Empty records in a row; an empty one before each other is what some
	// do against BEAST.
	RECORD_MAX_EMPTY = 32
};

struct record_layer {
	struct buffer input; // a record that is not whole yet, or in use
	size_t in_use;       // bytes of input that the last record took
	struct protection receive;
	struct protection send;
	struct buffer *out; // not owned
	uint16_t version;   // of the protocol; 0: not settled
	uint16_t said;      // version in the header of records that we send
	bool first;         // no record came yet
	bool v2_hello;      // the first may be an SSLv2-format hello
	bool split;         // 1/n-1 splitting, against BEAST
	unsigned empty;     // empty records in a row
	struct fault fault; // why RECORD_REFUSED
};

struct record {
	uint8_t type;
	bool v2_hello; // content is the SSLv2-format message
	struct piece content;
};

enum record_result {
	RECORD_WANTED, // all bytes are taken and no record is whole
	RECORD_WHOLE,
	RECORD_REFUSED
};

void record_init(struct record_layer *layer, struct buffer *out);
void record_free(struct record_layer *layer);

// The next record from what came before and from bytes, which it advances.
// The record's content is valid until the next call.
enum record_result record_next(
    struct record_layer *layer, struct reader *bytes, struct record *record);

// Cuts content into records, seals them and queues them; none for an empty
// content. False: the queue is full, or layer->fault says what.
bool record_write(
    struct record_layer *layer, enum record_type type, struct piece content);

#endif
