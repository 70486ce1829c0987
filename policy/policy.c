// SPDX-License-Identifier: ISC

#include "policy/policy.h"

#include "policy/compile.h"
#include "policy/level.h"
#include "policy/rule.h"
#include "policy/syntax.h"

#include <stdlib.h>

static void
destroy(struct policy *policy)
{
	arena_free(&policy->arena);
	free(policy);
}

// What is written comes from a file, a text, or the command line alone.
static struct policy *
load(const char *path, const char *text,
    const struct policy_overrides *overrides, struct faults *faults)
{
	struct policy *policy = calloc(1, sizeof *policy);
	struct reader reader = {.faults = faults};
	bool good = policy != NULL;

	if (good) {
		policy->holders = 1;
		reader.arena = &policy->arena;
		if (text != NULL)
			good = syntax_read_text(
			    &reader, text, path, &policy->configuration);
		else if (path != NULL)
			good = syntax_read_file(
			    &reader, path, &policy->configuration);
	}
	if (good && overrides != NULL)
		override_apply(&reader, overrides, &policy->configuration);
	if (good)
		compile(&reader, policy);
	// Otherwise whoever will use it looks.
	if (good && text == NULL && faults->errors > 0 && !policy->arena.failed)
		policy_check(policy, faults);
	if (policy == NULL || policy->arena.failed)
		faults_add(faults, FAULT_ERROR, (struct origin){.file = path},
		    "memory ran out");
	faults_sort(faults);
	if (faults->errors == 0)
		return policy;
	policy_release(&policy);
	return NULL;
}

struct policy *
policy_load(const char *path, const struct policy_overrides *overrides,
    struct faults *faults)
{
	return load(path, NULL, overrides, faults);
}

struct policy *
policy_load_text(const char *text, const char *name,
    const struct policy_overrides *overrides, struct faults *faults)
{
	return load(name, text, overrides, faults);
}

struct policy *
policy_hold(struct policy *policy)
{
	policy->holders++;
	return policy;
}

void
policy_release(struct policy **policy)
{
	struct policy *held = *policy;

	*policy = NULL;
	if (held != NULL && --held->holders == 0)
		destroy(held);
}

size_t
policy_listener_count(const struct policy *policy)
{
	return policy->listener_count;
}

const struct policy_listener *
policy_listener(const struct policy *policy, size_t index)
{
	return &policy->listeners[index].shown;
}

const struct sender_settings *
policy_sender_settings(
    const struct policy *policy, size_t listener, size_t index)
{
	const struct listener *of = &policy->listeners[listener];

	return index < of->sender_count ? of->senders[index] : NULL;
}

const struct receiver_settings *
policy_receiver_settings(
    const struct policy *policy, size_t listener, size_t index)
{
	const struct listener *of = &policy->listeners[listener];

	return index < of->receiver_count ? of->receivers[index] : NULL;
}

static bool
networks_contain(
    const struct network_list *networks, const struct address *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_contains(&networks->items[i], address))
			return true;
	return false;
}

bool
policy_admits(
    const struct policy *policy, size_t listener, const struct address *address)
{
	const struct listener_layer *own =
	    &policy->listeners[listener].written->own;
	const struct network_list *clients = &own->values.clients;

	// Such a listener is on loopback (judge_listener).
	if (clients->count == 0)
		return address_is_loopback(address);
	return networks_contain(clients, address);
}

bool
policy_trusts(const struct policy *policy, size_t listener,
    enum policy_trust trust, const struct address *address)
{
	const struct listener_settings *is =
	    &policy->listeners[listener].written->own.values;

	return networks_contain(trust == POLICY_TRUSTS_PROXY
				    ? &is->proxy_protocol_from
				    : &is->xclient_from,
	    address);
}

enum { LOW_PORTS = 1024 };

static void
listener_needs(const struct listener *listener, struct policy_needs *needs)
{
	for (size_t i = 0; i < listener->shown.address_count; i++)
		if (listener->shown.addresses[i].port < LOW_PORTS)
			needs->low_ports = true;
	for (size_t i = 0; i < listener->receiver_count; i++)
		if (listener->receivers[i]->identity == IDENTITY_SPOOF)
			needs->spoofing = true;
	if (listener->shown.intercepts || needs->spoofing)
		needs->foreign_addresses = true;
}

void
policy_needs(const struct policy *policy, struct policy_needs *needs)
{
	*needs = (struct policy_needs){.low_ports = false};
	for (size_t i = 0; i < policy->listener_count; i++)
		listener_needs(&policy->listeners[i], needs);
}

const struct process_settings *
policy_process(const struct policy *policy)
{
	return &policy->configuration.process.values;
}

