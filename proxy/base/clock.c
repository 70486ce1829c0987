// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t
system_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t
system_wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const struct clock system_clock = {system_monotonic, system_wall};
static const struct clock *current = &system_clock;

uint64_t
clock_monotonic(void)
{
	return current->monotonic();
}

uint64_t
clock_wall(void)
{
	return current->wall();
}

void
clock_replace(const struct clock *clock)
{
	current = clock != NULL ? clock : &system_clock;
}
