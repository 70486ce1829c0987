// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "tool/reload.h"

#include "host/answer.h"
#include "tool/options.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of milliseconds, and less than systemd gives a reload.
enum { PATIENCE = 60 * 1000 };

static const char usage[] =
    "usage: sallyport reload PID\n"
    "Has the service reload its configuration, and waits until it did:\n"
    "ExecReload= of its unit.\n";

static bool
parse_process(const char *text, pid_t *process)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	*process = (pid_t)number;
	return *text >= '1' && *text <= '9' && *end == '\0' && errno == 0 &&
	       number <= INT_MAX;
}

// Whether or not there can be an answer, the signal is sent: a reload is worth
// more than to know of it.
static bool
reload(pid_t process, char *error, size_t room)
{
	int file = answer_open(error, room);
	bool good = false;

	if (kill(process, SIGHUP) != 0)
		snprintf(error, room, "process %ld cannot be told to: %s",
		    (long)process, strerror(errno));
	else if (file >= 0)
		good = answer_await(file, process, PATIENCE, error, room);
	answer_close(file);
	return good;
}

int
tool_reload(int argc, char **argv)
{
	char error[1024];
	pid_t process;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (argc != 2 || !parse_process(argv[1], &process)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (reload(process, error, sizeof error))
		return EXIT_SUCCESS;
	fprintf(stderr, "sallyport reload: %s\n", error);
	return EXIT_FAILURE;
}
