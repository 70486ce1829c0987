// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/explain.h"

#include "tool/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: sallyport explain [-c FILE] [OPTIONS] --client ADDR\n"
    "                         [--listener NAME] [--destination ADDR]\n"
    "                         [--helo NAME] [--from ADDR] [--to ADDR]\n";

enum {
	OPTION_CLIENT = OPTION_OWN,
	OPTION_LISTENER,
	OPTION_DESTINATION,
	OPTION_HELO,
	OPTION_FROM,
	OPTION_TO
};

struct asked {
	const char *client, *listener, *destination, *helo, *from, *to;
};

static bool
take(struct asked *asked, int option, const char *argument)
{
	switch (option) {
	case OPTION_CLIENT:
		asked->client = argument;
		return true;
	case OPTION_LISTENER:
		asked->listener = argument;
		return true;
	case OPTION_DESTINATION:
		asked->destination = argument;
		return true;
	case OPTION_HELO:
		asked->helo = argument;
		return true;
	case OPTION_FROM:
		asked->from = strcmp(argument, "<>") == 0 ? "" : argument;
		return true;
	case OPTION_TO:
		asked->to = argument;
		return true;
	default:
		return false;
	}
}

// Explains for one listener, or, where none was named, for each.
static int
explain(const struct policy *policy, const struct asked *asked,
    struct policy_facts *facts)
{
	size_t count = policy_listener_count(policy);
	bool found = false;

	facts->helo = asked->helo;
	facts->mail_from = asked->from;
	facts->rcpt_to = asked->to;
	for (size_t i = 0; i < count; i++) {
		if (asked->listener != NULL &&
		    strcmp(asked->listener, policy_listener(policy, i)->name) !=
			0)
			continue;
		if (found)
			putchar('\n');
		found = true;
		facts->listener = i;
		policy_explain(policy, facts, stdout);
	}
	if (found)
		return EXIT_SUCCESS;
	fprintf(stderr, "sallyport explain: there is no listener %s\n",
	    asked->listener);
	return EXIT_USAGE;
}

static bool
take_address(const char *option, const char *text, struct address *address)
{
	if (address_parse(address, text))
		return true;
	fprintf(stderr,
	    "sallyport explain: %s %s is not an address, as 192.0.2.1 or "
	    "2001:db8::1\n",
	    option, text);
	return false;
}

static int
run(const struct options *options, const struct asked *asked)
{
	struct policy_facts facts = {.listener = 0};
	struct policy *policy;
	int status;

	if (asked->client == NULL) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!take_address("--client", asked->client, &facts.client))
		return EXIT_USAGE;
	if (asked->destination != NULL &&
	    !take_address(
		"--destination", asked->destination, &facts.destination))
		return EXIT_USAGE;
	policy = options_load(options);
	if (policy == NULL)
		return EXIT_CONFIGURATION;
	status = explain(policy, asked, &facts);
	policy_release(&policy);
	return status;
}

int
tool_explain(int argc, char **argv)
{
	static const struct option long_options[] = {
	    OPTIONS_LONG{"client", required_argument, NULL, OPTION_CLIENT},
	    {"listener", required_argument, NULL, OPTION_LISTENER},
	    {"destination", required_argument, NULL, OPTION_DESTINATION},
	    {"helo", required_argument, NULL, OPTION_HELO},
	    {"from", required_argument, NULL, OPTION_FROM},
	    {"to", required_argument, NULL, OPTION_TO},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct asked asked = {.client = NULL};
	struct options options;
	int status = EXIT_FAILURE;
	int option;

	if (!options_init(&options, argc))
		return status;
	while ((option = getopt_long(
		    argc, argv, OPTIONS_SHORT "h", long_options, NULL)) != -1) {
		if (options_take(&options, option, optarg) ||
		    take(&asked, option, optarg))
			continue;
		status = option == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
		fprintf(option == 'h' ? stdout : stderr, "%s%s", usage,
		    options_help);
		goto done;
	}
	if (optind < argc) {
		fprintf(stderr, "sallyport explain: %s: what is that?\n%s",
		    argv[optind], usage);
		status = EXIT_USAGE;
	} else {
		status = run(&options, &asked);
	}
done:
	options_free(&options);
	return status;
}
