// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "smtp/payload.h"

#include <string.h>

enum { ROOM = 512 };

// What came of content that was fed in pieces.
struct outcome {
	uint8_t bytes[ROOM];
	size_t size;
	size_t used;
	bool ended;
	bool bare;
};

struct feeding {
	enum payload_mode mode;
	bool lf_end;
	size_t split; // the first piece; the rest is the second
	size_t piece; // or pieces of this size; 0: as split says
	size_t room;  // of output at each call
};

static void
feed_piece(struct payload *payload, const uint8_t *bytes, size_t size,
    size_t room, struct outcome *outcome)
{
	size_t used = 0;

	while (used < size && !payload_ended(payload)) {
		size_t written = 0;
		size_t now = payload_data(payload, bytes + used, size - used,
		    outcome->bytes + outcome->size, room, &written);

		assert_true(now > 0 || written > 0);
		assert_true(written <= room);
		used += now;
		outcome->size += written;
		assert_true(outcome->size + room <= ROOM);
	}
	outcome->used += used;
}

static struct outcome
feed(const char *text, size_t size, struct feeding feeding)
{
	const uint8_t *bytes = (const uint8_t *)text;
	struct outcome outcome = {0};
	struct payload payload;
	size_t first = feeding.piece > 0 ? feeding.piece : feeding.split;

	payload_begin_data(&payload, feeding.mode, feeding.lf_end);
	for (size_t at = 0; at < size && !payload_ended(&payload);) {
		size_t now = first < size - at ? first : size - at;

		feed_piece(&payload, bytes + at, now, feeding.room, &outcome);
		at += now;
		if (feeding.piece == 0)
			first = size;
	}
	outcome.ended = payload_ended(&payload);
	outcome.bare = payload.bare;
	assert_int_equal(payload.in, outcome.used);
	assert_int_equal(payload.out, outcome.size);
	return outcome;
}

static void
assert_same(const struct outcome *one, const struct outcome *two)
{
	assert_int_equal(one->size, two->size);
	assert_memory_equal(one->bytes, two->bytes, one->size);
	assert_int_equal(one->used, two->used);
	assert_int_equal(one->ended, two->ended);
	assert_int_equal(one->bare, two->bare);
}

// Whole, at every split, byte by byte, and with the least room: all the same.
static struct outcome
feed_every_way(
    const char *text, size_t size, enum payload_mode mode, bool lf_end)
{
	struct feeding feeding = {
	    .mode = mode, .lf_end = lf_end, .split = size, .room = 64};
	struct outcome whole = feed(text, size, feeding);
	struct outcome other;

	for (feeding.split = 1; feeding.split < size; feeding.split++) {
		other = feed(text, size, feeding);
		assert_same(&whole, &other);
	}
	feeding.piece = 1;
	other = feed(text, size, feeding);
	assert_same(&whole, &other);
	for (feeding.room = 8; feeding.room < 12; feeding.room++) {
		feeding.piece = 0;
		feeding.split = size;
		other = feed(text, size, feeding);
		assert_same(&whole, &other);
		feeding.piece = 1;
		other = feed(text, size, feeding);
		assert_same(&whole, &other);
	}
	return whole;
}

// Strict and naive: where CRLF.CRLF ends in bytes, which stand behind a
// CRLF; 0 when it is not in them.
static size_t
find_end(const char *bytes, size_t size)
{
	if (size >= 3 && memcmp(bytes, ".\r\n", 3) == 0)
		return 3;
	for (size_t at = 0; at + 5 <= size; at++)
		if (memcmp(bytes + at, "\r\n.\r\n", 5) == 0)
			return at + 5;
	return 0;
}

static bool
has_bare_newline(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			return true;
		if (bytes[i] == '\r' && (i + 1 == size || bytes[i + 1] != '\n'))
			return true;
	}
	return false;
}

// As a receiver that drops NUL sees it.
static size_t
drop_nuls(char *to, const uint8_t *from, size_t size)
{
	size_t kept = 0;

	for (size_t i = 0; i < size; i++)
		if (from[i] != '\0')
			to[kept++] = (char)from[i];
	return kept;
}

// The properties that hold for any content in normalize mode. What goes to
// the receiver is the output and, once it ended, ".CRLF".
static void
check_normalized(const char *text, size_t size, const struct outcome *outcome)
{
	char sent[ROOM + 3];
	size_t end = find_end(text, size);
	size_t before = end > 0 ? end - 3 : size;
	size_t kept = drop_nuls(sent, outcome->bytes, outcome->size);

	assert_int_equal(outcome->ended, end > 0);
	assert_int_equal(outcome->used, end > 0 ? end : size);
	assert_int_equal(find_end(sent, kept), 0);
	if (!outcome->ended)
		return;
	assert_false(has_bare_newline(sent, kept));
	bytes_copy(sent + kept, 3, ".\r\n", 3);
	assert_int_equal(find_end(sent, kept + 3), kept + 3);

	bytes_copy(sent, ROOM, outcome->bytes, outcome->size);
	assert_false(has_bare_newline(sent, outcome->size));
	bytes_copy(sent + outcome->size, 3, ".\r\n", 3);
	assert_int_equal(find_end(sent, outcome->size + 3), outcome->size + 3);
	assert_int_equal(
	    outcome->bare ? 0 : before, outcome->bare ? 0 : outcome->size);
	if (!outcome->bare)
		assert_memory_equal(outcome->bytes, text, before);
	if (memchr(text, '\0', before) == NULL)
		assert_int_equal(outcome->bare, has_bare_newline(text, before));
}

