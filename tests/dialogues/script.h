// SPDX-License-Identifier: ISC
//
// A *.dialogue file as a list of steps (README says how it is written).

#ifndef DIALOGUES_SCRIPT_H
#define DIALOGUES_SCRIPT_H

#include "base/side.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPT_LINE_MOST = 8192 };

enum step_kind {
	STEP_SET,     // set NAME VALUE
	STEP_SECRET,  // secret TEXT
	STEP_SAYS,    // S> and R<: bytes of a peer arrive
	STEP_HAPPENS, // S= and R=: something else happens on a leg
	STEP_TIME,    // +30s
	STEP_STOP,    // stop
	STEP_CUT,     // cut
	STEP_HEARS,   // S< and R>: bytes that a peer must get
	STEP_NOTED    // S!, R!, note, message, end: what sallyport must do
};

struct script_step {
	enum step_kind kind;
	enum side side;
	bool together;  // S+ and R+: with the bytes before, in one piece
	size_t line;    // in the file, from 1
	char *text;     // SET, SECRET, HAPPENS, NOTED: the words
	uint8_t *bytes; // SAYS, HEARS
	size_t size;
	uint64_t time; // TIME: milliseconds
};

struct script {
	const char *path; // not owned
	struct script_step *steps;
	size_t count;
};

// Reads a file. False with a message on standard output, begun by "# ", when
// it cannot be read or a line of it is not understood.
bool script_read(struct script *script, const char *path);
void script_free(struct script *script);

// Whether a step is what the player does, not what it checks.
bool script_is_input(const struct script_step *step);

#endif
