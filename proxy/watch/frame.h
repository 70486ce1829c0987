// SPDX-License-Identifier: ISC
//
// Packets that were never sent, for a capture: what a peer and we said to
// each other, dressed so that Wireshark dissects it.
//
// A leg appears twice, with the true addresses and ports both times:
//
//  - its wire, as TCP in IP: what tcpdump would have seen. STARTTLS leads
//    Wireshark to TLS by itself; streams can be followed; other tools can
//    read them.
//  - its plaintext, as SMTP alone, with the addresses in tags before it
//    (Wireshark's "exported PDU"). Were it TCP too, both would be one stream
//    to Wireshark, which tells streams apart by addresses and ports alone,
//    and after the reply to STARTTLS it would take plaintext for TLS.
//
// Wireshark takes a line for a command when it goes to the port that it knows
// SMTP by, which is 25. So the tags of ports come twice: the true ports, and
// again with 25 for the server's, where the last ones count.

#ifndef WATCH_FRAME_H
#define WATCH_FRAME_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct frame_end {
	uint8_t bytes[16];
	uint16_t port;
	bool six; // IPv6; else the first four bytes are an IPv4 address
};

// From the system's form; IPv4 inside IPv6 is IPv4. Another family, or NULL,
// is 0.0.0.0:0.
struct frame_end frame_end_of(const struct sockaddr *address);

// A packet's way.
struct frame_way {
	struct frame_end from, to;
	bool to_server; // to is the server of the two
};

enum {
	FRAME_HEAD = 128,   // bytes of the longest head
	FRAME_PIECE = 32768 // payload of one packet, at most
};

// What a PDU is.
enum frame_kind { FRAME_SMTP, FRAME_SYSLOG };

// The tags before a PDU.
void frame_pdu(
    struct writer *out, const struct frame_way *way, enum frame_kind kind);

enum {
	FRAME_FIN = 0x01,
	FRAME_SYN = 0x02,
	FRAME_RST = 0x04,
	FRAME_PSH = 0x08,
	FRAME_ACK = 0x10
};

struct frame_segment {
	uint32_t sequence, acknowledged;
	uint8_t flags;
	const uint8_t *payload;
	size_t size; // FRAME_PIECE at most
};

// The IP and TCP headers before a segment's payload.
void frame_tcp(struct writer *out, const struct frame_way *way,
    const struct frame_segment *segment);

#endif
