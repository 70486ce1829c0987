// SPDX-License-Identifier: ISC
//
// What every command takes that reads a configuration: where it is, and what
// the command line lays over it. For getopt_long, which a command calls with
// options of its own besides.

#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "policy/policy.h"

#include <stdbool.h>

// Exit statuses; the first and the second as sysexits has them.
enum { EXIT_USAGE = 64, EXIT_CONFIGURATION = 78 };

// Values of getopt_long; a command's own long options begin at OPTION_OWN.
enum { OPTION_SENDER_TLS = 256, OPTION_RECEIVER_TLS, OPTION_SET, OPTION_OWN };

#define OPTIONS_SHORT "c:l:f:"
// Rows of struct option, each with a comma behind it.
#define OPTIONS_LONG                                                           \
	{"config", required_argument, NULL, 'c'},                              \
	    {"listen", required_argument, NULL, 'l'},                          \
	    {"forward-to", required_argument, NULL, 'f'},                      \
	    {"sender-tls", required_argument, NULL, OPTION_SENDER_TLS},        \
	    {"receiver-tls", required_argument, NULL, OPTION_RECEIVER_TLS},    \
	    {"set", required_argument, NULL, OPTION_SET},

// What these options say of themselves in --help, a line each.
extern const char options_help[];

// What was given. Arguments are those of main, not copied.
struct options {
	const char *configuration; // -c; NULL: not given
	struct policy_overrides overrides;
	const char **listen, **forward_to, **set; // of overrides
};

// Room for as many options as there are arguments; false: no memory.
bool options_init(struct options *options, int argc);
void options_free(struct options *options);

// Takes an option that getopt_long returned, with optarg; false if it is none
// of those above.
bool options_take(struct options *options, int option, const char *argument);

// The file to read: the one of -c; none (NULL) where -l or -f make a listener
// of the command line alone; otherwise /etc/sallyport/sallyport.conf.
const char *options_configuration(const struct options *options);

// Loads what the options say, and prints its faults on standard error. NULL
// if there is an error among them: exit with EXIT_CONFIGURATION.
struct policy *options_load(const struct options *options);

#endif
