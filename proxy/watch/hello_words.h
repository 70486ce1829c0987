// SPDX-License-Identifier: ISC
//
// What a hello says, in words, for traces: a ClientHello (also in SSL 2.0's
// format) or a ServerHello, out of the first records of one direction of a
// leg. Nothing is judged; what cannot be read is left unsaid.

#ifndef WATCH_HELLO_WORDS_H
#define WATCH_HELLO_WORDS_H

#include "base/buffer.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HELLO_WORDS_MOST = 16384, // bytes of records that are kept
	HELLO_WORDS_LINES = 4,
	HELLO_WORDS_LINE = 3072
};

// Gathers one direction's first records until its hello is whole.
struct hello_words {
	struct buffer bytes;
	bool over; // told, or not to be told
};

// Lines of text, each ended with NUL.
struct hello_text {
	char lines[HELLO_WORDS_LINES][HELLO_WORDS_LINE];
	size_t count;
};

void hello_words_init(struct hello_words *words);
void hello_words_free(struct hello_words *words);

// More bytes of the socket. True, once: the hello is whole, and *text tells
// what it says.
bool hello_words_feed(struct hello_words *words, const uint8_t *bytes,
    size_t size, struct hello_text *text);

#endif
