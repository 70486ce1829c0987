// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "host/worker_parts.h"
#include "net/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <uv.h>

static const struct {
	int number;
	void (*run)(struct worker *worker);
} actions[] = {
    {SIGHUP, worker_reload},
    {SIGTERM, worker_drain},
    {SIGINT, worker_drain},
    {SIGUSR1, worker_reopen_log},
    {SIGUSR2, worker_toggle_trace},
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

struct signals {
	uv_signal_t handles[ACTIONS];
	struct worker *worker;
	unsigned open;
};

static void
arrived(uv_signal_t *handle, int number)
{
	struct signals *signals = handle->data;

	for (size_t i = 0; i < ACTIONS; i++) {
		if (actions[i].number == number)
			actions[i].run(signals->worker);
	}
}

static void
closed(uv_handle_t *handle)
{
	struct signals *signals = handle->data;

	if (--signals->open == 0)
		free(signals);
}

struct signals *
signals_new(struct worker *worker)
{
	struct signals *signals = calloc(1, sizeof *signals);

	if (signals == NULL)
		return NULL;
	// A peer that is gone is an error of a write, not our end.
	signal(SIGPIPE, SIG_IGN);
	signals->worker = worker;
	for (size_t i = 0; i < ACTIONS; i++) {
		uv_signal_t *handle = &signals->handles[i];

		handle->data = signals;
		if (uv_signal_init(loop_uv(worker->loop), handle) != 0)
			break;
		signals->open++;
		if (uv_signal_start(handle, arrived, actions[i].number) == 0)
			continue;
		break;
	}
	if (signals->open == ACTIONS)
		return signals;
	if (signals->open == 0)
		free(signals);
	else
		signals_free(&signals);
	return NULL;
}

void
signals_free(struct signals **signals)
{
	struct signals *freed = *signals;
	unsigned open;

	*signals = NULL;
	if (freed == NULL)
		return;
	open = freed->open;
	for (unsigned i = 0; i < open; i++)
		uv_close((uv_handle_t *)&freed->handles[i], closed);
}
