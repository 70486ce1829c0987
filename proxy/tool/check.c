// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/check.h"

#include "net/loop.h"
#include "session/edition.h"
#include "tool/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: sallyport check [-c FILE] [OPTIONS]\n";

// All that a start would do with it, but for listening.
static void
try(struct policy *policy, struct faults *faults)
{
	struct loop *loop = loop_new();
	const struct edition_means means = {.loop = loop};
	struct edition *edition = edition_new(policy, &means, faults);

	edition_release(&edition);
	loop_free(&loop);
}

// EXIT_SUCCESS if there are no errors.
static int
check(const struct options *options)
{
	const char *path = options_configuration(options);
	struct policy *policy;
	struct faults faults;
	int status;

	faults_init(&faults);
	policy = policy_load(path, &options->overrides, &faults);
	if (policy != NULL)
		try(policy, &faults);
	faults_print(&faults, stdout);
	if (faults.errors + faults.overdue + faults.warnings == 0)
		printf("%s: nothing is wrong\n",
		    path != NULL ? path : "command line");
	status =
	    faults.errors + faults.overdue == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	policy_release(&policy);
	faults_free(&faults);
	return status;
}

int
tool_check(int argc, char **argv)
{
	static const struct option long_options[] = {
	    OPTIONS_LONG{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct options options;
	int status = EXIT_FAILURE;
	int option;

	if (!options_init(&options, argc))
		return status;
	while ((option = getopt_long(
		    argc, argv, OPTIONS_SHORT "h", long_options, NULL)) != -1) {
		if (options_take(&options, option, optarg))
			continue;
		status = option == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
		fprintf(option == 'h' ? stdout : stderr, "%s%s", usage,
		    options_help);
		goto done;
	}
	if (optind < argc) {
		fprintf(stderr, "sallyport check: %s: what is that?\n%s",
		    argv[optind], usage);
		status = EXIT_USAGE;
	} else {
		status = check(&options);
	}
done:
	options_free(&options);
	return status;
}
