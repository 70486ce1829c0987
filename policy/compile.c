// SPDX-License-Identifier: ISC

#include "policy/compile.h"

#include "policy/level.h"
#include "policy/rule.h"

void
resolve_sender(const struct configuration *configuration,
    const struct written_listener *listener, const struct written_rule *rule,
    struct sender_layer *to)
{
	*to = configuration->sender_default;
	sender_lay(to, &configuration->sender);
	sender_lay(to, &listener->sender);
	sender_lay(to, &configuration->sender_override);
	if (rule != NULL)
		sender_lay(to, &rule->sender);
}

void
resolve_receiver(const struct configuration *configuration,
    const struct written_listener *listener, const struct written_rule *rule,
    struct receiver_layer *to)
{
	*to = configuration->receiver_default;
	receiver_lay(to, &configuration->receiver);
	receiver_lay(to, &listener->receiver);
	receiver_lay(to, &configuration->receiver_override);
	if (rule != NULL)
		receiver_lay(to, &rule->receiver);
}

static bool
any_written(const struct origin *origins, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (origins[i].file != NULL)
			return true;
	return false;
}

// The settings of one leg are kept once for all rules that do not change
// them: sessions compare them by address.
static void
plan_sender(struct reader *reader, const struct configuration *configuration,
    struct listener *listener, struct plan *plan)
{
	const struct written_rule *rule = plan->rule;
	struct sender_settings *kept;
	struct sender_layer layer;

	if (rule != NULL && !any_written(rule->sender.origins, SENDER_ROWS))
		return;
	resolve_sender(configuration, listener->written, rule, &layer);
	judge_sender(
	    reader->faults, &layer, rule != NULL ? &rule->sender : NULL);
	kept = arena_take(reader->arena, 1, sizeof *kept);
	if (kept == NULL)
		return;
	*kept = layer.values;
	plan->sender = kept;
	listener->senders[listener->sender_count++] = kept;
}

static void
plan_receiver(struct reader *reader, const struct configuration *configuration,
    struct listener *listener, struct plan *plan)
{
	const struct written_rule *rule = plan->rule;
	struct receiver_settings *kept;
	struct receiver_layer layer;

	if (rule != NULL &&
	    rule->own.origins[RULE_AT_forward_to].file == NULL &&
	    !any_written(rule->receiver.origins, RECEIVER_ROWS))
		return;
	resolve_receiver(configuration, listener->written, rule, &layer);
	judge_receiver(reader->faults, &layer,
	    rule != NULL ? &rule->receiver : NULL, &plan->forward_to);
	kept = arena_take(reader->arena, 1, sizeof *kept);
	if (kept == NULL)
		return;
	*kept = layer.values;
	plan->receiver = kept;
	listener->receivers[listener->receiver_count++] = kept;
}

// Room for as many of each as there can be.
static bool
make_room(struct arena *arena, size_t most, struct listener *listener)
{
	listener->plans = arena_take(arena, most, sizeof *listener->plans);
	listener->senders = arena_take(arena, most, sizeof *listener->senders);
	listener->receivers =
	    arena_take(arena, most, sizeof *listener->receivers);
	return !arena->failed;
}

static const char *
rule_name(struct reader *reader, const struct configuration *configuration,
    const struct written_rule *rule)
{
	if (rule->own.values.name != NULL)
		return rule->own.values.name;
	return arena_print(reader->arena, "rule %zu",
	    (size_t)(rule - configuration->rules) + 1);
}

// What no rule changes comes first: the others share it.
static void
make_plans(
    struct reader *reader, struct policy *policy, struct listener *listener)
{
	const struct configuration *all = &policy->configuration;
	const struct written_listener *written = listener->written;
	struct plan base = {.name = "default",
	    .at = written->at,
	    .forward_to = written->own.values.forward_to};

