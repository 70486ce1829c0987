// SPDX-License-Identifier: ISC
//
// Another configuration while sessions go on: those that are there keep the
// one they began with. What is wrong with the new one is told, all of it, and
// changes nothing.

#define _POSIX_C_SOURCE 200809L
#include "host/answer.h"
#include "host/faults_log.h"
#include "host/worker_parts.h"
#include "session/edition.h"

#include <stdio.h>
#include <string.h>

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

// What was done once, with rights that are gone by now.
static void
tell_unchanged(const struct worker *worker, const struct policy *policy)
{
	const struct process_settings *old =
	    policy_process(edition_policy(worker->edition));
	const struct process_settings *new = policy_process(policy);

	if (!same(old->user, new->user) || !same(old->group, new->group))
		log_event(worker->start.log, SEVERITY_WARNING, NULL,
		    "user and group change with a restart, not with a "
		    "reload");
}

static void
take_log(struct worker *worker, const struct policy *policy)
{
	char error[512];
	struct log log;

	if (!worker_open_log(&log, policy, error, sizeof error)) {
		log_event(worker->start.log, SEVERITY_ERROR, NULL,
		    "%s; the log stays where it was", error);
		return;
	}
	log_close(worker->start.log);
	*worker->start.log = log;
}

// A start would be refused for it; a service goes on.
static void
tell_unwatched(struct worker *worker, const struct policy *policy)
{
	const char *name = worker->start.tracing.watched.listener;

	if (name == NULL)
		return;
	for (size_t i = 0; i < policy_listener_count(policy); i++)
		if (strcmp(policy_listener(policy, i)->name, name) == 0)
			return;
	log_event(worker->start.log, SEVERITY_WARNING, NULL,
	    "there is no listener %s any more: --trace-listener watches "
	    "nothing",
	    name);
}

// False: faults has errors, or error is filled in.
static bool
take(struct worker *worker, struct policy *policy, struct faults *faults,
    char *error, size_t room)
{
	tell_unchanged(worker, policy);
	if (!worker_adopt(worker, policy, faults, error, room))
		return false;
	take_log(worker, policy);
	tell_unwatched(worker, policy);
	return true;
}

// The first error, for who does not look at the log; without one error stays.
static void
sum_up(const struct faults *faults, char *error, size_t room)
{
	char more[32] = "";

	if (faults->errors > 1)
		snprintf(
		    more, sizeof more, "; and %zu more", faults->errors - 1);
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->items[i];

		if (fault->severity != FAULT_ERROR)
			continue;
		if (fault->line > 0)
			snprintf(error, room, "%s:%u: %s%s", fault->file,
			    fault->line, fault->text, more);
		else
			snprintf(error, room, "%s: %s%s", fault->file,
			    fault->text, more);
		return;
	}
}

void
worker_reload(struct worker *worker)
{
	struct faults faults;
	struct policy *policy;
	char error[1024] = "see the faults above";
	bool good;

	if (worker->phase != PHASE_RUNNING) {
		answer_tell("sallyport is ending");
		return;
	}
	service_reloading(worker->start.service);
	faults_init(&faults);
	policy = policy_load(
	    worker->start.configuration, worker->start.overrides, &faults);
	good = policy != NULL &&
	       take(worker, policy, &faults, error, sizeof error);
	faults_log(&faults, worker->start.log);
	policy_release(&policy);
	worker->old_stays = !good;
	metrics_add(
	    &worker->metrics, good ? METRIC_RELOADS : METRIC_RELOADS_FAILED, 1);
	if (good)
		log_event(worker->start.log, SEVERITY_INFO, NULL,
		    "the configuration was read again; new sessions use it");
	else
		log_event(worker->start.log, SEVERITY_ERROR, NULL,
		    "the new configuration is not used, the old one stays: "
		    "%s",
		    error);
	sum_up(&faults, error, sizeof error);
	faults_free(&faults);
	service_ready(worker->start.service);
	service_status(worker->start.service,
	    good ? "configuration read again"
		 : "reload failed, the old configuration stays: %s",
	    error);
	answer_tell(good ? NULL : error);
}
