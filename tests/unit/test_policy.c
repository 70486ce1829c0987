// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"

static struct policy_verdict
verdict_of(const struct policy *policy, const struct policy_facts *facts)
{
	struct policy_verdict verdict;

	policy_decide(policy, facts, &verdict);
	return verdict;
}

// The first rule that matches, then the listener, then the top level, then
// what is built in.
static void
a_setting_is_looked_for_from_the_rule_down(void **state)
{
	struct policy *policy = policy_of(
	    "sender = { min-bits = 128 min-protocol = \"tls1.0\" tls = "
	    "\"require\" }\n"
	    "receiver = { min-bits = 256 helo-name = \"top.example\" }\n"
	    "listener = { in = {\n"
	    "  address = \"127.0.0.1:1\" forward-to = \"a.example:26\"\n"
	    "  sender = { min-bits = 56 min-protocol = \"tls1.1\" }\n"
	    "  receiver = { helo-name = \"in.example\" } } }\n"
	    "rules = ( { client = \"::1\" sender = { min-bits = 40 }\n"
	    "            forward-to = [ \"b.example\", \"[::2]:27\" ] } )\n");
	struct policy_facts facts = {.client = address_of("::1")};
	struct policy_verdict verdict = verdict_of(policy, &facts);

	(void)state;
	assert_string_equal(verdict.rule, "rule 1");
	assert_int_equal(verdict.sender->min_bits, 40);
	assert_int_equal(verdict.sender->min_protocol, PROTOCOL_TLS1_1);
	assert_int_equal(verdict.sender->tls, SENDER_TLS_REQUIRE);
	assert_int_equal(verdict.sender->max_protocol, PROTOCOL_TLS1_3);
	assert_int_equal(verdict.receiver->min_bits, 256);
	assert_string_equal(verdict.receiver->helo_name, "in.example");
	assert_int_equal(verdict.forward_to.count, 2);
	assert_string_equal(verdict.forward_to.items[0].host, "b.example");
	assert_int_equal(verdict.forward_to.items[0].port, 25);
	assert_false(verdict.forward_to.items[0].is_address);
	assert_string_equal(verdict.forward_to.items[1].host, "::2");
	assert_int_equal(verdict.forward_to.items[1].port, 27);
	assert_true(verdict.forward_to.items[1].is_address);
	facts.client = address_of("127.0.0.1");
	verdict = verdict_of(policy, &facts);
	assert_string_equal(verdict.rule, "default");
	assert_int_equal(verdict.sender->min_bits, 56);
	assert_ptr_equal(verdict.sender, policy_listener(policy, 0)->sender);
	assert_int_equal(verdict.forward_to.count, 1);
	policy_release(&policy);
}

static void
the_built_in_defaults_are_safe(void **state)
{
	struct policy *policy = policy_of(LISTENER_WITH(""));
	const struct policy_listener *listener = policy_listener(policy, 0);

	(void)state;
	assert_int_equal(listener->sender->tls, SENDER_TLS_OFFER);
	assert_int_equal(listener->sender->min_protocol, PROTOCOL_TLS1_2);
	assert_int_equal(listener->sender->min_bits, 112);
	assert_int_equal(listener->receiver->tls, LEVEL_ENCRYPT);
	assert_int_equal(listener->receiver->min_protocol, PROTOCOL_TLS1_2);
	assert_int_equal(listener->receiver->min_bits, 128);
	assert_false(listener->admits_legacy);
	assert_int_equal(policy_timeouts(policy)->end_of_content, 900000);
	assert_int_equal(policy_limits(policy)->memory, 256 << 20);
	assert_int_equal(policy_log(policy)->level, LOG_LEVEL_INFO);
	assert_null(policy_process(policy)->user);
	assert_null(policy_metrics(policy)->listen);
	policy_release(&policy);
}

