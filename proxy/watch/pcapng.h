// SPDX-License-Identifier: ISC
//
// Blocks of a capture file (pcapng), big-endian, written into memory: no file
// and no clock. Each call writes one whole block, so that a file may end
// behind any of them. Interfaces are numbered from 0 in the order written,
// anew in each section.

#ifndef WATCH_PCAPNG_H
#define WATCH_PCAPNG_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Link types, as tcpdump.org registers them.
enum pcapng_link {
	PCAPNG_RAW_IP = 101,   // an IPv4 or IPv6 packet
	PCAPNG_UPPER_PDU = 252 // Wireshark's: tags, then a protocol's bytes
};

enum {
	// What a packet takes beside its bytes and the text of its comment, at
	// most; a block of secrets takes less.
	PCAPNG_OVERHEAD = 80,
	// The longest comment, and the longest text of the other blocks.
	PCAPNG_TEXT_MOST = 1000
};

// What a file, or the part of it that one run wrote, begins with.
void pcapng_section(
    struct writer *out, const char *application, const char *comment);
// Times of its packets are microseconds.
void pcapng_interface(struct writer *out, enum pcapng_link link,
    const char *name, const char *description);

struct pcapng_packet {
	uint32_t interface;
	uint64_t time; // microseconds since 1970
	bool outbound;
	uint64_t lost;               // packets missing right before it
	const uint8_t *head, *bytes; // one behind the other
	size_t head_size, size;
	const char *comment; // cut at PCAPNG_TEXT_MOST
};
void pcapng_packet(struct writer *out, const struct pcapng_packet *packet);

// Lines in NSS key log format, for packets that come after it.
void pcapng_secrets(struct writer *out, const char *lines, size_t size);

#endif
