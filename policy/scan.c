// SPDX-License-Identifier: ISC

#include "policy/scan_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum { NESTED_MOST = 10, FILES_MOST = 1000, NUMBER_MOST = 2147483647 };

// --- What is included ---

static bool scan_whole(struct scan *scan);

static bool
is_open(const struct scan *scan, const struct stat *status)
{
	for (; scan != NULL; scan = scan->outer)
		if (scan->device == status->st_dev &&
		    scan->file == status->st_ino)
			return true;
	return false;
}

static void
scan_nested(struct scan *outer, const char *path, const struct stat *status)
{
	struct scan inner = {.reader = outer->reader,
	    .all = outer->all,
	    .outer = outer,
	    .nested = outer->nested + 1,
	    .device = status->st_dev,
	    .file = status->st_ino};
	char *text = source_read(path);

	if (text == NULL) {
		scan_tell(outer, "%s: cannot be read: %s", path,
		    errno == EILSEQ ? "it holds a NUL byte" : strerror(errno));
		return;
	}
	inner.at = text;
	inner.where = (struct origin){.file = path, .line = 1};
	outer->good = scan_whole(&inner) && outer->good;
	source_end_line(&outer->all->source);
	free(text);
}

// Reading a folder fails, and a pipe would be waited for.
static void
include(struct scan *scan, const char *name, const char *path)
{
	const char *directory = scan->reader->directory;
	struct stat status;

	if (path == NULL)
		return;
	if (stat(path, &status) != 0)
		scan_tell(scan, "%s: %s%s%s", path, strerror(errno),
		    name[0] == '/' ? "" : "; it is looked for in ",
		    name[0] == '/'      ? ""
		    : directory != NULL ? directory
					: "the folder it was started in");
	else if (!S_ISREG(status.st_mode))
		scan_tell(
		    scan, "%s: is no file; @include takes one file", path);
	else if (is_open(scan, &status))
		scan_tell(scan, "%s: includes itself, here or by others", path);
	else if (scan->nested >= NESTED_MOST)
		scan_tell(scan,
		    "%s: files include each other more than %d deep", path,
		    NESTED_MOST);
	else if (scan->all->files++ >= FILES_MOST)
		scan_tell(scan, "more than %d files are included", FILES_MOST);
	else
		scan_nested(scan, path, &status);
}

// At an "@"; goes behind its line's file name.
static void
scan_include(struct scan *scan)
{
	static const char word[] = "@include";
	struct arena *arena = scan->reader->arena;
	const char *directory = scan->reader->directory;
	const char *from = scan->at, *name;
	bool is = scan->fresh && strncmp(from, word, sizeof word - 1) == 0;
	size_t size = 0;

	from += is ? sizeof word - 1 : 0;
	from += strspn(from, " \t");
	if (is && *from == '"')
		size = strcspn(from + 1, "\"\n");
	if (size == 0 || from[size + 1] != '"') {
		scan_tell(scan, "an @ begins nothing but @include \"FILE\", on "
				"a line of its own");
		scan->at += strcspn(scan->at, "\n");
		return;
	}
	name = arena_print(arena, "%.*s", (int)size, from + 1);
	scan->at = from + size + 2;
	if (name != NULL)
		include(scan, name,
		    directory != NULL && name[0] != '/'
			? arena_print(arena, "%s/%s", directory, name)
			: name);
}

// --- Words of the grammar ---

static void
scan_number(struct scan *scan)
{
	const char *from = scan->at;
	char *end = NULL;
	unsigned long long number;

	errno = 0;
	number = strtoull(from, &end, 0);
	if (errno != 0 || number > NUMBER_MOST)
		scan_tell(scan,
		    "%s: %.*s is too large a number for any setting",
		    scan_setting(scan), (int)(end - from), from);
	scan->at = end > from ? end : from + 1;
}

// Goes behind a text in quotes. None holds a newline: no setting takes it.
static void
scan_words(struct scan *scan)
{
	if (scan->last == '"')
		scan_tell(scan, "%s: a comma is missing between two texts",
		    scan_setting(scan));
	for (scan->at++;
	     *scan->at != '\0' && *scan->at != '"' && *scan->at != '\n';
	     scan->at++)
		if (*scan->at == '\\' && scan->at[1] != '\0' &&
		    scan->at[1] != '\n')
			scan->at++;
	if (*scan->at == '"')
		scan->at++;
	else
		scan_tell(scan,
		    "%s: the quote that ends a text is missing in "
		    "this line",
		    scan_setting(scan));
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
	if (end == NULL)
		scan_tell(scan, "a comment begins here that nothing ends; "
				"write */ behind it");
	scan->at = end != NULL ? end + 2 : scan->at + strlen(scan->at);
	return true;
}

static void
scan_name(struct scan *scan)
{
	const char *from = scan->at;

	while (isalnum((unsigned char)*scan->at) || *scan->at == '-' ||
	       *scan->at == '_' || *scan->at == '*')
		scan->at++;
	scan_named(scan, from, (size_t)(scan->at - from));
}

// One word, or one character between words.
static void
scan_one(struct scan *scan)
{
	unsigned char byte = (unsigned char)*scan->at;

	if (isspace(byte)) {
		scan->at++;
		return;
	}
	if (byte == '"')
		scan_words(scan);
	else if (isdigit(byte))
		scan_number(scan);
	else if (isalpha(byte) || byte == '*')
		scan_name(scan);
	else
		scan_mark(scan, *scan->at++);
	scan->last = (char)(isalnum(byte) || byte == '*' ? 'a' : byte);
	scan->fresh = false;
}

static bool
scan_whole(struct scan *scan)
{
	struct source *source = &scan->all->source;

	scan->good = scan->fresh = true;
	if (strncmp(scan->at, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		scan_tell(scan, "begins with a byte order mark; save it as "
				"UTF-8 without one");
	while (*scan->at != '\0' && !source->failed) {
		const char *from = scan->at;

		if (*from == '@') {
			scan_include(scan);
			continue;
		}
		if (!skip_comment(scan))
			scan_one(scan);
		source_put(
		    source, from, (size_t)(scan->at - from), scan->where);
		for (; from < scan->at; from++)
			if (*from == '\n') {
				scan->where.line++;
				scan->fresh = true;
			}
	}
	return scan->good;
}

bool
scan_text(struct reader *reader, const char *text, const char *name,
    struct source *source)
{
	struct scan_all all = {.balanced = true};
	struct scan scan = {.reader = reader,
	    .all = &all,
	    .at = text,
	    .where = {.file = name, .line = 1}};
	struct stat status;
	bool good;

	if (name != NULL && stat(name, &status) == 0) {
		scan.device = status.st_dev;
		scan.file = status.st_ino;
	}
	good = scan_whole(&scan);
	scan_end(&scan);
	source_finish(&all.source);
	if (all.source.failed)
		scan_tell(&scan, "with all that it includes it is too large");
	*source = all.source;
	return good && scan.good;
}
