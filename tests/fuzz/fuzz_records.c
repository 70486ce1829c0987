// SPDX-License-Identifier: ISC
//
// What traces make of TLS records: the first byte says how the rest is cut.
// Every byte belongs to one piece, and what is told of a hello is printable.

#include "base/contract.h"
#include "harness.h"
#include "watch/hello_words.h"
#include "watch/record_reader.h"

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
check_words(const uint8_t *bytes, size_t size, size_t cut)
{
	static struct hello_text text;
	struct hello_words words;

	hello_words_init(&words);
	while (size > 0) {
		size_t most = size < cut ? size : cut;

		hello_words_feed(&words, bytes, most, &text);
		REQUIRE(text.count <= HELLO_WORDS_LINES);
		for (size_t i = 0; i < text.count; i++) {
			for (const char *at = text.lines[i]; *at != '\0'; at++)
				REQUIRE(*at >= ' ' && *at <= '~');
		}
		bytes += most;
		size -= most;
	}
	hello_words_free(&words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cut;

	if (size < 2)
		return 0;
	cut = (size_t)data[0] + 1;
	check_pieces(data + 1, size - 1, cut);
	check_words(data + 1, size - 1, cut);
	return 0;
}
