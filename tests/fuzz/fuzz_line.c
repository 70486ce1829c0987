// SPDX-License-Identifier: ISC
//
// Lines: the first byte is the limit, the second how many bytes come at once,
// the rest a stream. However it is cut, the same lines come out; each is what
// a plain look at the stream says it is; and no more than a line's limit is
// ever held.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"
#include "smtp/line.h"

#include <string.h>

// What a plain look at the stream from start says.
static void
check_line(const struct line *line, const uint8_t *start, size_t size,
    size_t limit, size_t dropped)
{
	const uint8_t *lf = memchr(start, '\n', size);

	REQUIRE(lf != NULL);
	size_t end = (size_t)(lf - start);

	REQUIRE(dropped + line->taken == end + 1);
	bool crlf = end > 0 && start[end - 1] == '\r';
	size_t text = end - (crlf ? 1 : 0);

	REQUIRE(line->overlong == (text > limit));
	if (line->overlong) {
		REQUIRE(line->text == NULL && line->size == 0);
		return;
	}
	REQUIRE(dropped == 0);
	REQUIRE(line->size == text);
	REQUIRE(line->bare_lf == !crlf);
	bool bare_cr = false, control = false, eight_bit = false;

	for (size_t i = 0; i < text; i++) {
		bare_cr |= start[i] == '\r';
		eight_bit |= start[i] > 127;
		control |=
		    start[i] == 127 ||
		    (start[i] < 32 && start[i] != '\t' && start[i] != '\r');
	}
	REQUIRE(line->bare_cr == bare_cr);
	REQUIRE(line->control == control);
	REQUIRE(line->eight_bit == eight_bit);
}

static void
read_stream(const uint8_t *stream, size_t size, size_t limit, size_t piece)
{
	struct line_reader reader = {0};
	struct line line;
	size_t start = 0;   // of the line in hand
	size_t dropped = 0; // of it
	size_t there = 0;   // bytes that came

	while (there < size) {
		there += piece < size - there ? piece : size - there;
		while (line_next(&reader, stream + start + dropped,
		    there - start - dropped, limit, &line)) {
			check_line(&line, stream + start, size - start, limit,
			    dropped);
			start += dropped + line.taken;
			dropped = 0;
		}
		dropped += line.taken;
		REQUIRE(there - start - dropped <= limit + 1);
	}
	// What is left is no whole line.
	REQUIRE(size == start ||
		memchr(stream + start, '\n', size - start) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(data, size);
	size_t limit = reader_u8(&input);
	size_t piece = (size_t)reader_u8(&input) + 1;

	if (input.failed || input.left == 0)
		return 0;
	read_stream(input.at, input.left, limit, input.left);
	read_stream(input.at, input.left, limit, piece);
	read_stream(input.at, input.left, limit, 1);
	return 0;
}
