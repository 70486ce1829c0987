// SPDX-License-Identifier: ISC

#include "tool/probe_run.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "tls/legacy/profile.h"
#include "tls/legacy/suite.h"
#include "tls/modern_suites.h"
#include "tool/probe_judge.h"

#include <stdio.h>
#include <string.h>

// The suites of an engine at one version that were not taken yet.
struct candidates {
	bool legacy;
	enum protocol protocol;
	size_t count;
	const char *name[256];
	uint16_t number[256]; // of the legacy engine's
};

static void
drop(struct candidates *candidates, size_t index)
{
	candidates->count--;
	for (size_t i = index; i < candidates->count; i++) {
		candidates->name[i] = candidates->name[i + 1];
		candidates->number[i] = candidates->number[i + 1];
	}
}

// False: it is none of them, or not any more.
static bool
drop_name(struct candidates *candidates, const char *name)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (strcmp(candidates->name[i], name) == 0) {
			drop(candidates, i);
			return true;
		}
	return false;
}

static void
take_modern(struct candidates *candidates, enum protocol protocol)
{
	candidates->legacy = false;
	candidates->protocol = protocol;
	candidates->count = 0;
	if (protocol > PROTOCOL_SSL3)
		candidates->count = modern_suites_at(protocol, candidates->name,
		    sizeof candidates->name / sizeof candidates->name[0]);
}

// What the legacy engine has and libssl has not.
static void
take_legacy(struct candidates *candidates, enum protocol protocol)
{
	struct candidates modern;
	size_t count;
	const uint16_t *order = suite_order((uint16_t)protocol, &count);

	take_modern(&modern, protocol);
	candidates->legacy = true;
	candidates->protocol = protocol;
	candidates->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct suite *suite = suite_find(order[i]);

		if (suite == NULL || suite->last < protocol ||
		    drop_name(&modern, suite->name))
			continue;
		candidates->name[candidates->count] = suite->name;
		candidates->number[candidates->count++] = order[i];
	}
}

// One call with an engine of its own: what makes it lives no longer than this.
static bool
visit_with(struct probing *probing, struct probe_call *call,
    struct engine *(*make)(
	void *context, struct buffer *records, struct buffer *plaintext),
    void *context)
{
	struct probe_call here = *call;

	here.make = make;
	here.context = context;
	bool done = probing_visit(probing, &here);
	*call = here;
	call->context = NULL;
	return done;
}

static bool
visit_modern(struct probing *probing, struct probe_call *call,
    const struct candidates *candidates)
{
	struct receiver_settings settings = probing->widest;
	struct probe_dial dial = {
	    .settings = &settings, .name = probing->result->host};
	struct tls_error error;
	bool made;

	settings.max_protocol = candidates->protocol;
	settings.ciphers.items = candidates->name;
	settings.ciphers.count = candidates->count;
	dial.client = tls_client_new(&settings, NULL, &error);
	if (dial.client == NULL)
		return false;
	made = visit_with(probing, call, probe_dial_make, &dial);
	tls_client_free(&dial.client);
	return made;
}

// Any certificate will do: what it is worth is asked elsewhere.
static struct legacy_config
legacy_config(struct probing *probing, const struct verify_peer *peer)
{
	return (struct legacy_config){.role = LEGACY_CLIENT,
	    .min_protocol = PROTOCOL_SSL3,
	    .max_protocol = PROTOCOL_TLS1_1,
	    .min_bits = 40,
	    .verifier = probing->verifier,
	    .peer = peer,
	    .record_splitting = true,
	    .server_name = probing->result->host};
}

static bool
visit_legacy(struct probing *probing, struct probe_call *call,
    const struct candidates *candidates)
{
	const struct verify_peer peer = {
	    .demand = VERIFY_CHAIN, .record_only = true};
	struct probe_legacy legacy = {.config = legacy_config(probing, &peer)};

	legacy.config.min_protocol = (uint16_t)candidates->protocol;
	legacy.config.max_protocol = (uint16_t)candidates->protocol;
	legacy.config.suites = candidates->number;
	legacy.config.suite_count = candidates->count;
	legacy.config.profile = legacy_profile_find(
	    candidates->protocol == PROTOCOL_TLS1_1 ? "legacy-sni" : "legacy");
	return visit_with(probing, call, probe_legacy_make, &legacy);
}

static struct probe_version *
version_of(struct probe_result *result, enum protocol protocol)
{
	return &result->version[PROTOCOL_TLS1_3 - protocol];
}

// The best connection is the first that has all of it.
static void
keep_main(struct probing *probing)
{
	struct probe_result *result = probing->result;

	if (probing->visit.secured &&
	    (!result->main.secured || (result->main.fault != PROBE_NONE &&
					  probing->visit.fault == PROBE_NONE)))
		result->main = probing->visit;
}

