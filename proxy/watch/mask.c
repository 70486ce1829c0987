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

static bool
begins_with(const uint8_t *line, size_t size, const char *verb)
{
	size_t length = strlen(verb);

	return size >= length && bytes_equal_text(line, length, verb) &&
	       (size == length || line[length] <= ' ');
}

size_t
mask_shown(const uint8_t *line, size_t size, size_t may)
{
	static const char *const verbs[] = {"AUTH", "X-EXPS"};
	size_t start = 0;

	// Devices put blanks before commands; some servers let that pass.
	while (start < size && (line[start] == ' ' || line[start] == '\t'))
		start++;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (begins_with(line + start, size - start, verbs[i]))
			return start + strlen(verbs[i]);
	return may < size ? may : size;
}

static size_t
digits(const uint8_t *line, size_t size, size_t at, size_t most)
{
	size_t count = 0;

	while (at + count < size && count < most && line[at + count] >= '0' &&
	       line[at + count] <= '9')
		count++;
	return count;
}

size_t
mask_reply_shown(const uint8_t *line, size_t size, bool secret)
{
	size_t at = 4;

	if (!secret)
		return size;
	if (digits(line, size, 0, 3) != 3)
		return 0;
	// "5.7.8", each part of at most three digits (RFC 3463 2)
	for (unsigned part = 0; part < 3; part++) {
		size_t count = digits(line, size, at, 3);

		at += count;
		if (count == 0 || at >= size ||
		    line[at] != (part < 2 ? '.' : ' '))
			return size < 4 ? size : 4;
		at++;
	}
	return at;
}

static void
overwrite(uint8_t *line, size_t shown, size_t end)
{
	for (size_t i = shown; i < end; i++) {
		if (i > shown || line[i] != ' ')
			line[i] = '*';
	}
}

void
mask_bytes(uint8_t *line, size_t size, size_t may)
{
	size_t end = without_end(line, size);

	overwrite(line, mask_shown(line, end, may), end);
}

void
mask_reply_bytes(uint8_t *line, size_t size, bool secret)
{
	size_t end = without_end(line, size);

	overwrite(line, mask_reply_shown(line, end, secret), end);
}

size_t
mask_content_shown(struct mask_content *content, uint64_t lines_shown,
    const uint8_t *piece, size_t size)
{
	uint64_t most = lines_shown > UINT64_MAX / MASK_LINE_BYTES
			    ? UINT64_MAX
			    : lines_shown * MASK_LINE_BYTES;
	size_t shown = 0;

	while (shown < size && content->lines < lines_shown) {
		const uint8_t *end = memchr(piece + shown, '\n', size - shown);

		if (end == NULL) {
			shown = size;
			break;
		}
		shown = (size_t)(end - piece) + 1;
		content->lines++;
	}
	if (shown > most - content->bytes)
		shown = (size_t)(most - content->bytes);
	content->bytes += shown;
	content->hidden = shown < size;
	return shown;
}
