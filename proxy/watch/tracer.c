// SPDX-License-Identifier: ISC

#define _DEFAULT_SOURCE
#include "base/contract.h"
#include "watch/log.h"
#include "watch/trace_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

// Lines are as long as they are where nobody knows how wide it is.
static size_t
width_of(int output)
{
	struct winsize size;

	return isatty(output) && ioctl(output, TIOCGWINSZ, &size) == 0
		   ? size.ws_col
		   : 0;
}

// However they are spelled. A capture with lines of keys in it cannot be read.
static bool
is_same_file(const char *one, const char *other)
{
	struct stat first, second;

	return lstat(one, &first) == 0 && lstat(other, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static bool
open_files(struct trace *trace, char *error, size_t room)
{
	static const struct secret_file_kind keylog = {.name = "--keylog"};
	const struct tracer_options *options = &trace->options;

	if (options->keylog != NULL) {
		trace->keylog = secret_file_new(
		    &keylog, options->keylog, options->log, error, room);
		if (trace->keylog == NULL)
			return false;
	}
	if (options->pcap == NULL)
		return true;
	if (options->keylog != NULL &&
	    is_same_file(options->keylog, options->pcap)) {
		snprintf(error, room,
		    "--pcap and --keylog are the same file, %s; name two",
		    options->pcap);
		return false;
	}
	trace->capture = capture_new(
	    &(struct capture_options){
		.path = options->pcap,
		.secrets = options->secrets,
		.content_lines = TRACER_CONTENT_LINES,
		.log = options->log,
	    },
	    error, room);
	return trace->capture != NULL;
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
	trace->width = width_of(options->output);
	if (!open_files(trace, error, room)) {
		tracer_free(&trace);
		return NULL;
	}
	trace->on = options->dialogue || trace->keylog != NULL ||
		    trace->capture != NULL;
	return trace;
}

void
tracer_flush(struct trace *trace)
{
	secret_file_free(&trace->keylog);
	capture_free(&trace->capture);
}

void
tracer_free(struct trace **trace)
{
	if (*trace == NULL)
		return;
	REQUIRE((*trace)->sessions == 0);
	tracer_flush(*trace);
	free(*trace);
	*trace = NULL;
}

static void
tell_not_reopened(const struct trace *trace, const char *error)
{
	if (trace->options.log != NULL)
		log_event(trace->options.log, SEVERITY_ERROR, NULL,
		    "%s; the old file stays in use", error);
}

void
tracer_reopen(struct trace *trace)
{
	char error[512];

	if (trace->keylog != NULL &&
	    !secret_file_reopen(trace->keylog, error, sizeof error))
		tell_not_reopened(trace, error);
	if (trace->capture != NULL &&
	    !capture_reopen(trace->capture, error, sizeof error))
		tell_not_reopened(trace, error);
}

bool
tracer_is_on(const struct trace *trace)
{
	return trace->on;
}

void
tracer_start(struct trace *trace, unsigned sessions)
{
	if (trace->keylog == NULL && trace->capture == NULL)
		trace->options.dialogue = true;
	trace->on = true;
	trace->limited = sessions > 0;
	trace->left = sessions;
}

void
tracer_stop(struct trace *trace)
{
	trace->on = false;
	trace->round++;
}
