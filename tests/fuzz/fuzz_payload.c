// SPDX-License-Identifier: ISC
//
// Content of DATA: the first byte says the mode, the second how many bytes
// come at once, the third how much room each call has, the rest is content.
// The end is found exactly where a naive search finds CRLF.CRLF; what goes
// out holds no bare CR or LF and no end of its own, not for a receiver that
// drops NUL either; clean content stays as it is; and no cut changes a byte.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"
#include "smtp/payload.h"

#include <stdbool.h>
#include <string.h>

// DOT alone doubles and DOT CR LF adds most; NUL and text add nothing.
enum { CONTENT_MOST = 4096, ROOM = 4 * CONTENT_MOST + 512 };

struct outcome {
	uint8_t bytes[ROOM];
	size_t size;
	size_t used;
	bool ended;
	bool bare;
};

struct manner {
	enum payload_mode mode;
	bool lf_end;
	size_t piece;
	size_t room;
};

static void
feed(const uint8_t *content, size_t size, struct manner manner,
    struct outcome *outcome)
{
	struct payload payload;
	size_t there = 0;

	*outcome = (struct outcome){0};
	payload_begin_data(&payload, manner.mode, manner.lf_end);
	while (outcome->used < size && !payload_ended(&payload)) {
		size_t written = 0;

		if (there == outcome->used)
			there += manner.piece < size - there ? manner.piece
							     : size - there;
		REQUIRE(outcome->size + manner.room <= ROOM);
		size_t used = payload_data(&payload, content + outcome->used,
		    there - outcome->used, outcome->bytes + outcome->size,
		    manner.room, &written);

		REQUIRE(used <= there - outcome->used);
		REQUIRE(written <= manner.room);
		REQUIRE(used > 0 || written > 0);
		outcome->used += used;
		outcome->size += written;
	}
	outcome->ended = payload_ended(&payload);
	outcome->bare = payload.bare;
	REQUIRE(payload.in == outcome->used);
	REQUIRE(payload.out == outcome->size);
}

// Behind which byte CRLF.CRLF ends, in bytes that stand behind a CRLF; 0:
// nowhere.
static size_t
find_end(const uint8_t *bytes, size_t size)
{
	if (size >= 3 && memcmp(bytes, ".\r\n", 3) == 0)
		return 3;
	for (size_t at = 0; at + 5 <= size; at++)
		if (memcmp(bytes + at, "\r\n.\r\n", 5) == 0)
			return at + 5;
	return 0;
}

static bool
has_bare_newline(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) ||
		    (bytes[i] == '\r' &&
			(i + 1 == size || bytes[i + 1] != '\n')))
			return true;
	return false;
}

// What a receiver gets: the output, and ".CRLF" once it ended.
static void
check_sent(const struct outcome *outcome, bool without_nul)
{
	static uint8_t sent[ROOM + 3];
	size_t size = 0;

	for (size_t i = 0; i < outcome->size; i++)
		if (outcome->bytes[i] != '\0' || !without_nul)
			sent[size++] = outcome->bytes[i];
	REQUIRE(find_end(sent, size) == 0);
	if (!outcome->ended)
		return;
	REQUIRE(!has_bare_newline(sent, size));
	bytes_copy(sent + size, 3, ".\r\n", 3);
	REQUIRE(find_end(sent, size + 3) == size + 3);
}

static void
check_strict(const uint8_t *content, size_t size, const struct outcome *outcome)
{
	size_t end = find_end(content, size);
	size_t before = end > 0 ? end - 3 : size;

	REQUIRE(outcome->ended == (end > 0));
	REQUIRE(outcome->used == (end > 0 ? end : size));
	if (!outcome->ended)
		return;
	if (has_bare_newline(content, before))
		REQUIRE(outcome->bare);
	if (outcome->bare)
		return;
	REQUIRE(outcome->size == before);
	REQUIRE(memcmp(outcome->bytes, content, before) == 0);
}

static void
check_same(const struct outcome *one, const struct outcome *two)
{
	REQUIRE(one->used == two->used && one->size == two->size);
	REQUIRE(one->ended == two->ended && one->bare == two->bare);
	REQUIRE(memcmp(one->bytes, two->bytes, one->size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, cut;
	struct reader input = reader_over(data, size);
	unsigned bits = reader_u8(&input);
	size_t piece = (size_t)reader_u8(&input) + 1;
	size_t room = 8 + (size_t)reader_u8(&input);

	if (input.failed || input.left == 0 || input.left > CONTENT_MOST)
		return 0;
	struct manner manner = {
	    .mode = (bits & 1) != 0 ? PAYLOAD_REJECT : PAYLOAD_NORMALIZE,
	    .lf_end = (bits & 2) != 0,
	    .piece = input.left,
	    .room = 512,
	};

	feed(input.at, input.left, manner, &whole);
	manner.piece = piece;
	manner.room = room;
	feed(input.at, input.left, manner, &cut);
	check_same(&whole, &cut);
	if (manner.mode == PAYLOAD_REJECT) {
		// Unchanged as far as it went.
		REQUIRE(whole.size <= whole.used);
		REQUIRE(memcmp(whole.bytes, input.at, whole.size) == 0);
		if (whole.bare)
			return 0;
	}
	check_sent(&whole, false);
	check_sent(&whole, true);
	if (!manner.lf_end)
		check_strict(input.at, input.left, &whole);
	return 0;
}
