// SPDX-License-Identifier: ISC
//
// Counters of one worker: plain numbers that its loop alone writes. How
// sessions ended is counted by reason, beside the rows of metrics.def.

#ifndef WATCH_METRICS_H
#define WATCH_METRICS_H

#include "base/reason.h"

#include <stdbool.h>
#include <stdint.h>

enum metric {
#define COUNTER(id, name, text) METRIC_##id,
#define GAUGE(id, name, text)   METRIC_##id,
#include "watch/metrics.def"
#undef COUNTER
#undef GAUGE
	METRIC_COUNT
};

// All zero at the start.
struct metrics {
	uint64_t value[METRIC_COUNT];
	uint64_t ended[REASON_COUNT]; // sessions, by why they ended
};

void metrics_add(struct metrics *metrics, enum metric metric, uint64_t count);
// For gauges alone; below zero is a bug.
void metrics_drop(struct metrics *metrics, enum metric metric);
void metrics_ended(struct metrics *metrics, enum reason reason);
// Adds the numbers of one worker to a sum.
void metrics_sum(struct metrics *sum, const struct metrics *metrics);

// Names and sentences for the page and the manual; static text.
const char *metric_name(enum metric metric);
const char *metric_text(enum metric metric);
bool metric_is_gauge(enum metric metric);

#endif
