// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "base/contract.h"
#include "watch/trace_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
tracer_wants_colour(int output)
{
	const char *terminal = getenv("TERM");
	const char *refused = getenv("NO_COLOR");

	return isatty(output) && terminal != NULL &&
	       strcmp(terminal, "dumb") != 0 &&
	       (refused == NULL || refused[0] == '\0');
}

// A file that will hold secrets: whoever planted a link, or kept a file of
// that name open for reading, must not get them.
static int
open_secret(const char *path, char *error, size_t room)
{
	int file = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
	    0600);
	struct stat status;

	if (file < 0) {
		snprintf(error, room, "cannot open %s: %s", path,
		    errno == ELOOP ? "it is a symbolic link, which is never "
				     "followed; name the file itself"
				   : strerror(errno));
		return -1;
	}
	if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_uid == geteuid() && (status.st_mode & 077) == 0)
		return file;
	close(file);
	snprintf(error, room,
	    "%s exists, and is no regular file that this user alone may "
	    "read; remove it, or name another",
	    path);
	return -1;
}

struct trace *
tracer_new(const struct tracer_options *options, char *error, size_t room)
{
	struct trace *trace = calloc(1, sizeof *trace);

	if (trace == NULL) {
		snprintf(error, room, "memory is out");
		return NULL;
	}
	trace->options = *options;
	trace->keylog = -1;
	if (options->keylog != NULL) {
		trace->keylog = open_secret(options->keylog, error, room);
		if (trace->keylog < 0)
			tracer_free(&trace);
	}
	return trace;
}

void
tracer_free(struct trace **trace)
{
	if (*trace == NULL)
		return;
	REQUIRE((*trace)->sessions == 0);
	if ((*trace)->keylog >= 0)
		close((*trace)->keylog);
	free(*trace);
	*trace = NULL;
}

bool
tracer_toggle(struct trace *trace)
{
	trace->options.dialogue = !trace->options.dialogue;
	return trace->options.dialogue;
}
