// SPDX-License-Identifier: ISC
//
// What the files of the worker share, and nobody else includes:
//   worker.c   birth, life, drain, end
//   signals.c  what each signal does
//   reload.c   another configuration
//   announce.c what the log says at the start
//   tracing.c  what is seen of it

#ifndef HOST_WORKER_PARTS_H
#define HOST_WORKER_PARTS_H

#include "host/worker.h"
#include "watch/metrics.h"

struct alarm;
struct edition;
struct front;
struct loop;
struct ports;
struct signals;

enum phase {
	PHASE_RUNNING,
	PHASE_DRAINING, // sessions end by themselves
	PHASE_ENDING,   // the rest is cut; last words leave
	PHASE_OVER
};

struct worker {
	struct worker_start start;
	struct loop *loop;
	struct front *front;
	struct edition *edition; // what new sessions begin with
	struct ports *ports;
	struct signals *signals;
	struct alarm *watchdog, *status, *drain, *tracing;
	struct metrics metrics;
	enum phase phase;
	bool old_stays;         // the last reload failed
	uint64_t told_messages; // in the last status text
	size_t told_sessions;
};

// signals.c
struct signals *signals_new(struct worker *worker);
void signals_free(struct signals **signals);

// What they ask for.
void worker_reload(struct worker *worker);
void worker_drain(struct worker *worker); // a second time: at once
void worker_reopen_log(struct worker *worker);
void worker_toggle_trace(struct worker *worker);

// tracing.c
void worker_begin_trace(struct worker *worker);
void worker_trace_over(void *owner);

// Makes the TLS contexts of a policy, binds its sockets, and lets new
// sessions begin with it. False: all is as it was; faults has errors, or error
// says why.
bool worker_adopt(struct worker *worker, struct policy *policy,
    struct faults *faults, char *error, size_t room);
void worker_announce(const struct worker *worker);
void worker_tell_status(struct worker *worker);

#endif
