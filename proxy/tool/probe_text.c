// SPDX-License-Identifier: ISC
//
// A probe's page: what it comes to first, what to write into a configuration
// last, where the eye is when it ends.

#define _GNU_SOURCE
#include "tool/probe_text.h"

#include "base/bytes.h"
#include "tool/probe_judge.h"
#include "tool/probe_tell.h"

#include <string.h>
#include <time.h>

void
probe_time_text(int64_t seconds, char *out, size_t room)
{
	time_t moment = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&moment, &parts) == NULL ||
	    strftime(out, room, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		bytes_copy_text(out, room, "unknown");
}

static void
tell_head(const struct probe_result *result, const struct paper *paper)
{
	const struct probe_visit *main = &result->main;
	const char *how = "plaintext";

	if (result->implicit)
		how = "implicit TLS";
	else if (main->secured)
		how = "STARTTLS";
	paper_print(paper, INK_STRONG, "%s port %u", result->host,
	    (unsigned)result->port);
	if (result->address[0] != '\0')
		paper_print(
		    paper, INK_PLAIN, ", at %s, %s", result->address, how);
	paper_end_line(paper);
}

// "GOOD  level verify works: TLSv1.3, TLS_AES_256_GCM_SHA384, 256 bits"
static void
tell_verdict(const struct probe_result *result, const struct paper *paper)
{
	const struct probe_suggestion *suggestion = &result->suggestion;
	size_t faults = result->finding_count;
	char wrong[64];

	snprintf(wrong, sizeof wrong, "%zu thing%s wrong", faults,
	    faults == 1 ? " is" : "s are");
	fputs("\n  ", paper->to);
	paper_put(paper, faults > 0 ? INK_BAD : INK_GOOD, 6,
	    faults > 0 ? "BAD" : "GOOD");
	paper_put(paper, INK_PLAIN, 0, faults > 0 ? wrong : "nothing is wrong");
	if (suggestion->text[0] == '\0')
		paper_put(paper, INK_PLAIN, 0, "; no receiver block would do");
	else if (suggestion->works == PROBE_YES)
		paper_print(paper, INK_PLAIN, "; level %s works: %s",
		    level_word(suggestion->level),
		    suggestion->with[0] != '\0' ? suggestion->with
						: "plaintext");
	else
		paper_print(paper, INK_PLAIN, "; level %s %s",
		    level_word(suggestion->level),
		    suggestion->works == PROBE_NO ? "was tried and failed"
						  : "was not tried");
	paper_end_line(paper);
}

static void
tell_findings(const struct probe_result *result, const struct paper *paper)
{
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct probe_finding *finding = &result->finding[i];

		fputs(i == 0 ? "\n  " : "  ", paper->to);
		paper_put(paper, INK_BAD, 16, probe_fault_name(finding->fault));
		fputc(' ', paper->to);
		paper_put(
		    paper, INK_PLAIN, 0, probe_fault_sentence(finding->fault));
		if (finding->detail[0] != '\0')
			paper_print(paper, INK_PLAIN, " (%s)", finding->detail);
		fprintf(paper->to, "\n%*s", 19, "");
		paper_put(
		    paper, INK_DIM, 0, probe_fault_advice(finding->fault));
		paper_end_line(paper);
	}
}

static void
tell_connection(const struct probe_result *result, const struct paper *paper)
{
	const struct probe_visit *main = &result->main;
	char agreed[160] = "";

	if (main->greeting[0] == '\0' && !main->secured)
		return;
	if (main->secured && main->facts.protocol[0] != '\0')
		snprintf(agreed, sizeof agreed, "%s, %s, %u bits",
		    main->facts.protocol, main->facts.suite, main->facts.bits);
	paper_end_line(paper);
	paper_field(paper, "greeting", main->greeting);
	paper_field(paper, "agreed on", agreed);
}

static void
tell_caution(const struct probe_suggestion *suggestion, FILE *to)
{
	if (suggestion->level >= LEVEL_ENCRYPT &&
	    suggestion->min_protocol >= PROTOCOL_TLS1_2 &&
	    (suggestion->min_protocol > PROTOCOL_TLS1_2 ||
		suggestion->min_bits > 128))
		fputs("# As strict as this server is today; tls1.2 and 128 "
		      "leave it room to change.\n",
		    to);
	if (suggestion->level == LEVEL_MAY)
		fputs("# In plaintext, whoever sits between can read and "
		      "change all of it.\n",
		    to);
	if (suggestion->named && suggestion->level == LEVEL_SECURE)
		fputs("# Is that the right server? The name is the "
		      "certificate's.\n",
		    to);
}

static void
tell_suggestion(const struct probe_result *result, const struct paper *paper)
{
	const struct probe_suggestion *suggestion = &result->suggestion;
	bool colon = strchr(result->host, ':') != NULL;
	const char *tried = "not tried";

	if (suggestion->text[0] == '\0')
		return;
	if (suggestion->works != PROBE_UNTRIED)
		tried = suggestion->works == PROBE_YES
			    ? "tried with this server, and it works"
			    : "tried with this server, and it failed";
	paper_end_line(paper);
	paper_put(paper, INK_STRONG, 0, "For sallyport.conf");
	paper_print(paper, INK_PLAIN, ", %s:", tried);
	fprintf(paper->to, "\n\n# forward-to = [ \"%s%s%s:%u\" ]\n",
	    colon ? "[" : "", result->host, colon ? "]" : "",
	    (unsigned)result->port);
	tell_caution(suggestion, paper->to);
	fputs(suggestion->text, paper->to);
}

void
probe_tell_text(const struct probe_result *result, bool colour, FILE *to)
{
	const struct paper paper = {to, colour};

	tell_head(result, &paper);
	tell_verdict(result, &paper);
	tell_findings(result, &paper);
	tell_connection(result, &paper);
	probe_text_versions(result, &paper);
	probe_text_profiles(result, &paper);
	probe_text_certificate(result, &paper);
	probe_text_levels(result, &paper);
	probe_text_keywords(result, &paper);
	probe_text_timing(result, &paper);
	tell_suggestion(result, &paper);
}
