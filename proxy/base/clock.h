// SPDX-License-Identifier: ISC
//
// Time, through one pointer, so that tests can move it.

#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

// Milliseconds since some fixed moment, never running backwards: for timers
// and durations.
uint64_t clock_monotonic(void);
// Microseconds since 1970-01-01 00:00 UTC: for logs, traces, certificates.
uint64_t clock_wall(void);

struct clock {
	uint64_t (*monotonic)(void);
	uint64_t (*wall)(void);
};

// Replaces the clock; NULL gives the system's back. For tests alone.
void clock_replace(const struct clock *clock);

#endif
