// SPDX-License-Identifier: ISC
//
// Where what holds was written, for whoever cannot use it.

#include "policy/compile.h"

#include <string.h>

// Of the setting of that name; one that was not written has no file.
static struct origin
written_in(const struct layer *layer, const char *setting)
{
	size_t count;
	const struct setting *rows = settings_of(layer->scope, &count);

	for (size_t i = 0; setting != NULL && i < count; i++)
		if (strcmp(rows[i].name, setting) == 0)
			return layer->origins[i];
	return (struct origin){.file = NULL};
}

static struct origin
place(const struct policy *policy, const struct layer *layer,
    const struct plan *plan, const char *setting)
{
	struct process_layer process = policy->configuration.process;
	struct origin at = written_in(layer, setting);

	if (at.file == NULL)
		at = written_in(&LAYER(TOP, &process), setting);
	return at.file != NULL ? at : plan->at;
}

static struct origin
place_in(
    const struct policy *policy, const struct layer *layer, const char *setting)
{
	struct origin at = written_in(layer, setting);

	if (at.file == NULL)
		at.file = policy->configuration.path != NULL
			      ? policy->configuration.path
			      : "command line";
	return at;
}

struct origin
policy_limits_at(const struct policy *policy, const char *setting)
{
	struct limits_layer limits = policy->configuration.limits;

	return place_in(policy, &LAYER(LIMITS, &limits), setting);
}

struct origin
policy_process_at(const struct policy *policy, const char *setting)
{
	struct process_layer process = policy->configuration.process;

	return place_in(policy, &LAYER(TOP, &process), setting);
}

struct origin
policy_sender_at(const struct policy *policy, size_t listener, size_t index,
    const char *setting)
{
	const struct listener *of = &policy->listeners[listener];
	const struct plan *plan = of->plans;
	struct sender_layer layer;

	// Those without a rule are also the settings of rules that say nothing
	// of the leg.
	while (plan->sender != of->senders[index] ||
	       (index == 0 && plan->rule != NULL))
		plan++;
	resolve_sender(&policy->configuration, of->written, plan->rule, &layer);
	return place(policy, &LAYER(SENDER, &layer), plan, setting);
}

struct origin
policy_receiver_at(const struct policy *policy, size_t listener, size_t index,
    const char *setting)
{
	const struct listener *of = &policy->listeners[listener];
	const struct plan *plan = of->plans;
	struct receiver_layer layer;

	while (plan->receiver != of->receivers[index] ||
	       (index == 0 && plan->rule != NULL))
		plan++;
	resolve_receiver(
	    &policy->configuration, of->written, plan->rule, &layer);
	return place(policy, &LAYER(RECEIVER, &layer), plan, setting);
}
