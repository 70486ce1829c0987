// SPDX-License-Identifier: ISC

#include "policy/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_piece {
	struct arena_piece *next;
	max_align_t memory[];
};

void *
arena_take(struct arena *arena, size_t count, size_t size)
{
	struct arena_piece *piece;

	if (count == 0 || size == 0)
		return NULL;
	if (count > (SIZE_MAX - sizeof *piece) / size) {
		arena->failed = true;
		return NULL;
	}
	piece = calloc(1, sizeof *piece + count * size);
	if (piece == NULL) {
		arena->failed = true;
		return NULL;
	}
	piece->next = arena->pieces;
	arena->pieces = piece;
	return piece->memory;
}

const char *
arena_text(struct arena *arena, const char *text)
{
	size_t size;
	char *copy;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	copy = arena_take(arena, size, 1);
	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

const char *
arena_print(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;
	int size;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0)
		return NULL;
	text = arena_take(arena, (size_t)size + 1, 1);
	if (text == NULL)
		return NULL;
	va_start(arguments, format);
	vsnprintf(text, (size_t)size + 1, format, arguments);
	va_end(arguments);
	return text;
}

void
arena_free(struct arena *arena)
{
	while (arena->pieces != NULL) {
		struct arena_piece *piece = arena->pieces;

		arena->pieces = piece->next;
		free(piece);
	}
	arena->failed = false;
}
