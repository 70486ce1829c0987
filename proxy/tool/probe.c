// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/probe.h"

#include "base/bytes.h"
#include "tool/options.h"
#include "tool/probe_judge.h"
#include "tool/probe_run.h"
#include "tool/probe_tell.h"
#include "watch/tracer.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPTION_LEGACY = OPTION_OWN,
	OPTION_JSON,
	OPTION_IMPLICIT,
	OPTION_CA,
	OPTION_TIMEOUT,
	OPTION_PAUSE,
	OPTION_CONNECTIONS
};

enum { PORT_SMTP = 25, PORT_SUBMISSIONS = 465 };

static const char usage[] =
    "usage: sallyport probe HOST[:PORT] [--legacy] [--json] [--implicit]\n"
    "                       [--ca FILE] [--timeout SECONDS] [--pause MS]\n"
    "                       [--connections NUMBER]\n";

static const char help[] =
    "  HOST[:PORT]                  the server; port 25 unless given, 465 is\n"
    "                               implicit TLS\n"
    "      --legacy                 SSL 3.0 and export suites too, and what\n"
    "                               each old hello gets\n"
    "      --json                   for programs\n"
    "      --implicit               TLS from the first byte\n"
    "      --ca FILE                authorities to trust (setting ca)\n"
    "      --timeout SECONDS        for each step; default 15\n"
    "      --pause MS               between connections; default 100\n"
    "      --connections NUMBER     at most; default 100\n";

struct asked {
	struct probe_request request;
	char host[256];
	char ca[PATH_MAX];
	bool json;
	int status; // -1: go on
};

static int
wrong(const char *what, const char *why)
{
	fprintf(stderr, "sallyport probe: %s: %s\n%s", what, why, usage);
	return EXIT_USAGE;
}

static bool
read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
	       *value >= least && *value <= most;
}

// A number of an option; factor makes its unit ours.
static void
take_number(
    struct asked *asked, uint64_t most, uint64_t factor, uint64_t *value)
{
	if (read_number(optarg, 1, most, value))
		*value *= factor;
	else
		asked->status = wrong(optarg, "that number will not do");
}

static void
take_ca(struct asked *asked)
{
	if (realpath(optarg, asked->ca) == NULL)
		asked->status = wrong(optarg, strerror(errno));
	else if (strlen(asked->ca) >= 256)
		asked->status = wrong(optarg, "the path is too long");
	else
		asked->request.ca = asked->ca;
}

static void
take(struct asked *asked, int option)
{
	uint64_t connections = asked->request.connections;

	switch (option) {
	case OPTION_LEGACY:
		asked->request.legacy = true;
		break;
	case OPTION_JSON:
		asked->json = true;
		break;
	case OPTION_IMPLICIT:
		asked->request.implicit = true;
		break;
	case OPTION_CA:
		take_ca(asked);
		break;
	case OPTION_TIMEOUT:
		take_number(asked, 600, 1000, &asked->request.wait);
		break;
	case OPTION_PAUSE:
		take_number(asked, 60000, 1, &asked->request.pause);
		break;
	case OPTION_CONNECTIONS:
		take_number(asked, 1000, 1, &connections);
		asked->request.connections = (unsigned)connections;
		break;
	case 'h':
		printf("%s%s", usage, help);
		asked->status = EXIT_SUCCESS;
		break;
	default:
		fputs(usage, stderr);
		asked->status = EXIT_USAGE;
	}
}

// HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT or an IPv6 address alone.
static bool
take_host(struct asked *asked, const char *text)
{
	const char *port = NULL;
	uint64_t number = PORT_SMTP;
	size_t size = strlen(text);

	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		port = end[1] == ':' ? end + 2 : NULL;
		text++;
		size = (size_t)(end - text);
	} else if (strchr(text, ':') == strrchr(text, ':') &&
		   strchr(text, ':') != NULL) {
		port = strchr(text, ':') + 1;
		size = (size_t)(port - 1 - text);
	}
	if (size == 0 || size >= sizeof asked->host ||
	    (port != NULL && !read_number(port, 1, 65535, &number)))
		return false;
	bytes_copy(asked->host, sizeof asked->host - 1, text, size);
	asked->host[size] = '\0';
	asked->request.host = asked->host;
	asked->request.port = (uint16_t)number;
	if (number == PORT_SUBMISSIONS)
		asked->request.implicit = true;
	return true;
}

static int
probe(const struct asked *asked)
{
	// Some hundred kilobytes: not for the stack.
	struct probe_result *result = calloc(1, sizeof *result);
	struct tls_error error = {.text = "out of memory"};
	int status = EXIT_FAILURE;

	if (result != NULL && probe_run(&asked->request, result, &error)) {
		if (asked->json)
			probe_tell_json(result, stdout);
		else
			probe_tell_text(
			    result, tracer_wants_colour(STDOUT_FILENO), stdout);
		status = probe_status(result);
	} else {
		fprintf(stderr, "sallyport probe: %s\n", error.text);
	}
	free(result);
	return status;
}

int
tool_probe(int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"legacy", no_argument, NULL, OPTION_LEGACY},
	    {"json", no_argument, NULL, OPTION_JSON},
	    {"implicit", no_argument, NULL, OPTION_IMPLICIT},
	    {"ca", required_argument, NULL, OPTION_CA},
	    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
	    {"pause", required_argument, NULL, OPTION_PAUSE},
	    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct asked asked = {.status = -1,
	    .request = {.wait = 15000,
		.pause = 100,
		.connections = 100,
		.most = 180000}};
	int option;

	while (asked.status < 0 && (option = getopt_long(argc, argv, "h",
					long_options, NULL)) != -1)
		take(&asked, option);
	if (asked.status >= 0)
		return asked.status;
	if (optind + 1 != argc)
		return wrong("HOST[:PORT]", "one server, please");
	if (!take_host(&asked, argv[optind]))
		return wrong(argv[optind],
		    "a host, host:port or [address]:port is wanted");
	return probe(&asked);
}
