// SPDX-License-Identifier: ISC
//
// What the files of the capture share, and nobody else includes:
//   capture.c        the file, and packets for it
//   capture_wire.c   the TCP connection of a leg
//   capture_tell.c   what the taps tell, masked

#ifndef WATCH_CAPTURE_PARTS_H
#define WATCH_CAPTURE_PARTS_H

#include "watch/capture.h"
#include "watch/secret_file.h"

struct capture {
	struct capture_options options;
	struct secret_file *file;
	struct secret_file_kind kind;
	uint8_t head[2048];           // of the file
	uint8_t scratch[FRAME_PIECE]; // a payload while it is masked
	uint64_t lost;                // packets, since the last one
};

// The interfaces of each section, in order; a side is added to the first of
// a pair.
enum { INTERFACE_PLAINTEXT = 0, INTERFACE_WIRE = 2, INTERFACE_EVENTS = 4 };

struct capture_packet {
	unsigned interface;
	enum tap_direction direction;
	const struct writer *head;
	const uint8_t *bytes;
	size_t size;
	const char *comment;
};
void capture_packet(
    struct capture_session *session, const struct capture_packet *packet);

// The way of bytes on a leg.
struct frame_way capture_way(const struct capture_leg *leg, enum side side,
    enum tap_direction direction);
// Shows bytes as part of the leg's TCP connection.
void capture_wire(struct capture_session *session, enum side side,
    const struct capture_packet *packet);

#endif
