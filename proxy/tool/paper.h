// SPDX-License-Identifier: ISC
//
// A page for people: names and values in columns, with colours on a terminal.
// What a server said is escaped: it moves no cursor.

#ifndef TOOL_PAPER_H
#define TOOL_PAPER_H

#include <stdbool.h>
#include <stdio.h>

struct paper {
	FILE *to; // not owned
	bool colour;
};

enum ink {
	INK_PLAIN,
	INK_STRONG, // headings
	INK_DIM,    // what is read last
	INK_GOOD,
	INK_DOUBTFUL,
	INK_BAD
};

// width: columns that the text fills at least; its form on the page is what
// counts.
void paper_put(
    const struct paper *paper, enum ink ink, unsigned width, const char *text);
void paper_print(const struct paper *paper, enum ink ink, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void paper_end_line(const struct paper *paper);

// An empty line, and a heading.
void paper_heading(const struct paper *paper, const char *heading);
// "  name         value"; nothing where value is empty.
void paper_field(
    const struct paper *paper, const char *name, const char *value);

#endif
