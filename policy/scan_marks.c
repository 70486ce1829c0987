// SPDX-License-Identifier: ISC

#include "policy/scan_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TOLD_MOST = 512 };

void
scan_tell(struct scan *scan, const char *format, ...)
{
	char text[TOLD_MOST];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	scan->good = false;
	faults_add(scan->reader->faults, FAULT_ERROR, scan->where, "%s", text);
}

const char *
scan_setting(struct scan *scan)
{
	const struct scan_all *all = scan->all;
	const struct scan_open *block =
	    all->depth > 0 ? &all->open[all->depth - 1] : NULL;
	const char *name = scan->name;

	// In a list it is that of the list.
	if (block != NULL && block->bracket != '{') {
		name = block->name;
		block = all->depth > 1 ? &all->open[all->depth - 2] : NULL;
	}
	if (*name == '\0')
		return "here";
	if (block == NULL || block->name[0] == '\0')
		return name;
	return arena_print(scan->reader->arena, "%s.%s", block->name, name);
}

void
scan_named(struct scan *scan, const char *name, size_t size)
{
	// true and false are values.
	if (scan->last == '=' || scan->last == ':')
		return;
	snprintf(scan->name, sizeof scan->name, "%.*s", (int)size, name);
}

static void
open_bracket(struct scan *scan, char bracket)
{
	struct scan_all *all = scan->all;
	bool named = scan->last == '=' || scan->last == ':';

	if (bracket == '{' && scan->last == '}')
		scan_tell(scan, "a comma is missing between two blocks");
	if (all->depth == OPEN_MOST) {
		if (all->balanced)
			scan_tell(scan,
			    "brackets stand in brackets more than "
			    "%d deep",
			    OPEN_MOST);
		all->balanced = false;
		return;
	}
	struct scan_open *open = &all->open[all->depth++];

	*open = (struct scan_open){.bracket = bracket, .at = scan->where};
	if (named)
		memcpy(open->name, scan->name, sizeof open->name);
	scan->name[0] = '\0';
}

static void
close_bracket(struct scan *scan, char bracket)
{
	struct scan_all *all = scan->all;
	const struct scan_open *open;
	const char *pair;

	if (scan->last == ',' && bracket != '}')
		scan_tell(scan,
		    "nothing follows the comma before %c; take it "
		    "out",
		    bracket);
	if (!all->balanced)
		return;
	if (all->depth == 0) {
		scan_tell(scan, "%c closes nothing", bracket);
		all->balanced = false;
		return;
	}
	open = &all->open[--all->depth];
	pair = open->bracket == '{' ? "}" : open->bracket == '(' ? ")" : "]";
	if (*pair != bracket) {
		scan_tell(scan,
		    "%c stands where %s should close the %c of line "
		    "%u%s%s",
		    bracket, pair, open->bracket, open->at.line,
		    open->at.file != scan->where.file ? " of " : "",
		    open->at.file != scan->where.file ? open->at.file : "");
		all->balanced = false;
	}
}

void
scan_mark(struct scan *scan, char mark)
{
	switch (mark) {
	case '{':
	case '(':
	case '[':
		open_bracket(scan, mark);
		break;
	case '}':
	case ')':
	case ']':
		close_bracket(scan, mark);
		break;
	default:
		break;
	}
}

void
scan_end(struct scan *scan)
{
	struct scan_all *all = scan->all;
	const struct scan_open *open;

	if (!all->balanced || all->depth == 0)
		return;
	open = &all->open[all->depth - 1];
	scan->where = open->at;
	scan_tell(scan, "%s%sthe %c of this line is never closed", open->name,
	    open->name[0] != '\0' ? ": " : "", open->bracket);
}
