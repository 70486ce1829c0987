// SPDX-License-Identifier: ISC
//
// The text of a configuration with what it includes in its place, and where
// each line of it was written. libconfig reads the whole as one text: what it
// includes by itself it would look for otherwise, and it ends the process
// where that is a folder.

#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include "policy/faults.h"

#include <stdbool.h>
#include <stddef.h>

struct source {
	char *text; // ends with NUL once source_finish was called
	size_t size, room;
	struct origin *lines; // of each line; their files outlive the source
	size_t line_count, line_room;
	bool within; // a line was begun
	bool failed; // memory ran out, or it is too long
};

// The whole of a file, ending with NUL; the caller frees it. NULL with errno
// set if it cannot be read; EILSEQ: it holds a NUL.
char *source_read(const char *path);

// Adds bytes that were written at, and on, from there.
void source_put(
    struct source *source, const char *bytes, size_t size, struct origin at);
// Ends the last line, if that was not done.
void source_end_line(struct source *source);
void source_finish(struct source *source);
void source_free(struct source *source);

// Where a line of the text, the first is 1, was written. NULL file: there is
// no such line.
struct origin source_origin(const struct source *source, unsigned line);

#endif
