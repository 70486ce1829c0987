// SPDX-License-Identifier: ISC

#include "watch/once.h"

#include "base/bytes.h"

#include <string.h>

bool
once_is_new(struct once *once, const uint8_t *word, size_t size)
{
	if (size > ONCE_BYTES)
		size = ONCE_BYTES;
	for (size_t i = 0; i < once->count; i++)
		if (once->words[i].size == size &&
		    memcmp(once->words[i].bytes, word, size) == 0)
			return false;
	if (once->count == ONCE_WORDS)
		return false;
	once->words[once->count].size = (uint8_t)size;
	bytes_copy(once->words[once->count].bytes, ONCE_BYTES, word, size);
	once->count++;
	return true;
}
