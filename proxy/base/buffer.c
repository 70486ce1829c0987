// SPDX-License-Identifier: ISC

#include "base/buffer.h"

#include "base/bytes.h"
#include "base/contract.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 512 };

void
buffer_init(struct buffer *buffer, size_t limit)
{
	*buffer = (struct buffer){.limit = limit};
}

void
buffer_free(struct buffer *buffer)
{
	if (buffer->memory != NULL)
		bytes_wipe(buffer->memory, buffer->room);
	free(buffer->memory);
	buffer_init(buffer, buffer->limit);
}

// realloc would leave an unwiped copy behind: allocate, copy, wipe, free.
static bool
buffer_grow(struct buffer *buffer, size_t needed)
{
	size_t room = buffer->room > SMALLEST ? buffer->room : SMALLEST;

	while (room < needed)
		room *= 2;
	uint8_t *memory = malloc(room);
	if (memory == NULL)
		return false;
	if (buffer->memory != NULL) {
		memcpy(memory, buffer->memory + buffer->start, buffer->size);
		bytes_wipe(buffer->memory, buffer->room);
	}
	free(buffer->memory);
	buffer->memory = memory;
	buffer->room = room;
	buffer->start = 0;
	return true;
}

uint8_t *
buffer_reserve(struct buffer *buffer, size_t size)
{
	if (size > buffer_left(buffer))
		return NULL;
	size_t end = buffer->start + buffer->size;
	if (buffer->memory != NULL && buffer->room - end >= size)
		return buffer->memory + end;
	if (buffer->memory != NULL && buffer->room - buffer->size >= size &&
	    buffer->start >= buffer->size) {
		// Room enough once the queue is moved to the front.
		memmove(buffer->memory, buffer->memory + buffer->start,
		    buffer->size);
		bytes_wipe(buffer->memory + buffer->start, buffer->size);
		buffer->start = 0;
		return buffer->memory + buffer->size;
	}
	if (!buffer_grow(buffer, buffer->size + size))
		return NULL;
	return buffer->memory + buffer->size;
}

void
buffer_commit(struct buffer *buffer, size_t size)
{
	REQUIRE(size <= buffer->room - buffer->start - buffer->size);
	REQUIRE(size <= buffer_left(buffer));
	buffer->size += size;
}

bool
buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
	if (size == 0)
		return true;
	uint8_t *room = buffer_reserve(buffer, size);

	if (room == NULL)
		return false;
	memcpy(room, bytes, size);
	buffer_commit(buffer, size);
	return true;
}

const uint8_t *
buffer_bytes(const struct buffer *buffer)
{
	return buffer->size > 0 ? buffer->memory + buffer->start : NULL;
}

size_t
buffer_left(const struct buffer *buffer)
{
	return buffer->limit - buffer->size;
}

void
buffer_consume(struct buffer *buffer, size_t size)
{
	REQUIRE(size <= buffer->size);
	if (size == 0)
		return;
	bytes_wipe(buffer->memory + buffer->start, size);
	buffer->start += size;
	buffer->size -= size;
	if (buffer->size == 0)
		buffer_free(buffer);
}
