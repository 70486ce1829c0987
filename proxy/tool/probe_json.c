// SPDX-License-Identifier: ISC

#include "tool/probe_tell.h"

#include "base/bytes.h"
#include "tool/probe_judge.h"
#include "watch/escape.h"

#include <string.h>

// Where a value is to be written, and whether a comma comes before it.
struct json {
	FILE *to;
	bool more;
};

static void
put_text(struct json *json, const char *text)
{
	char form[6 * PROBE_BLOCK];
	struct writer out = writer_over(form, sizeof form - 1);

	escape_write(&out, ESCAPE_JSON, (const uint8_t *)text, strlen(text));
	form[out.size] = '\0';
	fprintf(json->to, "\"%s\"", form);
}

// Before each value: its name, or NULL in an array.
static void
put_name(struct json *json, const char *name)
{
	if (json->more)
		fputc(',', json->to);
	json->more = true;
	if (name != NULL)
		fprintf(json->to, "\"%s\":", name);
}

static void
open_with(struct json *json, const char *name, char bracket)
{
	put_name(json, name);
	fputc(bracket, json->to);
	json->more = false;
}

static void
close_with(struct json *json, char bracket)
{
	fputc(bracket, json->to);
	json->more = true;
}

static void
text(struct json *json, const char *name, const char *value)
{
	put_name(json, name);
	put_text(json, value);
}

static void
number(struct json *json, const char *name, uint64_t value)
{
	put_name(json, name);
	fprintf(json->to, "%llu", (unsigned long long)value);
}

static void
seconds(struct json *json, const char *name, uint64_t microseconds)
{
	put_name(json, name);
	fprintf(json->to, "%llu.%06llu",
	    (unsigned long long)(microseconds / 1000000),
	    (unsigned long long)(microseconds % 1000000));
}

// true, false, or null where nobody tried.
static void
answer(struct json *json, const char *name, enum probe_answer value)
{
	static const char *const words[] = {
	    [PROBE_UNTRIED] = "null",
	    [PROBE_NO] = "false",
	    [PROBE_YES] = "true",
	};

	put_name(json, name);
	fputs(words[value], json->to);
}

static void
put_keywords(
    struct json *json, const char *name, const struct probe_keywords *keywords)
{
	open_with(json, name, '[');
	for (size_t i = 0; i < keywords->count; i++)
		text(json, NULL, keywords->text[i]);
	close_with(json, ']');
}

static void
put_timing(struct json *json, const struct probe_result *result)
{
	open_with(json, "timing", '{');
	seconds(json, "resolve", result->resolve);
	for (unsigned i = 0; i < PROBE_STEP_COUNT; i++)
		if (result->main.done[i])
			seconds(json, probe_step_name((enum probe_step)i),
			    result->main.spent[i]);
	seconds(json, "all", result->spent);
	close_with(json, '}');
}

static void
put_failure(struct json *json, enum tls_failure failure, const char *detail)
{
	text(json, "failure", tls_failure_name(failure));
	text(json, "why", tls_failure_sentence(failure));
	text(json, "advice", tls_failure_advice(failure, RECEIVER));
	text(json, "detail", detail);
}

static void
put_version(struct json *json, const struct probe_version *version)
{
	open_with(json, NULL, '{');
	text(json, "protocol", tls_protocol_name(version->protocol));
	answer(json, "offered", version->offered);
	if (version->offered == PROBE_NO)
		put_failure(json, version->failure, version->detail);
	open_with(json, "suites", '[');
	for (size_t i = 0; i < version->count; i++) {
		open_with(json, NULL, '{');
		text(json, "suite", version->suite[i].name);
		number(json, "bits", version->suite[i].bits);
		close_with(json, '}');
	}
	close_with(json, ']');
	answer(json, "complete", version->complete ? PROBE_YES : PROBE_NO);
	close_with(json, '}');
}

static void
put_agreed(struct json *json, const struct tls_facts *facts)
{
	text(json, "protocol", facts->protocol);
	text(json, "suite", facts->suite);
	number(json, "bits", facts->bits);
}

static void
put_profile(struct json *json, const struct probe_profile *profile)
{
	open_with(json, NULL, '{');
	text(json, "profile", profile->name);
	answer(json, "served", profile->served);
	if (profile->served == PROBE_YES)
		put_agreed(json, &profile->facts);
	else if (profile->served == PROBE_NO)
		put_failure(
		    json, profile->facts.failure, profile->facts.detail);
	close_with(json, '}');
}

