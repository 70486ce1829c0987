// SPDX-License-Identifier: ISC
//
// One event loop with its listeners and sessions, from start to drain: what
// signals, the service manager and reloads do to it. The first version is one
// process; the boundary to a master is drawn here: a worker is given sockets,
// a policy and a log, and nothing outside reaches into it.

#ifndef HOST_WORKER_H
#define HOST_WORKER_H

#include "host/service.h"
#include "policy/policy.h"
#include "session/front.h"
#include "watch/log.h"

#include <stdbool.h>
#include <stddef.h>

struct trace;
struct worker;

// Whom -d, --pcap and --keylog watch, and for how long.
struct worker_tracing {
	struct front_filter watched;
	uint64_t time;     // milliseconds; 0: without end
	unsigned sessions; // 0: without end
	bool on_signal;    // nobody until SIGUSR2
};

// What a worker begins with. All of it outlives the worker, but for policy,
// of which it becomes a holder.
struct worker_start {
	struct policy *policy;
	struct log *log;
	struct service *service;
	struct trace *trace;
	struct worker_tracing tracing;
	// For reloads: what the policy was loaded from.
	const char *configuration; // NULL: the command line alone
	const struct policy_overrides *overrides;
};

// Binds sockets, loads keys, makes certificates that are missing. What is wrong
// with the configuration goes to faults, and may be warnings alone. NULL: there
// are errors among them, or error says what failed, why, and what to change.
struct worker *worker_new(const struct worker_start *start,
    struct faults *faults, char *error, size_t room);
// Takes senders until it is told to stop and the last session ended, or was
// cut, and until our last words to peers left, which has a limit. Returns true
// if nothing had to be cut; else worker_free would wait for peers that may
// take their time to close: end the process.
bool worker_run(struct worker *worker);
// Frees and clears, once our last words to peers left; NULL is let pass.
void worker_free(struct worker **worker);

// Opens what the policy's log settings ask for.
bool worker_open_log(
    struct log *log, const struct policy *policy, char *error, size_t room);

#endif
