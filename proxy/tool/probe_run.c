// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/probe_run.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "net/sockaddr.h"
#include "tool/probe_judge.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// The levels and the suggestion need so many, with what a ladder may take.
enum { SPARE = 16 };

static const char widest[] = "receiver = { tls = \"encrypt\"\n"
			     "  min-protocol = \"tls1.0\" min-bits = 40\n"
			     "  hello-profile = \"modern\" }\n";

static void
rest(uint64_t milliseconds)
{
	const struct timespec time = {.tv_sec = (time_t)(milliseconds / 1000),
	    .tv_nsec = (long)(milliseconds % 1000) * 1000000};

	(void)nanosleep(&time, NULL);
}

struct probe_call
probing_call(struct probing *probing)
{
	return (struct probe_call){.address = &probing->address,
	    .name = probing->name,
	    .implicit = probing->result->implicit,
	    .wait = probing->request->wait,
	    .end = probing->end};
}

bool
probing_visit(struct probing *probing, const struct probe_call *call)
{
	struct probe_result *result = probing->result;
	const struct probe_visit *visit = &probing->visit;

	if (result->connections + probing->spare >=
		probing->request->connections ||
	    clock_monotonic() >= probing->end) {
		result->limited = true;
		return false;
	}
	if (result->connections++ > 0)
		rest(probing->request->pause);
	probe_visit(call, &probing->visit);
	// 421 to the first is for whoever connects; to others, for us.
	if (result->connections > 1 &&
	    (visit->fault == PROBE_REFUSED ||
		(visit->fault == PROBE_GREETING && visit->detail[0] == '4'))) {
		result->limited = true;
		return false;
	}
	return true;
}

// --- Where the server is, and its first answer ---

static bool
visit_widest(struct probing *probing, bool implicit)
{
	struct probe_call call = probing_call(probing);
	struct tls_error error;
	struct probe_dial dial = {
	    .settings = &probing->widest, .name = probing->result->host};
	bool made;

	dial.client = tls_client_new(dial.settings, NULL, &error);
	call.implicit = implicit;
	call.make = probe_dial_make;
	call.context = &dial;
	made = probing_visit(probing, &call);
	tls_client_free(&dial.client);
	return made;
}

static bool
is_no_connection(enum probe_fault fault)
{
	return fault == PROBE_REFUSED || fault == PROBE_UNREACHABLE;
}

static void
visit_first(struct probing *probing)
{
	struct probe_result *result = probing->result;
	bool implicit = probing->request->implicit;

	(void)visit_widest(probing, implicit);
	result->main = probing->visit;
	result->implicit = implicit;
	// Who waits for a hello says nothing; who has TLS answers one.
	if (!implicit && result->main.fault == PROBE_SILENT &&
	    visit_widest(probing, true) && probing->visit.secured) {
		result->main = probing->visit;
		result->implicit = true;
	}
}

static struct addrinfo *
resolve(struct probing *probing)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct probe_result *result = probing->result;
	struct addrinfo *found = NULL;
	uint64_t begun = clock_wall();
	char port[8];
	int error;

	snprintf(port, sizeof port, "%u", (unsigned)result->port);
	error = getaddrinfo(result->host, port, &hints, &found);
	result->resolve = clock_wall() - begun;
	if (error == 0)
		return found;
	result->main.fault = PROBE_NAME_UNKNOWN;
	bytes_copy_text(result->main.detail, sizeof result->main.detail,
	    gai_strerror(error));
	return NULL;
}

// The first address that answers is the one all else is tried with: others
// may be other servers.
static bool
reach(struct probing *probing)
{
	struct addrinfo *found = resolve(probing);

	for (const struct addrinfo *one = found; one != NULL;
	     one = one->ai_next) {
		if (one->ai_addrlen > sizeof probing->address)
			continue;
		probing->address = (struct sockaddr_storage){0};
		bytes_copy(&probing->address, sizeof probing->address,
		    one->ai_addr, one->ai_addrlen);
		sockaddr_text(&probing->address, probing->result->address);
		visit_first(probing);
		if (!is_no_connection(probing->result->main.fault))
			break;
	}
	if (found != NULL)
		freeaddrinfo(found);
	// Several addresses that refuse are no limit on connections.
	probing->result->limited = false;
	return found != NULL && !is_no_connection(probing->result->main.fault);
}

// --- The suggestion, tried as it is written ---

static enum probe_answer
try_plain(struct probing *probing)
{
	struct probe_call call = probing_call(probing);

	call.plain = true;
	if (!probing_visit(probing, &call))
		return PROBE_UNTRIED;
	return probing->visit.fault == PROBE_NONE ? PROBE_YES : PROBE_NO;
}

