// SPDX-License-Identifier: ISC
//
// Rules that those before them leave nothing to match, one alone or several
// together, and rules that are called like another.

#include "policy/compile.h"
#include "policy/coverage.h"
#include "policy/rule.h"

#include <stdlib.h>
#include <string.h>

#define ERROR(at, ...)   faults_add(faults, FAULT_ERROR, at, __VA_ARGS__)
#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

static bool
by_one(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule)
{
	for (const struct written_rule *other = all->rules; other < rule;
	     other++) {
		if (!rule_covers(&other->own, &rule->own))
			continue;
		ERROR(rule->at,
		    "rule: can never match, for the rule%s%s of line %u "
		    "matches whatever it would; put it before that one, or "
		    "remove it",
		    other->own.values.name != NULL ? " " : "",
		    other->own.values.name != NULL ? other->own.values.name
						   : "",
		    other->at.line);
		return true;
	}
	return false;
}

static const struct network_list *
networks_of(const struct written_rule *rule, size_t row)
{
	return row == RULE_AT_client ? &rule->own.values.client
				     : &rule->own.values.destination;
}

static bool
overlaps(const struct network_list *list, const struct network *network)
{
	for (size_t i = 0; i < list->count; i++)
		if (network_covers(network, &list->items[i]) ||
		    network_covers(&list->items[i], network))
			return true;
	return false;
}

// Networks, as many as there are.
struct pile {
	struct network *items;
	size_t count, room;
};

static bool
pile_add(struct pile *pile, const struct network *network)
{
	if (pile->count == pile->room) {
		size_t room = pile->room == 0 ? 16 : pile->room * 2;
		struct network *more =
		    realloc(pile->items, room * sizeof *more);

		if (more == NULL)
			return false;
		pile->items = more;
		pile->room = room;
	}
	pile->items[pile->count++] = *network;
	return true;
}

// The networks of those earlier rules that differ from this one in them
// alone, as far as they take something from it.
static void
pile_up(struct pile *pile, const struct configuration *all,
    const struct written_rule *rule, size_t row)
{
	const struct network_list *own = networks_of(rule, row);

	for (const struct written_rule *other = all->rules; other < rule;
	     other++) {
		const struct network_list *theirs = networks_of(other, row);

		if (other->own.origins[row].file == NULL ||
		    !rule_covers_but(&other->own, &rule->own, row))
			continue;
		for (size_t i = 0; i < theirs->count; i++)
			if (overlaps(own, &theirs->items[i]) &&
			    !pile_add(pile, &theirs->items[i]))
				return;
	}
}

static bool
by_several(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule, size_t row)
{
	struct pile pile = {.items = NULL};
	bool shadowed;

	if (rule->own.origins[row].file == NULL)
		return false;
	pile_up(&pile, all, rule, row);
	shadowed =
	    pile.count > 0 &&
	    networks_hold_all(&(struct network_list){pile.items, pile.count},
		networks_of(rule, row));
	free(pile.items);
	if (shadowed)
		ERROR(rule->at,
		    "rule: can never match, for rules before it together "
		    "match whatever it would; put it before them, or remove "
		    "it");
	return shadowed;
}

// The log tells rules by their names.
static void
judge_name(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule)
{
	const char *name = rule->own.values.name;

	for (const struct written_rule *other = all->rules;
	     name != NULL && other < rule; other++) {
		if (other->own.values.name == NULL ||
		    strcmp(other->own.values.name, name) != 0)
			continue;
		WARNING(rule->own.origins[RULE_AT_name],
		    "rule.name: %s is also the name of the rule of line %u, "
		    "and the log could not tell them apart",
		    name, other->at.line);
		return;
	}
}

void
judge_shadow(struct faults *faults, const struct configuration *all,
    const struct written_rule *rule)
{
	judge_name(faults, all, rule);
	if (!by_one(faults, all, rule) &&
	    !by_several(faults, all, rule, RULE_AT_client))
		by_several(faults, all, rule, RULE_AT_destination);
}
