// SPDX-License-Identifier: ISC
//
// How fast content of DATA is normalised: a megabyte of each kind, again and
// again for a second, in pieces of 16 KiB as a leg brings them. Prints
// megabytes a second; judges nothing.

#include "base/bytes.h"
#include "base/clock.h"
#include "base/contract.h"
#include "smtp/payload.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONTENT = 1 << 20, PIECE = 16384, ROOM = 65536 };

struct kind {
	const char *name;
	const char *pattern; // repeated
	size_t size;
};

#define KIND(name, pattern)                                                    \
	{                                                                      \
		name, pattern, sizeof(pattern) - 1                             \
	}
#define LINE76                                                                 \
	"VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4gVGhlIHF1" \
	"aWNrIGJy\r\n"

static const struct kind kinds[] = {
    KIND("base64, lines of 76", LINE76),
    KIND("one endless line", "x"),
    KIND("text, lines of 20", "some words of text\r\n"),
    KIND("empty lines", "\r\n"),
    KIND("stuffed dots", "..\r\n"),
    KIND("bare LF, lines of 20", "some words of texts\n"),
    KIND("bare CR alone", "\r"),
    KIND("NUL at line starts", "\0a\r\n"),
};

static void
run_once(const uint8_t *content)
{
	static uint8_t out[ROOM];
	struct payload payload;
	size_t used = 0;

	payload_begin_data(&payload, PAYLOAD_NORMALIZE, false);
	while (used < CONTENT) {
		size_t piece = CONTENT - used < PIECE ? CONTENT - used : PIECE;
		size_t written;

		used += payload_data(
		    &payload, content + used, piece, out, ROOM, &written);
		REQUIRE(!payload_ended(&payload));
	}
}

static void
measure(const struct kind *kind, uint8_t *content)
{
	uint64_t start, now;
	unsigned long rounds = 0;

	for (size_t i = 0; i < CONTENT; i++)
		content[i] = (uint8_t)kind->pattern[i % kind->size];
	run_once(content);
	start = clock_monotonic();
	do {
		run_once(content);
		rounds++;
		now = clock_monotonic();
	} while (now - start < 1000);
	printf("%-22s %8.0f MB/s\n", kind->name,
	    (double)rounds * CONTENT / 1000.0 / (double)(now - start));
}

int
main(void)
{
	uint8_t *content = malloc(CONTENT);

	REQUIRE(content != NULL);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		measure(&kinds[i], content);
	free(content);
	return EXIT_SUCCESS;
}
