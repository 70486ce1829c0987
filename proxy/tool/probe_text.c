// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/probe_tell.h"

#include "base/bytes.h"
#include "tool/probe_judge.h"
#include "watch/escape.h"

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

// What the server wrote.
static void
print_escaped(FILE *to, const char *text)
{
	char form[4 * PROBE_DETAIL + 16];
	struct writer out = writer_over(form, sizeof form - 1);
	size_t size = strlen(text);

	escape_write(&out, ESCAPE_BARE, (const uint8_t *)text, size);
	form[out.size] = '\0';
	fputs(form, to);
}

static void
print_heading(FILE *to, const char *heading)
{
	fprintf(to, "\n%s\n", heading);
}

static void
print_field(FILE *to, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(to, "  %-12s ", name);
	print_escaped(to, value);
	fputc('\n', to);
}

static void
tell_head(const struct probe_result *result, FILE *to)
{
	const struct probe_visit *main = &result->main;
	const char *how = "plaintext";

	if (result->implicit)
		how = "implicit TLS";
	else if (main->secured)
		how = "STARTTLS";
	fprintf(to, "%s port %u", result->host, (unsigned)result->port);
	if (result->address[0] != '\0')
		fprintf(to, ", at %s, %s", result->address, how);
	fputc('\n', to);
	print_field(to, "greeting", main->greeting);
	if (main->secured)
		fprintf(to, "  %-12s %s, %s, %u bits\n", "agreed on",
		    main->facts.protocol, main->facts.suite, main->facts.bits);
}

static void
tell_timing(const struct probe_result *result, FILE *to)
{
	const struct probe_visit *main = &result->main;

	print_heading(to, "timing, in milliseconds");
	fprintf(
	    to, "  %-12s %9.1f\n", "resolve", (double)result->resolve / 1000);
	for (unsigned i = 0; i < PROBE_STEP_COUNT; i++)
		if (main->done[i])
			fprintf(to, "  %-12s %9.1f\n",
			    probe_step_name((enum probe_step)i),
			    (double)main->spent[i] / 1000);
}

static void
tell_keyword(
    FILE *to, const char *keyword, const char *before, const char *after)
{
	fprintf(to, "  %-7s %-7s ", before, after);
	print_escaped(to, keyword);
	fputc('\n', to);
}

static void
tell_keywords(const struct probe_result *result, FILE *to)
{
	const struct probe_keywords *before = &result->main.before;
	const struct probe_keywords *after = &result->main.after;

	if (before->count + after->count == 0)
		return;
	print_heading(to, "keywords, before TLS and under it");
	for (size_t i = 0; i < before->count; i++)
		tell_keyword(to, before->text[i], "before",
		    probe_has_keyword(after, before->text[i]) ? "under" : "-");
	for (size_t i = 0; i < after->count; i++)
		if (!probe_has_keyword(before, after->text[i]))
			tell_keyword(to, after->text[i], "-", "under");
	if (before->cut || after->cut)
		fputs("  ... and more, or longer ones\n", to);
}

static void
tell_version(const struct probe_result *result,
    const struct probe_version *version, FILE *to)
{
	const char *name = tls_protocol_name(version->protocol);

	switch (version->offered) {
	case PROBE_UNTRIED:
		fprintf(to, "  %-8s not tried%s\n", name,
		    result->legacy ? "" : ", --legacy would");
		return;
	case PROBE_NO:
		fprintf(to, "  %-8s no: %s", name,
		    tls_failure_sentence(version->failure));
		if (version->detail[0] != '\0') {
			fputs(" (", to);
			print_escaped(to, version->detail);
			fputc(')', to);
		}
		fputc('\n', to);
		return;
	case PROBE_YES:
		break;
	}
	for (size_t i = 0; i < version->count; i++)
		fprintf(to, "  %-8s %4u %s\n", i == 0 ? name : "",
		    version->suite[i].bits, version->suite[i].name);
	if (!version->complete)
		fprintf(to, "  %-8s      ... and perhaps others\n", "");
}

static void
tell_versions(const struct probe_result *result, FILE *to)
{
	bool any = false;

	for (size_t i = 0; i < PROBE_VERSIONS; i++)
		any = any || result->version[i].offered != PROBE_UNTRIED;
	if (!any)
		return;
	print_heading(to, "protocols, with suites in the order in which the "
			  "server takes them");
	for (size_t i = 0; i < PROBE_VERSIONS; i++)
		tell_version(result, &result->version[i], to);
}

