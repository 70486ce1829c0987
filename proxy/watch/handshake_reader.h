// SPDX-License-Identifier: ISC
//
// Handshake messages out of the records of one direction of a leg, joined
// where they are cut, as long as they are in the clear; and alerts likewise.
// For traces alone: nothing is judged, and from what cannot be read on
// nothing comes.

#ifndef WATCH_HANDSHAKE_READER_H
#define WATCH_HANDSHAKE_READER_H

#include "base/buffer.h"
#include "watch/record_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HANDSHAKE_MOST = 65536, // bytes of one message
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2
};

struct handshake_reader {
	struct buffer bytes;
	uint8_t alert[2];
	size_t alert_size;
	bool changed; // ChangeCipherSpec came: what follows is encrypted,
		      // but for a second hello of TLS 1.3
	bool over;
};

// One message, or one alert.
struct handshake_item {
	bool alert;   // body is its level and number
	bool v2;      // a ClientHello in SSL 2.0's format, its type in front
	uint8_t type; // of a message
	const uint8_t *body; // valid during the call
	size_t size;
};

typedef void handshake_told(void *context, const struct handshake_item *item);

void handshake_reader_init(struct handshake_reader *reader);
void handshake_reader_free(struct handshake_reader *reader);

// Takes a piece that record_reader_next cut off, and its bytes; told is
// called for each item that it completes.
void handshake_reader_take(struct handshake_reader *reader,
    const struct record_piece *piece, const uint8_t *bytes,
    handshake_told *told, void *context);

#endif
