// SPDX-License-Identifier: ISC
//
// What traces make of TLS records: the first byte says how the rest is cut.
// Every byte belongs to one piece, and what is told of a message is printable.

#include "base/contract.h"
#include "harness.h"
#include "watch/handshake_fields.h"
#include "watch/hello_words.h"
#include "watch/record_reader.h"

#include <string.h>

static void
check_pieces(const uint8_t *bytes, size_t size, size_t cut)
{
	struct record_reader reader = {0};
	struct record_piece piece;

	while (size > 0) {
		size_t most = size < cut ? size : cut;

		record_reader_next(&reader, bytes, most, &piece);
		REQUIRE(piece.size > 0 && piece.size <= most);
		REQUIRE(record_type_name(piece.type) != NULL);
		bytes += piece.size;
		size -= piece.size;
	}
}

static void
check_printable(const char *text)
{
	for (; *text != '\0'; text++)
		REQUIRE(*text >= ' ' && *text <= '~');
}

static void
check_field(void *context, unsigned depth, const char *name, const char *value)
{
	(void)context;
	REQUIRE(depth <= 3 && strlen(value) < HANDSHAKE_FIELD);
	check_printable(name);
	check_printable(value);
}

static void
check_item(void *context, const struct handshake_item *item)
{
	static struct hello_text text;
	const struct handshake_sink sink = {.field = check_field};

	hello_words_tell(item, &text);
	REQUIRE(text.count <= HELLO_WORDS_LINES);
	for (size_t i = 0; i < text.count; i++)
		check_printable(text.lines[i]);
	handshake_fields(item, context, &sink);
}

static void
check_messages(const uint8_t *bytes, size_t size, size_t cut)
{
	struct record_reader records = {0};
	struct handshake_reader reader;
	struct handshake_known known = {0};
	struct record_piece piece;

	handshake_reader_init(&reader);
	while (size > 0) {
		size_t most = size < cut ? size : cut;

		record_reader_next(&records, bytes, most, &piece);
		handshake_reader_take(
		    &reader, &piece, bytes, check_item, &known);
		bytes += piece.size;
		size -= piece.size;
	}
	handshake_reader_free(&reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cut;

	if (size < 2)
		return 0;
	cut = (size_t)data[0] + 1;
	check_pieces(data + 1, size - 1, cut);
	check_messages(data + 1, size - 1, cut);
	return 0;
}
