// SPDX-License-Identifier: ISC

#include "smtp/line.h"

#include "base/contract.h"

#include <string.h>

static void
line_inspect(struct line *line)
{
	for (size_t i = 0; i < line->size; i++) {
		uint8_t byte = line->text[i];

		if (byte == '\r')
			line->bare_cr = true;
		else if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			line->control = true;
		else if (byte > 0x7f)
			line->eight_bit = true;
	}
}

// Bytes that hold no LF: are they too long already, whatever comes? A CR at
// their end may still turn out to be the line's end.
static bool
line_exceeds(const uint8_t *bytes, size_t size, size_t limit)
{
	if (size > 0 && bytes[size - 1] == '\r')
		size--;
	return size > limit;
}

bool
line_next(struct line_reader *reader, const uint8_t *bytes, size_t size,
    size_t limit, struct line *line)
{
	REQUIRE(reader->looked <= size);
	const uint8_t *lf = NULL;
	bool discarding = reader->discarding;

	*line = (struct line){0};
	if (size > reader->looked)
		lf =
		    memchr(bytes + reader->looked, '\n', size - reader->looked);
	if (lf == NULL) {
		reader->looked = size;
		if (discarding || line_exceeds(bytes, size, limit)) {
			*reader = (struct line_reader){.discarding = true};
			line->taken = size;
		}
		return false;
	}

	size_t end = (size_t)(lf - bytes);

	*reader = (struct line_reader){0};
	line->taken = end + 1;
	line->bare_lf = end == 0 || bytes[end - 1] != '\r';
	if (!line->bare_lf)
		end--;
	if (discarding || end > limit) {
		line->bare_lf = false;
		line->overlong = true;
		return true;
	}
	line->text = bytes;
	line->size = end;
	line_inspect(line);
	return true;
}
