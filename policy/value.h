// SPDX-License-Identifier: ISC
//
// One setting's value, from what was written to what it means, by the kind of
// the setting. The file, the command line and the defaults all go through
// here.

#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "policy/arena.h"
#include "policy/faults.h"
#include "policy/layer.h"

#include <stdbool.h>
#include <stddef.h>

enum written_kind {
	WRITTEN_TEXT,
	WRITTEN_NUMBER, // text holds its decimal digits
	WRITTEN_FLAG,   // text is "true" or "false"
	WRITTEN_LIST,
	WRITTEN_OTHER, // a group, a fraction: right for no setting
	WRITTEN_LOOSE  // the command line, where all is text: lists have commas
};

struct source;

struct written {
	enum written_kind kind;
	struct origin at;
	const char *text;            // but for a list
	const struct written *items; // of a list
	size_t count;
};

// Who reads, for as long as a configuration is read.
struct reader {
	struct arena *arena;
	struct faults *faults;
	const struct source *source; // that is read; NULL: the command line
	const char *directory;       // of relative paths; NULL: where we stand
};

// Takes what was written for a row of the layer. False, with a fault told, if
// it is not a value for it; the value is then as before.
bool value_take(struct reader *reader, const struct layer *layer, size_t row,
    const struct written *written);

// Gives each setting of the layer that was not written its default.
void value_fill(struct reader *reader, const struct layer *layer);

// A setting's name for people, as "receiver.min-bits", to room; gives to.
const char *value_name(
    const struct layer *layer, size_t row, char *to, size_t room);

#endif
