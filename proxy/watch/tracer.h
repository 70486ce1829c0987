// SPDX-License-Identifier: ISC
//
// Who watches sessions: made at the start from the command line, told by the
// taps of trace.h. What it shows is masked unless secrets are asked for.

#ifndef WATCH_TRACER_H
#define WATCH_TRACER_H

#include "watch/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACER_CONTENT_LINES = 10 }; // of a message, unless secrets are shown

struct tracer_options {
	bool dialogue;      // both dialogues, as they happen
	bool hexdump;       // with it: the bytes
	bool secrets;       // nothing is masked
	bool colour;        // for a terminal
	int output;         // where dialogue and hexdump go; not owned
	const char *keylog; // file; NULL: none
};

// Whether colour suits a descriptor: a terminal that can, and no NO_COLOR.
bool tracer_wants_colour(int output);

// Opens the files: mode 0600, never through a symbolic link. NULL: error
// says what failed.
struct trace *tracer_new(
    const struct tracer_options *options, char *error, size_t room);
// Every session must have ended. Clears; NULL is let pass.
void tracer_free(struct trace **trace);

// Turns the dialogue on or off, for sessions that begin from now on. Returns
// whether it is on.
bool tracer_toggle(struct trace *trace);

#endif
