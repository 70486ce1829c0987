// SPDX-License-Identifier: ISC

#include "watch/hello_words.h"

#include "watch/escape.h"
#include "watch/record_reader.h"

#include <stdio.h>

enum {
	RECORD_HANDSHAKE = 22,
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_SUPPORTED_VERSIONS = 43
};

struct named {
	uint16_t number;
	const char *name;
};

static const struct named suites[] = {
#define SUITE_NAME(number, name) {number, name},
#include "watch/suite_name.def"
#undef SUITE_NAME
    {0, NULL},
};

static const struct named extensions[] = {
#define EXTENSION_NAME(number, name) {number, name},
#include "watch/extension_name.def"
#undef EXTENSION_NAME
    {0, NULL},
};

void
hello_words_init(struct hello_words *words)
{
	*words = (struct hello_words){0};
	buffer_init(&words->bytes, HELLO_WORDS_MOST);
}

void
hello_words_free(struct hello_words *words)
{
	buffer_free(&words->bytes);
}

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

static void
write_name(struct writer *out, const struct named *table, uint16_t number)
{
	char text[16];

	while (table->name != NULL && table->number != number)
		table++;
	snprintf(text, sizeof text, "0x%04x", number);
	writer_text(out, table->name != NULL ? table->name : text);
}

// Suites of 2 bytes, or of 3 in SSL 2.0's format, whose own have no names.
static void
tell_suites(struct hello_text *text, struct reader list, unsigned bytes)
{
	struct writer out = begin(text);
	const char *between = "suites offered: ";

	while (list.left >= bytes) {
		bool own = bytes == 3 && reader_u8(&list) != 0;
		uint16_t number = reader_u16(&list);

		writer_text(&out, between);
		between = ", ";
		if (own)
			writer_text(&out, "one of SSL 2.0");
		else
			write_name(&out, suites, number);
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
	writer_text(&out, "server name asked for: ");
	escape_write(&out, ESCAPE_BARE, name.at, name.left);
	end(text, &out);
}

// A client's list, or the one that a server chose.
static void
write_versions(struct writer *out, struct reader body, uint8_t type)
{
	struct reader list =
	    type == CLIENT_HELLO ? reader_vector(&body, 1) : body;
	const char *between = "";

	while (list.left >= 2) {
		writer_text(out, between);
		writer_text(out, record_version_name(reader_u16(&list)));
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
		write_name(&out, extensions, number);
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
		write_versions(&out, body, CLIENT_HELLO);
	else
		writer_text(&out, record_version_name(version));
	end(text, &out);
	tell_suites(text, list, 2);
	tell_extensions(text, all);
	if (find_extension(all, EXTENSION_SERVER_NAME, &body))
		tell_server_name(text, body);
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
		write_versions(&out, body, SERVER_HELLO);
	else
		writer_text(&out, record_version_name(version));
	writer_text(&out, " and ");
	write_name(&out, suites, suite);
	end(text, &out);
}

static void
tell_v2_hello(struct reader message, struct hello_text *text)
{
	struct writer out = begin(text);
	uint16_t version;
	const uint8_t *list;
	size_t size;

	reader_bytes(&message, 3); // length and type
	version = reader_u16(&message);
	size = reader_u16(&message);
	reader_bytes(&message, 4); // lengths of session id and challenge
	list = reader_bytes(&message, size);
	if (message.failed)
		return;
	writer_text(&out, "ClientHello in SSL 2.0 format offers ");
	writer_text(&out, record_version_name(version));
	end(text, &out);
	tell_suites(text, reader_over(list, size), 3);
}

// The hello as one piece: the first handshake message out of its records.
// False: more is needed.
static bool
tell(struct hello_words *words, struct hello_text *text)
{
	uint8_t message[HELLO_WORDS_MOST];
	struct writer joined = writer_over(message, sizeof message);
	const uint8_t *bytes = buffer_bytes(&words->bytes);
	struct reader in = reader_over(bytes, words->bytes.size);

	if (in.left >= 3 && (bytes[0] & 0x80) != 0 && bytes[2] == 1) {
		size_t size = ((size_t)(bytes[0] & 0x7f) << 8 | bytes[1]) + 2;

		if (in.left < size)
			return false;
		tell_v2_hello(reader_over(bytes, size), text);
		return true;
	}
	while (!in.failed && in.left >= 5) {
		uint8_t type = reader_u8(&in);
		uint16_t size;
		struct reader whole;

		reader_u16(&in);
		size = reader_u16(&in);
		if (type != RECORD_HANDSHAKE)
			return true;
		writer_bytes(&joined, in.at, size < in.left ? size : in.left);
		reader_bytes(&in, size);
		whole = reader_over(message, joined.size);
		type = reader_u8(&whole);
		whole = reader_vector(&whole, 3);
		if (whole.failed)
			continue;
		if (type == CLIENT_HELLO)
			tell_client_hello(whole, text);
		else if (type == SERVER_HELLO)
			tell_server_hello(whole, text);
		return true;
	}
	return false;
}

bool
hello_words_feed(struct hello_words *words, const uint8_t *bytes, size_t size,
    struct hello_text *text)
{
	text->count = 0;
	if (words->over)
		return false;
	words->over =
	    !buffer_append(&words->bytes, bytes, size) || tell(words, text);
	if (words->over)
		buffer_free(&words->bytes);
	return text->count > 0;
}
