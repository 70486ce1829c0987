// SPDX-License-Identifier: ISC
//
// From what was written to what holds: for each listener and each rule that
// can match on it the resolved settings, made once, so that a decision is a
// look into a table. Tells of what cannot work together.

#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy/arena.h"
#include "policy/layer.h"
#include "policy/policy.h"
#include "policy/value.h"

#include <stdbool.h>
#include <stddef.h>

// What a session gets under one rule, or under none, on one listener.
struct plan {
	const struct written_rule *rule; // NULL: no rule
	const char *name;
	struct origin at; // of the rule, or the listener
	bool late;
	const struct sender_settings *sender;
	const struct receiver_settings *receiver;
	struct policy_receivers forward_to;
};

struct listener {
	struct policy_listener shown;
	const struct written_listener *written;
	struct plan *plans; // of each rule that can match here, in order;
	size_t plan_count;  // the last has no rule
	// Each settings of the plans once, those without a rule first.
	const struct sender_settings **senders;
	size_t sender_count;
	const struct receiver_settings **receivers;
	size_t receiver_count;
	bool asks[POLICY_ASKS_RCPT + 1];
};

struct policy {
	size_t holders;
	struct arena arena;
	struct configuration configuration;
	struct listener *listeners;
	size_t listener_count;
};

// Makes listeners and plans of policy->configuration, and fills in defaults.
// Faults go to the reader's.
void compile(struct reader *reader, struct policy *policy);

// The settings of a leg under a rule (NULL: none) with their origins.
void resolve_sender(const struct configuration *configuration,
    const struct written_listener *listener, const struct written_rule *rule,
    struct sender_layer *to);
void resolve_receiver(const struct configuration *configuration,
    const struct written_listener *listener, const struct written_rule *rule,
    struct receiver_layer *to);

// Tells of resolved settings that cannot work together. own is the layer of
// the rule that made them, NULL without a rule; forward_to is where the leg
// goes.
void judge_sender(struct faults *faults, const struct sender_layer *sender,
    const struct sender_layer *own);
void judge_receiver(struct faults *faults,
    const struct receiver_layer *receiver, const struct receiver_layer *own,
    const struct policy_receivers *forward_to);
// Of those of a receiver that tell it who the sender is.
void judge_identity(struct faults *faults,
    const struct receiver_layer *receiver, const struct receiver_layer *own,
    const struct policy_receivers *forward_to);
// Of a rule whose identity comes too late, once all plans are made.
void judge_told_first(struct faults *faults, const struct policy *policy,
    const struct written_rule *rule);
// Of rules that those before them leave nothing to match, or that are called
// like another.
void judge_shadows(struct faults *faults, const struct configuration *all);
// Of settings of TLS in a block that switches TLS off.
void judge_idle(struct faults *faults, const struct layer *layer);
// Of late rules whose demands are no more than what holds without them, or
// whose conditions no sender can come to.
void judge_demands(struct faults *faults, const struct policy *policy);
// Whether a list that a setting holds names listeners that there are.
void judge_listener_names(struct faults *faults,
    const struct configuration *all, const char *setting,
    const struct text_list *names, struct origin at);
// Of a rule, and of a listener, by themselves.
void judge_rule(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule);
void judge_listener(
    struct faults *faults, const struct written_listener *listener);
// Of its default-forward-to, once its plans are made.
void judge_default(struct faults *faults, const struct listener *listener);
// Of everything else.
void judge_process(struct faults *faults, const struct configuration *all);

#endif
