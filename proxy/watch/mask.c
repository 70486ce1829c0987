// SPDX-License-Identifier: ISC

#include "watch/mask.h"

#include "base/bytes.h"

#include <string.h>

static size_t
without_end(const uint8_t *line, size_t size)
{
	while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
		size--;
	return size;
}

size_t
mask_shown(const uint8_t *line, size_t size, bool secret)
{
	static const char verb[] = "AUTH";
	size_t length = sizeof verb - 1;
	size_t start = 0;

	// Devices put blanks before commands; some servers let that pass.
	while (start < size && (line[start] == ' ' || line[start] == '\t'))
		start++;
	if (size - start >= length &&
	    bytes_equal_text(line + start, length, verb) &&
	    (size - start == length || line[start + length] <= ' '))
		return start + length;
	return secret ? 0 : size;
}

void
mask_bytes(uint8_t *line, size_t size, bool secret)
{
	size_t end = without_end(line, size);
	size_t shown = mask_shown(line, end, secret);

	for (size_t i = shown; i < end; i++) {
		if (i > shown || line[i] != ' ')
			line[i] = '*';
	}
}

size_t
mask_content_shown(struct mask_content *content, uint64_t lines_shown,
    const uint8_t *piece, size_t size)
{
	size_t shown = 0;

	while (shown < size && content->lines < lines_shown) {
		const uint8_t *end = memchr(piece + shown, '\n', size - shown);

		if (end == NULL)
			return size;
		shown = (size_t)(end - piece) + 1;
		content->lines++;
	}
	content->hidden = shown < size;
	return shown;
}
