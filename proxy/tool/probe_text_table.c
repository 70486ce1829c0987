// SPDX-License-Identifier: ISC
//
// What a server offers, in tables: protocols and suites, old hellos, keywords;
// and how long each step took.

#define _GNU_SOURCE
#include "tool/probe_text.h"

#include "tool/probe_judge.h"

#include <string.h>

enum {
	COLUMN_PROTOCOL = 9,
	COLUMN_KEYWORD = 32,
	COLUMN_PROFILE = 12,
	BAR_MOST = 32
};

static enum ink
ink_of_bits(unsigned bits)
{
	if (bits >= 128)
		return INK_GOOD;
	return bits >= 112 ? INK_DOUBTFUL : INK_BAD;
}

static enum ink
ink_of_protocol(enum protocol protocol)
{
	if (protocol >= PROTOCOL_TLS1_2)
		return INK_GOOD;
	return protocol >= PROTOCOL_TLS1_0 ? INK_DOUBTFUL : INK_BAD;
}

// "no    alert of the server: protocol version"
static void
tell_none(const struct probe_result *result,
    const struct probe_version *version, const struct paper *paper)
{
	if (version->offered == PROBE_UNTRIED) {
		paper_print(paper, INK_DIM, "-    not tried%s",
		    result->legacy ? "" : "; --legacy would");
	} else {
		paper_put(paper, INK_PLAIN, 5, "no");
		paper_put(
		    paper, INK_DIM, 0, tls_failure_sentence(version->failure));
		if (version->detail[0] != '\0')
			paper_print(paper, INK_DIM, " (%s)", version->detail);
	}
	paper_end_line(paper);
}

static void
tell_version(const struct probe_result *result,
    const struct probe_version *version, const struct paper *paper)
{
	fputs("  ", paper->to);
	paper_put(paper, INK_PLAIN, COLUMN_PROTOCOL,
	    tls_protocol_name(version->protocol));
	if (version->offered != PROBE_YES) {
		tell_none(result, version, paper);
		return;
	}
	for (size_t i = 0; i < version->count; i++) {
		const struct probe_suite *suite = &version->suite[i];

		if (i > 0)
			fprintf(paper->to, "%*s", 2 + COLUMN_PROTOCOL, "");
		paper_put(paper, ink_of_protocol(version->protocol), 5,
		    i == 0 ? "yes" : "");
		paper_print(
		    paper, ink_of_bits(suite->bits), "%3u", suite->bits);
		fprintf(paper->to, "  %s\n", suite->name);
	}
	if (version->count == 0)
		fputs("yes\n", paper->to);
	if (!version->complete)
		fprintf(paper->to, "%*s... and perhaps others\n",
		    2 + COLUMN_PROTOCOL + 10, "");
}

void
probe_text_versions(
    const struct probe_result *result, const struct paper *paper)
{
	bool any = false;

	for (size_t i = 0; i < PROBE_VERSIONS; i++)
		any = any || result->version[i].offered != PROBE_UNTRIED;
	if (!any)
		return;
	paper_heading(
	    paper, "Protocols and suites, bits first, as the server prefers");
	for (size_t i = 0; i < PROBE_VERSIONS; i++)
		tell_version(result, &result->version[i], paper);
}

void
probe_text_profiles(
    const struct probe_result *result, const struct paper *paper)
{
	if (result->profile_count == 0)
		return;
	paper_heading(paper, "What old hellos get");
	for (size_t i = 0; i < result->profile_count; i++) {
		const struct probe_profile *profile = &result->profile[i];
		const struct tls_facts *facts = &profile->facts;

		fputs("  ", paper->to);
		paper_put(paper, INK_PLAIN, COLUMN_PROFILE, profile->name);
		fputc(' ', paper->to);
		if (profile->served == PROBE_YES)
			paper_print(paper,
			    facts->bits >= 112 ? INK_DOUBTFUL : INK_BAD,
			    "%s, %s, %u bits", facts->protocol, facts->suite,
			    facts->bits);
		else if (profile->served == PROBE_NO)
			paper_print(paper, INK_DIM, "nothing: %s",
			    tls_failure_sentence(facts->failure));
		else
			paper_put(paper, INK_DIM, 0, "not tried");
		paper_end_line(paper);
	}
}

static void
tell_keyword(
    const struct paper *paper, const char *keyword, bool before, bool after)
{
	fputs("  ", paper->to);
	paper_put(paper, INK_PLAIN, 11, before ? "yes" : "-");
	// What changes under TLS is what one looks for.
	paper_put(paper, before == after ? INK_PLAIN : INK_STRONG, 11,
	    after ? "yes" : "-");
	paper_put(paper, before == after ? INK_PLAIN : INK_STRONG, 0, keyword);
	paper_end_line(paper);
}

void
probe_text_keywords(
    const struct probe_result *result, const struct paper *paper)
{
	const struct probe_keywords *before = &result->main.before;
	const struct probe_keywords *after = &result->main.after;

	if (before->count + after->count == 0)
		return;
	paper_heading(paper, "Keywords");
	paper_put(paper, INK_DIM, 0, "  plaintext  under TLS");
	paper_end_line(paper);
	for (size_t i = 0; i < before->count; i++)
		tell_keyword(paper, before->text[i], true,
		    probe_has_keyword(after, before->text[i]));
	for (size_t i = 0; i < after->count; i++)
		if (!probe_has_keyword(before, after->text[i]))
			tell_keyword(paper, after->text[i], false, true);
	if (before->cut || after->cut)
		fputs("  ... and more, or longer ones\n", paper->to);
}

static void
tell_time(const struct paper *paper, const char *name, uint64_t microseconds,
    uint64_t longest)
{
	fputs("  ", paper->to);
	paper_put(paper, INK_DIM, COLUMN_PROFILE, name);
	fprintf(paper->to, " %9.1f ms  ", (double)microseconds / 1000);
	for (uint64_t i = 0; i < microseconds * BAR_MOST / (longest + 1) + 1;
	     i++)
		paper_put(paper, INK_DIM, 0, "#");
	paper_end_line(paper);
}

void
probe_text_timing(const struct probe_result *result, const struct paper *paper)
{
	const struct probe_visit *main = &result->main;
	uint64_t longest = result->resolve;

	for (unsigned i = 0; i < PROBE_STEP_COUNT; i++)
		if (main->done[i] && main->spent[i] > longest)
			longest = main->spent[i];
	paper_heading(paper, "Timing of one connection");
	tell_time(paper, "resolve", result->resolve, longest);
	for (unsigned i = 0; i < PROBE_STEP_COUNT; i++)
		if (main->done[i])
			tell_time(paper, probe_step_name((enum probe_step)i),
			    main->spent[i], longest);
	paper_print(paper, INK_DIM, "  %u connection%s in all, in %.1f seconds",
	    result->connections, result->connections == 1 ? "" : "s",
	    (double)result->spent / 1000000);
	paper_end_line(paper);
}
