// SPDX-License-Identifier: ISC
//
// Rules that those before them leave nothing to match, one alone or several
// together, and rules that are called like another.

#include "policy/compile.h"
#include "policy/coverage.h"
#include "policy/reach_index.h"

#include <stdlib.h>
#include <string.h>

#define ERROR(at, ...)   faults_add(faults, FAULT_ERROR, at, __VA_ARGS__)
#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

// A rule in question, and those before it that it is compared with.
struct shadow {
	const struct configuration *all;
	const struct reach *reaches; // of all
	size_t number;
	const size_t *others;
	size_t count;
};

static bool
by_one(struct faults *faults, const struct shadow *shadow)
{
	const struct reach *own = &shadow->reaches[shadow->number];
	const struct written_rule *rules = shadow->all->rules;
	size_t first = shadow->number;

	for (size_t i = 0; i < shadow->count; i++)
		if (shadow->others[i] < first &&
		    reach_covers(&shadow->reaches[shadow->others[i]], own))
			first = shadow->others[i];
	if (first == shadow->number)
		return false;
	const char *name = rules[first].own.values.name;

	ERROR(rules[shadow->number].at,
	    "rule: can never match, for the rule%s%s of line %u matches "
	    "whatever it would; put it before that one, or remove it",
	    name != NULL ? " " : "", name != NULL ? name : "",
	    rules[first].at.line);
	return true;
}

static bool
overlaps(const struct network_list *joined, const struct network *network)
{
	size_t first = networks_first(joined, network);

	return networks_hold(joined, network) ||
	       (first < joined->count &&
		   network_covers(network, &joined->items[first]));
}

// The networks of those that differ from the rule in them alone, as far as
// they take something from it: how many, into items where that is not NULL.
static size_t
pile_up(const struct shadow *shadow, size_t row, struct network *items)
{
	const struct reach *own = &shadow->reaches[shadow->number];
	const struct network_list *networks = reach_networks(own, row);
	size_t count = 0;

	for (size_t i = 0; i < shadow->count; i++) {
		const struct reach *other = &shadow->reaches[shadow->others[i]];
		const struct network_list *theirs = reach_networks(other, row);

		if (!reach_has(other, row) ||
		    !reach_covers_but(other, own, row))
			continue;
		for (size_t j = 0; j < theirs->count; j++) {
			if (!overlaps(networks, &theirs->items[j]))
				continue;
			if (items != NULL)
				items[count] = theirs->items[j];
			count++;
		}
	}
	return count;
}

static bool
by_several(struct faults *faults, const struct shadow *shadow, size_t row)
{
	const struct network_list *own =
	    reach_networks(&shadow->reaches[shadow->number], row);
	struct arena arena = {.pieces = NULL};
	size_t count = own->count > 0 ? pile_up(shadow, row, NULL) : 0;
	struct network *items = arena_take(&arena, count, sizeof *items);
	bool shadowed = false;

	if (items != NULL) {
		struct network_list pile = {items, pile_up(shadow, row, items)};

		pile = networks_join(&arena, &pile);
		shadowed = pile.count > 0 && networks_hold_all(&pile, own);
	}
	arena_free(&arena);
	if (shadowed)
		ERROR(shadow->all->rules[shadow->number].at,
		    "rule: can never match, for rules before it together "
		    "match whatever it would; put it before them, or remove "
		    "it");
	return shadowed;
}

static void
judge_reaches(
    struct faults *faults, const struct configuration *all, struct arena *arena)
{
	struct reach *reaches =
	    arena_take(arena, all->rule_count, sizeof *reaches);
	struct reach_index *index;

	for (size_t i = 0; reaches != NULL && i < all->rule_count; i++)
		reach_of(&reaches[i], &all->rules[i].own, arena);
	index = arena->failed || reaches == NULL
		    ? NULL
		    : reach_index_new(arena, reaches, all->rule_count);
	for (size_t i = 0; index != NULL && i < all->rule_count; i++) {
		struct shadow shadow = {
		    .all = all, .reaches = reaches, .number = i};

		shadow.count = reach_index_find(index, i, &shadow.others);
		if (!by_one(faults, &shadow) &&
		    !by_several(faults, &shadow, RULE_AT_client))
			by_several(faults, &shadow, RULE_AT_destination);
	}
}

static const char *
name_of(const struct written_rule *rule)
{
	return rule->own.values.name;
}

static int
compare_names(const void *one, const void *other)
{
	const struct written_rule *const *a = one, *const *b = other;
	int order = strcmp(name_of(*a), name_of(*b));

	return order != 0 ? order : *a < *b ? -1 : 1;
}

// The log tells rules by their names.
static void
judge_names(
    struct faults *faults, const struct configuration *all, struct arena *arena)
{
	const struct written_rule **named =
	    arena_take(arena, all->rule_count, sizeof(struct written_rule *));
	size_t count = 0, first = 0;

	for (size_t i = 0; named != NULL && i < all->rule_count; i++)
		if (name_of(&all->rules[i]) != NULL)
			named[count++] = &all->rules[i];
	if (count > 0)
		qsort(
		    named, count, sizeof(struct written_rule *), compare_names);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(name_of(named[first]), name_of(named[i])) != 0) {
			first = i;
			continue;
		}
		WARNING(named[i]->own.origins[RULE_AT_name],
		    "rule.name: %s is also the name of the rule of line %u, "
		    "and the log could not tell them apart",
		    name_of(named[i]), named[first]->at.line);
	}
}

void
judge_shadows(struct faults *faults, const struct configuration *all)
{
	struct arena arena = {.pieces = NULL};

	judge_names(faults, all, &arena);
	judge_reaches(faults, all, &arena);
	arena_free(&arena);
}
