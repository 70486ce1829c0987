// SPDX-License-Identifier: ISC

#include "watch/hello_words.h"

#include "base/bytes.h"
#include "watch/escape.h"
#include "watch/names.h"

#include <stdio.h>

enum { EXTENSION_SERVER_NAME = 0, EXTENSION_SUPPORTED_VERSIONS = 43 };

// Begins a line; what is written to it is cut at its end.
static struct writer
begin(struct hello_text *text)
{
	struct writer out = {0};

	if (text->count < HELLO_WORDS_LINES)
		out = writer_over(
		    text->lines[text->count], sizeof text->lines[0] - 1);
	return out;
}

static void
end(struct hello_text *text, struct writer *out)
{
	if (out->bytes == NULL)
		return;
	out->bytes[out->size] = '\0';
	text->count++;
}

// Suites of 2 bytes, or kinds of 3 in SSL 2.0's format.
static void
tell_suites(struct hello_text *text, struct reader list, unsigned bytes)
{
	struct writer out = begin(text);
	const char *between = ": ";
	char count[40];

	snprintf(count, sizeof count, "%zu suites", list.left / bytes);
	writer_text(&out, count);
	while (list.left >= bytes) {
		uint32_t number =
		    bytes == 3 ? reader_u24(&list) : reader_u16(&list);

		writer_text(&out, between);
		between = ", ";
		names_write(&out,
		    number > 0xffff ? NAMES_SUITES_V2 : NAMES_SUITES, number);
	}
	end(text, &out);
}

static void
tell_server_name(struct hello_text *text, struct reader body)
{
	struct reader list = reader_vector(&body, 2);
	struct writer out;

	if (reader_u8(&list) != 0)
		return;
	struct reader name = reader_vector(&list, 2);
	if (list.failed || name.left == 0)
		return;
	out = begin(text);
	writer_text(&out, "for the host (SNI): ");
	escape_write(&out, ESCAPE_BARE, name.at, name.left);
	end(text, &out);
}

// The highest that a client offers; a server's choice is exact.
static void
write_highest(struct writer *out, uint16_t version)
{
	names_write(out, NAMES_VERSIONS, version);
	if (version > 0x0300)
		writer_text(out, " and older");
}

// A client's list, or the one that a server chose.
static void
write_versions(struct writer *out, struct reader body, bool client)
{
	struct reader list = client ? reader_vector(&body, 1) : body;
	const char *between = "";

	while (list.left >= 2) {
		writer_text(out, between);
		names_write(out, NAMES_VERSIONS, reader_u16(&list));
		between = ", ";
	}
}

// Finds an extension's body; false: there is none.
static bool
find_extension(struct reader list, uint16_t wanted, struct reader *body)
{
	while (!list.failed && list.left >= 4) {
		uint16_t number = reader_u16(&list);

		*body = reader_vector(&list, 2);
		if (number == wanted && !list.failed)
			return true;
	}
	return false;
}

static void
tell_extensions(struct hello_text *text, struct reader list)
{
	struct writer out = begin(text);
	const char *between = "extensions: ";

	if (list.left == 0)
		return;
	while (!list.failed && list.left >= 4) {
		uint16_t number = reader_u16(&list);

		reader_vector(&list, 2);
		writer_text(&out, between);
		between = ", ";
		names_write(&out, NAMES_EXTENSIONS, number);
	}
	end(text, &out);
}

static void
tell_client_hello(struct reader message, struct hello_text *text)
{
	uint16_t version = reader_u16(&message);
	struct reader body, list, all;
	struct writer out;

	reader_bytes(&message, 32);
	reader_vector(&message, 1);
	list = reader_vector(&message, 2);
	reader_vector(&message, 1);
	if (message.failed)
		return;
	all = reader_vector(&message, 2); // none in SSL 3.0: empty, failed
	out = begin(text);
	writer_text(&out, "ClientHello offers ");
	if (find_extension(all, EXTENSION_SUPPORTED_VERSIONS, &body))
		write_versions(&out, body, true);
	else
		write_highest(&out, version);
	end(text, &out);
	if (find_extension(all, EXTENSION_SERVER_NAME, &body))
		tell_server_name(text, body);
	tell_suites(text, list, 2);
	tell_extensions(text, all);
}

static void
tell_server_hello(struct reader message, struct hello_text *text)
{
	uint16_t version = reader_u16(&message);
	uint16_t suite;
	struct reader body, all;
	struct writer out;

	reader_bytes(&message, 32);
	reader_vector(&message, 1);
	suite = reader_u16(&message);
	reader_u8(&message);
	if (message.failed)
		return;
	all = reader_vector(&message, 2);
	out = begin(text);
	writer_text(&out, "ServerHello chooses ");
	if (find_extension(all, EXTENSION_SUPPORTED_VERSIONS, &body))
		write_versions(&out, body, false);
	else
		names_write(&out, NAMES_VERSIONS, version);
	writer_text(&out, " and ");
	names_write(&out, NAMES_SUITES, suite);
	end(text, &out);
}

static void
tell_v2_hello(struct reader message, struct hello_text *text)
{
	struct writer out = begin(text);
	uint16_t version;
	const uint8_t *list;
	size_t size;

	reader_u8(&message); // the type
	version = reader_u16(&message);
	size = reader_u16(&message);
	reader_bytes(&message, 4); // lengths of session id and challenge
	list = reader_bytes(&message, size);
	if (message.failed)
		return;
	writer_text(&out, "ClientHello in SSL 2.0 format offers ");
	write_highest(&out, version);
	end(text, &out);
	tell_suites(text, reader_over(list, size), 3);
}

void
hello_words_tell(const struct handshake_item *item, struct hello_text *text)
{
	struct reader message = reader_over(item->body, item->size);

	text->count = 0;
	if (item->alert)
		return;
	if (item->v2)
		tell_v2_hello(message, text);
	else if (item->type == HANDSHAKE_CLIENT_HELLO)
		tell_client_hello(message, text);
	else if (item->type == HANDSHAKE_SERVER_HELLO)
		tell_server_hello(message, text);
}
