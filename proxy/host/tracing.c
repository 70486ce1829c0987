// SPDX-License-Identifier: ISC
//
// What is seen of a running service: SIGUSR1 and SIGUSR2.

#define _GNU_SOURCE
#include "host/worker_parts.h"

#include "net/alarm.h"
#include "watch/tracer.h"

#include <inttypes.h>

void
worker_reopen_log(struct worker *worker)
{
	char error[512];

	if (log_reopen(worker->start.log, error, sizeof error))
		log_event(worker->start.log, SEVERITY_INFO, NULL,
		    "the log was opened again");
	else
		log_event(worker->start.log, SEVERITY_ERROR, NULL,
		    "%s; the old file stays in use", error);
	tracer_reopen(worker->start.trace);
}

// Where the command line says nothing, so that nobody forgets to end it.
enum { SIGNAL_TIME = 10 * 60000, SIGNAL_SESSIONS = 100 };

void
worker_begin_trace(struct worker *worker)
{
	struct trace *trace = worker->start.trace;
	const struct worker_tracing *tracing = &worker->start.tracing;

	if (tracing->on_signal)
		tracer_stop(trace);
	if (!tracer_is_on(trace))
		return;
	tracer_start(trace, tracing->sessions);
	if (tracing->time > 0)
		alarm_set(worker->tracing, tracing->time);
}

void
worker_trace_over(void *owner)
{
	struct worker *worker = owner;

	tracer_stop(worker->start.trace);
	log_event(worker->start.log, SEVERITY_INFO, NULL,
	    "sessions are not watched any more, as their time is over");
}

void
worker_toggle_trace(struct worker *worker)
{
	struct trace *trace = worker->start.trace;
	const struct worker_tracing *tracing = &worker->start.tracing;
	uint64_t time = tracing->time > 0 ? tracing->time : SIGNAL_TIME;
	unsigned sessions =
	    tracing->sessions > 0 ? tracing->sessions : SIGNAL_SESSIONS;

	alarm_stop(worker->tracing);
	if (tracer_is_on(trace)) {
		tracer_stop(trace);
		log_event(worker->start.log, SEVERITY_INFO, NULL,
		    "sessions are not watched any more");
		return;
	}
	tracer_start(trace, sessions);
	alarm_set(worker->tracing, time);
	log_event(worker->start.log, SEVERITY_INFO, NULL,
	    "the next sessions are watched, %u at most and for %" PRIu64
	    " seconds; SIGUSR2 ends it",
	    sessions, time / 1000);
}
