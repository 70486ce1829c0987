// SPDX-License-Identifier: ISC
//
// What "set" can set: settings by their names in the configuration, as far as
// the order of things depends on them, and answers of policy.

#include "stage.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MOST 4

struct choice {
	const char *name;
	size_t offset; // in struct sequencer_settings
	bool is_enum;  // else bool
	const char *words[WORDS_MOST];
};

struct number {
	const char *name;
	size_t offset;
};

#define AT(field) offsetof(struct sequencer_settings, field)

static const struct choice choices[] = {
    {"sender.tls", AT(sender_need), true, {"none", "offer", "require"}},
    {"sender.implicit-tls", AT(sender_implicit), false, {"false", "true"}},
    {"sender.missing-handshake", AT(tolerate_missing_handshake), false,
	{"refuse", "tolerate"}},
    {"sender.early-starttls", AT(early_starttls), false, {"false", "true"}},
    {"sender.auth-without-tls", AT(auth_without_tls), false, {"false", "true"}},
    {"sender.bare-newline", AT(reject_bare_newline), false,
	{"normalize", "reject"}},
    {"sender.lf-end-of-data", AT(lf_end_of_data), false, {"false", "true"}},
    {"sender.early-pipelining", AT(reject_early_pipelining), false,
	{"tolerate", "reject"}},
    {"receiver.tls", AT(receiver_need), true, {"none", "may", "encrypt"}},
    {"receiver.implicit-tls", AT(receiver_implicit), false, {"false", "true"}},
    {"receiver.fallback", AT(fallback_plain), false, {"defer", "plain"}},
    {"receiver.stripping", AT(defer_stripped), false, {"warn", "defer"}},
    {"receiver.try-unoffered", AT(try_unoffered), false, {"false", "true"}},
    {"receiver.identity", AT(introduction), true,
	{"none", "proxy-v2", "xclient", "xforward"}},
    {"listener.trusts-sender", AT(take_xclient), false, {"false", "true"}},
    {"sender.tls-before-dialling", AT(dial_after_tls), false,
	{"false", "true"}},
    {"receiver.forgetful", AT(forgetful_redial), false, {"relay", "redial"}},
};

static const struct number numbers[] = {
    {"receiver.attempts", AT(rungs)},
    {"receivers", AT(receivers)},
    {"sender.received-header", AT(headroom)},
    {"limits.errors", AT(error_limit)},
    {"limits.commands", AT(command_limit)},
    {"limits.recipients", AT(recipient_limit)},
};

static bool
set_choice(struct stage *stage, const struct choice *choice, const char *value)
{
	uint8_t *field = (uint8_t *)&stage->settings + choice->offset;

	for (unsigned i = 0; i < WORDS_MOST && choice->words[i] != NULL; i++) {
		if (strcmp(choice->words[i], value) != 0)
			continue;
		if (choice->is_enum)
			*(unsigned *)(void *)field = i;
		else
			*(bool *)(void *)field = i == 1;
		return true;
	}
	return false;
}

static bool
set_number(struct stage *stage, const struct number *number, const char *value)
{
	uint8_t *field = (uint8_t *)&stage->settings + number->offset;
	char *end = NULL;
	unsigned long parsed = strtoul(value, &end, 10);

	if (end == value || *end != '\0' || parsed > 1000000)
		return false;
	*(unsigned *)(void *)field = (unsigned)parsed;
	return true;
}

// Words parted by blanks.
static bool
set_names(char texts[][DETAIL_MOST], const char **names, size_t *count,
    const char *value)
{
	while (*value != '\0') {
		size_t size = strcspn(value, " ");
		struct writer out = writer_over(texts[*count], DETAIL_MOST - 1);

		if (*count == NAMES_MOST)
			return false;
		writer_bytes(&out, value, size);
		texts[*count][out.size] = '\0';
		names[*count] = texts[*count];
		(*count)++;
		value += size + (value[size] == ' ' ? 1 : 0);
	}
	return *count > 0;
}

// "OWN reason": the session is refused from its start.
static bool
set_refusal(struct stage *stage, const char *value)
{
	static const struct {
		const char *name;
		enum own_reply own;
		enum reason reason;
	} refusals[] = {
	    {"not-a-client", OWN_NOT_A_CLIENT, REASON_NOT_A_CLIENT},
	    {"overloaded", OWN_OVERLOADED, REASON_LIMIT},
	    {"too-many-connections", OWN_TOO_MANY_CONNECTIONS, REASON_LIMIT},
	    {"loop", OWN_LOOP, REASON_LOOP},
	    {"shutdown", OWN_SHUTTING_DOWN, REASON_SHUTDOWN},
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].name, value) == 0) {
			stage->refusal = refusals[i].own;
			stage->refusal_reason = refusals[i].reason;
			return true;
		}
	return false;
}

static bool
set_text(struct stage *stage, const char *name, const char *value)
{
	struct sequencer_settings *settings = &stage->settings;
	struct stage_policy *policy = &stage->policy;
	char *helo = stage->texts[NAMES_MOST * 2];

	if (strcmp(name, "receiver.helo-name") == 0) {
		settings->helo_name = helo;
		return bytes_copy_text(helo, DETAIL_MOST, value);
	}
	if (strcmp(name, "sender.hide-keywords") == 0) {
		settings->hide = stage->hide;
		return set_names(
		    stage->texts, stage->hide, &settings->hide_count, value);
	}
	if (strcmp(name, "sender.show-keywords") == 0) {
		settings->show = stage->show;
		return set_names(stage->texts + NAMES_MOST, stage->show,
		    &settings->show_count, value);
	}
	if (strcmp(name, "refuse.session") == 0)
		return set_refusal(stage, value);
	if (strcmp(name, "refuse.hello") == 0) {
		settings->ask_at_hello = true;
		return bytes_copy_text(
		    policy->refused_hello, DETAIL_MOST, value);
	}
	if (strcmp(name, "xclient.hello") == 0) {
		settings->ask_at_hello = true;
		return bytes_copy_text(policy->told_hello, DETAIL_MOST, value);
	}
	if (strcmp(name, "refuse.mail") == 0) {
		settings->ask_at_mail = true;
		return bytes_copy_text(
		    policy->refused_mail, DETAIL_MOST, value);
	}
	if (strcmp(name, "refuse.rcpt") == 0) {
		settings->ask_at_rcpt = true;
		return bytes_copy_text(
		    policy->refused_rcpt, DETAIL_MOST, value);
	}
	if (strcmp(name, "refuse.client") == 0)
		return bytes_copy_text(
		    policy->refused_client, DETAIL_MOST, value);
	if (strcmp(name, "refuse.weak") == 0) {
		settings->ask_when_secured = true;
		policy->too_weak = true;
		return strcmp(value, "true") == 0;
	}
	return false;
}

bool
stage_set(struct stage *stage, const char *setting)
{
	const char *value = strchr(setting, ' ');
	char name[DETAIL_MOST] = "";
	struct writer out = writer_over(name, sizeof(name) - 1);

	if (value == NULL)
		return false;
	writer_bytes(&out, setting, (size_t)(value - setting));
	value++;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (strcmp(choices[i].name, name) == 0)
			return set_choice(stage, &choices[i], value);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return set_number(stage, &numbers[i], value);
	return set_text(stage, name, value);
}
