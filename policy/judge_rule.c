// SPDX-License-Identifier: ISC

#include "policy/compile.h"
#include "policy/coverage.h"
#include "policy/nearest.h"
#include "policy/rule.h"

#include <string.h>

#define ERROR(at, ...)   faults_add(faults, FAULT_ERROR, at, __VA_ARGS__)
#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

static bool
is_listener(const struct configuration *all, const char *name)
{
	for (size_t i = 0; i < all->listener_count; i++)
		if (strcmp(all->listeners[i].name, name) == 0)
			return true;
	return false;
}

void
judge_listener_names(struct faults *faults, const struct configuration *all,
    const char *setting, const struct text_list *names, struct origin at)
{
	if (at.file != NULL && names->count == 0)
		ERROR(at,
		    "%s: is an empty list, which nothing can match; leave it "
		    "out or fill it",
		    setting);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];
		struct nearest nearest = nearest_to(name);

		if (is_listener(all, name))
			continue;
		for (size_t j = 0; j < all->listener_count; j++)
			nearest_offer(&nearest, all->listeners[j].name);
		ERROR(at, "%s: there is no listener %s%s%s%s", setting, name,
		    nearest.best != NULL ? "; did you mean " : "",
		    nearest.best != NULL ? nearest.best : "",
		    nearest.best != NULL ? "?" : "");
	}
}

// Each setting of the layer that was written, but those of may (which ends
// with rows), is told to come too late.
static void
tell_too_late(struct faults *faults, const struct layer *layer,
    const size_t *may, const char *because)
{
	size_t rows;
	char name[64];

	settings_of(layer->scope, &rows);
	for (size_t row = 0; row < rows; row++) {
		const size_t *allowed = may;

		if (layer->origins[row].file == NULL)
			continue;
		while (*allowed != rows && *allowed != row)
			allowed++;
		if (*allowed == rows)
			WARNING(layer->origins[row],
			    "%s: has no effect in this rule, for %s",
			    value_name(layer, row, name, sizeof name), because);
	}
}

// What is known late can only refuse, or demand more of legs that are up.
static void
judge_late(struct faults *faults, const struct written_rule *rule)
{
	static const size_t sender_may[] = {SENDER_AT_tls,
	    SENDER_AT_min_protocol, SENDER_AT_min_bits, SENDER_ROWS};
	static const size_t receiver_may[] = {RECEIVER_AT_tls,
	    RECEIVER_AT_min_protocol, RECEIVER_AT_min_bits, RECEIVER_ROWS};
	static const char because[] =
	    "its conditions are known only when both legs are up; it can "
	    "refuse, or demand more with tls, min-protocol and min-bits";
	struct sender_layer sender = rule->sender;
	struct receiver_layer receiver = rule->receiver;

	tell_too_late(faults, &LAYER(SENDER, &sender), sender_may, because);
	tell_too_late(
	    faults, &LAYER(RECEIVER, &receiver), receiver_may, because);
}

// EHLO comes when the receiver has been dialled already, and greeted.
static void
judge_dialled(struct faults *faults, const struct written_rule *rule)
{
	const struct origin *receiver = rule->receiver.origins;

	if (rule->own.origins[RULE_AT_forward_to].file != NULL)
		ERROR(rule->own.origins[RULE_AT_forward_to],
		    "rule.forward-to: cannot hang on what the sender says, "
		    "for the receiver is dialled before; use the conditions "
		    "listener, client and destination");
	if (receiver[RECEIVER_AT_implicit_tls].file != NULL)
		ERROR(receiver[RECEIVER_AT_implicit_tls],
		    "receiver.implicit-tls: cannot hang on what the sender "
		    "says, for the receiver is dialled before");
	if (receiver[RECEIVER_AT_source_address].file != NULL)
		ERROR(receiver[RECEIVER_AT_source_address],
		    "receiver.source-address: cannot hang on what the sender "
		    "says, for the receiver is dialled before");
	if (receiver[RECEIVER_AT_identity].file != NULL &&
	    policy_told_first(rule->receiver.values.identity))
		ERROR(receiver[RECEIVER_AT_identity],
		    "receiver.identity: %s cannot hang on what the sender "
		    "says, for the receiver is dialled before",
		    choice_word(
			SETTING_IDENTITY, (int)rule->receiver.values.identity));
	if (rule->sender.origins[SENDER_AT_implicit_tls].file != NULL)
		ERROR(rule->sender.origins[SENDER_AT_implicit_tls],
		    "sender.implicit-tls: cannot hang on what the sender "
		    "says, for TLS begins before");
}

static void
tell_idle(struct faults *faults, const struct layer *layer)
{
	size_t rows;
	char name[64];

	settings_of(layer->scope, &rows);
	for (size_t row = 0; row < rows; row++)
		if (layer->origins[row].file != NULL)
			WARNING(layer->origins[row],
			    "%s: has no effect in this rule, for it refuses",
			    value_name(layer, row, name, sizeof name));
}

static void
judge_action(struct faults *faults, const struct written_rule *rule)
{
	const struct origin *at = rule->own.origins;
	struct receiver_layer receiver = rule->receiver;

	if (rule->own.values.action == RULE_REFUSE) {
		tell_idle(faults, &LAYER(RECEIVER, &receiver));
		if (at[RULE_AT_forward_to].file != NULL)
			WARNING(at[RULE_AT_forward_to],
			    "rule.forward-to: has no effect in this rule, for "
			    "it refuses");
	} else if (at[RULE_AT_reply].file != NULL) {
		ERROR(at[RULE_AT_reply],
		    "rule.reply: is given to refused senders alone; write "
		    "action = \"refuse\" too, or leave it out");
	}
}

// Whoever is not among a listener's clients is refused before any rule.
static void
judge_strangers(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule)
{
	const struct rule_settings *is = &rule->own.values;
	const struct written_listener *refuses = NULL;

	if (is->client.count == 0)
		return;
	for (size_t i = 0; i < all->listener_count; i++) {
		const struct written_listener *listener = &all->listeners[i];
		const struct network_list *clients =
		    &listener->own.values.clients;

		if (!rule_is_for(is, listener->name))
			continue;
		if (clients->count == 0 ||
		    networks_overlap(&is->client, clients))
			return;
		refuses = listener;
	}
	if (refuses != NULL)
		WARNING(rule->own.origins[RULE_AT_client],
		    "rule.client: can never match, for none of these is among "
		    "clients of listener %s; add them there, or remove the "
		    "rule",
		    refuses->name);
}

void
judge_rule(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule)
{
	bool late = rule_is_late(&rule->own);

	judge_listener_names(faults, all, "rule.listener",
	    &rule->own.values.listener, rule->own.origins[RULE_AT_listener]);
	judge_action(faults, rule);
	judge_strangers(faults, all, rule);
	if (late || rule_asks(&rule->own, POLICY_ASKS_HELO))
		judge_dialled(faults, rule);
	if (late)
		judge_late(faults, rule);
}
