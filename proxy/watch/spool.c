// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "watch/spool.h"

#include "base/buffer.h"
#include "base/contract.h"
#include "base/descriptor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct spool {
	int file;
	pthread_mutex_t lock;   // of all that follows
	pthread_cond_t changed; // something to write, or all of it written
	struct buffer waiting;  // the next to be written
	uint64_t lost;
	int trouble; // errno of the first failure
	bool told;   // of it
	bool running, ending, done, abandoned;
};

struct spool *
spool_new(int file)
{
	struct spool *spool = calloc(1, sizeof *spool);

	if (spool == NULL)
		return NULL;
	spool->file = file;
	pthread_mutex_init(&spool->lock, NULL);
	pthread_cond_init(&spool->changed, NULL);
	buffer_init(&spool->waiting, SPOOL_LIMIT);
	return spool;
}

static void
spool_destroy(struct spool *spool)
{
	buffer_free(&spool->waiting);
	pthread_cond_destroy(&spool->changed);
	pthread_mutex_destroy(&spool->lock);
	close(spool->file);
	free(spool);
}

// Takes back the half of a block that a full disk left, if nobody else wrote
// behind it: the file can still be read.
static void
take_back(int file, size_t written)
{
	off_t end = lseek(file, 0, SEEK_CUR);
	struct stat status;

	if (written > 0 && end >= 0 && fstat(file, &status) == 0 &&
	    S_ISREG(status.st_mode) && status.st_size == end &&
	    ftruncate(file, end - (off_t)written) != 0)
		return; // then its last block is cut
}

// 0, or errno.
static int
write_all(int file, const uint8_t *bytes, size_t size)
{
	size_t done = descriptor_write(file, bytes, size);
	int error = done < size ? errno : 0;

	if (error != 0)
		take_back(file, done);
	return error;
}

static void *
spool_run(void *argument)
{
	struct spool *spool = argument;
	struct buffer taken;
	bool abandoned;

	pthread_mutex_lock(&spool->lock);
	for (;;) {
		while (spool->waiting.size == 0 && !spool->ending)
			pthread_cond_wait(&spool->changed, &spool->lock);
		if (spool->waiting.size == 0)
			break;
		int trouble = spool->trouble;
		taken = spool->waiting;
		buffer_init(&spool->waiting, SPOOL_LIMIT);
		pthread_mutex_unlock(&spool->lock);
		if (trouble == 0)
			trouble = write_all(
			    spool->file, buffer_bytes(&taken), taken.size);
		buffer_free(&taken);
		pthread_mutex_lock(&spool->lock);
		spool->trouble = trouble;
	}
	spool->done = true;
	abandoned = spool->abandoned;
	pthread_cond_signal(&spool->changed);
	pthread_mutex_unlock(&spool->lock);
	if (abandoned)
		spool_destroy(spool);
	return NULL;
}

// Signals are for the loop's thread.
static bool
spool_start(struct spool *spool)
{
	sigset_t all, before;
	pthread_t thread;
	bool started;

	if (spool->running)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	started = pthread_create(&thread, NULL, spool_run, spool) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started)
		pthread_detach(thread);
	spool->running = started;
	return started;
}

void
spool_free(struct spool **spool, unsigned wait)
{
	struct spool *freed = *spool;
	struct timespec until;

	*spool = NULL;
	if (freed == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait / 1000;
	pthread_mutex_lock(&freed->lock);
	freed->ending = true;
	pthread_cond_signal(&freed->changed);
	while (
	    freed->running && !freed->done && wait > 0 &&
	    pthread_cond_timedwait(&freed->changed, &freed->lock, &until) == 0)
		;
	bool mine = !freed->running || freed->done;
	freed->abandoned = !mine;
	pthread_mutex_unlock(&freed->lock);
	if (mine)
		spool_destroy(freed);
}

// The lock stays taken until spool_commit if there is room.
uint8_t *
spool_reserve(struct spool *spool, size_t size, bool important)
{
	size_t kept = important ? 0 : SPOOL_RESERVE;
	uint8_t *room = NULL;

	pthread_mutex_lock(&spool->lock);
	if (spool->trouble == 0 &&
	    buffer_left(&spool->waiting) >= size + kept && spool_start(spool))
		room = buffer_reserve(&spool->waiting, size);
	if (room != NULL)
		return room;
	if (!important)
		spool->lost++;
	pthread_mutex_unlock(&spool->lock);
	return NULL;
}

void
spool_commit(struct spool *spool, size_t size)
{
	if (size > 0)
		buffer_commit(&spool->waiting, size);
	pthread_cond_signal(&spool->changed);
	pthread_mutex_unlock(&spool->lock);
}

uint64_t
spool_lost(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	uint64_t lost = spool->lost;
	spool->lost = 0;
	pthread_mutex_unlock(&spool->lock);
	return lost;
}

int
spool_trouble(struct spool *spool)
{
	pthread_mutex_lock(&spool->lock);
	int trouble = spool->told ? 0 : spool->trouble;
	spool->told |= trouble != 0;
	pthread_mutex_unlock(&spool->lock);
	return trouble;
}
