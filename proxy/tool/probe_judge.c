// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/probe_judge.h"

#include "base/bytes.h"
#include "base/contract.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *sentence, *advice;
} faults[] = {
#define FAULT(id, name, sentence, advice) {name, sentence, advice},
#include "tool/probe_fault.def"
#undef FAULT
};

const char *
probe_fault_name(enum probe_fault fault)
{
	REQUIRE(fault < PROBE_FAULT_COUNT);
	return faults[fault].name;
}

const char *
probe_fault_sentence(enum probe_fault fault)
{
	REQUIRE(fault < PROBE_FAULT_COUNT);
	return faults[fault].sentence;
}

const char *
probe_fault_advice(enum probe_fault fault)
{
	REQUIRE(fault < PROBE_FAULT_COUNT);
	return faults[fault].advice;
}

const char *
probe_step_name(enum probe_step step)
{
	static const char *const names[] = {
	    [PROBE_STEP_CONNECT] = "connect",
	    [PROBE_STEP_GREETING] = "greeting",
	    [PROBE_STEP_EHLO] = "ehlo",
	    [PROBE_STEP_STARTTLS] = "starttls",
	    [PROBE_STEP_HANDSHAKE] = "handshake",
	    [PROBE_STEP_EHLO_AFTER] = "ehlo-after",
	    [PROBE_STEP_QUIT] = "quit",
	};

	REQUIRE(step < PROBE_STEP_COUNT);
	return names[step];
}

bool
probe_is_starttls(const char *keyword)
{
	size_t size = strcspn(keyword, " \t");

	return bytes_equal_text((const uint8_t *)keyword, size, "STARTTLS");
}

bool
probe_has_keyword(const struct probe_keywords *keywords, const char *keyword)
{
	for (size_t i = 0; i < keywords->count; i++)
		if (strcasecmp(keywords->text[i], keyword) == 0)
			return true;
	return false;
}

struct probe_level *
probe_level_of(struct probe_result *result, enum level level)
{
	REQUIRE(level >= LEVEL_ENCRYPT && level <= LEVEL_SECURE);
	return &result->level[level - LEVEL_ENCRYPT];
}

const struct probe_version *
probe_newest(const struct probe_result *result)
{
	for (size_t i = 0; i < PROBE_VERSIONS; i++)
		if (result->version[i].offered == PROBE_YES)
			return &result->version[i];
	return NULL;
}

unsigned
probe_min_bits(const struct probe_version *version)
{
	static const unsigned steps[] = {256, 128, 112, 56, 40};
	unsigned strongest = 0;

	for (size_t i = 0; i < version->count; i++)
		if (version->suite[i].bits > strongest)
			strongest = version->suite[i].bits;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (strongest >= steps[i])
			return steps[i];
	return 40;
}

// --- The findings ---

static void
find(struct probe_result *result, enum probe_fault fault, const char *detail)
{
	struct probe_finding *finding;

	for (size_t i = 0; i < result->finding_count; i++)
		if (result->finding[i].fault == fault)
			return;
	if (fault == PROBE_NONE || result->finding_count == PROBE_FAULTS)
		return;
	finding = &result->finding[result->finding_count++];
	finding->fault = fault;
	bytes_copy_text(finding->detail, sizeof finding->detail, detail);
}

// Why a level's proof failed, as a finding.
static enum probe_fault
fault_of(enum tls_failure failure)
{
	static const struct {
		enum tls_failure failure;
		enum probe_fault fault;
	} rows[] = {
	    {TLS_FAILURE_NONE, PROBE_NONE},
	    {TLS_FAILURE_EXPIRED, PROBE_EXPIRED},
	    {TLS_FAILURE_NAME, PROBE_WRONG_NAME},
	    {TLS_FAILURE_WEAK_KEY, PROBE_WEAK_KEY},
	    {TLS_FAILURE_REVOKED, PROBE_REVOKED},
	    {TLS_FAILURE_NO_CERTIFICATE, PROBE_NO_CERTIFICATE},
	    {TLS_FAILURE_UNTRUSTED, PROBE_UNTRUSTED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].failure == failure)
			return rows[i].fault;
	return PROBE_HANDSHAKE;
}

static void
find_proof(struct probe_result *result)
{
	const struct tls_facts *facts = &result->main.facts;
	const struct probe_level *verify = probe_level_of(result, LEVEL_VERIFY);
	char detail[PROBE_DETAIL];

	if (!result->main.secured)
		return;
	if (facts->fingerprint[0] == '\0')
		find(result, PROBE_NO_CERTIFICATE, "");
	else if (facts->not_after < result->now)
		find(result, PROBE_EXPIRED, "");
	if (verify->passes != PROBE_NO)
		return;
	// A name is not missing where a weaker proof is.
	snprintf(detail, sizeof detail, "%s", verify->detail);
	find(result, fault_of(verify->failure), detail);
}

static void
find_strength(struct probe_result *result)
{
	const struct probe_version *newest = probe_newest(result);
	char detail[PROBE_DETAIL];

	if (newest == NULL)
		return;
	if (newest->protocol < PROTOCOL_TLS1_2)
		find(result, PROBE_OLD_PROTOCOL,
		    tls_protocol_name(newest->protocol));
	if (newest->count > 0 && probe_min_bits(newest) < 128) {
		snprintf(detail, sizeof detail, "%s, %u bits",
		    newest->suite[0].name, newest->suite[0].bits);
		find(result, PROBE_WEAK_SUITE, detail);
	}
	for (size_t i = 0; i < PROBE_VERSIONS; i++) {
		const struct probe_version *version = &result->version[i];

		for (size_t j = 0; j < version->count; j++)
			if (strstr(version->suite[j].name, "EXPORT") != NULL)
				find(result, PROBE_EXPORT,
				    version->suite[j].name);
		if (version->protocol == PROTOCOL_SSL3 &&
		    version->offered == PROBE_YES)
			find(result, PROBE_SSL3, "");
	}
}

void
probe_judge(struct probe_result *result)
{
	const struct probe_visit *main = &result->main;
	char detail[PROBE_DETAIL];

	result->finding_count = 0;
	if (main->fault == PROBE_HANDSHAKE) {
		snprintf(detail, sizeof detail, "%.100s%s%.140s",
		    tls_failure_sentence(main->facts.failure),
		    main->detail[0] != '\0' ? ": " : "", main->detail);
		find(result, main->fault, detail);
	} else {
		find(result, main->fault, main->detail);
	}
	find_proof(result);
	find_strength(result);
	if (result->suggestion.works == PROBE_NO)
		find(result, PROBE_SUGGESTION, result->suggestion.detail);
	if (result->limited)
		find(result, PROBE_LIMIT, "");
}

int
probe_status(const struct probe_result *result)
{
	return result->finding_count > 0 ? 1 : 0;
}
