// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_STEP = 16384, SOURCE_MOST = 64 << 20 };

char *
source_read(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0, got = 1;
	char *text = NULL;
	int error = 0;

	if (file == NULL)
		return NULL;
	while (got > 0 && error == 0) {
		char *more = realloc(text, size + READ_STEP + 1);

		if (more == NULL || size > SOURCE_MOST) {
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

// Room for more of size; the old is kept where there is none.
static bool
grow(void **items, size_t *room, size_t needed, size_t size)
{
	size_t more = *room == 0 ? 1024 : *room;
	void *grown;

	while (more < needed)
		more *= 2;
	if (more == *room)
		return true;
	grown = realloc(*items, more * size);
	if (grown == NULL)
		return false;
	*items = grown;
	*room = more;
	return true;
}

static bool
begin_line(struct source *source, struct origin at)
{
	void *lines = source->lines;
	bool grown = grow(&lines, &source->line_room, source->line_count + 1,
	    sizeof *source->lines);

	source->lines = lines;
	if (grown)
		source->lines[source->line_count++] = at;
	return grown;
}

void
source_put(
    struct source *source, const char *bytes, size_t size, struct origin at)
{
	void *text = source->text;
	bool grown = source->size + size <= SOURCE_MOST &&
		     grow(&text, &source->room, source->size + size + 2, 1);

	source->text = text;
	for (size_t i = 0; grown && i < size; i++) {
		if (!source->within)
			grown = begin_line(source, at);
		source->within = bytes[i] != '\n';
		at.line += bytes[i] == '\n';
		source->text[source->size++] = bytes[i];
	}
	source->failed = source->failed || !grown;
}

void
source_end_line(struct source *source)
{
	if (source->within)
		source_put(source, "\n", 1, (struct origin){.file = NULL});
}

void
source_finish(struct source *source)
{
	// A comment at the end wants its newline; and there may be nothing.
	source_end_line(source);
	source_put(source, "\n", 1,
	    source_origin(source, (unsigned)source->line_count));
	if (!source->failed)
		source->text[source->size] = '\0';
}

void
source_free(struct source *source)
{
	free(source->text);
	free(source->lines);
	*source = (struct source){.text = NULL};
}

struct origin
source_origin(const struct source *source, unsigned line)
{
	if (line == 0 || line > source->line_count)
		return (struct origin){.file = NULL};
	return source->lines[line - 1];
}
