// SPDX-License-Identifier: ISC
//
// How the receiver is told who the sender is.

#include "policy/compile.h"
#include "policy/coverage.h"
#include "policy/level.h"
#include "policy/network.h"
#include "policy/rule.h"

#define ERROR(at, ...)   faults_add(faults, FAULT_ERROR, at, __VA_ARGS__)
#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

// Whether each is on this host or in a network of one's own, as far as
// addresses tell (RFC 1918, RFC 4193).
static bool
all_are_near(const struct policy_receivers *receivers)
{
	static const char *const near[] = {"127.0.0.0/8", "10.0.0.0/8",
	    "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128",
	    "fc00::/7", "fe80::/10"};

	for (size_t i = 0; i < receivers->count; i++) {
		struct address address;
		struct network network;
		size_t row = 0;

		if (!address_parse(&address, receivers->items[i].host))
			return false;
		while (row < sizeof near / sizeof near[0] &&
		       !(network_parse(&network, near[row], NULL) &&
			   network_contains(&network, &address)))
			row++;
		if (row == sizeof near / sizeof near[0])
			return false;
	}
	return receivers->count > 0;
}

// Whether the rule says it, or there is no rule.
static bool
is_own(const struct receiver_layer *own, size_t row)
{
	return own == NULL || own->origins[row].file != NULL;
}

void
judge_identity(struct faults *faults, const struct receiver_layer *receiver,
    const struct receiver_layer *own, const struct policy_receivers *forward_to)
{
	const struct receiver_settings *is = &receiver->values;
	const struct origin *at = receiver->origins;
	bool by_command = is->identity == IDENTITY_XCLIENT ||
			  is->identity == IDENTITY_XFORWARD;

	if (is->identity == IDENTITY_SPOOF && is->source_address != NULL)
		ERROR(at[RECEIVER_AT_source_address],
		    "receiver.source-address: contradicts identity = "
		    "\"spoof\", where connections come from the sender's "
		    "address; leave one of them out");
	if (is->standby > 0 && is->identity != IDENTITY_NONE)
		ERROR(at[RECEIVER_AT_standby],
		    "receiver.standby: a connection that is ready before its "
		    "sender is known cannot tell who that is; leave it or "
		    "identity out");
	if (is->standby > 0 && forward_to->original)
		ERROR(at[RECEIVER_AT_standby],
		    "receiver.standby: a connection cannot be ready where "
		    "forward-to is original, for where it goes is not known "
		    "before; leave it out");
	// Anybody on the way can read it, and change it.
	if (by_command && level_meaning(is->tls)->tls != LEVEL_TLS_ALWAYS &&
	    !all_are_near(forward_to) &&
	    (is_own(own, RECEIVER_AT_identity) || is_own(own, RECEIVER_AT_tls)))
		WARNING(at[RECEIVER_AT_identity],
		    "receiver.identity: where tls is %s the receiver may be "
		    "told in plaintext who sends; anybody on the way can "
		    "change it, so use it in a network of your own alone, or "
		    "write tls = \"encrypt\"",
		    level_word(is->tls));
}

static bool
are_apart(const struct written_rule *one, const struct written_rule *other)
{
	const struct network_list *some = &one->own.values.client,
				  *others = &other->own.values.client;

	return some->count > 0 && others->count > 0 &&
	       !networks_overlap(some, others);
}

// Whether whoever falls under the rule was dialled for as one that the
// receiver is told of at once, on this listener; *how is one way of that.
static bool
always_told_first(const struct listener *listener,
    const struct written_rule *rule, const char **how)
{
	for (size_t i = 0; i < listener->plan_count; i++) {
		const struct plan *plan = &listener->plans[i];
		enum identity identity = plan->receiver->identity;

		if (plan->late ||
		    (plan->rule != NULL &&
			(rule_asks(&plan->rule->own, POLICY_ASKS_HELO) ||
			    are_apart(plan->rule, rule))))
			continue;
		if (!policy_told_first(identity))
			return false;
		*how = choice_word(SETTING_IDENTITY, (int)identity);
	}
	return true;
}

void
judge_told_first(struct faults *faults, const struct policy *policy,
    const struct written_rule *rule)
{
	struct origin at = rule->receiver.origins[RECEIVER_AT_identity];
	const char *how = NULL;

	if (at.file == NULL || rule_is_late(&rule->own) ||
	    !rule_asks(&rule->own, POLICY_ASKS_HELO) ||
	    policy_told_first(rule->receiver.values.identity))
		return;
	for (size_t i = 0; i < policy->listener_count; i++)
		if (rule_is_for(
			&rule->own.values, policy->listeners[i].shown.name) &&
		    !always_told_first(&policy->listeners[i], rule, &how))
			return;
	if (how != NULL)
		WARNING(at,
		    "receiver.identity: has no effect in this rule, for "
		    "before the sender says its name the receiver was told by "
		    "%s already; write identity in a rule without helo",
		    how);
}
