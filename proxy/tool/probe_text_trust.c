// SPDX-License-Identifier: ISC
//
// Who a server proves to be, and for which levels that is enough.

#define _GNU_SOURCE
#include "tool/probe_text.h"

#include "policy/settings.h"
#include "tool/probe_tell.h"

enum { COLUMN_LEVEL = 12, DAYS_SOON = 21 };

static void
tell_expiry(const struct probe_result *result, const struct paper *paper)
{
	int64_t not_after = result->main.facts.not_after;
	long long days = (long long)(not_after - result->now) / 86400;
	enum ink ink = INK_GOOD;
	char time[32];

	if (not_after < result->now)
		ink = INK_BAD;
	else if (days < DAYS_SOON)
		ink = INK_DOUBTFUL;
	probe_time_text(not_after, time, sizeof time);
	fputs("  ", paper->to);
	paper_put(paper, INK_DIM, COLUMN_LEVEL, "expires");
	if (not_after < result->now)
		paper_print(paper, ink, " %s, %lld days ago", time, -days);
	else
		paper_print(paper, ink, " %s, in %lld days", time, days);
	paper_end_line(paper);
}

void
probe_text_certificate(
    const struct probe_result *result, const struct paper *paper)
{
	const struct tls_facts *facts = &result->main.facts;

	if (facts->fingerprint[0] == '\0')
		return;
	paper_heading(paper, "Certificate");
	paper_field(paper, "subject", facts->subject);
	paper_field(paper, "names", facts->names);
	paper_field(paper, "issuer", facts->issuer);
	paper_field(paper, "key", facts->key);
	tell_expiry(result, paper);
	paper_field(paper, "sha256", facts->fingerprint);
}

static void
tell_level(const struct probe_level *level, const struct paper *paper)
{
	const char *advice = tls_failure_advice(level->failure, RECEIVER);

	fputs("  ", paper->to);
	paper_put(paper, INK_PLAIN, COLUMN_LEVEL, level_word(level->level));
	fputc(' ', paper->to);
	if (level->passes == PROBE_YES) {
		paper_put(paper, INK_GOOD, 0, "passes");
		paper_end_line(paper);
		return;
	}
	paper_put(paper, INK_BAD, 0, "fails");
	if (level->failure != TLS_FAILURE_NONE)
		paper_print(paper, INK_PLAIN, "  %s",
		    tls_failure_sentence(level->failure));
	if (level->detail[0] != '\0')
		paper_print(paper, INK_DIM, " (%s)", level->detail);
	paper_end_line(paper);
	if (advice[0] != '\0') {
		fprintf(paper->to, "%*s", 2 + COLUMN_LEVEL + 8, "");
		paper_put(paper, INK_DIM, 0, advice);
		paper_end_line(paper);
	}
}

void
probe_text_levels(const struct probe_result *result, const struct paper *paper)
{
	bool any = false;

	for (size_t i = 0; i < PROBE_LEVELS; i++)
		any = any || result->level[i].passes != PROBE_UNTRIED;
	if (!any)
		return;
	paper_heading(paper, "Levels of a receiver");
	for (size_t i = 0; i < PROBE_LEVELS; i++)
		if (result->level[i].passes != PROBE_UNTRIED)
			tell_level(&result->level[i], paper);
}
