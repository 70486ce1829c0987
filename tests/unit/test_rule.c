// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"
#include "policy/rule.h"

static void
text_fits_its_patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"*", "", true},
	    {"*", "anything", true},
	    {"a", "A", true},
	    {"*.example.com", "mail.EXAMPLE.com", true},
	    {"*.example.com", "example.com", false},
	    {"*.example.com", "mail.example.com.evil.org", false},
	    {"*@example.com", "a@b@example.com", true},
	    {"a*b*c", "abc", true},
	    {"a*b*c", "aXbYbZc", true},
	    {"a*b*c", "aXbYbZ", false},
	    {"*ab", "aab", true},
	    {"*aab*", "aaaab", true},
	    {"**", "", true},
	    {"a**", "a", true},
	    {"a*", "ba", false},
	    {"?", "a", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (pattern_fits(rows[i].pattern, rows[i].text) != rows[i].fits)
			fail_msg("%s %s", rows[i].pattern, rows[i].text);
}

// Many stars over a long text take no noticeable time.
static void
no_pattern_is_slow(void **state)
{
	char text[20000];

	(void)state;
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	assert_false(pattern_fits("*a*a*a*a*a*a*a*b", text));
}

// The rules that the rows below are tried on, by name.
static const char rules[] =
    "listener = {\n"
    "  in = { address = \"127.0.0.1:1\" forward-to = \"a.example\" clients "
    "= [ \"0.0.0.0/0\", \"::/0\" ] }\n"
    "  out = { address = \"127.0.0.1:2\" forward-to = \"a.example\" }\n"
    "}\n"
    "rules = (\n"
    "{ name = \"guest\" client = \"10.66.0.0/16\" action = \"refuse\" },\n"
    "{ name = \"v6\" client = [ \"2001:db8::/32\", \"fd00::/8\" ] },\n"
    "{ name = \"out-lab\" listener = \"out\" client = \"10.0.0.0/8\" },\n"
    "{ name = \"helo\" helo = [ \"printer*\", \"scanner\" ] },\n"
    "{ name = \"ssl3\" sender-protocol = \"ssl3\" action = \"refuse\" },\n"
    "{ name = \"weak\" sender-bits = 56 mail-from = \"*@bank.example\"\n"
    "  action = \"refuse\" },\n"
    "{ name = \"cert\" client-name = \"*.corp.example\" helo = \"c\"\n"
    "  action = \"refuse\" },\n"
    "{ name = \"null\" mail-from = \"<>\" rcpt-to = \"list@*\"\n"
    "  action = \"refuse\" },\n"
    "{ name = \"lab\" client = \"10.0.0.0/8\" }\n"
    ")\n";

struct session {
	const char *client, *helo;
	size_t listener; // 0: in, 1: out
	int protocol;    // -1: not known
	unsigned bits;
	const char *certified, *mail_from, *rcpt_to;
	const char *rule; // that the verdict names
	bool refused;
};

static void
session_falls_under_its_rule(
    const struct policy *policy, const struct session *row)
{
	struct policy_facts facts = {.listener = row->listener,
	    .helo = row->helo,
	    .sender_known = row->protocol >= 0,
	    .sender_protocol = row->protocol > 0 ? (uint16_t)row->protocol : 0,
	    .sender_bits = row->bits,
	    .client_names = {&row->certified, row->certified != NULL},
	    .mail_from = row->mail_from,
	    .rcpt_to = row->rcpt_to};
	struct policy_verdict verdict;

	if (row->client != NULL)
		facts.client = address_of(row->client);
	facts.sender_settings = policy_listener(policy, row->listener)->sender;
	policy_decide(policy, &facts, &verdict);
	if (strcmp(verdict.rule, row->rule) != 0 ||
	    (verdict.refusal == POLICY_REFUSED) != row->refused)
		fail_msg("%s falls under %s", row->rule, verdict.rule);
	if (row->refused)
		assert_string_equal(
		    verdict.reply, "554 5.7.1 not accepted here");
}

