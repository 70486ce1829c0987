// SPDX-License-Identifier: ISC

#include "watch/handshake_parts.h"

#include <string.h>

enum { SUPPORTED_VERSIONS = 43 };

static void
tell_random(const struct telling *telling, struct reader *message)
{
	// A ServerHello with this random is a HelloRetryRequest (RFC 8446
	// 4.1.3): SHA-256 of "HelloRetryRequest".
	static const uint8_t retry[] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
	    0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
	    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2,
	    0xc8, 0xa8, 0x33, 0x9c};
	const uint8_t *random = reader_bytes(message, sizeof retry);

	if (random == NULL)
		return;
	tell_bytes(telling, 1, "random", reader_over(random, sizeof retry));
	if (telling->message == HANDSHAKE_SERVER_HELLO &&
	    memcmp(random, retry, sizeof retry) == 0)
		tell(telling, 2, "", "that of a HelloRetryRequest");
}

static void
tell_suites(const struct telling *telling, struct reader list)
{
	tell(telling, 1, "cipher suites", "%zu", list.left / 2);
	while (list.left >= 2) {
		uint16_t number = reader_u16(&list);
		char text[8];
		struct writer out = writer_over(text, sizeof text - 1);
		static const char digits[] = "0123456789abcdef";

		writer_text(&out, "0x");
		for (int shift = 12; shift >= 0; shift -= 4)
			writer_u8(&out, (uint8_t)digits[number >> shift & 15]);
		text[out.size] = '\0';
		tell_named(telling, 2, text, NAMES_SUITES, number);
	}
}

static void
tell_compression(const struct telling *telling, struct reader methods)
{
	while (methods.left > 0) {
		uint8_t method = reader_u8(&methods);

		if (method == 0)
			tell(telling, 1, "compression", "null");
		else if (method == 1)
			tell(telling, 1, "compression", "DEFLATE");
		else
			tell(telling, 1, "compression", "method %u", method);
	}
}

// SSL 3.0 and early TLS 1.0 have no extensions, and not even their length.
static void
tell_rest(const struct telling *telling, struct reader *message)
{
	if (!message->failed && message->left > 0)
		tell_extensions(telling, message);
}

void
tell_client_hello(const struct telling *telling, struct reader *message)
{
	tell_named(telling, 1, "version", NAMES_VERSIONS, reader_u16(message));
	tell_random(telling, message);
	tell_bytes(telling, 1, "session id", reader_vector(message, 1));
	tell_suites(telling, reader_vector(message, 2));
	tell_compression(telling, reader_vector(message, 1));
	tell_rest(telling, message);
}

void
tell_server_hello(const struct telling *telling, struct reader *message)
{
	telling->known->version = reader_u16(message);
	tell_named(
	    telling, 1, "version", NAMES_VERSIONS, telling->known->version);
	tell_random(telling, message);
	tell_bytes(telling, 1, "session id", reader_vector(message, 1));
	telling->known->suite = reader_u16(message);
	tell_named(
	    telling, 1, "cipher suite", NAMES_SUITES, telling->known->suite);
	const uint8_t *method = reader_bytes(message, 1);
	if (method != NULL)
		tell_compression(telling, reader_over(method, 1));
	tell_rest(telling, message);
}

// RFC 2246 appendix E: kinds of three bytes; those that begin with zero are
// suites of SSL 3.0 and TLS.
void
tell_v2_hello(const struct telling *telling, struct reader *message)
{
	size_t suites, session, challenge;
	struct reader list;

	reader_u8(message); // the type
	tell_named(telling, 1, "version", NAMES_VERSIONS, reader_u16(message));
	suites = reader_u16(message);
	session = reader_u16(message);
	challenge = reader_u16(message);
	list = reader_over(reader_bytes(message, suites), 0);
	list.left = message->failed ? 0 : suites;
	tell(telling, 1, "cipher kinds", "%zu", list.left / 3);
	while (list.left >= 3) {
		uint32_t kind = reader_u24(&list);

		tell_named(telling, 2, "",
		    kind > 0xffff ? NAMES_SUITES_V2 : NAMES_SUITES, kind);
	}
	list = reader_over(reader_bytes(message, session), 0);
	list.left = message->failed ? 0 : session;
	tell_bytes(telling, 1, "session id", list);
	list = reader_over(reader_bytes(message, challenge), 0);
	list.left = message->failed ? 0 : challenge;
	tell_bytes(telling, 1, "challenge", list);
}
