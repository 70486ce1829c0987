// SPDX-License-Identifier: ISC
//
// Policies for interception: where mail goes, and what that needs.

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"

// Where a session goes, by where its sender meant to go.
static void
an_original_destination_decides(void **state)
{
	static const char text[] =
	    "listener = { in = { address = \"127.0.0.1:25\" forward-to = "
	    "\"original\" default-forward-to = \"a.example\" },\n"
	    "bare = { address = \"127.0.0.1:26\" forward-to = \"original\" "
	    "}, fixed = { address = \"127.0.0.1:27\" forward-to = "
	    "\"b.example\" } }\n"
	    "rules = ( { name = \"ten\" destination = [ \"10.0.0.0/8\", "
	    "\"2001:db8::/32\" ] receiver = { min-bits = 256 } },\n"
	    "{ name = \"elsewhere\" destination = \"192.0.2.0/24\" "
	    "forward-to = \"c.example\" } )\n";
	static const struct {
		size_t listener;
		const char *destination; // NULL: it was not redirected
		const char *rule;
		const char *host; // NULL: the original
		enum policy_refusal refusal;
	} rows[] = {
	    {0, "10.1.1.1", "ten", NULL, POLICY_ACCEPTED},
	    {0, "2001:db8::1", "ten", NULL, POLICY_ACCEPTED},
	    {0, "11.1.1.1", "default", NULL, POLICY_ACCEPTED},
	    {0, "192.0.2.1", "elsewhere", "c.example", POLICY_ACCEPTED},
	    {0, NULL, "default", "a.example", POLICY_ACCEPTED},
	    {1, "11.1.1.1", "default", NULL, POLICY_ACCEPTED},
	    {1, NULL, "default", NULL, POLICY_NOWHERE},
	    // A listener with a receiver has rules for destinations too.
	    {2, "10.1.1.1", "ten", "b.example", POLICY_ACCEPTED},
	    {2, NULL, "default", "b.example", POLICY_ACCEPTED},
	};
	struct policy *policy = policy_of(text);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct policy_facts facts = {.listener = rows[i].listener,
		    .client = address_of("127.0.0.1")};
		struct policy_verdict verdict;

		if (rows[i].destination != NULL)
			facts.destination = address_of(rows[i].destination);
		policy_decide(policy, &facts, &verdict);
		assert_string_equal(verdict.rule, rows[i].rule);
		assert_int_equal(verdict.refusal, rows[i].refusal);
		if (rows[i].refusal != POLICY_ACCEPTED)
			continue;
		assert_int_equal(
		    verdict.forward_to.original, rows[i].host == NULL);
		if (rows[i].host != NULL)
			assert_string_equal(
			    verdict.forward_to.items[0].host, rows[i].host);
	}
	for (size_t i = 0; i < 3; i++)
		assert_true(policy_listener(policy, i)->intercepts);
	policy_release(&policy);
	policy = policy_of(LISTENER_WITH(""));
	assert_false(policy_listener(policy, 0)->intercepts);
	policy_release(&policy);
}

static void
what_a_policy_needs_of_rights_is_known(void **state)
{
	static const struct {
		const char *text;
		struct policy_needs needs;
	} rows[] = {
	    {LISTENER_WITH(""), {false, false, false}},
	    {LISTENER_WITH("clients = \"::1\"") "rules = ( { client = \"::1\" "
						"receiver = { identity = "
						"\"spoof\" } } )\n",
		{false, true, true}},
	    {LISTENER_WITH("") "rules = ( { destination = \"::1\" } )\n",
		{false, true, false}},
	    {"listener = { in = { address = [ \"127.0.0.1:2525\", "
	     "\"127.0.0.1:25\" ] forward-to = \"original\" } }\n",
		{true, true, false}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct policy *policy = policy_of(rows[i].text);
		struct policy_needs needs;

		policy_needs(policy, &needs);
		assert_int_equal(needs.low_ports, rows[i].needs.low_ports);
		assert_int_equal(
		    needs.foreign_addresses, rows[i].needs.foreign_addresses);
		assert_int_equal(needs.spoofing, rows[i].needs.spoofing);
		policy_release(&policy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_original_destination_decides),
	    cmocka_unit_test(what_a_policy_needs_of_rights_is_known),
	};

	return cmocka_run_group_tests_name(
	    "policy_original", tests, NULL, NULL);
}