static void
each_session_falls_under_its_rule(void **state)
{
	static const struct session rows[] = {
	    {"192.0.2.1", NULL, 0, -1, 0, NULL, NULL, NULL, "default", false},
	    {NULL, NULL, 0, -1, 0, NULL, NULL, NULL, "default", false},
	    {"10.66.3.4", NULL, 0, -1, 0, NULL, NULL, NULL, "guest", true},
	    {"::ffff:10.66.3.4", NULL, 1, -1, 0, NULL, NULL, NULL, "guest",
		true},
	    {"fd12::1", NULL, 0, -1, 0, NULL, NULL, NULL, "v6", false},
	    {"10.1.1.1", NULL, 0, -1, 0, NULL, NULL, NULL, "lab", false},
	    {"10.1.1.1", NULL, 1, -1, 0, NULL, NULL, NULL, "out-lab", false},
	    {"10.1.1.1", "PRINTER7", 0, -1, 0, NULL, NULL, NULL, "helo", false},
	    {"10.1.1.1", "PRINTER7", 1, -1, 0, NULL, NULL, NULL, "out-lab",
		false},
	    {"10.1.1.1", "scanner2", 0, -1, 0, NULL, NULL, NULL, "lab", false},
	    {"10.1.1.1", "x", 0, PROTOCOL_SSL3, 40, NULL, NULL, NULL, "ssl3",
		true},
	    {"10.1.1.1", "x", 0, PROTOCOL_TLS1_0, 40, NULL, NULL, NULL, "lab",
		false},
	    // A rule before it that matches keeps a late one from being read.
	    {"fd12::1", "x", 0, PROTOCOL_SSL3, 40, NULL, NULL, NULL, "v6",
		false},
	    {"10.1.1.1", "x", 0, PROTOCOL_TLS1_0, 56, NULL, "a@Bank.example",
		NULL, "weak", true},
	    {"10.1.1.1", "x", 0, PROTOCOL_TLS1_0, 112, NULL, "a@bank.example",
		NULL, "lab", false},
	    // Plaintext is weaker than anything.
	    {"10.1.1.1", "x", 0, 0, 0, NULL, "a@bank.example", NULL, "weak",
		true},
	    {"10.1.1.1", "x", 0, -1, 0, NULL, "a@bank.example", NULL, "lab",
		false},
	    {"10.1.1.1", "c", 0, PROTOCOL_TLS1_3, 256, "pc1.corp.example", NULL,
		NULL, "cert", true},
	    {"10.1.1.1", "d", 0, PROTOCOL_TLS1_3, 256, "pc1.corp.example", NULL,
		NULL, "lab", false},
	    {"10.1.1.1", "c", 0, PROTOCOL_TLS1_3, 256, NULL, NULL, NULL, "lab",
		false},
	    {"10.1.1.1", "x", 0, PROTOCOL_TLS1_3, 256, NULL, "", NULL, "lab",
		false},
	    {"10.1.1.1", "x", 0, PROTOCOL_TLS1_3, 256, NULL, "",
		"list@corp.example", "null", true},
	    {"10.1.1.1", "x", 0, PROTOCOL_TLS1_3, 256, NULL, "a@b",
		"list@corp.example", "lab", false},
	};
	struct policy *policy = policy_of(rules);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		session_falls_under_its_rule(policy, &rows[i]);
	policy_release(&policy);
}