const struct limits *
policy_limits(const struct policy *policy)
{
	return &policy->configuration.limits.values;
}

const struct timeouts *
policy_timeouts(const struct policy *policy)
{
	return &policy->configuration.timeouts.values;
}

const struct log_settings *
policy_log(const struct policy *policy)
{
	return &policy->configuration.log.values;
}

const struct metrics_settings *
policy_metrics(const struct policy *policy)
{
	return &policy->configuration.metrics.values;
}

bool
policy_asks(
    const struct policy *policy, size_t listener, enum policy_question question)
{
	return policy->listeners[listener].asks[question];
}

// Whether the sender's leg, as it is, does what the settings demand.
static enum policy_refusal
demand_of_sender(
    const struct sender_settings *demand, const struct policy_facts *facts)
{
	if (!facts->sender_known || facts->sender_settings == demand)
		return POLICY_ACCEPTED;
	if (facts->sender_protocol == 0)
		return demand->tls == SENDER_TLS_REQUIRE ? POLICY_SENDER_PLAIN
							 : POLICY_ACCEPTED;
	return facts->sender_protocol < demand->min_protocol ||
		       facts->sender_bits < demand->min_bits
		   ? POLICY_SENDER_WEAK
		   : POLICY_ACCEPTED;
}

static enum policy_refusal
demand_of_receiver(
    const struct receiver_settings *demand, const struct policy_facts *facts)
{
	bool met = true;

	if (!facts->receiver_known || facts->receiver_settings == demand)
		return POLICY_ACCEPTED;
	// A receiver without TLSA records meets dane without TLS.
	if (level_meaning(demand->tls)->tls == LEVEL_TLS_ALWAYS)
		met = level_satisfies(facts->receiver_level, demand->tls) &&
		      (facts->receiver_protocol != 0 ||
			  demand->tls == LEVEL_DANE);
	if (facts->receiver_protocol != 0)
		met = met && facts->receiver_protocol >= demand->min_protocol &&
		      facts->receiver_bits >= demand->min_bits;
	return met ? POLICY_ACCEPTED : POLICY_RECEIVER_WEAK;
}

static void
apply(struct policy_verdict *verdict, const struct plan *plan,
    const struct policy_facts *facts)
{
	verdict->rule = plan->name;
	verdict->at = plan->at;
	verdict->reply = NULL;
	if (plan->rule != NULL &&
	    plan->rule->own.values.action == RULE_REFUSE) {
		verdict->refusal = POLICY_REFUSED;
		verdict->reply = plan->rule->own.values.reply != NULL
				     ? plan->rule->own.values.reply
				     : "554 5.7.1 not accepted here";
		return;
	}
	verdict->refusal = demand_of_sender(plan->sender, facts);
	if (verdict->refusal == POLICY_ACCEPTED)
		verdict->refusal = demand_of_receiver(plan->receiver, facts);
}

// Where to: what was not redirected has no original.
static void
direct(struct policy_verdict *verdict, const struct plan *plan,
    const struct policy_listener *listener, const struct policy_facts *facts)
{
	verdict->forward_to = plan->forward_to;
	if (!plan->forward_to.original ||
	    facts->destination.kind != ADDRESS_NONE)
		return;
	verdict->forward_to = listener->default_forward_to;
	if (verdict->forward_to.count == 0 &&
	    verdict->refusal == POLICY_ACCEPTED)
		verdict->refusal = POLICY_NOWHERE;
}

// The settings are those of the first plan that holds without being late.
// A late one before it is passed by while what it needs is not known, and
// binds when it is; it takes nothing back.
void
policy_decide(const struct policy *policy, const struct policy_facts *facts,
    struct policy_verdict *verdict)
{
	const struct listener *listener = &policy->listeners[facts->listener];
	const struct plan *first = NULL, *plan = listener->plans;

	for (;; plan++) {
		if (plan->rule != NULL &&
		    rule_test(&plan->rule->own, facts, listener->shown.name,
			NULL) != RULE_HOLDS)
			continue;
		if (first == NULL)
			first = plan;
		if (!plan->late)
			break;
	}
	verdict->sender = plan->sender;
	verdict->receiver = plan->receiver;
	apply(verdict, plan, facts);
	direct(verdict, plan, &listener->shown, facts);
	if (verdict->refusal != POLICY_ACCEPTED || first == plan)
		return;
	apply(verdict, first, facts);
	if (verdict->refusal == POLICY_ACCEPTED) {
		verdict->rule = plan->name;
		verdict->at = plan->at;
	}
}

bool
policy_told_first(enum identity identity)
{
	return identity == IDENTITY_SPOOF || identity == IDENTITY_PROXY_V1 ||
	       identity == IDENTITY_PROXY_V2;
}
