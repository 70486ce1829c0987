// SPDX-License-Identifier: ISC
//
// That looking at a few rules finds what looking at all of them would, and
// that they are few.

#include "unit.h"

#include "policy/reach_index.h"

#include <stdio.h>
#include <string.h>

enum { RULES = 48, MANY = 20000, ROUNDS = 400 };

static struct arena arena;

static void
set(struct rule_layer *rule, size_t row)
{
	rule->origins[row].file = "a.conf";
}

static void
set_network(
    struct rule_layer *rule, size_t row, const char *const *texts, size_t count)
{
	struct network *items = arena_take(&arena, count, sizeof *items);
	struct network_list list = {items, count};

	for (size_t i = 0; i < count; i++)
		assert_true(network_parse(&items[i], texts[i], NULL));
	if (row == RULE_AT_client)
		rule->values.client = list;
	else
		rule->values.destination = list;
	set(rule, row);
}

static void
set_text(
    struct rule_layer *rule, size_t row, const char *const *texts, size_t count)
{
	const char **items = arena_take(&arena, count, sizeof *items);
	struct text_list list = {items, count};

	for (size_t i = 0; i < count; i++)
		items[i] = texts[i];
	if (row == RULE_AT_helo)
		rule->values.helo = list;
	else
		rule->values.rcpt_to = list;
	set(rule, row);
}

// The same numbers in every run.
static unsigned
below(unsigned bound)
{
	static uint64_t last = 1;

	last = last * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(last >> 33) % bound;
}

static void
make_any(struct rule_layer *rule)
{
	static const char *const networks[] = {"0.0.0.0/0", "::/0", "0.0.0.0/1",
	    "128.0.0.0/1", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9",
	    "10.1.0.0/16", "10.1.2.3", "2001:db8::/32", "2001:db8::1"};
	static const char *const patterns[] = {"*", "a", "A", "a*", "*a", "*.b",
	    "a.b", "x.a.b", "*.a.b", "a*b", "*a*", "xa.b"};
	const char *some[2];

	*rule = (struct rule_layer){.values.name = NULL};
	for (size_t row = 0; row < RULE_ROWS; row++) {
		unsigned count = 1 + below(2);
		bool networked =
		    row == RULE_AT_client || row == RULE_AT_destination;

		if ((!networked && row != RULE_AT_helo &&
			row != RULE_AT_rcpt_to) ||
		    below(2) == 0)
			continue;
		for (unsigned i = 0; i < count; i++)
			some[i] = networked ? networks[below(ROWS(networks))]
					    : patterns[below(ROWS(patterns))];
		if (networked)
			set_network(rule, row, some, count);
		else
			set_text(rule, row, some, count);
	}
	if (below(4) == 0) {
		rule->values.sender_bits = below(256);
		set(rule, RULE_AT_sender_bits);
	}
}

// Whether the one takes something from the other by networks alone.
static bool
takes_from(const struct reach *one, const struct reach *other)
{
	static const size_t rows[] = {RULE_AT_client, RULE_AT_destination};

	if (reach_covers(one, other))
		return true;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (reach_has(one, rows[i]) &&
		    reach_covers_but(one, other, rows[i]) &&
		    networks_overlap(reach_networks(one, rows[i]),
			reach_networks(other, rows[i])))
			return true;
	return false;
}

static void
none_is_overlooked(void **state)
{
	static struct rule_layer rules[RULES];
	struct reach reaches[RULES];
	size_t taken = 0, covered = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < RULES; i++) {
			make_any(&rules[i]);
			reach_of(&reaches[i], &rules[i], &arena);
		}
		struct reach_index *index =
		    reach_index_new(&arena, reaches, RULES);

		assert_non_null(index);
		for (size_t i = 0; i < RULES; i++) {
			bool is_found[RULES] = {false};
			const size_t *found;
			size_t count = reach_index_find(index, i, &found);

			for (size_t j = 0; j < count; j++) {
				assert_true(found[j] < i);
				assert_false(is_found[found[j]]);
				is_found[found[j]] = true;
			}
			for (size_t j = 0; j < i; j++) {
				if (!takes_from(&reaches[j], &reaches[i]))
					continue;
				if (!is_found[j])
					fail_msg("round %u: rule %zu does not "
						 "find rule %zu",
					    round, i, j);
				taken++;
				covered +=
				    reach_covers(&reaches[j], &reaches[i]);
			}
		}
		arena_free(&arena);
		arena = (struct arena){.pieces = NULL};
	}
	assert_true(taken > covered && covered > ROUNDS);
}

static void
many_need_not_be_compared(void **state)
{
	static const char *const around[][2] = {{"", ".example"},
	    {"*.d", ".example"}, {"*@d", ".example"}, {"u", "@example.com"},
	    {"u", ".*"}};
	static const char *const everywhere[] = {"11.0.0.0/8"},
				 *const everyone[] = {"*.example.com"};
	static struct rule_layer rules[MANY];
	static struct reach reaches[MANY];
	static char texts[MANY][40];
	const size_t *found;
	size_t all = 0;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		const char *const *form = around[i / 2 % ROWS(around)];
		const char *text = texts[i];

		rules[i] = (struct rule_layer){.values.name = NULL};
		if (i % 2 == 0) { // alike in HELO
			snprintf(texts[i], sizeof texts[i], "10.%u.%u.0/24",
			    i / 512, i / 2 % 256);
			set_network(&rules[i], RULE_AT_client, &text, 1);
			set_text(&rules[i], RULE_AT_helo, everyone, 1);
		} else { // alike in the client
			snprintf(texts[i], sizeof texts[i], "%s%u%s", form[0],
			    i, form[1]);
			set_text(&rules[i], RULE_AT_rcpt_to, &text, 1);
			set_network(&rules[i], RULE_AT_client, everywhere, 1);
		}
		reach_of(&reaches[i], &rules[i], &arena);
	}
	struct reach_index *index = reach_index_new(&arena, reaches, MANY);

	assert_non_null(index);
	for (size_t i = 0; i < MANY; i++)
		all += reach_index_find(index, i, &found);
	if (all > MANY)
		fail_msg("%zu comparisons", all);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(none_is_overlooked),
	    cmocka_unit_test(many_need_not_be_compared),
	};

	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
