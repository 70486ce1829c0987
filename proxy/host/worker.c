// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "host/worker.h"

#include "host/journal.h"
#include "host/open_files.h"
#include "host/ports.h"
#include "host/rights.h"
#include "host/worker_parts.h"
#include "net/alarm.h"
#include "net/connection.h"
#include "net/loop.h"
#include "net/sockaddr.h"
#include "session/edition.h"
#include "session/front.h"
#include "watch/tracer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	STATUS_INTERVAL = 5000, // milliseconds
	// How long a peer is waited for that was told all there is to tell,
	// and does not close; less than CONNECTION_FAREWELL, for somebody
	// waits for us to be gone.
	LAST_WORDS = 2000
};

bool
worker_open_log(
    struct log *log, const struct policy *policy, char *error, size_t room)
{
	static const enum log_place places[] = {
	    [LOG_DESTINATION_STDERR] = LOG_TO_STDERR,
	    [LOG_DESTINATION_JOURNAL] = LOG_TO_JOURNAL,
	    [LOG_DESTINATION_SYSLOG] = LOG_TO_SYSLOG,
	    [LOG_DESTINATION_FILE] = LOG_TO_FILE,
	};
	static const enum severity severities[] = {
	    [LOG_LEVEL_ERROR] = SEVERITY_ERROR,
	    [LOG_LEVEL_WARNING] = SEVERITY_WARNING,
	    [LOG_LEVEL_INFO] = SEVERITY_INFO,
	    [LOG_LEVEL_DEBUG] = SEVERITY_DEBUG,
	};
	const struct log_settings *settings = policy_log(policy);
	const struct log_options options = {
	    .place = places[settings->destination],
	    .form =
		settings->format == LOG_FORMAT_JSON ? LOG_AS_JSON : LOG_AS_TEXT,
	    .least = severities[settings->level],
	    .path = settings->file,
	    .journal = journal_sink(),
	};

	return log_open(log, &options, error, room);
}

static void
accepted(void *owner, size_t listener, struct connection *connection)
{
	struct worker *worker = owner;

	front_accept(worker->front, listener, connection);
}

static void
accept_failed(void *owner, const char *why)
{
	struct worker *worker = owner;

	metrics_add(&worker->metrics, METRIC_ACCEPT_FAILURES, 1);
	log_event(worker->start.log, SEVERITY_ERROR, NULL,
	    "cannot accept a sender: %s; raise the limit of open files "
	    "(LimitNOFILE=, ulimit -n) or lower limits.sessions",
	    why);
}

static void
last_session_ended(void *owner)
{
	struct worker *worker = owner;

	if (worker->phase < PHASE_ENDING)
		worker->phase = PHASE_ENDING;
	loop_stop(worker->loop);
}

static bool
tell_front_where_we_listen(struct worker *worker)
{
	for (size_t i = 0; i < ports_count(worker->ports); i++) {
		struct sockaddr_storage any;
		size_t listener;
		const struct sockaddr_storage *address =
		    ports_address(worker->ports, i, &listener);

		if (!front_listens(worker->front, address))
			return false;
		if (ports_takes_both(worker->ports, i) &&
		    (!sockaddr_parse("0.0.0.0", sockaddr_port(address), &any) ||
			!front_listens(worker->front, &any)))
			return false;
	}
	return true;
}

bool
worker_adopt(struct worker *worker, struct policy *policy,
    struct faults *faults, char *error, size_t room)
{
	const struct edition_means means = {
	    .loop = worker->loop, .keeps = true};
	struct edition *edition;

	if (!rights_suffice(policy, worker->start.configuration, faults))
		return false;
	edition = edition_new(policy, &means, faults);
	if (edition == NULL)
		return false;
	if (!ports_take(
		worker->ports, policy, worker->start.service, error, room)) {
		edition_release(&edition);
		return false;
	}
	if (!ports_intercept(worker->ports, policy))
		log_event(worker->start.log, SEVERITY_WARNING, NULL,
		    "TPROXY rules cannot bring senders here, for that needs "
		    "CAP_NET_ADMIN or CAP_NET_RAW, which this process does "
		    "not have, or gave up at its start; REDIRECT rules can");
	open_files_allow(policy, faults);
	front_adopt(worker->front, edition);
	edition_release(&worker->edition);
	worker->edition = edition;
	// Without memory to remember them, loops end by the loop's own limits.
	if (!tell_front_where_we_listen(worker))
		log_event(worker->start.log, SEVERITY_WARNING, NULL,
		    "memory is out: loops back to sallyport may not be seen");
	return true;
}

void
worker_tell_status(struct worker *worker)
{
	size_t sessions = front_sessions(worker->front);
	uint64_t messages = worker->metrics.value[METRIC_MESSAGES_ACCEPTED];
	const char *besides = worker->phase != PHASE_RUNNING ? "; draining"
			      : worker->old_stays ? "; the last reload failed"
						  : "";

	if (sessions == worker->told_sessions &&
	    messages == worker->told_messages)
		return;
	worker->told_sessions = sessions;
	worker->told_messages = messages;
	service_status(worker->start.service,
	    "%zu sessions now, %" PRIu64 " messages accepted%s", sessions,
	    messages, besides);
}