static void
only_clients_are_admitted(void **state)
{
	static const struct {
		const char *clients, *address;
		bool admitted;
	} rows[] = {
	    {"", "127.0.0.1", true},
	    {"", "::1", true},
	    {"", "192.0.2.1", false},
	    {"clients = [ \"192.0.2.0/24\", \"2001:db8::/32\" ]", "192.0.2.255",
		true},
	    {"clients = [ \"192.0.2.0/24\", \"2001:db8::/32\" ]",
		"::ffff:192.0.2.255", true},
	    {"clients = [ \"192.0.2.0/24\", \"2001:db8::/32\" ]", "2001:db8::9",
		true},
	    {"clients = [ \"192.0.2.0/24\", \"2001:db8::/32\" ]", "192.0.3.1",
		false},
	    {"clients = [ \"192.0.2.0/24\" ]", "127.0.0.1", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[512];
		struct policy *policy;
		struct address address = address_of(rows[i].address);

		snprintf(text, sizeof text,
		    "listener = { in = { address = \"127.0.0.1:1\" forward-to "
		    "= \"a.example\" %s } }\n",
		    rows[i].clients);
		policy = policy_of(text);
		assert_int_equal(
		    policy_admits(policy, 0, &address), rows[i].admitted);
		policy_release(&policy);
	}
}

static void
rules_may_admit_the_legacy_engine(void **state)
{
	static const struct {
		const char *text;
		bool legacy;
	} rows[] = {
	    {LISTENER_WITH("sender = { min-protocol = \"tls1.1\" }"), true},
	    {LISTENER_WITH("sender = { min-bits = 40 }"), false},
	    {LISTENER_WITH("") "rules = ( { client = \"::1\" sender = { "
			       "min-protocol = \"ssl3\" } } )",
		true},
	    {LISTENER_WITH("") "rules = ( { client = \"::1\" sender = { "
			       "min-protocol = \"ssl3\" tls = \"none\" } } )",
		false},
	    {LISTENER_WITH(
		 "") "rules = ( { client = \"::1\" receiver = { min-protocol = "
		     "\"ssl3\" } } )",
		false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct policy *policy = policy_of(rows[i].text);

		assert_int_equal(
		    policy_listener(policy, 0)->admits_legacy, rows[i].legacy);
		policy_release(&policy);
	}
}

// Whoever prepares for sessions meets each of their settings once.
static void
all_settings_can_be_visited(void **state)
{
	struct policy *policy = policy_of(LISTENER_WITH(
	    "") "rules = ( { client = \"10.0.0.0/8\" action = \"refuse\" },\n"
		"{ client = \"::1\" sender = { min-bits = 40 } },\n"
		"{ client = \"::2\" receiver = { min-bits = 256 } } )\n");

	(void)state;
	assert_ptr_equal(policy_sender_settings(policy, 0, 0),
	    policy_listener(policy, 0)->sender);
	assert_int_equal(policy_sender_settings(policy, 0, 1)->min_bits, 40);
	assert_null(policy_sender_settings(policy, 0, 2));
	assert_int_equal(policy_receiver_settings(policy, 0, 0)->min_bits, 128);
	assert_int_equal(policy_receiver_settings(policy, 0, 1)->min_bits, 256);
	assert_null(policy_receiver_settings(policy, 0, 2));
	policy_release(&policy);
}

struct demand {
	const char *settings; // of a rule for a@b.example
	unsigned sender_protocol, sender_bits;
	unsigned receiver_protocol, receiver_bits;
	enum level level;
	enum policy_refusal refusal;
};

// What is known late can demand more of legs that are up, and never less.
static void
late_rules_demand(void **state)
{
	enum {
		TLS10 = PROTOCOL_TLS1_0,
		TLS12 = PROTOCOL_TLS1_2,
		TLS13 = PROTOCOL_TLS1_3
	};
	static const struct demand rows[] = {
	    {"sender = { tls = \"require\" }", 0, 0, TLS13, 256, LEVEL_ENCRYPT,
		POLICY_SENDER_PLAIN},
	    {"sender = { tls = \"require\" }", TLS12, 128, TLS13, 256,
		LEVEL_ENCRYPT, POLICY_ACCEPTED},
	    {"sender = { min-protocol = \"tls1.2\" }", TLS10, 128, TLS13, 256,
		LEVEL_ENCRYPT, POLICY_SENDER_WEAK},
	    {"sender = { min-bits = 256 }", TLS12, 128, TLS13, 256,
		LEVEL_ENCRYPT, POLICY_SENDER_WEAK},
	    {"sender = { min-bits = 256 }", TLS12, 256, TLS13, 256,
		LEVEL_ENCRYPT, POLICY_ACCEPTED},
	    {"receiver = { tls = \"verify\" }", TLS12, 128, TLS13, 256,
		LEVEL_ENCRYPT, POLICY_RECEIVER_WEAK},
	    {"receiver = { tls = \"verify\" }", TLS12, 128, TLS13, 256,
		LEVEL_SECURE, POLICY_ACCEPTED},
	    {"receiver = { tls = \"secure\" }", TLS12, 128, TLS13, 256,
		LEVEL_VERIFY, POLICY_RECEIVER_WEAK},
	    {"receiver = { min-protocol = \"tls1.3\" }", TLS12, 128, TLS12, 256,
		LEVEL_ENCRYPT, POLICY_RECEIVER_WEAK},
	    {"receiver = { min-bits = 256 }", TLS12, 128, TLS13, 128,
		LEVEL_ENCRYPT, POLICY_RECEIVER_WEAK},
	    {"receiver = { tls = \"may\" }", TLS12, 128, 0, 0, LEVEL_NONE,
		POLICY_ACCEPTED},
	    {"receiver = { tls = \"encrypt\" }", TLS12, 128, 0, 0, LEVEL_NONE,
		POLICY_RECEIVER_WEAK},
	    {"", TLS12, 128, TLS13, 256, LEVEL_ENCRYPT, POLICY_ACCEPTED},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct demand *row = &rows[i];
		char text[512];
		struct policy *policy;
		struct policy_facts facts = {.sender_known = true,
		    .sender_protocol = (uint16_t)row->sender_protocol,
		    .sender_bits = row->sender_bits,
		    .receiver_known = true,
		    .receiver_protocol = (uint16_t)row->receiver_protocol,
		    .receiver_bits = row->receiver_bits,
		    .receiver_level = row->level};
		struct policy_verdict verdict;

		snprintf(text, sizeof text,
		    LISTENER_WITH(
			"sender = { min-protocol = \"tls1.0\" } "
			"receiver = { tls = \"may\" }") "rules = ( { mail-from "
							"= \"a@b.example\" %s "
							"} )\n",
		    row->settings);
		policy = policy_of(text);
		facts.sender_settings = policy_listener(policy, 0)->sender;
		facts.receiver_settings = policy_listener(policy, 0)->receiver;
		assert_int_equal(
		    verdict_of(policy, &facts).refusal, POLICY_ACCEPTED);
		facts.mail_from = "a@b.example";
		verdict = verdict_of(policy, &facts);
		if (verdict.refusal != row->refusal)
			fail_msg("row %zu: %d", i, (int)verdict.refusal);
		// The settings in use stay those of the first early match.
		assert_ptr_equal(
		    verdict.sender, policy_listener(policy, 0)->sender);
		assert_ptr_equal(
		    verdict.receiver, policy_listener(policy, 0)->receiver);
		policy_release(&policy);
	}
}

// A second EHLO under another name does not carry a session past what that
// name must meet.
static void
another_name_does_not_lower_the_demand(void **state)
{
	struct policy *policy = policy_of(LISTENER_WITH(
	    "sender = { min-protocol = \"tls1.0\" }") "rules = ( { helo = "
						      "\"strict\" sender = { "
						      "min-protocol = "
						      "\"tls1.3\" } } )\n");
	struct policy_facts facts = {.helo = "lax",
	    .sender_known = true,
	    .sender_protocol = PROTOCOL_TLS1_0,
	    .sender_bits = 128,
	    .sender_settings = policy_listener(policy, 0)->sender};

	(void)state;
	assert_int_equal(verdict_of(policy, &facts).refusal, POLICY_ACCEPTED);
	facts.helo = "strict";
	assert_int_equal(
	    verdict_of(policy, &facts).refusal, POLICY_SENDER_WEAK);
	policy_release(&policy);
}

// A refusal stands, whatever a rule that matches later says.
static void
a_late_rule_takes_no_refusal_back(void **state)
{
	struct policy *policy = policy_of(
	    LISTENER_WITH("") "rules = ( { mail-from = \"*\" },\n"
			      "{ client = \"::1\" action = \"refuse\" reply = "
			      "\"450 4.7.1 not today\" } )\n");
	struct policy_facts facts = {
	    .client = address_of("::1"), .mail_from = "a"};
	struct policy_verdict verdict = verdict_of(policy, &facts);

	(void)state;
	assert_int_equal(verdict.refusal, POLICY_REFUSED);
	assert_string_equal(verdict.reply, "450 4.7.1 not today");
	assert_string_equal(verdict.rule, "rule 2");
	policy_release(&policy);
}

static void
the_last_holder_frees(void **state)
{
	struct policy *policy = policy_of(LISTENER_WITH(""));
	struct policy *held = policy_hold(policy);
	struct policy *none = NULL;

	(void)state;
	policy_release(&policy);
	assert_null(policy);
	assert_int_equal(policy_listener_count(held), 1);
	policy_release(&held);
	policy_release(&none);
}

// Neither SNI nor a certificate has the dot of the root.
static void
a_dot_behind_a_name_is_left_out(void **state)
{
	struct policy *policy =
	    policy_of("listener = { in = { address = \"127.0.0.1:2525\" "
		      "forward-to = \"mail.example.com.:26\" } }\n");
	const struct policy_listener *listener = policy_listener(policy, 0);

	(void)state;
	assert_string_equal(
	    listener->forward_to.items[0].host, "mail.example.com");
	assert_int_equal(listener->forward_to.items[0].port, 26);
	policy_release(&policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_setting_is_looked_for_from_the_rule_down),
	    cmocka_unit_test(the_built_in_defaults_are_safe),
	    cmocka_unit_test(only_clients_are_admitted),
	    cmocka_unit_test(rules_may_admit_the_legacy_engine),
	    cmocka_unit_test(all_settings_can_be_visited),
	    cmocka_unit_test(late_rules_demand),
	    cmocka_unit_test(another_name_does_not_lower_the_demand),
	    cmocka_unit_test(a_late_rule_takes_no_refusal_back),
	    cmocka_unit_test(a_dot_behind_a_name_is_left_out),
	    cmocka_unit_test(the_last_holder_frees),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
