// SPDX-License-Identifier: ISC

#include "policy/rule.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

// Goes back to the last star alone, for what stands before it fits already:
// time is at most the product of both lengths.
bool
pattern_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			retry = text;
		} else if (tolower((unsigned char)*pattern) ==
			   tolower((unsigned char)*text)) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static enum rule_answer
answer(bool holds)
{
	return holds ? RULE_HOLDS : RULE_FAILS;
}

bool
patterns_fit(const struct text_list *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (pattern_fits(patterns->items[i], text))
			return true;
	return false;
}

static enum rule_answer
fits(const struct text_list *patterns, const char *text)
{
	return text == NULL ? RULE_UNKNOWN
			    : answer(patterns_fit(patterns, text));
}

static enum rule_answer
contains(const struct network_list *networks, const struct address *address)
{
	if (address->kind == ADDRESS_NONE)
		return RULE_UNKNOWN;
	for (size_t i = 0; i < networks->count; i++)
		if (network_contains(&networks->items[i], address))
			return RULE_HOLDS;
	return RULE_FAILS;
}

bool
rule_is_for(const struct rule_settings *rule, const char *listener)
{
	for (size_t i = 0; i < rule->listener.count; i++)
		if (strcmp(rule->listener.items[i], listener) == 0)
			return true;
	return rule->listener.count == 0;
}

static enum rule_answer
listener_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)facts;
	return answer(rule_is_for(rule, listener));
}

static enum rule_answer
client_holds(const struct rule_settings *rule, const struct policy_facts *facts,
    const char *listener)
{
	(void)listener;
	return contains(&rule->client, &facts->client);
}

static enum rule_answer
destination_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)listener;
	return contains(&rule->destination, &facts->destination);
}

static enum rule_answer
helo_holds(const struct rule_settings *rule, const struct policy_facts *facts,
    const char *listener)
{
	(void)listener;
	return fits(&rule->helo, facts->helo);
}

static enum rule_answer
sender_protocol_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)listener;
	if (!facts->sender_known)
		return RULE_UNKNOWN;
	return answer((rule->sender_protocol &
			  protocol_bit(facts->sender_protocol)) != 0);
}

static enum rule_answer
sender_bits_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)listener;
	if (!facts->sender_known)
		return RULE_UNKNOWN;
	return answer(facts->sender_bits <= rule->sender_bits);
}

static enum rule_answer
client_name_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)listener;
	if (!facts->sender_known)
		return RULE_UNKNOWN;
	for (size_t i = 0; i < facts->client_names.count; i++)
		if (patterns_fit(
			&rule->client_name, facts->client_names.items[i]))
			return RULE_HOLDS;
	return RULE_FAILS;
}

static enum rule_answer
mail_from_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)listener;
	return fits(&rule->mail_from, facts->mail_from);
}

static enum rule_answer
rcpt_to_holds(const struct rule_settings *rule,
    const struct policy_facts *facts, const char *listener)
{
	(void)listener;
	return fits(&rule->rcpt_to, facts->rcpt_to);
}

enum { NEVER_ASKED = -1 };

// The conditions in the order of settings.def, and when each is known.
static const struct condition {
	size_t row;
	enum rule_answer (*holds)(const struct rule_settings *rule,
	    const struct policy_facts *facts, const char *listener);
	int asked; // enum policy_question; known from the start otherwise
	bool late;
} conditions[] = {
    {RULE_AT_listener, listener_holds, NEVER_ASKED, false},
    {RULE_AT_client, client_holds, NEVER_ASKED, false},
    {RULE_AT_destination, destination_holds, NEVER_ASKED, false},
    {RULE_AT_helo, helo_holds, POLICY_ASKS_HELO, false},
    {RULE_AT_sender_protocol, sender_protocol_holds, POLICY_ASKS_SENDER, true},
    {RULE_AT_sender_bits, sender_bits_holds, POLICY_ASKS_SENDER, true},
    {RULE_AT_client_name, client_name_holds, POLICY_ASKS_SENDER, true},
    {RULE_AT_mail_from, mail_from_holds, POLICY_ASKS_MAIL, true},
    {RULE_AT_rcpt_to, rcpt_to_holds, POLICY_ASKS_RCPT, true},
};

enum { CONDITIONS = sizeof conditions / sizeof conditions[0] };

static bool
is_written(const struct rule_layer *rule, const struct condition *condition)
{
	return rule->origins[condition->row].file != NULL;
}

enum rule_answer
rule_test(const struct rule_layer *rule, const struct policy_facts *facts,
    const char *listener, size_t *row)
{
	enum rule_answer all = RULE_HOLDS;

	for (size_t i = 0; i < CONDITIONS; i++) {
		enum rule_answer one;

		if (!is_written(rule, &conditions[i]))
			continue;
		one = conditions[i].holds(&rule->values, facts, listener);
		// One that fails settles it, whatever is not known.
		if (one == RULE_FAILS || (one != all && all == RULE_HOLDS)) {
			all = one;
			if (row != NULL)
				*row = conditions[i].row;
		}
		if (one == RULE_FAILS)
			break;
	}
	return all;
}

static const struct condition *
condition_of(size_t row)
{
	for (size_t i = 0; i < CONDITIONS; i++)
		if (conditions[i].row == row)
			return &conditions[i];
	return NULL;
}

bool
rule_is_condition(size_t row)
{
	return condition_of(row) != NULL;
}

bool
rule_is_late_condition(size_t row)
{
	const struct condition *condition = condition_of(row);

	return condition != NULL && condition->late;
}

bool
rule_is_late(const struct rule_layer *rule)
{
	for (size_t i = 0; i < CONDITIONS; i++)
		if (conditions[i].late && is_written(rule, &conditions[i]))
			return true;
	return false;
}

bool
rule_asks(const struct rule_layer *rule, enum policy_question question)
{
	for (size_t i = 0; i < CONDITIONS; i++)
		if (conditions[i].asked == (int)question &&
		    is_written(rule, &conditions[i]))
			return true;
	return false;
}
