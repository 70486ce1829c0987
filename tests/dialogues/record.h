// SPDX-License-Identifier: ISC
//
// What sallyport did, in order: bytes to a side, and marks for the rest. It
// is taken from the front by what a dialogue expects.

#ifndef DIALOGUES_RECORD_H
#define DIALOGUES_RECORD_H

#include "base/side.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_entry {
	bool is_mark;
	enum side side;
	uint8_t *bytes; // of a mark: text with its NUL
	size_t size;
	size_t taken;
};

struct record {
	struct record_entry *entries;
	size_t count;
	size_t first; // not taken yet
};

void record_free(struct record *record);
void record_bytes(
    struct record *record, enum side side, const uint8_t *bytes, size_t size);
void record_mark(struct record *record, const char *text);

bool record_is_empty(const struct record *record);
// Takes what comes next, if it is this; false, and nothing taken, otherwise.
bool record_take_bytes(
    struct record *record, enum side side, const uint8_t *bytes, size_t size);
bool record_take_mark(struct record *record, const char *text);

// Prints what comes next as lines of a dialogue, each behind indent; at most
// lines of them, and of each its beginning (0: all, and whole).
void record_print(
    const struct record *record, const char *indent, size_t lines);

#endif
