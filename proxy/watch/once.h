// SPDX-License-Identifier: ISC
//
// What was told already, where once is enough: words that peers chose. Their
// number is bounded, so that no peer can fill memory or log with them.

#ifndef WATCH_ONCE_H
#define WATCH_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONCE_WORDS = 32, ONCE_BYTES = 40 };

// All zero at the start.
struct once {
	size_t count;
	struct {
		uint8_t size;
		uint8_t bytes[ONCE_BYTES];
	} words[ONCE_WORDS];
};

// Whether the word is told for the first time; it is remembered. False too
// once ONCE_WORDS of them are. Only its first ONCE_BYTES bytes count.
bool once_is_new(struct once *once, const uint8_t *word, size_t size);

#endif