	if (!make_room(reader->arena, all->rule_count + 1, listener))
		return;
	plan_sender(reader, all, listener, &base);
	plan_receiver(reader, all, listener, &base);
	for (size_t i = 0; i < all->rule_count; i++) {
		const struct written_rule *rule = &all->rules[i];
		struct plan *plan = &listener->plans[listener->plan_count];

		if (!rule_is_for(&rule->own.values, written->name))
			continue;
		*plan = base;
		plan->rule = rule;
		plan->at = rule->at;
		plan->name = rule_name(reader, all, rule);
		plan->late = rule_is_late(&rule->own);
		if (rule->own.origins[RULE_AT_forward_to].file != NULL)
			plan->forward_to = rule->own.values.forward_to;
		plan_sender(reader, all, listener, plan);
		plan_receiver(reader, all, listener, plan);
		for (int q = POLICY_ASKS_HELO; q <= POLICY_ASKS_RCPT; q++)
			listener->asks[q] =
			    listener->asks[q] ||
			    rule_asks(&rule->own, (enum policy_question)q);
		listener->plan_count++;
	}
	listener->plans[listener->plan_count++] = base;
}

static void
show(struct listener *listener)
{
	const struct written_listener *written = listener->written;
	const struct endpoint_list *addresses = &written->own.values.address;
	const struct plan *base = &listener->plans[listener->plan_count - 1];
	bool legacy = false, intercepts = false;

	for (size_t i = 0; i < listener->plan_count; i++) {
		const struct plan *plan = &listener->plans[i];
		const struct sender_settings *sender = plan->sender;

		intercepts =
		    intercepts || plan->forward_to.original ||
		    (plan->rule != NULL &&
			plan->rule->own.origins[RULE_AT_destination].file !=
			    NULL);

		legacy =
		    legacy || (sender->tls != SENDER_TLS_NONE &&
				  legacy_is_admitted(sender->min_protocol));
	}
	listener->shown = (struct policy_listener){.name = written->name,
	    .addresses = addresses->items,
	    .address_count = addresses->count,
	    .forward_to = base->forward_to,
	    .default_forward_to = written->own.values.default_forward_to,
	    .sender = base->sender,
	    .receiver = base->receiver,
	    .admits_legacy = legacy,
	    .intercepts = intercepts};
}

static void
fill_defaults(struct reader *reader, struct configuration *all)
{
	const struct layer layers[] = {LAYER(TOP, &all->process),
	    LAYER(LIMITS, &all->limits), LAYER(TIMEOUTS, &all->timeouts),
	    LAYER(LOG, &all->log), LAYER(METRICS, &all->metrics),
	    LAYER(SENDER, &all->sender_default),
	    LAYER(RECEIVER, &all->receiver_default)};

	for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
		value_fill(reader, &layers[i]);
	for (size_t i = 0; i < all->rule_count; i++) {
		const struct layer own = LAYER(RULE, &all->rules[i].own);

		value_fill(reader, &own);
	}
}

// Each block by itself.
static void
judge_blocks(struct faults *faults, struct configuration *all)
{
	judge_idle(faults, &LAYER(SENDER, &all->sender));
	judge_idle(faults, &LAYER(RECEIVER, &all->receiver));
	for (size_t i = 0; i < all->listener_count; i++) {
		judge_idle(faults, &LAYER(SENDER, &all->listeners[i].sender));
		judge_idle(
		    faults, &LAYER(RECEIVER, &all->listeners[i].receiver));
	}
	for (size_t i = 0; i < all->rule_count; i++) {
		judge_idle(faults, &LAYER(SENDER, &all->rules[i].sender));
		judge_idle(faults, &LAYER(RECEIVER, &all->rules[i].receiver));
	}
}

void
compile(struct reader *reader, struct policy *policy)
{
	struct configuration *all = &policy->configuration;

	fill_defaults(reader, all);
	judge_process(reader->faults, all);
	for (size_t i = 0; i < all->rule_count; i++)
		judge_rule(reader->faults, all, &all->rules[i]);
	judge_shadows(reader->faults, all);
	policy->listeners = arena_take(
	    reader->arena, all->listener_count, sizeof *policy->listeners);
	if (policy->listeners == NULL)
		return;
	judge_blocks(reader->faults, all);
	for (size_t i = 0; i < all->listener_count; i++) {
		struct listener *listener = &policy->listeners[i];

		listener->written = &all->listeners[i];
		judge_listener(reader->faults, listener->written);
		make_plans(reader, policy, listener);
		if (reader->arena->failed)
			return;
		judge_default(reader->faults, listener);
		show(listener);
		policy->listener_count++;
	}
	judge_demands(reader->faults, policy);
	for (size_t i = 0; i < all->rule_count; i++)
		judge_told_first(reader->faults, policy, &all->rules[i]);
}
