// SPDX-License-Identifier: ISC
//
// What is seen of a running service: SIGUSR1 and SIGUSR2.

#define _GNU_SOURCE
#include "host/worker_parts.h"

#include "watch/tracer.h"

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
	if (!tracer_reopen(worker->start.trace, error, sizeof error))
		log_event(worker->start.log, SEVERITY_ERROR, NULL,
		    "%s; the old file stays in use", error);
}

void
worker_toggle_trace(struct worker *worker)
{
	bool on = tracer_toggle(worker->start.trace);

	log_event(worker->start.log, SEVERITY_INFO, NULL,
	    on ? "new sessions are shown on standard error (SIGUSR2 ends it)"
	       : "sessions are not shown any more");
}