static void
questions_are_asked_where_a_rule_needs_them(void **state)
{
	static const struct {
		const char *condition;
		bool asks[POLICY_ASKS_RCPT + 1];
	} rows[] = {
	    {"client = \"::1\"", {false, false, false, false}},
	    {"helo = \"a\"", {true, false, false, false}},
	    {"sender-bits = 56", {false, true, false, false}},
	    {"sender-protocol = \"none\"", {false, true, false, false}},
	    {"client-name = \"a\"", {false, true, false, false}},
	    {"mail-from = \"a\"", {false, false, true, false}},
	    {"rcpt-to = \"a\" helo = \"b\"", {true, false, false, true}},
	    {"rcpt-to = \"a\" listener = \"other\"",
		{false, false, false, false}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[1024];
		struct policy *policy;

		snprintf(text, sizeof text,
		    "listener = { in = { address = \"127.0.0.1:1\" forward-to "
		    "= \"a.example\" }\n other = { address = \"127.0.0.1:2\" "
		    "forward-to = \"a.example\" } }\nrules = ( { %s } )\n",
		    rows[i].condition);
		policy = policy_of(text);
		for (int q = POLICY_ASKS_HELO; q <= POLICY_ASKS_RCPT; q++)
			if (policy_asks(policy, 0, (enum policy_question)q) !=
			    rows[i].asks[q])
				fail_msg("%s %d", rows[i].condition, q);
		policy_release(&policy);
	}
}

// Each rule that is looked at says why it holds or does not.
static void
the_explanation_names_what_decides(void **state)
{
	struct policy *policy = policy_of(rules);
	struct policy_facts facts = {
	    .client = address_of("10.1.1.1"), .helo = "scanner2"};
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	static const char wanted[] =
	    "listener \"in\" (a.conf:2)\n"
	    "rule \"guest\" (a.conf:6): does not match: client = [ "
	    "\"10.66.0.0/16\" ] (a.conf:6)\n"
	    "rule \"v6\" (a.conf:7): does not match: client = [ "
	    "\"2001:db8::/32\", \"fd00::/8\" ] (a.conf:7)\n"
	    "rule \"helo\" (a.conf:9): does not match: helo = [ "
	    "\"printer*\", \"scanner\" ] (a.conf:9)\n"
	    "rule \"ssl3\" (a.conf:10): is not decided yet: sender-protocol "
	    "= [ \"ssl3\" ] (a.conf:10)\n"
	    "rule \"weak\" (a.conf:11): is not decided yet: sender-bits = 56 "
	    "(a.conf:11)\n"
	    "rule \"cert\" (a.conf:13): does not match: helo = [ \"c\" ] "
	    "(a.conf:13)\n"
	    "rule \"null\" (a.conf:15): is not decided yet: mail-from = [ "
	    "\"\" ] (a.conf:15)\n"
	    "rule \"lab\" (a.conf:17): matches\n"
	    "\n"
	    "forward-to \"a.example:25\" (a.conf:2)\n"
	    "\n"
	    "sender\n"
	    "    tls = \"offer\"                                 # default\n";

	(void)state;
	policy_explain(policy, &facts, memory);
	fclose(memory);
	if (strncmp(text, wanted, strlen(wanted)) != 0)
		fail_msg("%s", text);
	free(text);
	policy_release(&policy);
}

// A rule for a name is found when the receiver has been dialled.
static void
the_explanation_dials_before_the_hello(void **state)
{
	struct policy *policy =
	    policy_of("listener = { in = { address = \"127.0.0.1:25\" "
		      "forward-to = \"a.example:25\" } }\n"
		      "rules = (\n"
		      "{ name = \"late\" helo = \"x\" "
		      "receiver = { identity = \"xclient\" } },\n"
		      "{ name = \"first\" client = \"127.0.0.1\" "
		      "forward-to = \"b.example:25\" "
		      "receiver = { identity = \"proxy-v2\" } } )\n");
	struct policy_facts facts = {.helo = "x"};
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	(void)state;
	assert_true(address_parse(&facts.client, "127.0.0.1"));
	policy_explain(policy, &facts, memory);
	fclose(memory);
	assert_non_null(strstr(text, "rule \"late\" (a.conf:3): matches\n"
				     "the receiver is dialled before "));
	assert_non_null(
	    strstr(text, "\nforward-to \"b.example:25\" (a.conf:4)\n"));
	assert_non_null(strstr(text, " identity = \"proxy-v2\" "));
	free(text);
	policy_release(&policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_fits_its_patterns),
	    cmocka_unit_test(no_pattern_is_slow),
	    cmocka_unit_test(each_session_falls_under_its_rule),
	    cmocka_unit_test(questions_are_asked_where_a_rule_needs_them),
	    cmocka_unit_test(the_explanation_names_what_decides),
	    cmocka_unit_test(the_explanation_dials_before_the_hello),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