static void
check_rejecting(const char *text, size_t size, const struct outcome *outcome,
    const struct outcome *normalized)
{
	assert_int_equal(outcome->bare, normalized->bare);
	assert_int_equal(outcome->ended, normalized->ended);
	assert_int_equal(outcome->used, normalized->used);
	assert_true(outcome->size <= size);
	assert_memory_equal(outcome->bytes, text, outcome->size);
	if (!outcome->bare)
		assert_same(outcome, normalized);
}

// Calls check for every string of at most longest of these letters.
static void
for_all_strings(const char *letters, size_t kinds, size_t longest,
    void (*check)(const char *text, size_t size))
{
	char text[16];
	size_t digits[16] = {0};

	for (size_t size = 0; size <= longest; size++) {
		bool more = true;

		while (more) {
			for (size_t i = 0; i < size; i++)
				text[i] = letters[digits[i]];
			check(text, size);
			more = false;
			for (size_t i = 0; i < size && !more; i++) {
				digits[i] = (digits[i] + 1) % kinds;
				more = digits[i] != 0;
			}
		}
	}
}

static void
check_string(const char *text, size_t size)
{
	struct outcome normalized =
	    feed_every_way(text, size, PAYLOAD_NORMALIZE, false);
	struct outcome rejecting =
	    feed_every_way(text, size, PAYLOAD_REJECT, false);

	check_normalized(text, size, &normalized);
	check_rejecting(text, size, &rejecting, &normalized);
}

static void
all_strings_of_nine_bytes_are_framed_and_cleaned(void **state)
{
	(void)state;
	for_all_strings("a.\r\n", 4, 9, check_string);
}

static void
all_strings_with_nul_are_framed_and_cleaned(void **state)
{
	(void)state;
	for_all_strings("a.\r\n\0", 5, 7, check_string);
}

struct row {
	const char *in;
	size_t in_size;
	const char *out;
	size_t out_size;
	bool ended;
};

// Octal for NUL, so that no digit behind it is swallowed.
#define ROW(in, out, ended)                                                    \
	{                                                                      \
		in, sizeof(in) - 1, out, sizeof(out) - 1, ended                \
	}

static void
check_rows(const struct row *rows, size_t count, bool lf_end)
{
	for (size_t i = 0; i < count; i++) {
		struct outcome outcome = feed_every_way(
		    rows[i].in, rows[i].in_size, PAYLOAD_NORMALIZE, lf_end);

		assert_int_equal(outcome.size, rows[i].out_size);
		assert_memory_equal(
		    outcome.bytes, rows[i].out, rows[i].out_size);
		assert_int_equal(outcome.ended, rows[i].ended);
	}
}

static void
known_smuggling_is_neutralised(void **state)
{
	static const struct row rows[] = {
	    ROW("a\r\n.\r\n", "a\r\n", true),
	    ROW(".\r\n", "", true),
	    ROW("a\r\n..\r\n.\r\n", "a\r\n..\r\n", true),
	    ROW("a\r\n.b\r\n.\r\n", "a\r\n.b\r\n", true),
	    ROW("a\n.\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\n.\r\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r.\rRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n.\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n.\rRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n.\r\r\nb\r\n.\r\n", "a\r\n..\r\n\r\nb\r\n", true),
	    ROW("a\r.\r\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\r\n.\r\n", "a\r\n\r\n", true),
	    ROW("\n.\n", "\r\n..\r\n", false),
	    ROW("a\r\n.\r\nRSET\r\n", "a\r\n", true),
	    ROW("a\xff\x80\r\n.\r\n", "a\xff\x80\r\n", true),
	};

	(void)state;
	check_rows(rows, ROWS(rows), false);
}

static void
nul_hides_no_dot(void **state)
{
	static const struct row rows[] = {
	    ROW("a\000b\r\n.\r\n", "a\000b\r\n", true),
	    ROW("\000a\r\n.\r\n", "\000a\r\n", true),
	    ROW("\000\000a\r\n.\r\n", "\000\000a\r\n", true),
	    ROW("a\r\n\000\r\n.\r\n", "a\r\n\000\r\n", true),
	    ROW("a\r\n\000.\r\nRSET\r\n.\r\n", "a\r\n..\r\nRSET\r\n", true),
	    ROW("a\r\n\000\000.\r\n.\r\n", "a\r\n..\r\n", true),
	    ROW("a\r\n.\000\r\n.\r\n", "a\r\n\000\r\n", true),
	    ROW("a\r\n.\000.\r\n.\r\n", "a\r\n..\r\n", true),
	    ROW("a\r\n.\r\000\n.\r\n", "a\r\n..\r\n\000\r\n..\r\n", false),
	    ROW("a\r\000\n.\r\n.\r\n", "a\r\n\000\r\n..\r\n", true),
	    ROW("a\n\000.\n.\r\n", "a\r\n..\r\n..\r\n", false),
	    ROW("a\000.\r\n.\r\n", "a\000.\r\n", true),
	    ROW("\000\000\000\000\000\000\000\000\000\000\000a",
		"\000\000\000\000\000\000\000\000\000\000\000a", false),
	};

	(void)state;
	check_rows(rows, ROWS(rows), false);
}

