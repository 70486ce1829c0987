// SPDX-License-Identifier: ISC
//
// What was written for nothing.

#include "policy/compile.h"
#include "policy/level.h"
#include "policy/rule.h"

#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

// The settings that speak of TLS alone.
static const size_t sender_rows[] = {SENDER_AT_min_protocol,
    SENDER_AT_max_protocol, SENDER_AT_min_bits, SENDER_AT_ciphers,
    SENDER_AT_groups, SENDER_AT_certificate, SENDER_AT_key,
    SENDER_AT_legacy_certificate, SENDER_AT_legacy_key,
    SENDER_AT_record_splitting, SENDER_AT_client_certificate,
    SENDER_AT_client_ca, SENDER_AT_missing_handshake, SENDER_AT_early_starttls};
static const size_t receiver_rows[] = {RECEIVER_AT_min_protocol,
    RECEIVER_AT_max_protocol, RECEIVER_AT_min_bits, RECEIVER_AT_ciphers,
    RECEIVER_AT_groups, RECEIVER_AT_certificate, RECEIVER_AT_key,
    RECEIVER_AT_ca, RECEIVER_AT_crl, RECEIVER_AT_names, RECEIVER_AT_sni,
    RECEIVER_AT_fallback, RECEIVER_AT_hello_profile, RECEIVER_AT_try_unoffered,
    RECEIVER_AT_stripping};

static void
tell_rows(struct faults *faults, const struct layer *layer, const size_t *rows,
    size_t count)
{
	char name[64];

	for (size_t i = 0; i < count; i++)
		if (layer->origins[rows[i]].file != NULL)
			WARNING(layer->origins[rows[i]],
			    "%s: has no effect, for tls is none in the same "
			    "block",
			    value_name(layer, rows[i], name, sizeof name));
}

void
judge_idle(struct faults *faults, const struct layer *layer)
{
	const struct sender_settings *sender = layer->values;
	const struct receiver_settings *receiver = layer->values;

	if (layer->scope == SCOPE_SENDER &&
	    layer->origins[SENDER_AT_tls].file != NULL &&
	    sender->tls == SENDER_TLS_NONE)
		tell_rows(faults, layer, sender_rows,
		    sizeof sender_rows / sizeof sender_rows[0]);
	if (layer->scope == SCOPE_RECEIVER &&
	    layer->origins[RECEIVER_AT_tls].file != NULL &&
	    receiver->tls == LEVEL_NONE)
		tell_rows(faults, layer, receiver_rows,
		    sizeof receiver_rows / sizeof receiver_rows[0]);
}

// --- Demands that are none ---

// The least that is demanded without late rules, of all listeners where a
// rule can match.
struct least {
	enum protocol sender_protocol, receiver_protocol;
	uint64_t sender_bits, receiver_bits;
	bool any;
};

static void
least_add(struct least *least, const struct plan *plan)
{
	const struct sender_settings *sender = plan->sender;
	const struct receiver_settings *receiver = plan->receiver;

	if (!least->any || sender->min_protocol < least->sender_protocol)
		least->sender_protocol = sender->min_protocol;
	if (!least->any || sender->min_bits < least->sender_bits)
		least->sender_bits = sender->min_bits;
	if (!least->any || receiver->min_protocol < least->receiver_protocol)
		least->receiver_protocol = receiver->min_protocol;
	if (!least->any || receiver->min_bits < least->receiver_bits)
		least->receiver_bits = receiver->min_bits;
	least->any = true;
}

static void
tell_demand(
    struct faults *faults, struct origin at, const char *name, bool demands)
{
	if (at.file != NULL && !demands)
		WARNING(at,
		    "%s: has no effect in this rule, for its conditions are "
		    "known only when both legs are up; it can demand more "
		    "then, "
		    "and this is not more than holds without it",
		    name);
}

