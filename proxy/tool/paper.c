// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/paper.h"

#include "watch/escape.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_MOST = 512, COLUMN_VALUE = 12 };

static const char *const colours[] = {
    [INK_PLAIN] = "",
    [INK_STRONG] = "\033[1m",
    [INK_DIM] = "\033[2m",
    [INK_GOOD] = "\033[32m",
    [INK_DOUBTFUL] = "\033[33m",
    [INK_BAD] = "\033[1;31m",
};

void
paper_put(
    const struct paper *paper, enum ink ink, unsigned width, const char *text)
{
	char form[4 * TEXT_MOST + 1];
	struct writer out = writer_over(form, sizeof form - 1);
	size_t size = strlen(text);
	bool colour = paper->colour && ink != INK_PLAIN && size > 0;

	escape_write(&out, ESCAPE_BARE, (const uint8_t *)text,
	    size < TEXT_MOST ? size : TEXT_MOST);
	form[out.size] = '\0';
	fprintf(paper->to, "%s%s%s", colour ? colours[ink] : "", form,
	    colour ? "\033[0m" : "");
	for (size_t column = out.size; column < width; column++)
		fputc(' ', paper->to);
}

void
paper_print(const struct paper *paper, enum ink ink, const char *format, ...)
{
	char text[TEXT_MOST];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	paper_put(paper, ink, 0, text);
}

void
paper_end_line(const struct paper *paper)
{
	fputc('\n', paper->to);
}

void
paper_heading(const struct paper *paper, const char *heading)
{
	paper_end_line(paper);
	paper_put(paper, INK_STRONG, 0, heading);
	paper_end_line(paper);
}

void
paper_field(const struct paper *paper, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	fputs("  ", paper->to);
	paper_put(paper, INK_DIM, COLUMN_VALUE, name);
	fputc(' ', paper->to);
	paper_put(paper, INK_PLAIN, 0, value);
	paper_end_line(paper);
}
