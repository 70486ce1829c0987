// SPDX-License-Identifier: ISC
//
// Which rule a session falls under: the first whose conditions all hold.
// Pure: what was written and what is known in, an answer out.

#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "policy/layer.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

enum rule_answer {
	RULE_HOLDS,
	RULE_FAILS,
	RULE_UNKNOWN // hangs on what is not known yet
};

// Tests the conditions in the order of settings.def and stops at the first
// that does not hold: *row is its row in the scope RULE then (may be NULL).
// listener is the name of the session's listener.
enum rule_answer rule_test(const struct rule_layer *rule,
    const struct policy_facts *facts, const char *listener, size_t *row);

// Whether it can match on the listener of this name.
bool rule_is_for(const struct rule_settings *rule, const char *listener);

// Whether the row of the scope RULE is a condition, and one that is known
// late: when both legs' settings are in use already.
bool rule_is_condition(size_t row);
bool rule_is_late_condition(size_t row);
// Whether the rule has a late condition.
bool rule_is_late(const struct rule_layer *rule);
// Whether one of its conditions needs this.
bool rule_asks(const struct rule_layer *rule, enum policy_question question);

// Whether text fits pattern, in which * stands for anything; case does not
// count.
bool pattern_fits(const char *pattern, const char *text);
// Whether it fits one of them.
bool patterns_fit(const struct text_list *patterns, const char *text);

#endif
