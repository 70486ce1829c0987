// SPDX-License-Identifier: ISC
//
// The connections of a probe, one after another, with manners: a pause
// between them, QUIT at the end of each, a limit on their number and on the
// time of all.

#ifndef TOOL_PROBE_RUN_H
#define TOOL_PROBE_RUN_H

#include "tool/probe_dial.h"
#include "tool/probe_visit.h"

struct probe_request {
	const char *host; // name or address
	uint16_t port;
	bool implicit, legacy;
	const char *ca;       // absolute path; NULL: the system's
	uint64_t wait, pause; // milliseconds, of a step, between connections
	unsigned connections; // at most
	uint64_t most;        // milliseconds for all of it
};

// Fills in result, findings included. False: error says why nothing could be
// tried; that is this host's fault, not the server's.
bool probe_run(const struct probe_request *request, struct probe_result *result,
    struct tls_error *error);

// --- For the parts of it ---

struct probing {
	const struct probe_request *request;
	struct probe_result *result;
	struct sockaddr_storage address;
	char name[256]; // of ours, for EHLO
	uint64_t end;   // clock_monotonic
	unsigned spare; // connections kept for what comes later
	struct policy *policy;
	struct receiver_settings widest; // of policy: all that there is
	struct verifier *verifier;       // for the legacy engine
	struct probe_visit visit;        // the last
};

// One connection; false: it was not made, for the limit or the time is
// reached, or the server turned us away because of it.
bool probing_visit(struct probing *probing, const struct probe_call *call);
// A call with what every call has.
struct probe_call probing_call(struct probing *probing);

// Tries versions with their suites, and profiles.
void probe_versions(struct probing *probing);
void probe_suites(struct probing *probing);
void probe_profiles(struct probing *probing);

#endif
