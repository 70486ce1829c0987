// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum {
	INCLUDE_MOST = 4096,
	NESTED_MOST = 10, // libconfig tells of more
	NUMBER_MOST = 2147483647,
	READ_STEP = 16384,
	FILE_MOST = 64 << 20
};

// What is looked at, and where in it.
struct scan {
	struct reader *reader;
	const char *at;
	struct origin where;
	unsigned nested;
	bool good;
};

char *
scan_read(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0, got = 1;
	char *text = NULL;
	int error = 0;

	if (file == NULL)
		return NULL;
	while (got > 0 && error == 0) {
		char *more = realloc(text, size + READ_STEP + 1);

		if (more == NULL || size > FILE_MOST) {
			error = more == NULL ? ENOMEM : EFBIG;
			text = more != NULL ? more : text;
			break;
		}
		text = more;
		got = fread(text + size, 1, READ_STEP, file);
		size += got;
		text[size] = '\0';
		error = ferror(file) ? errno : 0;
	}
	fclose(file);
	// What is behind a NUL would not be read.
	if (error == 0 && strlen(text) != size)
		error = EILSEQ;
	if (error == 0)
		return text;
	free(text);
	errno = error;
	return NULL;
}

static void
tell(struct scan *scan, const char *what, int size, const char *why)
{
	scan->good = false;
	faults_add(scan->reader->faults, FAULT_ERROR, scan->where, "%.*s%s",
	    size, what, why);
}

static bool scan_nested(struct scan *scan, const char *text, const char *name);

// Of one place where libconfig may look for the file. One that is not there,
// or may not be read, is left to libconfig to tell of.
static void
look_at_place(struct scan *scan, const char *path)
{
	struct stat status;
	char *text;

	if (path == NULL || stat(path, &status) != 0)
		return;
	if (!S_ISREG(status.st_mode)) {
		tell(scan, path, (int)strlen(path),
		    ": is no file; @include takes one file");
		return;
	}
	text = scan->nested < NESTED_MOST ? scan_read(path) : NULL;
	if (text != NULL && !scan_nested(scan, text, path))
		scan->good = false;
	free(text);
}

// Reading a folder ends libconfig's process, and a pipe is waited for.
static void
look_at_included(struct scan *scan, const char *path, size_t size)
{
	struct arena *arena = scan->reader->arena;
	const char *directory = scan->reader->directory;

	if (directory != NULL && path[0] != '/')
		look_at_place(scan,
		    arena_print(arena, "%s/%.*s", directory, (int)size, path));
	else
		look_at_place(
		    scan, arena_print(arena, "%.*s", (int)size, path));
}

// At a line that begins with @.
static void
scan_include(struct scan *scan)
{
	static const char word[] = "@include";
	const char *from = scan->at + sizeof word - 1;
	size_t size;

	if (strncmp(scan->at, word, sizeof word - 1) != 0)
		return;
	from += strspn(from, " \t");
	if (*from != '"')
		return;
	size = strcspn(from + 1, "\"\n");
	if (size < INCLUDE_MOST)
		look_at_included(scan, from + 1, size);
}

static void
scan_number(struct scan *scan)
{
	const char *from = scan->at;
	char *end = NULL;
	unsigned long long number;

	errno = 0;
	number = strtoull(from, &end, 0);
	if (errno != 0 || number > NUMBER_MOST)
		tell(scan, from, (int)(end - from),
		    ": is too large a number for any setting");
	scan->at = end > from ? end : from + 1;
}

// Goes behind a text in quotes.
static void
skip_text(struct scan *scan)
{
	for (scan->at++; *scan->at != '\0' && *scan->at != '"'; scan->at++) {
		scan->where.line += *scan->at == '\n';
		if (*scan->at == '\\' && scan->at[1] != '\0')
			scan->at++;
	}
	scan->at += *scan->at == '"';
}

// Goes behind a comment, if there is one.
static bool
skip_comment(struct scan *scan)
{
	const char *end;

	if (*scan->at == '#' || strncmp(scan->at, "//", 2) == 0) {
		scan->at += strcspn(scan->at, "\n");
		return true;
	}
	if (strncmp(scan->at, "/*", 2) != 0)
		return false;
	end = strstr(scan->at + 2, "*/");
	end = end != NULL ? end + 2 : scan->at + strlen(scan->at);
	for (; scan->at < end; scan->at++)
		scan->where.line += *scan->at == '\n';
	return true;
}

static void
skip_name(struct scan *scan)
{
	while (isalnum((unsigned char)*scan->at) || *scan->at == '-' ||
	       *scan->at == '_' || *scan->at == '*')
		scan->at++;
}

static void
scan_one(struct scan *scan)
{
	unsigned char byte = (unsigned char)*scan->at;

	if (skip_comment(scan))
		return;
	if (byte == '"') {
		skip_text(scan);
	} else if (isdigit(byte)) {
		scan_number(scan);
	} else if (isalpha(byte) || byte == '*') {
		skip_name(scan);
	} else {
		scan->where.line += byte == '\n';
		if (byte == '@')
			scan_include(scan);
		scan->at++;
	}
}

static bool
scan_whole(struct scan *scan)
{
	if (strncmp(scan->at, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		tell(scan, "", 0,
		    "begins with a byte order mark; save it as UTF-8 without "
		    "one");
	while (*scan->at != '\0')
		scan_one(scan);
	return scan->good;
}

static bool
scan_nested(struct scan *scan, const char *text, const char *name)
{
	struct scan inner = {.reader = scan->reader,
	    .at = text,
	    .where = {.file = name, .line = 1},
	    .nested = scan->nested + 1,
	    .good = true};

	return scan_whole(&inner);
}

bool
scan_text(struct reader *reader, const char *text, const char *name)
{
	struct scan scan = {.reader = reader,
	    .at = text,
	    .where = {.file = name, .line = 1},
	    .good = true};

	return scan_whole(&scan);
}