static void
status_due(void *owner)
{
	struct worker *worker = owner;

	worker_tell_status(worker);
	alarm_set(worker->status, STATUS_INTERVAL);
}

static void
watchdog_due(void *owner)
{
	struct worker *worker = owner;

	service_alive(worker->start.service);
	alarm_set(worker->watchdog, worker->start.service->watchdog);
}

static void
drain_over(void *owner)
{
	struct worker *worker = owner;

	if (worker->phase == PHASE_ENDING) {
		worker->phase = PHASE_OVER;
		return;
	}
	log_event(worker->start.log, SEVERITY_WARNING, NULL,
	    "timeouts.drain is over with %zu sessions left; they are cut",
	    front_sessions(worker->front));
	worker->phase = PHASE_ENDING;
	loop_stop(worker->loop);
}

void
worker_drain(struct worker *worker)
{
	if (worker->phase != PHASE_RUNNING) {
		worker->phase = PHASE_OVER;
		loop_stop(worker->loop);
		return;
	}
	worker->phase = PHASE_DRAINING;
	log_event(worker->start.log, SEVERITY_INFO, NULL,
	    "stopping; %zu sessions are given time to end",
	    front_sessions(worker->front));
	ports_close(worker->ports);
	service_stopping(worker->start.service);
	alarm_set(worker->drain,
	    policy_timeouts(edition_policy(worker->edition))->drain);
	front_stop(worker->front);
}

static bool
make_parts(struct worker *worker)
{
	static const struct ports_events events = {accepted, accept_failed};
	struct front_options options = {
	    .log = worker->start.log,
	    .metrics = &worker->metrics,
	    .trace = worker->start.trace,
	    .watched = worker->start.tracing.watched,
	    .drained = last_session_ended,
	    .owner = worker,
	};

	// The sandbox forbids it; libuv must not begin with it.
	setenv("UV_USE_IO_URING", "0", 1);
	worker->loop = loop_new();
	if (worker->loop == NULL)
		return false;
	options.loop = worker->loop;
	worker->front = front_new(&options);
	worker->ports = ports_new(worker->loop, &events, worker);
	worker->signals = signals_new(worker);
	worker->watchdog = alarm_new(worker->loop, watchdog_due, worker);
	worker->status = alarm_new(worker->loop, status_due, worker);
	worker->drain = alarm_new(worker->loop, drain_over, worker);
	worker->tracing = alarm_new(worker->loop, worker_trace_over, worker);
	return worker->front != NULL && worker->ports != NULL &&
	       worker->signals != NULL && worker->watchdog != NULL &&
	       worker->status != NULL && worker->drain != NULL &&
	       worker->tracing != NULL;
}

struct worker *
worker_new(const struct worker_start *start, struct faults *faults, char *error,
    size_t room)
{
	struct worker *worker = calloc(1, sizeof *worker);

	if (worker != NULL)
		worker->start = *start;
	if (worker == NULL || !make_parts(worker)) {
		snprintf(error, room,
		    "memory or descriptors are out before anything began");
		worker_free(&worker);
	} else if (!worker_adopt(worker, start->policy, faults, error, room)) {
		worker_free(&worker);
	}
	return worker;
}

// Ends what is left; sessions are freed by the loop alone.
static void
end_sessions(struct worker *worker)
{
	front_end(worker->front);
	while (front_sessions(worker->front) > 0)
		loop_turn(worker->loop, false);
}

// Sessions are over, but what they said last may not have left yet. False: a
// peer does not take its leave, or a name is still being looked up.
static bool
say_last_words(struct worker *worker)
{
	alarm_set(worker->drain, LAST_WORDS);
	while (worker->phase != PHASE_OVER && loop_unfinished(worker->loop) > 0)
		loop_turn(worker->loop, true);
	return loop_unfinished(worker->loop) == 0;
}

bool
worker_run(struct worker *worker)
{
	bool drained;

	worker_announce(worker);
	worker_begin_trace(worker);
	if (worker->start.service->watchdog > 0)
		watchdog_due(worker);
	service_ready(worker->start.service);
	service_status(worker->start.service, "ready, no sessions yet");
	status_due(worker);
	while (worker->phase < PHASE_ENDING)
		loop_run(worker->loop);
	drained = front_sessions(worker->front) == 0;
	end_sessions(worker);
	drained = say_last_words(worker) && drained;
	log_event(worker->start.log, SEVERITY_INFO, NULL,
	    "stopped after %" PRIu64 " sessions and %" PRIu64 " messages",
	    worker->metrics.value[METRIC_SESSIONS],
	    worker->metrics.value[METRIC_MESSAGES_ACCEPTED]);
	return drained;
}

void
worker_free(struct worker **worker)
{
	struct worker *freed = *worker;

	*worker = NULL;
	if (freed == NULL)
		return;
	if (freed->front != NULL)
		end_sessions(freed);
	ports_free(&freed->ports);
	signals_free(&freed->signals);
	alarm_free(&freed->watchdog);
	alarm_free(&freed->status);
	alarm_free(&freed->drain);
	alarm_free(&freed->tracing);
	front_free(&freed->front);
	edition_release(&freed->edition);
	loop_free(&freed->loop);
	free(freed);
}
