// SPDX-License-Identifier: ISC
//
// A file that a thread of its own writes to, so that no session ever waits
// for a disk. What waits to be written is bounded: where the disk is too slow
// or full, what comes is lost, and said.
//
// The thread is started by the first bytes, so that processes may be forked
// and confined before. Several processes may share the descriptor if it was
// opened to append: what one call of spool_commit ends is written in one
// piece.

#ifndef WATCH_SPOOL_H
#define WATCH_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

enum {
	SPOOL_LIMIT = 8 << 20, // bytes that wait
	// Of them, kept for what is asked for as important.
	SPOOL_RESERVE = 1 << 20
};

// Takes the descriptor over, if there is memory; NULL otherwise.
struct spool *spool_new(int file);
// Writes what waits, ends the thread, closes the file, frees and clears. wait
// in milliseconds: how long that may take; what is not done by then is done
// without anybody waiting. NULL is let pass.
void spool_free(struct spool **spool, unsigned wait);

// Room for size bytes, to be filled and given to spool_commit at once; NULL:
// they are lost, and counted if they are not important.
uint8_t *spool_reserve(struct spool *spool, size_t size, bool important);
// Hands the first size of them to the thread; none is possible.
void spool_commit(struct spool *spool, size_t size);

// How many reservations were lost since this was last asked.
uint64_t spool_lost(struct spool *spool);
// The errno that writing failed with; once: then 0 again. Nothing more is
// written after a failure.
int spool_trouble(struct spool *spool);

#endif
