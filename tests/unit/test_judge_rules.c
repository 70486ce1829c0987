// SPDX-License-Identifier: ISC
//
// Rules and blocks that were written for nothing, and names of nobody.

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"

#define TOGETHER                                                               \
	"rule: can never match, for rules before it together match whatever "  \
	"it would; put it before them, or remove it\n"
#define NOT_MORE                                                               \
	": has no effect in this rule, for its conditions are known only "     \
	"when both legs are up; it can demand more then, and this is not "     \
	"more than holds without it\n"

static void
several_rules_can_leave_one_nothing(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = \"10.0.0.0/9\" },\n"
			       "{ client = \"10.128.0.0/9\" },\n"
			       "{ client = [ \"10.1.0.0/16\", \"10.2.0.0/16\" "
			       "] helo = \"a\" } )\n",
		"a.conf:5: rule: can never match, for the rule of line 3 "
		"matches whatever it would; put it before that one, or remove "
		"it\n"},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = \"10.0.0.0/9\" },\n"
			       "{ client = \"10.128.0.0/9\" },\n"
			       "{ client = \"10.0.0.0/8\" } )\n",
		"a.conf:5: " TOGETHER},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = \"10.0.0.0/9\" },\n"
			       "{ client = \"10.128.0.0/9\" helo = \"a\" },\n"
			       "{ client = \"10.0.0.0/8\" helo = \"b\" } )\n",
		""},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = \"10.0.0.0/9\" },\n"
			       "{ client = \"10.128.0.0/9\" helo = \"*\" },\n"
			       "{ client = \"10.0.0.0/8\" helo = \"b\" } )\n",
		"a.conf:5: " TOGETHER},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = [ \"10.0.0.0/9\", \"10.128.0.0/9\" "
			       "] },\n"
			       "{ client = \"10.0.0.0/8\" } )\n",
		"a.conf:4: rule: can never match, for the rule of line 3 "
		"matches whatever it would; put it before that one, or remove "
		"it\n"},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ destination = \"::/1\" },\n"
			       "{ destination = \"8000::/1\" },\n"
			       "{ destination = \"2001:db8::/32\" client = "
			       "\"::1\" },\n"
			       "{ destination = \"::/0\" } )\n",
		"a.conf:5: rule: can never match, for the rule of line 3 "
		"matches whatever it would; put it before that one, or remove "
		"it\n"
		"a.conf:6: " TOGETHER},
	    // Every sender has an address, and not every one a destination.
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = [ \"0.0.0.0/0\", \"::/0\" ] },\n"
			       "{ helo = \"a\" },\n{ } )\n",
		"a.conf:4: rule: can never match, for the rule of line 3 "
		"matches whatever it would; put it before that one, or remove "
		"it\n"
		"a.conf:5: rule: can never match, for the rule of line 3 "
		"matches whatever it would; put it before that one, or remove "
		"it\n"},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = \"0.0.0.0/0\" },\n"
			       "{ client = [ \"::/1\", \"8000::/1\" ] },\n"
			       "{ } )\n",
		"a.conf:5: " TOGETHER},
	    {LISTENER_WITH("") "rules = (\n"
			       "{ client = \"0.0.0.0/0\" },\n{ } )\n",
		""},
	    {LISTENER_WITH(
		 "") "rules = (\n"
		     "{ destination = [ \"0.0.0.0/0\", \"::/0\" ] },\n"
		     "{ } )\n",
		""},
	    {LISTENER_WITH("") "rules = (\n{ name = \"a\" helo = \"a\" },\n"
			       "{ name = \"a\" helo = \"b\" } )\n",
		"a.conf:4: warning: rule.name: a is also the name of the rule "
		"of line 3, and the log could not tell them apart\n"},
	    {LISTENER_WITH("") "rules = ( { listener = [ ] } )\n",
		"a.conf:2: rule.listener: is an empty list, which nothing can "
		"match; leave it out or fill it\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
what_was_written_for_nothing_is_told(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH(
		 "sender = { tls = \"none\" min-bits = 128 }") "receiver = { "
							       "tls = "
							       "\"none\"\n ca "
							       "= \"x\" }\n",
		"a.conf:1: warning: sender.min-bits: has no effect, for tls is "
		"none in the same block\n"
		"a.conf:3: warning: receiver.ca: has no effect, for tls is "
		"none in the same block\n"},
	    // What others of its listeners need stands at the top level.
	    {LISTENER_WITH(
		 "receiver = { tls = \"none\" }") "receiver = { min-bits = 256 "
						  "}\n",
		""},
	    {LISTENER_WITH("") "rules = ( { helo = \"a\" action = \"refuse\"\n"
			       "receiver = { tls = \"may\" } } )\n",
		"a.conf:3: warning: receiver.tls: has no effect in this rule, "
		"for it refuses\n"},
	    // Late demands that are none.
	    {LISTENER_WITH("") "rules = ( { rcpt-to = \"*\"\n"
			       "sender = { tls = \"offer\" min-bits = 112 }\n"
			       "receiver = { tls = \"may\"\n"
			       "min-protocol = \"tls1.2\" } } )\n",
		"a.conf:3: warning: sender.tls" NOT_MORE
		"a.conf:3: warning: sender.min-bits" NOT_MORE
		"a.conf:4: warning: receiver.tls" NOT_MORE
		"a.conf:5: warning: receiver.min-protocol" NOT_MORE},
	    {LISTENER_WITH("") "rules = ( { rcpt-to = \"*\"\n"
			       "sender = { tls = \"require\" min-bits = 128 }\n"
			       "receiver = { tls = \"encrypt\"\n"
			       "min-protocol = \"tls1.3\" } } )\n",
		""},
	    // For whom another rule asks less it is more.
	    {LISTENER_WITH("") "rules = ( { rcpt-to = \"*\"\n"
			       "sender = { min-bits = 112 } },\n"
			       "{ client = \"127.0.0.2\"\n"
			       "sender = { min-bits = 56 } } )\n",
		""},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
what_names_nobody_is_told(void **state)
{
	static const struct row rows[] = {
	    // Nobody is anybody by the way he is written.
	    {LISTENER_WITH("clients = [ \"0.0.0.0/1\", \"128.0.0.0/1\" ]"),
		"a.conf:1: warning: listener.clients: together they are half "
		"of the Internet or more; write \"0.0.0.0/0\" and \"::/0\" "
		"where anybody is meant, and the receiver takes mail for its "
		"own domains alone (else it is an open relay)\n"},
	    {LISTENER_WITH("receiver = { helo-name = \"[2001:db8::1]\" }"),
		"a.conf:1: receiver.helo-name: [2001:db8::1] is neither a host "
		"name nor an address in brackets, as [192.0.2.1] or "
		"[IPv6:2001:db8::1]\n"},
	    {LISTENER_WITH("receiver = { helo-name = \"[IPv6:2001:db8::1]\" }"),
		""},
	    {LISTENER_WITH("receiver = { helo-name = \"[192.0.2.1]\" }"), ""},
	    {LISTENER_WITH("receiver = { sni = \"m\xc3\xbcnchen.example\" }"),
		"a.conf:1: receiver.sni: m\xc3\xbcnchen.example is neither a "
		"host name nor off; write it as DNS has it, in the form that "
		"begins with xn-- (idn2 prints it)\n"},
	    {LISTENER_WITH("sender = { hide-keywords = [ \"8BITMIME\", \"A "
			   "B\", \"-\" ] }"),
		"a.conf:1: sender.hide-keywords: A B is no EHLO keyword; "
		"write one word of letters, digits and hyphens, as "
		"CHUNKING\n"
		"a.conf:1: sender.hide-keywords: - is no EHLO keyword; write "
		"one word of letters, digits and hyphens, as CHUNKING\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
who_was_told_first_is_told(void **state)
{
	static const char late[] =
	    "a.conf:2: warning: receiver.identity: has no effect in this rule, "
	    "for before the sender says its name the receiver was told by "
	    "proxy-v2 already; write identity in a rule without helo\n";
	static const char first[] = "receiver = { identity = \"proxy-v2\" }";
	static const struct {
		const char *listener, *rule, *others;
		bool is_late;
	} rows[] = {
	    {first, "helo = \"a\"", "", true},
	    {"", "helo = \"a\"", "", false},
	    {first, "client = \"10.1.0.0/16\"", "", false},
	    {first, "listener = \"in\" helo = \"a\" client = \"10.1.0.0/16\"",
		"", true},
	    // Where another rule may have dialled, it may have an effect.
	    {first, "helo = \"a\"",
		", { client = \"10.0.0.0/8\" receiver = { identity = \"none\" "
		"} }",
		false},
	    {first, "helo = \"a\" client = \"10.1.0.0/16\"",
		", { client = \"10.0.0.0/8\" receiver = { identity = \"none\" "
		"} }",
		false},
	    {first, "helo = \"a\" client = \"192.0.2.0/24\"",
		", { client = \"10.0.0.0/8\" receiver = { identity = \"none\" "
		"} }",
		true},
	    {first, "helo = \"a\"",
		", { helo = \"b\" receiver = { min-bits = 112 } }", true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[1024];

		snprintf(text, sizeof text,
		    LISTENER_WITH("%s") "rules = ( { %s receiver = { identity "
					"= \"none\" } }%s )\n",
		    rows[i].listener, rows[i].rule, rows[i].others);
		told(text, rows[i].is_late ? late : "");
	}
}

// A rule behind a listener with these settings, which has this fault in line 2.
#define RULE(listener, rule)                                                   \
	LISTENER_WITH(listener) "rules = ( { " rule " } )\n"

static void
what_no_sender_can_come_to_is_told(void **state)
{
	static const char nobody_asked[] =
	    "a.conf:2: warning: rule.client-name: can never match, for no "
	    "sender that it is for is asked for a certificate; write "
	    "client-certificate = \"ask\" and client-ca for them\n";
	static const char no_protocol[] =
	    "a.conf:2: warning: rule.sender-protocol: can never match, for no "
	    "sender that it is for may use any of these; lower min-protocol "
	    "for them, or remove the rule\n";
	static const char no_bits[] =
	    "a.conf:2: warning: rule.sender-bits: can never match, for no "
	    "sender that it is for may use so few; lower min-bits for them, "
	    "or remove the rule\n";
	static const struct row rows[] = {
	    {RULE("sender = { tls = \"require\" min-bits = 128 }",
		 "sender-bits = 112 action = \"refuse\""),
		no_bits},
	    {RULE("sender = { implicit-tls = true min-bits = 112 }",
		 "sender-bits = 56 action = \"refuse\""),
		no_bits},
	    {RULE("sender = { tls = \"require\" min-bits = 112 }",
		 "sender-bits = 112 action = \"refuse\""),
		""},
	    // Plaintext has none.
	    {RULE("sender = { min-bits = 128 }",
		 "sender-bits = 56 action = \"refuse\""),
		""},
	    // Some other rule may let them.
	    {RULE("sender = { tls = \"require\" min-bits = 128 }",
		 "client = \"10.0.0.0/8\" sender = { min-bits = 112 } }, { "
		 "sender-bits = 112 action = \"refuse\""),
		""},
	    {RULE("", "client-name = \"a\""), nobody_asked},
	    {RULE("sender = { client-certificate = \"ask\" client-ca = "
		  "\"ca.pem\" }",
		 "client-name = \"a\""),
		""},
	    // Some other rule may ask.
	    {RULE("", "client = \"10.0.0.0/8\" sender = { client-certificate = "
		      "\"ask\" client-ca = \"ca.pem\" } }, { client-name = "
		      "\"a\""),
		""},
	    {RULE("", "sender-protocol = \"tls1.1\" action = \"refuse\""),
		no_protocol},
	    {RULE("", "sender-protocol = [ \"ssl3\", \"tls1.2\" ] action = "
		      "\"refuse\""),
		""},
	    {RULE("sender = { max-protocol = \"tls1.2\" }",
		 "sender-protocol = \"tls1.3\" action = \"refuse\""),
		no_protocol},
	    {RULE("sender = { tls = \"none\" }",
		 "sender-protocol = \"tls1.3\" action = \"refuse\""),
		no_protocol},
	    {RULE("sender = { tls = \"none\" }",
		 "sender-protocol = \"none\" action = \"refuse\""),
		""},
	    {"sender = { min-protocol = \"tls1.0\" } " RULE("",
		 "listener = \"in\" sender-protocol = \"tls1.0\" action = "
		 "\"refuse\""),
		""},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(several_rules_can_leave_one_nothing),
	    cmocka_unit_test(what_was_written_for_nothing_is_told),
	    cmocka_unit_test(what_names_nobody_is_told),
	    cmocka_unit_test(who_was_told_first_is_told),
	    cmocka_unit_test(what_no_sender_can_come_to_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
