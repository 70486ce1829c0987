// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/compile.h"
#include "policy/policy.h"
#include "policy/print.h"
#include "policy/rule.h"

#include <stdio.h>
#include <stdlib.h>

enum { VALUE_COLUMN = 44 };

// The conditions that a session is known to meet or not, with what is known.
static void
explain_condition(const struct rule_layer *rule, size_t row, FILE *to)
{
	struct rule_layer copy = *rule;

	print_setting(&LAYER(RULE, &copy), row, to);
	fputs(" (", to);
	print_origin(rule->origins[row], to);
	fputs(")", to);
}

static void
explain_rule(const struct plan *plan, const struct policy_facts *facts,
    const char *listener, FILE *to)
{
	size_t row = 0;
	enum rule_answer answer =
	    rule_test(&plan->rule->own, facts, listener, &row);

	fprintf(to, "rule \"%s\" (", plan->name);
	print_origin(plan->rule->at, to);
	switch (answer) {
	case RULE_HOLDS:
		fprintf(to, "): matches%s\n",
		    plan->late ? ", and can refuse or demand more" : "");
		return;
	case RULE_FAILS:
		fputs("): does not match: ", to);
		break;
	case RULE_UNKNOWN:
		fputs("): is not decided yet: ", to);
		break;
	}
	explain_condition(&plan->rule->own, row, to);
	fputs("\n", to);
}

// One setting a line, its origin in a column of its own.
static void
explain_layer(const struct layer *layer, const char *heading, FILE *to)
{
	size_t count;

	fprintf(to, "\n%s\n", heading);
	settings_of(layer->scope, &count);
	for (size_t row = 0; row < count; row++) {
		char *line = NULL;
		size_t size = 0;
		FILE *memory = open_memstream(&line, &size);

		if (memory == NULL)
			return;
		print_setting(layer, row, memory);
		if (fclose(memory) == 0) {
			fprintf(to, "    %-*s  # ", VALUE_COLUMN, line);
			print_origin(layer->origins[row], to);
			fputs("\n", to);
		}
		free(line);
	}
}

static void
explain_receivers(const char *name, const struct policy_receivers *receivers,
    struct origin at, FILE *to)
{
	fprintf(to, "%s %s", name, receivers->original ? "\"original\"" : "");
	for (size_t i = 0; i < receivers->count; i++) {
		fputs(i > 0 ? ", then " : "", to);
		print_receiver(&receivers->items[i], to);
	}
	fputs(" (", to);
	print_origin(at, to);
	fputs(")\n", to);
}

static void
explain_forward_to(const struct listener *listener, const struct plan *plan,
    const struct policy_facts *facts, FILE *to)
{
	const struct origin *own = listener->written->own.origins;
	const struct policy_receivers *other =
	    &listener->shown.default_forward_to;
	struct origin at = own[LISTENER_AT_forward_to];

	if (plan->rule != NULL &&
	    plan->rule->own.origins[RULE_AT_forward_to].file != NULL)
		at = plan->rule->own.origins[RULE_AT_forward_to];
	fputs("\n", to);
	explain_receivers("forward-to", &plan->forward_to, at, to);
	if (!plan->forward_to.original ||
	    facts->destination.kind != ADDRESS_NONE)
		return;
	if (other->count > 0)
		explain_receivers("not redirected: default-forward-to", other,
		    own[LISTENER_AT_default_forward_to], to);
	else
		fputs("not redirected: refused with 421 4.3.5, for there is "
		      "no default-forward-to\n",
		    to);
}

// The plan whose settings hold: the first that does and is not late.
static const struct plan *
explain_rules(
    const struct listener *listener, const struct policy_facts *facts, FILE *to)
{
	const struct plan *plan = listener->plans;

	for (; plan->rule != NULL; plan++) {
		explain_rule(plan, facts, listener->shown.name, to);
		if (!plan->late &&
		    rule_test(&plan->rule->own, facts, listener->shown.name,
			NULL) == RULE_HOLDS)
			break;
	}
	if (plan->rule == NULL)
		fputs(
		    "no rule gives settings: those of the listener hold\n", to);
	return plan;
}

// The plan that the receiver is dialled by, when nothing was said yet.
static const struct plan *
explain_dialled(
    const struct listener *listener, const struct policy_facts *facts)
{
	const struct plan *plan = listener->plans;
	struct policy_facts first = *facts;

	first.helo = NULL;
	while (plan->rule != NULL &&
	       (plan->late || rule_test(&plan->rule->own, &first,
				  listener->shown.name, NULL) != RULE_HOLDS))
		plan++;
	return plan;
}

