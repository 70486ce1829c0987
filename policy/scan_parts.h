// SPDX-License-Identifier: ISC
//
// What the files of the scan share, and nobody else includes:
//   scan.c        files, and the words of the grammar
//   scan_marks.c  what stands between them: brackets and commas

#ifndef POLICY_SCAN_PARTS_H
#define POLICY_SCAN_PARTS_H

#include "policy/scan.h"

#include <sys/types.h>

enum { OPEN_MOST = 64, NAME_MOST = 64 };

// A bracket that is open.
struct scan_open {
	char bracket;
	struct origin at;
	char name[NAME_MOST]; // of the setting before it; may be empty
};

// What all files together have.
struct scan_all {
	struct source source;
	struct scan_open open[OPEN_MOST];
	size_t depth;
	unsigned files; // that were included
	bool balanced;  // until the first bracket that is wrong
};

// One file, and where in it.
struct scan {
	struct reader *reader;
	struct scan_all *all;
	struct scan *outer; // what includes it; NULL: nothing
	const char *at;
	struct origin where;
	unsigned nested;
	dev_t device; // of the file; with the latter which file it is
	ino_t file;
	char name[NAME_MOST]; // the last that was read
	char last;            // what was read last: a mark, a quote, 'a'
	bool fresh;           // nothing stands before in this line
	bool good;
};

// A fault of this place.
void scan_tell(struct scan *scan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The setting that is being read, as "limits.sessions", for people.
const char *scan_setting(struct scan *scan);

// A name, and a mark (a bracket, a comma, anything else), was read.
void scan_named(struct scan *scan, const char *name, size_t size);
void scan_mark(struct scan *scan, char mark);
// The whole was.
void scan_end(struct scan *scan);

#endif
