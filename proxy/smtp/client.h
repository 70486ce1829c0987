// SPDX-License-Identifier: ISC
//
// What XCLIENT and XFORWARD tell of a client, read and written. Values are
// held decoded; on the wire they are xtext (RFC 3461 4).

#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attribute {
#define ATTRIBUTE(id, name, xclient, xforward, kind) ATTRIBUTE_##id,
#include "smtp/attribute.def"
#undef ATTRIBUTE
	ATTRIBUTE_COUNT
};

enum client_verb { CLIENT_XCLIENT, CLIENT_XFORWARD };

enum {
	CLIENT_VALUE_MOST = 255, // bytes of one value, decoded
	CLIENT_TEXT = 1 + ATTRIBUTE_COUNT * (CLIENT_VALUE_MOST + 1),
	CLIENT_LINE_MOST = 512 // of a command that is written, with CRLF
};

// All zero: nothing is told. A value without pointers.
struct client {
	uint16_t at[ATTRIBUTE_COUNT]; // of its value in text; 0: not told
	uint16_t size;                // of text that is in use
	char text[CLIENT_TEXT];       // values, a NUL behind each; from 1 on
};

// What is told of it; NULL: nothing. Valid until the client is changed.
const char *client_get(const struct client *client, enum attribute attribute);
// Whether a value stands for something that is not known, "[UNAVAILABLE]".
bool client_unknown(const char *value);
// In place of what was told before. value has CLIENT_VALUE_MOST bytes at
// most; its text is not looked at.
void client_set(
    struct client *client, enum attribute attribute, const char *value);

// Reads the arguments of a command over what is told already. False, and
// *client is as it was: an attribute that the verb has not, is there twice,
// or has a value that it cannot have (injection: xtext stands for any byte,
// CR and LF too).
bool client_read(enum client_verb verb, const uint8_t *argument, size_t size,
    struct client *client);

// The attributes of a list as in an EHLO reply, "NAME ADDR ...": bits, 1 <<
// ATTRIBUTE_x. Those that are not ours are let pass.
uint32_t client_offer_read(struct reader list);
// The whole keyword of an EHLO reply: "XCLIENT NAME ADDR ...".
void client_offer_write(enum client_verb verb, struct writer *out);

// Writes the command with what is told and offered, without CRLF. A HELO that
// would make the line longer than CLIENT_LINE_MOST is left out; so then is
// LOGIN.
void client_write(enum client_verb verb, uint32_t offered,
    const struct client *client, struct writer *out);

#endif