static void
tell_profiles(const struct probe_result *result, FILE *to)
{
	if (result->profile_count == 0)
		return;
	print_heading(to, "what old hellos get");
	for (size_t i = 0; i < result->profile_count; i++) {
		const struct probe_profile *profile = &result->profile[i];
		const struct tls_facts *facts = &profile->facts;

		fprintf(to, "  %-12s ", profile->name);
		if (profile->served == PROBE_YES)
			fprintf(to, "%s, %s, %u bits\n", facts->protocol,
			    facts->suite, facts->bits);
		else if (profile->served == PROBE_NO)
			fprintf(to, "nothing: %s\n",
			    tls_failure_sentence(facts->failure));
		else
			fputs("not tried\n", to);
	}
}

static void
tell_certificate(const struct probe_result *result, FILE *to)
{
	const struct tls_facts *facts = &result->main.facts;
	int64_t days = (facts->not_after - result->now) / 86400;
	char time[32];

	if (facts->fingerprint[0] == '\0')
		return;
	print_heading(to, "certificate");
	print_field(to, "subject", facts->subject);
	print_field(to, "names", facts->names);
	print_field(to, "issuer", facts->issuer);
	print_field(to, "key", facts->key);
	probe_time_text(facts->not_after, time, sizeof time);
	fprintf(to, "  %-12s %s, ", "expires", time);
	if (facts->not_after < result->now)
		fprintf(to, "%lld days ago\n", (long long)-days);
	else
		fprintf(to, "in %lld days\n", (long long)days);
	print_field(to, "sha256", facts->fingerprint);
}

static void
tell_level(const struct probe_level *level, FILE *to)
{
	const char *advice = tls_failure_advice(level->failure, RECEIVER);

	fprintf(to, "  %-12s ", level_word(level->level));
	if (level->passes == PROBE_YES) {
		fputs("passes\n", to);
		return;
	}
	if (level->failure != TLS_FAILURE_NONE)
		fprintf(to, "fails: %s", tls_failure_sentence(level->failure));
	else
		fputs("fails", to);
	if (level->detail[0] != '\0') {
		fputs(" (", to);
		print_escaped(to, level->detail);
		fputc(')', to);
	}
	fputc('\n', to);
	if (advice[0] != '\0')
		fprintf(to, "  %-12s %s\n", "", advice);
}

static void
tell_levels(const struct probe_result *result, FILE *to)
{
	bool any = false;

	for (size_t i = 0; i < PROBE_LEVELS; i++)
		any = any || result->level[i].passes != PROBE_UNTRIED;
	if (!any)
		return;
	print_heading(to, "levels of a receiver");
	for (size_t i = 0; i < PROBE_LEVELS; i++)
		if (result->level[i].passes != PROBE_UNTRIED)
			tell_level(&result->level[i], to);
}

static void
tell_findings(const struct probe_result *result, FILE *to)
{
	if (result->finding_count == 0)
		return;
	print_heading(to, "what is wrong");
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct probe_finding *finding = &result->finding[i];

		fprintf(to, "  %s: %s", probe_fault_name(finding->fault),
		    probe_fault_sentence(finding->fault));
		if (finding->detail[0] != '\0') {
			fputs(" (", to);
			print_escaped(to, finding->detail);
			fputc(')', to);
		}
		fprintf(to, "\n    %s\n", probe_fault_advice(finding->fault));
	}
}

static void
tell_suggestion(const struct probe_result *result, FILE *to)
{
	const struct probe_suggestion *suggestion = &result->suggestion;
	bool colon = strchr(result->host, ':') != NULL;

	if (suggestion->text[0] == '\0')
		return;
	fputs("\nsuggested", to);
	if (suggestion->works == PROBE_YES)
		fprintf(to, ", tried with this server: %s",
		    suggestion->with[0] != '\0' ? suggestion->with
						: "plaintext");
	else
		fputs(suggestion->works == PROBE_NO ? ", but it did not work"
						    : ", not tried",
		    to);
	fprintf(to, "\n\n# forward-to = [ \"%s%s%s:%u\" ]\n", colon ? "[" : "",
	    result->host, colon ? "]" : "", (unsigned)result->port);
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
	fputs(suggestion->text, to);
}

void
probe_tell_text(const struct probe_result *result, FILE *to)
{
	tell_head(result, to);
	tell_keywords(result, to);
	tell_versions(result, to);
	tell_profiles(result, to);
	tell_certificate(result, to);
	tell_levels(result, to);
	tell_timing(result, to);
	fprintf(to, "  %-12s %9.1f, %u connections\n", "all of it",
	    (double)result->spent / 1000, result->connections);
	tell_findings(result, to);
	tell_suggestion(result, to);
}
