// SPDX-License-Identifier: ISC

#include "smtp/received.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 128 }; // bytes of what a peer or administrator chose

static bool
is_name_byte(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
	       byte == '_' || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

// A domain, or an address literal: what may stand behind "from".
static bool
helo_is_name(const struct received *received)
{
	const uint8_t *helo = received->helo;
	size_t size = received->helo_size;
	bool literal = size > 2 && helo[0] == '[' && helo[size - 1] == ']';

	if (size == 0 || size > SHOWN)
		return false;
	for (size_t i = literal ? 1 : 0; i < size - (literal ? 1 : 0); i++)
		if (!is_name_byte(helo[i]) && !(literal && helo[i] == ':'))
			return false;
	return true;
}

// Inside a comment; what would end it, or the line, becomes a question mark.
static void
write_comment(struct writer *out, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size && i < SHOWN; i++) {
		bool plain = bytes[i] > ' ' && bytes[i] < 0x7f &&
			     bytes[i] != '(' && bytes[i] != ')' &&
			     bytes[i] != '\\';

		writer_u8(out, plain ? bytes[i] : '?');
	}
}

static void
write_text_comment(struct writer *out, const char *text)
{
	write_comment(out, (const uint8_t *)text, strlen(text));
}

static void
write_address(struct writer *out, const char *address)
{
	if (address == NULL) {
		writer_text(out, "unknown");
		return;
	}
	writer_text(out, strchr(address, ':') != NULL ? "[IPv6:" : "[");
	writer_text(out, address);
	writer_text(out, "]");
}

static void
write_from(struct writer *out, const struct received *received)
{
	writer_text(out, "Received: from ");
	if (helo_is_name(received)) {
		writer_bytes(out, received->helo, received->helo_size);
		writer_text(out, " (");
		write_address(out, received->address);
		writer_text(out, ")");
		return;
	}
	// RFC 5321 4.4: the address stands in for a name that is none.
	write_address(out, received->address);
	writer_text(out, " (HELO ");
	write_comment(out, received->helo, received->helo_size);
	writer_text(out, ")");
}

static bool
has_tls(const struct received_leg *leg)
{
	return leg->protocol != NULL && leg->protocol[0] != '\0';
}

static void
write_leg(struct writer *out, const struct received_leg *leg)
{
	char bits[32];

	if (!has_tls(leg)) {
		writer_text(out, "without TLS");
		return;
	}
	snprintf(bits, sizeof bits, "/%u", leg->bits);
	writer_text(out, "with ");
	write_text_comment(out, leg->protocol);
	writer_text(out, "/");
	write_text_comment(out, leg->suite != NULL ? leg->suite : "");
	writer_text(out, bits);
}

// RFC 3848, RFC 6531 4.3.
static void
write_protocol(struct writer *out, const struct received *received)
{
	bool tls = has_tls(&received->sender);

	if (!received->extended) {
		writer_text(out, "SMTP");
		return;
	}
	writer_text(out, received->utf8 ? "UTF8SMTP" : "ESMTP");
	writer_text(out, tls ? "S" : "");
	writer_text(out, received->authenticated ? "A" : "");
}

void
received_write(const struct received *received, struct writer *out)
{
	char number[16];

	write_from(out, received);
	writer_text(out, "\r\n\t(");
	write_leg(out, &received->sender);
	writer_text(out, ")\r\n\tby ");
	writer_text(out, received->hostname);
	writer_text(out, " (sallyport) with ");
	write_protocol(out, received);
	snprintf(number, sizeof number, "-%u", received->message);
	writer_text(out, " id ");
	writer_text(out, received->id);
	writer_text(out, number);
	writer_text(out, "\r\n\t(on to ");
	write_text_comment(out, received->receiver_name);
	writer_text(out, " ");
	write_leg(out, &received->receiver);
	if (has_tls(&received->receiver)) {
		writer_text(out, ", verified: ");
		write_text_comment(out, received->verified);
	}
	writer_text(out, ");\r\n\t");
	writer_text(out, received->date);
	writer_text(out, "\r\n");
}
