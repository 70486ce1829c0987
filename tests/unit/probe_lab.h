// SPDX-License-Identifier: ISC
//
// Results of probes as servers of several kinds give them, for the tests of
// what they mean and of how they are told.

#ifndef UNIT_PROBE_LAB_H
#define UNIT_PROBE_LAB_H

#include "unit.h"

#include "base/bytes.h"
#include "tool/probe_judge.h"

#include <string.h>

#define DIGEST                                                                 \
	"9143691761ad3528b26f24b821f121b00a9bde3142ae851e26d416a066767f9e"

enum { NOW = 1795478400, LATER = NOW + 30 * 86400 };

static struct probe_result result;

static inline void
offer(enum protocol protocol, const char *suite, unsigned bits)
{
	struct probe_version *version =
	    &result.version[PROTOCOL_TLS1_3 - protocol];
	struct probe_suite *one = &version->suite[version->count++];

	version->offered = PROBE_YES;
	version->complete = true;
	bytes_copy_text(one->name, sizeof one->name, suite);
	one->bits = bits;
}

// mx.example with TLS 1.3, whose certificate is for that name.
static inline void
start(void)
{
	struct tls_facts *facts = &result.main.facts;

	memset(&result, 0, sizeof result);
	bytes_copy_text(result.host, sizeof result.host, "mx.example");
	bytes_copy_text(result.address, sizeof result.address, "192.0.2.1:25");
	result.port = 25;
	result.now = NOW;
	for (unsigned i = 0; i < PROBE_VERSIONS; i++)
		result.version[i].protocol =
		    (enum protocol)(PROTOCOL_TLS1_3 - i);
	result.main.secured = true;
	tls_facts_init(facts);
	bytes_copy_text(facts->names, sizeof facts->names, "mx.example");
	bytes_copy_text(facts->fingerprint, sizeof facts->fingerprint, DIGEST);
	facts->not_after = LATER;
}

static inline struct probe_visit
visit_failing(enum tls_failure failure)
{
	struct probe_visit visit = {.fault = PROBE_HANDSHAKE};

	tls_facts_init(&visit.facts);
	visit.facts.failure = failure;
	return visit;
}

static const struct probe_visit good;

static inline void
fails_with(enum tls_failure failure, bool goes_on)
{
	struct probe_visit visit = visit_failing(failure);

	assert_int_equal(
	    probe_suggest_next(&result, PROBE_NO, &visit), goes_on);
}

static inline void
works(void)
{
	assert_false(probe_suggest_next(&result, PROBE_YES, &good));
	assert_int_equal(result.suggestion.works, PROBE_YES);
}

#endif
