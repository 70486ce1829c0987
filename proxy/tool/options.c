// SPDX-License-Identifier: ISC

#include "tool/options.h"

#include "host/faults_log.h"

#include <stdio.h>
#include <stdlib.h>

const char options_help[] =
    "  -c, --config FILE            the configuration; default\n"
    "                               /etc/sallyport/sallyport.conf\n"
    "  -l, --listen ADDR:PORT       listen there; may be repeated\n"
    "  -f, --forward-to HOST:PORT   the receiver; may be repeated: tried in\n"
    "                               order; or original, for redirected\n"
    "                               connections: where the sender meant to "
    "go\n"
    "      --sender-tls LEVEL       none, offer or require\n"
    "      --receiver-tls LEVEL     none, may, encrypt, fingerprint, verify,\n"
    "                               secure, dane or dane-only\n"
    "      --set KEY=VALUE          any setting, as sender.min-bits=40; lists\n"
    "                               with commas; may be repeated\n";

bool
options_init(struct options *options, int argc)
{
	*options = (struct options){.configuration = NULL};
	options->listen = calloc((size_t)argc + 1, sizeof *options->listen);
	options->forward_to =
	    calloc((size_t)argc + 1, sizeof *options->forward_to);
	options->set = calloc((size_t)argc + 1, sizeof *options->set);
	if (options->listen != NULL && options->forward_to != NULL &&
	    options->set != NULL) {
		options->overrides.listen.items = options->listen;
		options->overrides.forward_to.items = options->forward_to;
		options->overrides.set.items = options->set;
		return true;
	}
	options_free(options);
	return false;
}

void
options_free(struct options *options)
{
	free(options->listen);
	free(options->forward_to);
	free(options->set);
	*options = (struct options){.configuration = NULL};
}

bool
options_take(struct options *options, int option, const char *argument)
{
	struct policy_overrides *overrides = &options->overrides;

	switch (option) {
	case 'c':
		options->configuration = argument;
		return true;
	case 'l':
		options->listen[overrides->listen.count++] = argument;
		return true;
	case 'f':
		options->forward_to[overrides->forward_to.count++] = argument;
		return true;
	case OPTION_SENDER_TLS:
		overrides->sender_tls = argument;
		return true;
	case OPTION_RECEIVER_TLS:
		overrides->receiver_tls = argument;
		return true;
	case OPTION_SET:
		options->set[overrides->set.count++] = argument;
		return true;
	default:
		return false;
	}
}

const char *
options_configuration(const struct options *options)
{
	if (options->configuration != NULL)
		return options->configuration;
	if (options->overrides.listen.count > 0 ||
	    options->overrides.forward_to.count > 0)
		return NULL;
	return "/etc/sallyport/sallyport.conf";
}

struct policy *
options_load(const struct options *options)
{
	struct faults faults;
	struct policy *policy;

	faults_init(&faults);
	policy = policy_load(
	    options_configuration(options), &options->overrides, &faults);
	faults_tell(&faults);
	faults_free(&faults);
	return policy;
}
