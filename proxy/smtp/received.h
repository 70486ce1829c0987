// SPDX-License-Identifier: ISC
//
// The trace line of a message that goes through (RFC 5321 4.4): how it came,
// and how it goes on. Pure: the date is given.

#ifndef SMTP_RECEIVED_H
#define SMTP_RECEIVED_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What SIZE is lowered by, and the most that is ever written.
enum { RECEIVED_MOST = 1024 };

// A leg's TLS; protocol NULL or empty: none.
struct received_leg {
	const char *protocol, *suite; // of 15 and 63 bytes at most
	unsigned bits;
};

// Texts are not owned; NULL stands for what is not known.
struct received {
	const uint8_t *helo; // as the sender said it: any bytes
	size_t helo_size;
	const char *address;  // of the client, "192.0.2.7" or "2001:db8::7"
	const char *hostname; // ours, of 255 bytes at most
	bool extended;        // it said EHLO
	bool authenticated;   // the receiver took its AUTH
	bool utf8;            // MAIL with SMTPUTF8 (RFC 6531 4.3)
	const char *id;       // of the session
	unsigned message;     // which of its messages, from 1 on
	struct received_leg sender, receiver;
	const char *receiver_name; // as it was dialled
	const char *verified;      // "name": what is known of its certificate
	const char *date;          // as RFC 5322 3.3 has it
};

// Writes the whole header field, folded, CRLF included, in printable ASCII
// whatever a peer said. out must have RECEIVED_MOST bytes of room.
void received_write(const struct received *received, struct writer *out);

#endif
