// SPDX-License-Identifier: ISC
//
// Feeds content of DATA to payload_data, cut in every way; whichever, the
// outcome must be the same.

#ifndef UNIT_PAYLOAD_FEED_H
#define UNIT_PAYLOAD_FEED_H

#include "unit.h"

#include "smtp/payload.h"

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

static inline void
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

static inline struct outcome
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

static inline void
assert_same(const struct outcome *one, const struct outcome *two)
{
	assert_int_equal(one->size, two->size);
	assert_memory_equal(one->bytes, two->bytes, one->size);
	assert_int_equal(one->used, two->used);
	assert_int_equal(one->ended, two->ended);
	assert_int_equal(one->bare, two->bare);
}

// Whole, at every split, byte by byte, and with the least room: all the same.
static inline struct outcome
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

#endif
