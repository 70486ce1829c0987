// SPDX-License-Identifier: ISC

#include "watch/metrics.h"

#include "base/contract.h"

static const struct {
	const char *name, *text;
	bool gauge;
} metric_rows[METRIC_COUNT] = {
#define COUNTER(id, name, text) [METRIC_##id] = {name, text, false},
#define GAUGE(id, name, text)   [METRIC_##id] = {name, text, true},
#include "watch/metrics.def"
#undef COUNTER
#undef GAUGE
};

void
metrics_add(struct metrics *metrics, enum metric metric, uint64_t count)
{
	REQUIRE(metric < METRIC_COUNT);
	metrics->value[metric] += count;
}

void
metrics_drop(struct metrics *metrics, enum metric metric)
{
	REQUIRE(metric_is_gauge(metric) && metrics->value[metric] > 0);
	metrics->value[metric]--;
}

void
metrics_ended(struct metrics *metrics, enum reason reason)
{
	REQUIRE(reason < REASON_COUNT);
	metrics->ended[reason]++;
}

void
metrics_sum(struct metrics *sum, const struct metrics *metrics)
{
	for (int i = 0; i < METRIC_COUNT; i++)
		sum->value[i] += metrics->value[i];
	for (int i = 0; i < REASON_COUNT; i++)
		sum->ended[i] += metrics->ended[i];
}

const char *
metric_name(enum metric metric)
{
	REQUIRE(metric < METRIC_COUNT);
	return metric_rows[metric].name;
}

const char *
metric_text(enum metric metric)
{
	REQUIRE(metric < METRIC_COUNT);
	return metric_rows[metric].text;
}

bool
metric_is_gauge(enum metric metric)
{
	REQUIRE(metric < METRIC_COUNT);
	return metric_rows[metric].gauge;
}