static void
lf_lf_ends_content_of_senders_that_know_lf_alone(void **state)
{
	static const struct row rows[] = {
	    ROW("a\n.\n", "a\r\n", true),
	    ROW("a\nb\n.\nQUIT\n", "a\r\nb\r\n", true),
	    ROW(".\nQUIT\n", "", true),
	    ROW("a\n..\n.\n", "a\r\n...\r\n", true),
	    ROW("a\n.b\n.\n", "a\r\n..b\r\n", true),
	    // Any CRLF before it: strict again.
	    ROW("a\r\nb\n.\nc\r\n.\r\n", "a\r\nb\r\n..\r\nc\r\n", true),
	    ROW("a\nb\r\n.\nc\r\n.\r\n", "a\r\nb\r\n..\r\nc\r\n", true),
	    ROW("a\n.\r\n.\r\n", "a\r\n..\r\n", true),
	    // A bare CR begins no line for it.
	    ROW("a\nb\r.\nc", "a\r\nb\r\n..\r\nc", false),
	    ROW("a\r.\n", "a\r\n..\r\n", false),
	    // Nor does a line that NUL begins.
	    ROW("a\n\000.\n", "a\r\n..\r\n", false),
	    ROW("a\r\n.\r\n", "a\r\n", true),
	};

	(void)state;
	check_rows(rows, ROWS(rows), true);
}

static void
rejecting_stops_output_and_still_finds_the_end(void **state)
{
	static const char text[] = "one\r\ntwo\nthree\r\n.\r\nRSET\r\n";
	struct outcome outcome =
	    feed_every_way(text, sizeof text - 1, PAYLOAD_REJECT, false);

	(void)state;
	assert_true(outcome.bare);
	assert_true(outcome.ended);
	assert_int_equal(outcome.used, sizeof text - 1 - 6);
	assert_int_equal(outcome.size, 8);
	assert_memory_equal(outcome.bytes, "one\r\ntwo", 8);
}

static void
rejecting_finds_an_lf_end_too(void **state)
{
	static const char text[] = "one\n.\nQUIT\n";
	struct outcome outcome =
	    feed_every_way(text, sizeof text - 1, PAYLOAD_REJECT, true);

	(void)state;
	assert_true(outcome.bare);
	assert_true(outcome.ended);
	assert_int_equal(outcome.used, 6);
	assert_int_equal(outcome.size, 3);
}

static void
long_text_passes_whole(void **state)
{
	static uint8_t in[5000], out[6000];
	struct payload payload;
	size_t written = 0;

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)('a' + i % 26);
	in[2047] = '\r';
	in[2048] = '\n';
	payload_begin_data(&payload, PAYLOAD_NORMALIZE, false);
	assert_int_equal(
	    payload_data(&payload, in, sizeof in, out, sizeof out, &written),
	    sizeof in);
	assert_int_equal(written, sizeof in);
	assert_memory_equal(in, out, sizeof in);
	assert_false(payload.bare);
}

static void
chunks_are_counted_exactly(void **state)
{
	struct payload payload;

	(void)state;
	payload_begin_chunk(&payload, 10);
	assert_false(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 4), 4);
	assert_int_equal(payload_chunk(&payload, 0), 0);
	assert_int_equal(payload.chunk, 6);
	assert_false(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 100), 6);
	assert_true(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 100), 0);
	assert_int_equal(payload.in, 10);
	assert_int_equal(payload.out, 10);

	payload_begin_chunk(&payload, 0);
	assert_true(payload_ended(&payload));
	assert_int_equal(payload_chunk(&payload, 1), 0);

	payload_begin_chunk(&payload, UINT64_MAX);
	assert_int_equal(payload_chunk(&payload, SIZE_MAX), SIZE_MAX);
	assert_true(payload_ended(&payload));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_strings_of_nine_bytes_are_framed_and_cleaned),
	    cmocka_unit_test(all_strings_with_nul_are_framed_and_cleaned),
	    cmocka_unit_test(known_smuggling_is_neutralised),
	    cmocka_unit_test(nul_hides_no_dot),
	    cmocka_unit_test(lf_lf_ends_content_of_senders_that_know_lf_alone),
	    cmocka_unit_test(rejecting_stops_output_and_still_finds_the_end),
	    cmocka_unit_test(rejecting_finds_an_lf_end_too),
	    cmocka_unit_test(long_text_passes_whole),
	    cmocka_unit_test(chunks_are_counted_exactly),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