// As the proxy does: one hello after another, each on a new connection.
static enum probe_answer
try_rungs(struct probing *probing, struct probe_dial *dial)
{
	struct probe_call call = probing_call(probing);
	unsigned rungs = tls_client_rungs(dial->client, dial->settings);

	call.implicit = dial->settings->implicit_tls;
	call.make = probe_dial_make;
	call.context = dial;
	for (dial->rung = 0; dial->rung < rungs; dial->rung++) {
		if (!probing_visit(probing, &call))
			return PROBE_UNTRIED;
		if (probing->visit.fault == PROBE_NONE)
			return PROBE_YES;
	}
	return PROBE_NO;
}

static enum probe_answer
try_block(struct probing *probing)
{
	struct probe_suggestion *suggestion = &probing->result->suggestion;
	struct probe_dial dial = {.name = probing->result->host};
	enum probe_answer works = PROBE_UNTRIED;
	struct tls_error error = {.text = ""};
	struct policy *policy;

	if (suggestion->level == LEVEL_MAY)
		return try_plain(probing);
	policy = probe_policy(suggestion->text, &error);
	if (policy != NULL) {
		dial.settings = probe_policy_receiver(policy);
		dial.client = tls_client_new(dial.settings, NULL, &error);
	}
	if (dial.client != NULL)
		works = try_rungs(probing, &dial);
	else
		bytes_copy_text(
		    suggestion->detail, sizeof suggestion->detail, error.text);
	if (works == PROBE_YES)
		snprintf(suggestion->with, sizeof suggestion->with,
		    "%s, %s, %u bits", probing->visit.facts.protocol,
		    probing->visit.facts.suite, probing->visit.facts.bits);
	tls_client_free(&dial.client);
	policy_release(&policy);
	return works;
}

static void
suggest(struct probing *probing)
{
	struct probe_result *result = probing->result;

	probe_suggest(result);
	if (result->suggestion.text[0] == '\0')
		return;
	while (probe_suggest_next(result, try_block(probing), &probing->visit))
		continue;
}

// --- All of it ---

// Whether there is a server that can be asked for TLS.
static bool
can_go_on(const struct probe_result *result)
{
	enum probe_fault fault = result->main.fault;

	return fault == PROBE_NONE || fault == PROBE_HANDSHAKE ||
	       fault == PROBE_LOST_AFTER || fault == PROBE_EHLO_AFTER;
}

static void
find_out(struct probing *probing)
{
	struct probe_result *result = probing->result;

	if (!reach(probing))
		return;
	if (can_go_on(result)) {
		probing->spare = SPARE;
		probe_versions(probing);
		probe_profiles(probing);
		probe_suites(probing);
		probing->spare = 0;
	}
	suggest(probing);
}

// A host's name, or its address where the name has no dot (RFC 5321 4.1.4).
static void
name_us(char *name, size_t room)
{
	if (gethostname(name, room) != 0)
		name[0] = '\0';
	name[room - 1] = '\0';
	if (strchr(name, '.') == NULL)
		bytes_copy_text(name, room, "[127.0.0.1]");
}

static bool
prepare(struct probing *probing, struct tls_error *error)
{
	const struct verifier_settings any = {.server = true};

	name_us(probing->name, sizeof probing->name);
	probing->policy = probe_policy(widest, error);
	if (probing->policy == NULL)
		return false;
	probing->widest = *probe_policy_receiver(probing->policy);
	probing->verifier = verifier_new(&any, error);
	return probing->verifier != NULL;
}

bool
probe_run(const struct probe_request *request, struct probe_result *result,
    struct tls_error *error)
{
	uint64_t begun = clock_wall();
	struct probing probing = {.request = request,
	    .result = result,
	    .end = clock_monotonic() + request->most};

	*result = (struct probe_result){.port = request->port,
	    .legacy = request->legacy,
	    .implicit = request->implicit,
	    .now = (int64_t)(begun / 1000000)};
	bytes_copy_text(result->host, sizeof result->host, request->host);
	bytes_copy_text(result->ca, sizeof result->ca,
	    request->ca != NULL ? request->ca : "");
	tls_facts_init(&result->main.facts);
	for (unsigned i = 0; i < PROBE_VERSIONS; i++)
		result->version[i].protocol =
		    (enum protocol)(PROTOCOL_TLS1_3 - i);
	if (prepare(&probing, error))
		find_out(&probing);
	verifier_free(&probing.verifier);
	bool ran = probing.policy != NULL;
	policy_release(&probing.policy);
	probe_judge(result);
	result->spent = clock_wall() - begun;
	return ran;
}
