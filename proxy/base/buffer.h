// SPDX-License-Identifier: ISC
//
// An owned queue of bytes with a hard limit. It holds no memory while it is
// empty, and wipes what it drops: what passes here may be a password.

#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *memory;
	size_t room;  // bytes of memory
	size_t start; // where the queue begins in memory
	size_t size;  // bytes queued
	size_t limit; // size never exceeds this
};

void buffer_init(struct buffer *buffer, size_t limit);
// Wipes and frees; the buffer may be used again.
void buffer_free(struct buffer *buffer);

// Queues a copy. False, with nothing queued, when the limit would be passed
// or memory is out.
bool buffer_append(struct buffer *buffer, const void *bytes, size_t size);
// Room for size bytes behind the queue, valid until the next call; NULL when
// the limit would be passed or memory is out. buffer_commit queues the first
// size bytes of it.
uint8_t *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_commit(struct buffer *buffer, size_t size);

// The queue's bytes, in one piece, valid until the next change.
const uint8_t *buffer_bytes(const struct buffer *buffer);
size_t buffer_left(const struct buffer *buffer); // until the limit
// Drops size bytes from the front; more than are queued is a bug.
void buffer_consume(struct buffer *buffer, size_t size);

#endif
