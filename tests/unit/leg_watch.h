// SPDX-License-Identifier: ISC
//
// A leg over a wire, and what it told.

#ifndef UNIT_LEG_WATCH_H
#define UNIT_LEG_WATCH_H

#include "net_wire.h"

#include "net/leg.h"

struct watch {
	struct wire wire;
	struct leg leg;
	bool told[LEG_STALLED + 1];
	unsigned times[LEG_STALLED + 1];
	bool got;
	struct buffer received;
	// Called when something happens, if the test has something to do then.
	void (*react)(struct watch *watch, enum leg_event event);
	size_t before_end; // bytes received when the last event was told
};

static inline void
watch_received(void *owner, enum side side, const uint8_t *bytes, size_t size)
{
	struct watch *watch = owner;

	assert_int_equal(side, watch->leg.side);
	assert_true(size > 0);
	assert_true(buffer_append(&watch->received, bytes, size));
	watch->got = true;
}

static inline void
watch_happened(void *owner, enum side side, enum leg_event event)
{
	struct watch *watch = owner;

	assert_int_equal(side, watch->leg.side);
	watch->told[event] = true;
	watch->times[event]++;
	watch->before_end = watch->received.size;
	if (watch->react != NULL)
		watch->react(watch, event);
}

static inline void
watch_open(struct watch *watch, enum side side)
{
	static const struct leg_events events = {
	    .received = watch_received, .happened = watch_happened};

	*watch = (struct watch){0};
	buffer_init(&watch->received, 1 << 20);
	wire_open(&watch->wire);
	leg_init(&watch->leg, side, watch->wire.loop, &events, watch);
	assert_true(leg_open(&watch->leg, watch->wire.connection));
	watch->wire.connection = NULL;
	leg_read(&watch->leg, true);
}

static inline void
watch_close(struct watch *watch)
{
	leg_close(&watch->leg);
	buffer_free(&watch->received);
	wire_close(&watch->wire);
}

static inline bool
watch_until(struct watch *watch, enum leg_event event)
{
	return wire_until(watch->wire.loop, &watch->told[event]);
}

// Runs the loop until exactly these bytes were received since the last call.
static inline void
watch_expect(struct watch *watch, const char *bytes)
{
	size_t size = strlen(bytes);
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;

	while (watch->received.size < size && clock_monotonic() < end)
		loop_turn(watch->wire.loop, false);
	assert_int_equal(watch->received.size, size);
	assert_memory_equal(buffer_bytes(&watch->received), bytes, size);
	buffer_consume(&watch->received, size);
}

static inline void
watch_write(struct watch *watch, const char *text)
{
	leg_write(&watch->leg, (const uint8_t *)text, strlen(text));
}

#endif
