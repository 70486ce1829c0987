// SPDX-License-Identifier: ISC
//
// The event loop of one worker, and what all its connections share: one
// buffer that every read lands in, so that an idle connection holds none, and
// the tasks of the turn in hand, which run just before the loop sleeps: what
// was written to a connection during a turn leaves it in one segment.

#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct loop;
struct outgoing_table;

// Something to do before the loop sleeps. Part of its owner's struct; all
// zero but run and owner at the start.
struct loop_task {
	void (*run)(void *owner);
	void *owner;
	struct loop_task *next, *previous; // the loop's; NULL: not waiting
};

enum { LOOP_READ_MOST = 65536 }; // bytes of one read

// NULL when the system gives none.
struct loop *loop_new(void);
// Waits for what is still closing, frees and clears; NULL is let pass. Every
// handle must be closed by its owner before.
void loop_free(struct loop **loop);

// Runs until loop_stop, or until nothing is left that could happen.
void loop_run(struct loop *loop);
// Runs one turn; waits for something to happen if wait. False: nothing is
// left that could.
bool loop_turn(struct loop *loop, bool wait);
void loop_stop(struct loop *loop);

// Counts what the loop still has to end before it can be freed though nobody
// owns it any more: connections that take their leave, names that a thread is
// looking up. Each has a begin and an end.
void loop_began(struct loop *loop);
void loop_ended(struct loop *loop);
size_t loop_unfinished(const struct loop *loop);

// Runs the task once, before the loop sleeps, in the order asked for; not
// again if it is already waiting. A task may ask for others.
void loop_soon(struct loop *loop, struct loop_task *task);
// Takes back what loop_soon asked; any task may be given.
void loop_forget(struct loop_task *task);

// libuv's loop, for handles of others (signals, sockets of the host).
struct uv_loop_s *loop_uv(struct loop *loop);
// The addresses that the connections of this loop come from.
struct outgoing_table *loop_outgoing(struct loop *loop);
// Where a read goes: LOOP_READ_MOST bytes, valid until the next read.
uint8_t *loop_input(struct loop *loop);

#endif
