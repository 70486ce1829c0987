// SPDX-License-Identifier: ISC

#include "tool/probe_judge.h"

#include "base/bytes.h"
#include "watch/escape.h"

#include <string.h>

// --- What to suggest ---

// Numbers and colons, brackets or not: no name that a certificate could have
// as one.
static bool
is_address(const char *host)
{
	return strchr(host, ':') != NULL ||
	       strspn(host, "0123456789.") == strlen(host);
}

// The first of the certificate's names that is no pattern; false: there is
// none.
static bool
first_name(const char *names, char *out, size_t room)
{
	while (*names != '\0') {
		size_t size = strcspn(names, ",");

		if (size > 0 && size < room && names[0] != '*') {
			bytes_copy(out, room, names, size);
			out[size] = '\0';
			return true;
		}
		names += size + (names[size] == ',');
	}
	return false;
}

// Whether the legacy engine's hellos, of which the automatic ladder has two,
// are refused, and that of Schannel is not.
static bool
wants_schannel(const struct probe_result *result)
{
	bool schannel = false;

	for (size_t i = 0; i < result->profile_count; i++) {
		const struct probe_profile *profile = &result->profile[i];

		if (profile->served != PROBE_YES)
			continue;
		if (strcmp(profile->name, "legacy") == 0 ||
		    strcmp(profile->name, "legacy-v2") == 0)
			return false;
		if (strcmp(profile->name, "schannel") == 0)
			schannel = true;
	}
	return schannel;
}

static bool
has_plaintext(const struct probe_result *result)
{
	enum probe_fault fault = result->main.fault;

	return !result->implicit &&
	       (fault == PROBE_NO_STARTTLS || fault == PROBE_STARTTLS_REFUSED ||
		   fault == PROBE_HANDSHAKE);
}

// --- As the configuration writes it ---

static void
write_quoted(struct writer *out, const char *text)
{
	writer_u8(out, '"');
	escape_write(out, ESCAPE_QUOTED, (const uint8_t *)text, strlen(text));
	writer_u8(out, '"');
}

static void
write_setting(struct writer *out, const char *name, const char *value)
{
	writer_text(out, "  ");
	writer_text(out, name);
	for (size_t i = strlen(name); i < 12; i++)
		writer_u8(out, ' ');
	writer_text(out, " = ");
	write_quoted(out, value);
	writer_u8(out, '\n');
}

static void
write_list(struct writer *out, const char *name, const char *value)
{
	writer_text(out, "  ");
	writer_text(out, name);
	for (size_t i = strlen(name); i < 12; i++)
		writer_u8(out, ' ');
	writer_text(out, " = [ ");
	write_quoted(out, value);
	writer_text(out, " ]\n");
}

static const char *
bits_text(unsigned bits)
{
	switch (bits) {
	case 256:
		return "256";
	case 128:
		return "128";
	case 112:
		return "112";
	case 56:
		return "56";
	default:
		return "40";
	}
}

static void
write_block(struct writer *out, const struct probe_suggestion *suggestion)
{
	writer_text(out, "receiver = {\n");
	write_setting(out, "tls", level_word(suggestion->level));
	if (suggestion->implicit)
		writer_text(out, "  implicit-tls = true\n");
	if (suggestion->level == LEVEL_FINGERPRINT)
		write_list(out, "fingerprints", suggestion->fingerprint);
	if (suggestion->level >= LEVEL_VERIFY && suggestion->name[0] != '\0')
		write_list(out, "names", suggestion->name);
	if (suggestion->level >= LEVEL_VERIFY && suggestion->ca[0] != '\0')
		write_list(out, "ca", suggestion->ca);
	if (suggestion->level >= LEVEL_ENCRYPT) {
		write_setting(out, "min-protocol",
		    protocol_word(suggestion->min_protocol));
		writer_text(out, "  min-bits     = ");
		writer_text(out, bits_text(suggestion->min_bits));
		writer_u8(out, '\n');
	}
	if (suggestion->schannel)
		write_setting(out, "hello-profile", "schannel");
	writer_text(out, "}\n");
}

static void
write_text(struct probe_suggestion *suggestion)
{
	struct writer out =
	    writer_over(suggestion->text, sizeof suggestion->text - 1);

	write_block(&out, suggestion);
	suggestion->text[out.failed ? 0 : out.size] = '\0';
}

// --- From the strictest to what works ---

// A name of the certificate, where the one that was dialled is none.
static bool
take_name(struct probe_result *result)
{
	struct probe_suggestion *suggestion = &result->suggestion;

	suggestion->named = true;
	return first_name(result->main.facts.names, suggestion->name,
	    sizeof suggestion->name);
}

