// SPDX-License-Identifier: ISC
//
// What a hello says, in words: a ClientHello (also in SSL 2.0's format) or a
// ServerHello. Nothing is judged; what cannot be read is left unsaid.

#ifndef WATCH_HELLO_WORDS_H
#define WATCH_HELLO_WORDS_H

#include "watch/handshake_reader.h"

#include <stddef.h>

enum { HELLO_WORDS_LINES = 4, HELLO_WORDS_LINE = 3072 };

// Lines of text, each ended with NUL.
struct hello_text {
	char lines[HELLO_WORDS_LINES][HELLO_WORDS_LINE];
	size_t count; // 0: it is no hello
};

void hello_words_tell(
    const struct handshake_item *item, struct hello_text *text);

#endif
