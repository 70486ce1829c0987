// SPDX-License-Identifier: ISC

#include "policy/scan.h"
#include "policy/syntax.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What libconfig says, in the form of our own faults.
static bool
tell_grammar(struct reader *reader, const config_t *tree)
{
	const char *file = config_error_file(tree);
	struct origin at = {.file = arena_text(reader->arena,
				file != NULL ? file : reader->file),
	    .line =
		(unsigned)(config_error_line(tree) > 0 ? config_error_line(tree)
						       : 0)};
	const char *text = config_error_text(tree);

	if (text != NULL && strcmp(text, "duplicate setting name") == 0)
		faults_add(reader->faults, FAULT_ERROR, at,
		    "a setting is written twice in the same block; remove one");
	else if (text != NULL && strcmp(text, "cannot open include file") == 0)
		faults_add(reader->faults, FAULT_ERROR, at,
		    "what it includes cannot be opened; it is looked for in %s",
		    reader->directory != NULL ? reader->directory
					      : "the folder it was started in");
	else
		faults_add(reader->faults, FAULT_ERROR, at,
		    "%s (near here, or unfinished before it)",
		    text != NULL ? text : "cannot be read");
	return false;
}

bool
syntax_read_text(struct reader *reader, const char *text, const char *name,
    struct configuration *configuration)
{
	config_t tree;
	bool read;

	reader->file = configuration->path = name;
	if (!scan_text(reader, text, name))
		return false;
	config_init(&tree);
	if (reader->directory != NULL)
		config_set_include_dir(&tree, reader->directory);
	read = config_read_string(&tree, text) == CONFIG_TRUE ||
	       tell_grammar(reader, &tree);
	if (read)
		syntax_read_tree(
		    reader, config_root_setting(&tree), configuration);
	config_destroy(&tree);
	return read;
}

bool
syntax_read_file(struct reader *reader, const char *path,
    struct configuration *configuration)
{
	const char *slash = strrchr(path, '/');
	const char *name = arena_text(reader->arena, path);
	char *text = scan_read(path);
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
