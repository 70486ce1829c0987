// SPDX-License-Identifier: ISC

#include "policy/scan.h"
#include "policy/syntax.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

// What libconfig says, in the form of our own faults.
static bool
tell_grammar(struct reader *reader, const config_t *tree)
{
	struct origin at =
	    source_origin(reader->source, (unsigned)config_error_line(tree));
	const char *text = config_error_text(tree);

	if (at.file == NULL)
		at = source_origin(reader->source, 1);
	if (text != NULL && strcmp(text, "duplicate setting name") == 0)
		faults_add(reader->faults, FAULT_ERROR, at,
		    "a setting is written twice in the same block; remove one");
	else
		faults_add(reader->faults, FAULT_ERROR, at,
		    "%s (near here, or unfinished before it)",
		    text != NULL ? text : "cannot be read");
	return false;
}

static bool
read_source(struct reader *reader, const char *text,
    struct configuration *configuration)
{
	config_t tree;
	bool read;

	config_init(&tree);
	read = config_read_string(&tree, text) == CONFIG_TRUE ||
	       tell_grammar(reader, &tree);
	if (read)
		syntax_read_tree(
		    reader, config_root_setting(&tree), configuration);
	config_destroy(&tree);
	return read;
}

bool
syntax_read_text(struct reader *reader, const char *text, const char *name,
    struct configuration *configuration)
{
	struct source source;
	bool read;

	configuration->path = name = arena_text(reader->arena, name);
	read = scan_text(reader, text, name, &source);
	reader->source = &source;
	read = read && read_source(reader, source.text, configuration);
	reader->source = NULL;
	source_free(&source);
	return read;
}

bool
syntax_read_file(struct reader *reader, const char *path,
    struct configuration *configuration)
{
	const char *slash = strrchr(path, '/');
	const char *name = arena_text(reader->arena, path);
	char *text = source_read(path);
	bool read;

	if (text == NULL) {
		faults_add(reader->faults, FAULT_ERROR,
		    (struct origin){.file = path}, "cannot be read: %s",
		    errno == EILSEQ ? "it holds a NUL byte" : strerror(errno));
		return false;
	}
	reader->directory = slash == NULL   ? reader->directory
			    : slash == path ? "/"
					    : arena_print(reader->arena, "%.*s",
						  (int)(slash - path), path);
	read = syntax_read_text(reader, text, name, configuration);
	free(text);
	return read;
}
