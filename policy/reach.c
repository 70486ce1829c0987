// SPDX-License-Identifier: ISC

#include "policy/reach.h"

#include "policy/rule.h"

// Every sender has an address; a session that was not redirected has no
// destination, so that a rule with all of those still asks for one.
static const struct network everything[] = {
    {{.kind = ADDRESS_IPV4}, 0}, {{.kind = ADDRESS_IPV6}, 0}};
static const struct network_list everybody = {everything, 2};

void
reach_of(
    struct reach *reach, const struct rule_layer *rule, struct arena *arena)
{
	const struct rule_settings *is = &rule->values;

	*reach = (struct reach){.values = is};
	for (size_t row = 0; row < RULE_ROWS; row++)
		if (rule_is_condition(row) && rule->origins[row].file != NULL)
			reach->conditions |= 1u << row;
	reach->client = networks_join(
	    arena, reach_has(reach, RULE_AT_client) ? &is->client : &everybody);
	reach->destination = networks_join(arena, &is->destination);
	if (networks_hold_all(&reach->client, &everybody))
		reach->conditions &= ~(1u << RULE_AT_client);
}

bool
reach_has(const struct reach *reach, size_t row)
{
	return (reach->conditions & 1u << row) != 0;
}

const struct network_list *
reach_networks(const struct reach *reach, size_t row)
{
	switch (row) {
	case RULE_AT_client:
		return &reach->client;
	case RULE_AT_destination:
		return &reach->destination;
	default:
		return NULL;
	}
}

const struct text_list *
reach_texts(const struct reach *reach, size_t row)
{
	switch (row) {
	case RULE_AT_listener:
		return &reach->values->listener;
	case RULE_AT_helo:
		return &reach->values->helo;
	case RULE_AT_client_name:
		return &reach->values->client_name;
	case RULE_AT_mail_from:
		return &reach->values->mail_from;
	case RULE_AT_rcpt_to:
		return &reach->values->rcpt_to;
	default:
		return NULL;
	}
}

static bool
texts_cover(const struct text_list *wide, const struct text_list *narrow)
{
	// A star in a pattern is fitted by a star alone, or by more of it:
	// as text, "*.a.b" fits "*.b", and so does every name below it.
	for (size_t i = 0; i < narrow->count; i++)
		if (!patterns_fit(wide, narrow->items[i]))
			return false;
	return true;
}

// Whether a condition that both have is no narrower in wide.
static bool
condition_covers(
    size_t row, const struct reach *wide, const struct reach *narrow)
{
	const struct network_list *networks = reach_networks(wide, row),
				  *in_them = reach_networks(narrow, row);
	const struct text_list *texts = reach_texts(wide, row),
			       *in_those = reach_texts(narrow, row);

	if (networks != NULL && in_them != NULL)
		return networks_hold_all(networks, in_them);
	if (texts != NULL && in_those != NULL)
		return texts_cover(texts, in_those);
	if (row == RULE_AT_sender_protocol)
		return (narrow->values->sender_protocol &
			   ~wide->values->sender_protocol) == 0;
	return row == RULE_AT_sender_bits &&
	       narrow->values->sender_bits <= wide->values->sender_bits;
}

bool
reach_covers_but(
    const struct reach *wide, const struct reach *narrow, size_t row)
{
	unsigned asked = wide->conditions;

	if (row < RULE_ROWS)
		asked &= ~(1u << row);
	if ((asked & ~narrow->conditions) != 0)
		return false;
	for (size_t i = 0; asked != 0; i++, asked >>= 1)
		if ((asked & 1) != 0 && !condition_covers(i, wide, narrow))
			return false;
	return true;
}

bool
reach_covers(const struct reach *wide, const struct reach *narrow)
{
	return reach_covers_but(wide, narrow, RULE_ROWS);
}