static void
note_refusal(struct probe_version *version, const struct probe_visit *visit)
{
	version->complete = visit->fault == PROBE_HANDSHAKE &&
			    visit->facts.failure != TLS_FAILURE_TIMEOUT;
	// The first engine's word counts, unless the second has a better one.
	if (version->count > 0 || (version->offered == PROBE_NO &&
				      version->failure == TLS_FAILURE_PROTOCOL))
		return;
	version->offered = PROBE_NO;
	version->failure = visit->facts.failure;
	bytes_copy_text(version->detail, sizeof version->detail, visit->detail);
	if (!visit->secured)
		return;
	version->complete = true;
	version->failure = TLS_FAILURE_PROTOCOL;
	snprintf(version->detail, sizeof version->detail, "the peer chose %s",
	    visit->facts.protocol);
}

// Offers all candidates; false: none of them was taken, or nothing was tried.
static bool
try_once(struct probing *probing, struct candidates *candidates)
{
	struct probe_version *version =
	    version_of(probing->result, candidates->protocol);
	const struct probe_visit *visit = &probing->visit;
	struct probe_call call = probing_call(probing);

	call.brief = probing->result->main.secured &&
		     probing->result->main.fault == PROBE_NONE;
	if (!(candidates->legacy ? visit_legacy(probing, &call, candidates)
				 : visit_modern(probing, &call, candidates)))
		return false;
	keep_main(probing);
	if (!visit->secured ||
	    strcmp(visit->facts.protocol,
		tls_protocol_name(candidates->protocol)) != 0 ||
	    !drop_name(candidates, visit->facts.suite) ||
	    version->count == PROBE_SUITES) {
		note_refusal(version, visit);
		return false;
	}
	version->offered = PROBE_YES;
	version->failure = TLS_FAILURE_NONE;
	bytes_copy_text(version->suite[version->count].name,
	    sizeof version->suite[0].name, visit->facts.suite);
	version->suite[version->count++].bits = visit->facts.bits;
	version->complete = candidates->count == 0;
	return true;
}

static bool
has_first(struct probing *probing, enum protocol protocol)
{
	struct candidates candidates;

	take_modern(&candidates, protocol);
	if (candidates.count > 0 && try_once(probing, &candidates))
		return true;
	take_legacy(&candidates, protocol);
	return probing->request->legacy && candidates.count > 0 &&
	       try_once(probing, &candidates);
}

void
probe_versions(struct probing *probing)
{
	for (unsigned i = 0; i < PROBE_VERSIONS; i++)
		(void)has_first(probing, probing->result->version[i].protocol);
}

// Goes on where probe_versions took one suite of each.
static void
try_rest(struct probing *probing, struct candidates *candidates)
{
	struct probe_version *version =
	    version_of(probing->result, candidates->protocol);

	for (size_t i = 0; i < version->count; i++)
		(void)drop_name(candidates, version->suite[i].name);
	while (candidates->count > 0 && try_once(probing, candidates))
		continue;
}

void
probe_suites(struct probing *probing)
{
	// Three quarters of the time: what comes later matters more.
	uint64_t end = probing->end;

	probing->end -= probing->request->most / 4;
	for (unsigned i = 0; i < PROBE_VERSIONS; i++) {
		struct probe_version *version = &probing->result->version[i];
		struct candidates candidates;

		if (version->offered != PROBE_YES)
			continue;
		take_modern(&candidates, version->protocol);
		try_rest(probing, &candidates);
		take_legacy(&candidates, version->protocol);
		if (probing->request->legacy)
			try_rest(probing, &candidates);
	}
	probing->end = end;
}

void
probe_profiles(struct probing *probing)
{
	static const char *const names[PROBE_PROFILES] = {
#define PROFILE(name, ...) name,
#include "tls/legacy/profile.def"
#undef PROFILE
	};
	const struct verify_peer peer = {
	    .demand = VERIFY_CHAIN, .record_only = true};
	struct probe_legacy legacy = {.config = legacy_config(probing, &peer)};
	struct probe_result *result = probing->result;

	if (!probing->request->legacy)
		return;
	for (size_t i = 0; i < PROBE_PROFILES; i++) {
		struct probe_profile *profile =
		    &result->profile[result->profile_count++];
		struct probe_call call = probing_call(probing);

		profile->name = names[i];
		legacy.config.profile = legacy_profile_find(names[i]);
		call.brief = result->main.fault == PROBE_NONE;
		call.make = probe_legacy_make;
		call.context = &legacy;
		if (!probing_visit(probing, &call))
			continue;
		keep_main(probing);
		profile->served = probing->visit.secured ? PROBE_YES : PROBE_NO;
		profile->facts = probing->visit.facts;
	}
}
