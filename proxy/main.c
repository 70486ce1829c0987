// SPDX-License-Identifier: ISC
//
// Options and start-up order, nothing else.

#define _GNU_SOURCE
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "host/faults_log.h"
#include "host/rights.h"
#include "host/sandbox.h"
#include "host/worker.h"
#include "tool/check.h"
#include "tool/demo.h"
#include "tool/explain.h"
#include "tool/options.h"
#include "tool/probe.h"
#include "tool/reload.h"
#include "tool/watching.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_VERSION = OPTION_AFTER_WATCHING };

static const char usage[] =
    "usage: sallyport [-c FILE] [OPTIONS]   run the proxy in the foreground\n"
    "       sallyport check [-c FILE]       report every fault of the "
    "configuration\n"
    "       sallyport explain --client ADDR which rule applies, and every "
    "setting\n"
    "       sallyport probe HOST[:PORT]     what a server offers, and what "
    "suits it\n"
    "       sallyport reload PID            the service reads its "
    "configuration again\n"
    "       sallyport demo                  what it is for, played on this "
    "host\n";

static const char own_help[] = "      --version, --help\n";

// What runs until it is told to stop: made in this order, ended in reverse.
struct run {
	struct options options;
	struct watching watching;
	struct policy *policy;
	struct log log;
	struct service service;
	struct trace *trace;
	struct worker *worker;
	struct faults faults;
	char error[1024];
};

static bool
make_worker(struct run *run)
{
	const struct worker_start start = {
	    .policy = run->policy,
	    .log = &run->log,
	    .service = &run->service,
	    .trace = run->trace,
	    .tracing = run->watching.whom,
	    .configuration = options_configuration(&run->options),
	    .overrides = &run->options.overrides,
	};

	run->worker =
	    worker_new(&start, &run->faults, run->error, sizeof run->error);
	faults_tell(&run->faults);
	return run->worker != NULL;
}

static bool
open_trace(struct run *run)
{
	run->watching.what.output = STDERR_FILENO;
	run->watching.what.log = &run->log;
	run->watching.what.colour = tracer_wants_colour(STDERR_FILENO);
	run->trace =
	    tracer_new(&run->watching.what, run->error, sizeof run->error);
	return run->trace != NULL;
}

static bool
meet_manager(struct run *run)
{
	if (!service_init(&run->service, run->error, sizeof run->error))
		return false;
	if (run->error[0] != '\0')
		log_event(&run->log, SEVERITY_WARNING, NULL,
		    "%s; the service manager will hear nothing", run->error);
	return true;
}

// A right may be lost with the user, where there is no libcap.
static bool
has_rights_left(struct run *run)
{
	struct faults lost;
	bool good;

	faults_init(&lost);
	good = rights_suffice(
	    run->policy, options_configuration(&run->options), &lost);
	faults_tell(&lost);
	faults_join(&run->faults, &lost);
	faults_free(&lost);
	return good;
}

// Sockets and keys are there: from here on less is allowed.
static bool
confine(struct run *run)
{
	const struct process_settings *process = policy_process(run->policy);
	const struct sandbox_rights rights = rights_of(run->policy);

	if (!sandbox_drop(process->user, process->group, &rights, run->error,
		sizeof run->error) ||
	    !has_rights_left(run) ||
	    !sandbox_filter(run->error, sizeof run->error))
		return false;
	if (geteuid() == 0)
		log_event(&run->log, SEVERITY_WARNING, NULL,
		    "sallyport stays root; name a user that it can become");
	return true;
}

static int
serve(struct run *run)
{
	int status = EXIT_FAILURE;

	sandbox_begin();
	run->log = log_initial();
	run->service.notify = -1;
	faults_init(&run->faults);
	run->policy = options_load(&run->options);
	if (run->policy == NULL)
		return EXIT_CONFIGURATION;
	if (!watching_fits(&run->watching, run->policy)) {
		policy_release(&run->policy);
		return EXIT_USAGE;
	}
	if (worker_open_log(
		&run->log, run->policy, run->error, sizeof run->error) &&
	    meet_manager(run) && open_trace(run) && make_worker(run) &&
	    confine(run)) {
		if (!worker_run(run->worker)) {
			tracer_flush(run->trace);
			_exit(EXIT_SUCCESS);
		}
		status = EXIT_SUCCESS;
	} else if (run->faults.errors > 0) {
		status = EXIT_CONFIGURATION;
	} else {
		log_event(&run->log, SEVERITY_ERROR, NULL, "%s", run->error);
	}
	faults_free(&run->faults);
	worker_free(&run->worker);
	tracer_free(&run->trace);
	service_free(&run->service);
	policy_release(&run->policy);
	log_close(&run->log);
	return status;
}

static int
tell_version(void)
{
	printf("sallyport %s, built with %s\n", PACKAGE_VERSION,
	    sandbox_features());
	return EXIT_SUCCESS;
}

static int
tell_usage(FILE *to, int status)
{
	fprintf(to, "%s\n%s%s%s\nSee sallyport(8) and sallyport.conf(5).\n",
	    usage, options_help, watching_help, own_help);
	return status;
}

// Takes one option; the exit status if it ends the program, or -1.
static int
take(struct run *run, int option)
{
	if (options_take(&run->options, option, optarg))
		return -1;
	switch (watching_take(&run->watching, option, optarg)) {
	case WATCHING_TAKEN:
		return -1;
	case WATCHING_WRONG:
		return EXIT_USAGE;
	case WATCHING_OTHER:
		break;
	}
	switch (option) {
	case OPTION_VERSION:
		return tell_version();
	case 'h':
		return tell_usage(stdout, EXIT_SUCCESS);
	default:
		return tell_usage(stderr, EXIT_USAGE);
	}
}

static int
run(int argc, char **argv)
{
	static const struct option long_options[] = {
	    OPTIONS_LONG WATCHING_LONG{
		"version", no_argument, NULL, OPTION_VERSION},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct run run = {.policy = NULL};
	int status = -1;
	int option;

	if (!options_init(&run.options, argc))
		return EXIT_FAILURE;
	while (status < 0 && (option = getopt_long(argc, argv,
				  OPTIONS_SHORT WATCHING_SHORT "h",
				  long_options, NULL)) != -1)
		status = take(&run, option);
	if (status < 0 && optind < argc) {
		fprintf(stderr, "sallyport: there is no command %s\n",
		    argv[optind]);
		status = tell_usage(stderr, EXIT_USAGE);
	}
	if (status < 0)
		status = serve(&run);
	options_free(&run.options);
	return status;
}

static int
tell_not_built(int argc, char **argv)
{
	(void)argc;
	fprintf(stderr, "sallyport: %s is not built yet\n", argv[0]);
	return EXIT_USAGE;
}

static const struct {
	const char *word;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"check", tool_check},
    {"demo", tool_demo},
    {"explain", tool_explain},
    {"probe", tool_probe},
    {"reload", tool_reload},
    {"status", tell_not_built},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (argc > 1 && strcmp(argv[1], commands[i].word) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	return run(argc, argv);
}