static void
put_protocols(struct json *json, const struct probe_result *result)
{
	open_with(json, "protocols", '[');
	for (size_t i = 0; i < PROBE_VERSIONS; i++)
		put_version(json, &result->version[i]);
	close_with(json, ']');
	open_with(json, "profiles", '[');
	for (size_t i = 0; i < result->profile_count; i++)
		put_profile(json, &result->profile[i]);
	close_with(json, ']');
}

static void
put_names(struct json *json, const char *names)
{
	open_with(json, "names", '[');
	while (*names != '\0') {
		size_t size = strcspn(names, ",");
		char name[512];

		bytes_copy(name, sizeof name - 1, names,
		    size < sizeof name ? size : sizeof name - 1);
		name[size < sizeof name ? size : sizeof name - 1] = '\0';
		text(json, NULL, name);
		names += size + (names[size] == ',');
	}
	close_with(json, ']');
}

static void
put_certificate(struct json *json, const struct tls_facts *facts)
{
	char time[32];

	if (facts->fingerprint[0] == '\0') {
		put_name(json, "certificate");
		fputs("null", json->to);
		return;
	}
	open_with(json, "certificate", '{');
	text(json, "subject", facts->subject);
	put_names(json, facts->names);
	text(json, "issuer", facts->issuer);
	text(json, "key", facts->key);
	probe_time_text(facts->not_after, time, sizeof time);
	text(json, "expires", time);
	text(json, "sha256", facts->fingerprint);
	close_with(json, '}');
}

static void
put_levels(struct json *json, const struct probe_result *result)
{
	open_with(json, "levels", '[');
	for (size_t i = 0; i < PROBE_LEVELS; i++) {
		const struct probe_level *level = &result->level[i];

		if (level->level == LEVEL_NONE)
			continue;
		open_with(json, NULL, '{');
		text(json, "level", level_word(level->level));
		answer(json, "passes", level->passes);
		if (level->passes == PROBE_NO)
			put_failure(json, level->failure, level->detail);
		close_with(json, '}');
	}
	close_with(json, ']');
}

static void
put_findings(struct json *json, const struct probe_result *result)
{
	open_with(json, "faults", '[');
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct probe_finding *finding = &result->finding[i];

		open_with(json, NULL, '{');
		text(json, "fault", probe_fault_name(finding->fault));
		text(json, "why", probe_fault_sentence(finding->fault));
		text(json, "advice", probe_fault_advice(finding->fault));
		text(json, "detail", finding->detail);
		close_with(json, '}');
	}
	close_with(json, ']');
}

static void
put_suggestion(struct json *json, const struct probe_result *result)
{
	const struct probe_suggestion *suggestion = &result->suggestion;

	if (suggestion->text[0] == '\0') {
		put_name(json, "suggestion");
		fputs("null", json->to);
		return;
	}
	open_with(json, "suggestion", '{');
	text(json, "tls", level_word(suggestion->level));
	answer(json, "works", suggestion->works);
	text(json, "with", suggestion->with);
	open_with(json, "receiver", '[');
	for (const char *line = suggestion->text; *line != '\0';) {
		size_t size = strcspn(line, "\n");
		char one[PROBE_BLOCK];

		bytes_copy(one, sizeof one - 1, line, size);
		one[size] = '\0';
		text(json, NULL, one);
		line += size + (line[size] == '\n');
	}
	close_with(json, ']');
	close_with(json, '}');
}

void
probe_tell_json(const struct probe_result *result, FILE *to)
{
	struct json json = {.to = to};

	open_with(&json, NULL, '{');
	text(&json, "host", result->host);
	number(&json, "port", result->port);
	text(&json, "address", result->address);
	text(&json, "tls",
	    result->implicit       ? "implicit"
	    : result->main.secured ? "starttls"
				   : "none");
	text(&json, "greeting", result->main.greeting);
	open_with(&json, "keywords", '{');
	put_keywords(&json, "before", &result->main.before);
	put_keywords(&json, "after", &result->main.after);
	close_with(&json, '}');
	open_with(&json, "agreed", '{');
	put_agreed(&json, &result->main.facts);
	close_with(&json, '}');
	put_protocols(&json, result);
	put_certificate(&json, &result->main.facts);
	put_levels(&json, result);
	put_timing(&json, result);
	number(&json, "connections", result->connections);
	put_findings(&json, result);
	put_suggestion(&json, result);
	close_with(&json, '}');
	fputc('\n', to);
}
