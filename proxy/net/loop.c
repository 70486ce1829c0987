// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/loop.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "net/outgoing.h"

#include <signal.h>
#include <stdlib.h>
#include <uv.h>

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	struct loop_task tasks; // the list's two ends
	struct outgoing_table outgoing;
	size_t unfinished;
	uint8_t input[LOOP_READ_MOST];
};

static void
loop_before_sleep(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;

	while (loop->tasks.next != &loop->tasks) {
		struct loop_task *task = loop->tasks.next;
		loop_forget(task);
		task->run(task->owner);
	}
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (loop == NULL)
		return NULL;
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return NULL;
	}
	loop->tasks.next = loop->tasks.previous = &loop->tasks;
	// A peer that went away is an error of the write, not of the process.
	signal(SIGPIPE, SIG_IGN);
	loop->prepare.data = loop;
	// Neither can fail: they only fill in memory.
	REQUIRE(uv_prepare_init(&loop->uv, &loop->prepare) == 0);
	REQUIRE(uv_prepare_start(&loop->prepare, loop_before_sleep) == 0);
	uv_unref((uv_handle_t *)&loop->prepare);
	return loop;
}

void
loop_free(struct loop **pointer)
{
	struct loop *loop = *pointer;

	if (loop == NULL)
		return;
	// What is being closed may still have something to write.
	while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
		continue;
	uv_close((uv_handle_t *)&loop->prepare, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	REQUIRE(uv_loop_close(&loop->uv) == 0);
	// It held plaintext of everybody.
	bytes_wipe(loop->input, sizeof loop->input);
	free(loop);
	*pointer = NULL;
}

void
loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

bool
loop_turn(struct loop *loop, bool wait)
{
	return uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
}

void
loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

void
loop_began(struct loop *loop)
{
	loop->unfinished++;
}

void
loop_ended(struct loop *loop)
{
	REQUIRE(loop->unfinished > 0);
	loop->unfinished--;
}

size_t
loop_unfinished(const struct loop *loop)
{
	return loop->unfinished;
}

void
loop_soon(struct loop *loop, struct loop_task *task)
{
	struct loop_task *last = loop->tasks.previous;

	if (task->next != NULL)
		return;
	task->next = &loop->tasks;
	task->previous = last;
	last->next = task;
	loop->tasks.previous = task;
}

void
loop_forget(struct loop_task *task)
{
	if (task->next == NULL)
		return;
	task->next->previous = task->previous;
	task->previous->next = task->next;
	task->next = task->previous = NULL;
}

struct uv_loop_s *
loop_uv(struct loop *loop)
{
	return &loop->uv;
}

uint8_t *
loop_input(struct loop *loop)
{
	return loop->input;
}

struct outgoing_table *
loop_outgoing(struct loop *loop)
{
	return &loop->outgoing;
}