void
probe_suggest(struct probe_result *result)
{
	struct probe_suggestion *suggestion = &result->suggestion;
	const struct probe_version *newest = probe_newest(result);

	*suggestion = (struct probe_suggestion){
	    .level = LEVEL_VERIFY, .implicit = result->implicit};
	for (unsigned level = LEVEL_ENCRYPT; level <= LEVEL_SECURE; level++)
		*probe_level_of(result, (enum level)level) =
		    (struct probe_level){.level = (enum level)level};
	if (newest == NULL || newest->count == 0 || !result->main.secured) {
		suggestion->level = LEVEL_MAY;
		if (has_plaintext(result))
			write_text(suggestion);
		return;
	}
	bytes_copy_text(suggestion->fingerprint, sizeof suggestion->fingerprint,
	    result->main.facts.fingerprint);
	bytes_copy_text(suggestion->ca, sizeof suggestion->ca, result->ca);
	if (!is_address(result->host))
		bytes_copy_text(
		    suggestion->name, sizeof suggestion->name, result->host);
	suggestion->min_protocol = newest->protocol;
	suggestion->min_bits = probe_min_bits(newest);
	suggestion->schannel =
	    result->main.facts.legacy && wants_schannel(result);
	write_text(suggestion);
}

// What works for a level works for all weaker ones, and, if it was a name
// that was verified, for the level that is told which.
static void
note_works(struct probe_result *result, enum level level)
{
	if (level == LEVEL_VERIFY && result->suggestion.name[0] != '\0')
		level = LEVEL_SECURE;
	for (unsigned i = LEVEL_ENCRYPT; i <= level; i++) {
		struct probe_level *row = probe_level_of(result, (enum level)i);

		if (row->passes == PROBE_UNTRIED)
			row->passes = PROBE_YES;
	}
}

static void
note_fails(struct probe_result *result, enum level level,
    const struct probe_visit *visit)
{
	struct probe_level *row = probe_level_of(result, level);

	row->passes = PROBE_NO;
	row->failure = visit->facts.failure;
	bytes_copy_text(row->detail, sizeof row->detail,
	    visit->fault == PROBE_HANDSHAKE
		? visit->detail
		: probe_fault_sentence(visit->fault));
	if (level == LEVEL_VERIFY && row->failure != TLS_FAILURE_NAME) {
		struct probe_level *secure =
		    probe_level_of(result, LEVEL_SECURE);

		*secure = *row;
		secure->level = LEVEL_SECURE;
	}
}

// libssl refuses weak keys where nothing below TLS 1.2 is admitted: those
// can be had by admitting more alone.
static bool
lower_floor(struct probe_suggestion *suggestion, const char *fingerprint)
{
	if (suggestion->min_protocol < PROTOCOL_TLS1_2)
		return false;
	suggestion->min_protocol = PROTOCOL_TLS1_1;
	suggestion->level =
	    fingerprint[0] != '\0' ? LEVEL_FINGERPRINT : LEVEL_ENCRYPT;
	return true;
}

static bool
weaken(struct probe_result *result, enum tls_failure failure)
{
	struct probe_suggestion *suggestion = &result->suggestion;

	switch (suggestion->level) {
	case LEVEL_VERIFY:
		if (failure == TLS_FAILURE_NAME && take_name(result)) {
			suggestion->level = LEVEL_SECURE;
			return true;
		}
		break;
	case LEVEL_SECURE:
		break;
	case LEVEL_FINGERPRINT:
		suggestion->level = LEVEL_ENCRYPT;
		return true;
	case LEVEL_ENCRYPT:
		return lower_floor(suggestion, suggestion->fingerprint);
	case LEVEL_NONE:
	case LEVEL_MAY:
	case LEVEL_DANE:
	case LEVEL_DANE_ONLY:
		return false;
	}
	suggestion->level = suggestion->fingerprint[0] != '\0'
				? LEVEL_FINGERPRINT
				: LEVEL_ENCRYPT;
	return true;
}

bool
probe_suggest_next(struct probe_result *result, enum probe_answer works,
    const struct probe_visit *visit)
{
	struct probe_suggestion *suggestion = &result->suggestion;
	bool graded = suggestion->level >= LEVEL_ENCRYPT;

	suggestion->works = works;
	if (works == PROBE_YES && graded)
		note_works(result, suggestion->level);
	if (works != PROBE_NO)
		return false;
	bytes_copy_text(suggestion->detail, sizeof suggestion->detail,
	    visit->detail[0] != '\0' ? visit->detail
				     : probe_fault_sentence(visit->fault));
	if (graded)
		note_fails(result, suggestion->level, visit);
	if (!graded || !weaken(result, visit->facts.failure))
		return false;
	write_text(suggestion);
	return true;
}
