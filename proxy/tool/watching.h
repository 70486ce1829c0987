// SPDX-License-Identifier: ISC
//
// Options of the proxy about watching: what is shown (-d, -x, --pcap,
// --keylog, --show-secrets), of whom and for how long (--trace-...).

#ifndef TOOL_WATCHING_H
#define TOOL_WATCHING_H

#include "host/worker.h"
#include "tool/options.h"
#include "watch/tracer.h"

#include <stdbool.h>

// Values of getopt_long; the caller's own begin at OPTION_AFTER_WATCHING.
enum {
	OPTION_KEYLOG = OPTION_OWN,
	OPTION_SHOW_SECRETS,
	OPTION_PCAP,
	OPTION_TRACE_CLIENT,
	OPTION_TRACE_LISTENER,
	OPTION_TRACE_FOR,
	OPTION_TRACE_SESSIONS,
	OPTION_TRACE_ON_SIGNAL,
	OPTION_AFTER_WATCHING
};

#define WATCHING_SHORT "dx"
// Rows of struct option, each with a comma behind it.
#define WATCHING_LONG                                                          \
	{"debug", no_argument, NULL, 'd'},                                     \
	    {"hexdump", no_argument, NULL, 'x'},                               \
	    {"keylog", required_argument, NULL, OPTION_KEYLOG},                \
	    {"show-secrets", no_argument, NULL, OPTION_SHOW_SECRETS},          \
	    {"pcap", required_argument, NULL, OPTION_PCAP},                    \
	    {"trace-client", required_argument, NULL, OPTION_TRACE_CLIENT},    \
	    {"trace-listener", required_argument, NULL,                        \
		OPTION_TRACE_LISTENER},                                        \
	    {"trace-for", required_argument, NULL, OPTION_TRACE_FOR},          \
	    {"trace-sessions", required_argument, NULL,                        \
		OPTION_TRACE_SESSIONS},                                        \
	    {"trace-on-signal", no_argument, NULL, OPTION_TRACE_ON_SIGNAL},

extern const char watching_help[];

struct watching {
	struct tracer_options what;
	struct worker_tracing whom;
};

enum watching_taken {
	WATCHING_TAKEN,
	WATCHING_WRONG, // its argument is; that was told on standard error
	WATCHING_OTHER  // the option is none of these
};

// Takes an option that getopt_long returned, with optarg, which must live as
// long as *watching.
enum watching_taken watching_take(
    struct watching *watching, int option, const char *argument);

// Whether the policy has the listener that is to be watched; false: it is told
// on standard error that nothing would be.
bool watching_fits(
    const struct watching *watching, const struct policy *policy);

#endif
