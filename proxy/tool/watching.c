// SPDX-License-Identifier: ISC

#include "tool/watching.h"

#include "policy/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char watching_help[] =
    "  -d, --debug                  both dialogues on standard error, live\n"
    "  -x, --hexdump                with the bytes: plaintext, TLS records\n"
    "      --pcap FILE              a capture for Wireshark: both dialogues, "
    "and\n"
    "                               the TLS records\n"
    "      --keylog FILE            TLS secrets in NSS key log format\n"
    "      --show-secrets           do not mask passwords and content\n"
    "      --trace-client NETWORK   of these senders alone\n"
    "      --trace-listener NAME    of this listener alone\n"
    "      --trace-for TIME         for so long, as in 60s or 10m\n"
    "      --trace-sessions NUMBER  of so many sessions\n"
    "      --trace-on-signal        nothing of this before SIGUSR2\n";

static bool
take_number(const char *text, unsigned long most, unsigned long *number,
    const char **unit)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	*unit = end;
	return text[0] >= '0' && text[0] <= '9' && errno == 0 && *number > 0 &&
	       *number <= most;
}

static bool
take_time(const char *text, uint64_t *milliseconds)
{
	static const struct {
		const char *unit;
		uint64_t milliseconds;
	} units[] = {{"s", 1000}, {"m", 60000}, {"h", 3600000}};
	unsigned long number;
	const char *unit;

	if (!take_number(text, 1000000, &number, &unit))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		*milliseconds = number * units[i].milliseconds;
		return true;
	}
	return false;
}

static bool
take_sessions(const char *text, unsigned *sessions)
{
	unsigned long number;
	const char *unit;

	if (!take_number(text, 1000000, &number, &unit) || *unit != '\0')
		return false;
	*sessions = (unsigned)number;
	return true;
}

static enum watching_taken
judge(bool good, const char *option, const char *argument, const char *form)
{
	if (good)
		return WATCHING_TAKEN;
	fprintf(
	    stderr, "sallyport: %s: %s is not %s\n", option, argument, form);
	return WATCHING_WRONG;
}

static enum watching_taken
take_whom(struct worker_tracing *whom, int option, const char *argument)
{
	switch (option) {
	case OPTION_TRACE_CLIENT:
		return judge(
		    network_parse(&whom->watched.client, argument, NULL),
		    "--trace-client", argument,
		    "an address or network, as 192.0.2.7 or 192.0.2.0/24");
	case OPTION_TRACE_LISTENER:
		whom->watched.listener = argument;
		return WATCHING_TAKEN;
	case OPTION_TRACE_FOR:
		return judge(take_time(argument, &whom->time), "--trace-for",
		    argument, "a time, as 60s, 10m or 1h");
	case OPTION_TRACE_SESSIONS:
		return judge(take_sessions(argument, &whom->sessions),
		    "--trace-sessions", argument, "a number above 0");
	case OPTION_TRACE_ON_SIGNAL:
		whom->on_signal = true;
		return WATCHING_TAKEN;
	default:
		return WATCHING_OTHER;
	}
}

enum watching_taken
watching_take(struct watching *watching, int option, const char *argument)
{
	struct tracer_options *what = &watching->what;

	switch (option) {
	case 'x':
		what->hexdump = true;
		what->dialogue = true;
		return WATCHING_TAKEN;
	case 'd':
		what->dialogue = true;
		return WATCHING_TAKEN;
	case OPTION_KEYLOG:
		what->keylog = argument;
		return WATCHING_TAKEN;
	case OPTION_SHOW_SECRETS:
		what->secrets = true;
		return WATCHING_TAKEN;
	case OPTION_PCAP:
		what->pcap = argument;
		return WATCHING_TAKEN;
	default:
		return take_whom(&watching->whom, option, argument);
	}
}

bool
watching_fits(const struct watching *watching, const struct policy *policy)
{
	const char *name = watching->whom.watched.listener;
	struct nearest nearest;

	if (name == NULL)
		return true;
	nearest = nearest_to(name);
	for (size_t i = 0; i < policy_listener_count(policy); i++) {
		const char *known = policy_listener(policy, i)->name;

		if (strcmp(known, name) == 0)
			return true;
		nearest_offer(&nearest, known);
	}
	fprintf(stderr,
	    "sallyport: --trace-listener: there is no listener %s; nothing "
	    "would be watched",
	    name);
	if (nearest.best != NULL)
		fprintf(stderr, " (did you mean %s?)", nearest.best);
	fputc('\n', stderr);
	return false;
}
