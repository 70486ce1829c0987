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

struct log;

struct tracer_options {
	bool dialogue;      // both dialogues, as they happen
	bool hexdump;       // with it: the bytes
	bool secrets;       // nothing is masked
	bool colour;        // for a terminal
	int output;         // where dialogue and hexdump go; not owned
	const char *keylog; // file; NULL: none
	const char *pcap;   // likewise
	// Is told when a file cannot be written or opened again; NULL: nobody
	// is.
	const struct log *log;
};

// Whether colour suits a descriptor: a terminal that can, and no NO_COLOR.
bool tracer_wants_colour(int output);

// Opens the files: for their owner alone, never through a link. NULL: error
// says what failed.
struct trace *tracer_new(
    const struct tracer_options *options, char *error, size_t room);
// Every session must have ended. Clears; NULL is let pass.
void tracer_free(struct trace **trace);

// Writes out what the files wait for, and closes them: for a process that ends
// with sessions left, which must not be told of any more.
void tracer_flush(struct trace *trace);
// Opens each of the files again, after they were moved away. Of one that
// cannot be opened the log is told, and the old one stays in use.
void tracer_reopen(struct trace *trace);

// Whether sessions that begin now are watched. At first they are if anything
// was asked for.
bool tracer_is_on(const struct trace *trace);
// Watches the next sessions, at most so many (0: without end), and then no
// more. Where nothing else was asked for they are shown as a dialogue.
void tracer_start(struct trace *trace, unsigned sessions);
// Watches no session any more, not even those that are there.
void tracer_stop(struct trace *trace);

#endif