static void
judge_demand(struct faults *faults, const struct least *least,
    const struct written_rule *rule)
{
	const struct sender_settings *sender = &rule->sender.values;
	const struct receiver_settings *receiver = &rule->receiver.values;
	const struct origin *of_sender = rule->sender.origins;
	const struct origin *of_receiver = rule->receiver.origins;

	tell_demand(faults, of_sender[SENDER_AT_tls], "sender.tls",
	    sender->tls == SENDER_TLS_REQUIRE);
	tell_demand(faults, of_sender[SENDER_AT_min_protocol],
	    "sender.min-protocol",
	    sender->min_protocol > least->sender_protocol);
	tell_demand(faults, of_sender[SENDER_AT_min_bits], "sender.min-bits",
	    sender->min_bits > least->sender_bits);
	tell_demand(faults, of_receiver[RECEIVER_AT_tls], "receiver.tls",
	    level_meaning(receiver->tls)->tls == LEVEL_TLS_ALWAYS);
	tell_demand(faults, of_receiver[RECEIVER_AT_min_protocol],
	    "receiver.min-protocol",
	    receiver->min_protocol > least->receiver_protocol);
	tell_demand(faults, of_receiver[RECEIVER_AT_min_bits],
	    "receiver.min-bits", receiver->min_bits > least->receiver_bits);
}

// What senders can come to under settings that are known in time.
struct senders {
	unsigned protocols; // as protocol_bit gives them
	bool asked;         // for a certificate
	uint64_t bits;      // the fewest; plaintext has 0
};

static void
senders_add(struct senders *senders, const struct sender_settings *sender)
{
	bool plaintext =
	    sender->tls != SENDER_TLS_REQUIRE && !sender->implicit_tls;
	uint64_t least = plaintext ? 0 : sender->min_bits;

	senders->bits = least < senders->bits ? least : senders->bits;
	senders->protocols |= protocol_bit(0);
	if (sender->tls == SENDER_TLS_NONE)
		return;
	for (unsigned version = sender->min_protocol;
	     version <= sender->max_protocol; version++)
		senders->protocols |= protocol_bit(version);
	senders->asked |= sender->client_certificate != CLIENT_CERTIFICATE_NONE;
}

// Of a late rule that asks for what no sender is let become.
static void
judge_senders(struct faults *faults, const struct policy *policy,
    const struct written_rule *rule)
{
	const struct rule_settings *is = &rule->own.values;
	const struct origin *at = rule->own.origins;
	struct senders senders = {.bits = UINT64_MAX};

	for (size_t i = 0; i < policy->listener_count; i++) {
		const struct listener *listener = &policy->listeners[i];

		for (size_t j = 0; rule_is_for(is, listener->shown.name) &&
				   j < listener->plan_count;
		     j++)
			if (!listener->plans[j].late)
				senders_add(
				    &senders, listener->plans[j].sender);
	}
	if (at[RULE_AT_client_name].file != NULL && !senders.asked)
		WARNING(at[RULE_AT_client_name],
		    "rule.client-name: can never match, for no sender that it "
		    "is for is asked for a certificate; write "
		    "client-certificate = \"ask\" and client-ca for them");
	if (at[RULE_AT_sender_bits].file != NULL &&
	    senders.bits != UINT64_MAX && is->sender_bits < senders.bits)
		WARNING(at[RULE_AT_sender_bits],
		    "rule.sender-bits: can never match, for no sender that it "
		    "is for may use so few; lower min-bits for them, or "
		    "remove the rule");
	if (is->sender_protocol != 0 &&
	    (is->sender_protocol & senders.protocols) == 0)
		WARNING(at[RULE_AT_sender_protocol],
		    "rule.sender-protocol: can never match, for no sender that "
		    "it is for may use any of these; lower min-protocol for "
		    "them, or remove the rule");
}

void
judge_demands(struct faults *faults, const struct policy *policy)
{
	const struct configuration *all = &policy->configuration;
	struct least least = {.any = false};

	for (size_t i = 0; i < policy->listener_count; i++)
		for (size_t j = 0; j < policy->listeners[i].plan_count; j++)
			if (!policy->listeners[i].plans[j].late)
				least_add(
				    &least, &policy->listeners[i].plans[j]);
	for (size_t i = 0; i < all->rule_count; i++)
		if (least.any && rule_is_late(&all->rules[i].own)) {
			judge_demand(faults, &least, &all->rules[i]);
			judge_senders(faults, policy, &all->rules[i]);
		}
}