// What the later plan cannot change any more.
static void
explain_identity(
    const struct receiver_layer *dialled, struct receiver_layer *receiver)
{
	if (!policy_told_first(dialled->values.identity) &&
	    !policy_told_first(receiver->values.identity))
		return;
	receiver->values.identity = dialled->values.identity;
	receiver->origins[RECEIVER_AT_identity] =
	    dialled->origins[RECEIVER_AT_identity];
}

static void
explain_refusal(const struct policy_verdict *verdict, FILE *to)
{
	switch (verdict->refusal) {
	case POLICY_ACCEPTED:
	case POLICY_NOWHERE: // told with forward-to
		return;
	case POLICY_REFUSED:
		fprintf(to, "refused by rule \"%s\": %s\n", verdict->rule,
		    verdict->reply);
		return;
	case POLICY_SENDER_PLAIN:
		fprintf(to, "refused by rule \"%s\": the sender must use TLS\n",
		    verdict->rule);
		return;
	case POLICY_SENDER_WEAK:
		fprintf(to,
		    "refused by rule \"%s\": the sender's TLS is too "
		    "weak\n",
		    verdict->rule);
		return;
	case POLICY_RECEIVER_WEAK:
		fprintf(to,
		    "refused by rule \"%s\": the receiver's TLS is "
		    "less than it demands\n",
		    verdict->rule);
		return;
	}
}

// True, and said, if the address may not use the listener.
static bool
explain_stranger(
    const struct policy *policy, const struct policy_facts *facts, FILE *to)
{
	const struct origin *at =
	    policy->listeners[facts->listener].written->own.origins;

	if (facts->client.kind == ADDRESS_NONE ||
	    policy_admits(policy, facts->listener, &facts->client))
		return false;
	if (at[LISTENER_AT_clients].file == NULL) {
		fputs("refused: the listener names no clients, so that only "
		      "this host may use it\n",
		    to);
		return true;
	}
	fputs("refused: the address is not among the listener's clients (", to);
	print_origin(at[LISTENER_AT_clients], to);
	fputs(")\n", to);
	return true;
}

// What the address may say, or must, of whom it speaks for.
static void
explain_trust(
    const struct policy *policy, const struct policy_facts *facts, FILE *to)
{
	const struct origin *at =
	    policy->listeners[facts->listener].written->own.origins;

	if (facts->client.kind == ADDRESS_NONE)
		return;
	if (policy_trusts(
		policy, facts->listener, POLICY_TRUSTS_PROXY, &facts->client)) {
		fputs("a connection from this address must begin with a PROXY "
		      "header, and its client is whom that names; what "
		      "follows is for a header that names nobody (",
		    to);
		print_origin(at[LISTENER_AT_proxy_protocol_from], to);
		fputs(")\n", to);
	}
	if (policy_trusts(policy, facts->listener, POLICY_TRUSTS_XCLIENT,
		&facts->client)) {
		fputs("this address may say XCLIENT and XFORWARD; the client "
		      "is then whom it names (",
		    to);
		print_origin(at[LISTENER_AT_xclient_from], to);
		fputs(")\n", to);
	}
}

void
policy_explain(
    const struct policy *policy, const struct policy_facts *facts, FILE *to)
{
	const struct configuration *all = &policy->configuration;
	const struct listener *listener = &policy->listeners[facts->listener];
	struct policy_verdict verdict;
	struct sender_layer sender;
	struct receiver_layer receiver, first;
	const struct plan *plan, *dialled;

	fprintf(to, "listener \"%s\" (", listener->shown.name);
	print_origin(listener->written->at, to);
	fputs(")\n", to);
	explain_trust(policy, facts, to);
	if (explain_stranger(policy, facts, to))
		return;
	plan = explain_rules(listener, facts, to);
	policy_decide(policy, facts, &verdict);
	explain_refusal(&verdict, to);
	if (verdict.refusal == POLICY_REFUSED)
		return;
	dialled = explain_dialled(listener, facts);
	if (dialled != plan)
		fputs("the receiver is dialled before the sender says its "
		      "name: forward-to, and an identity that is told in "
		      "dialling, are of what holds without\n",
		    to);
	explain_forward_to(listener, dialled, facts, to);
	resolve_sender(all, listener->written, plan->rule, &sender);
	explain_layer(&LAYER(SENDER, &sender), "sender", to);
	resolve_receiver(all, listener->written, plan->rule, &receiver);
	resolve_receiver(all, listener->written, dialled->rule, &first);
	explain_identity(&first, &receiver);
	explain_layer(&LAYER(RECEIVER, &receiver), "receiver", to);
}
