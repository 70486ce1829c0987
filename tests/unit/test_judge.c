// SPDX-License-Identifier: ISC
//
// Settings that are sound one by one and cannot work together.

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"

// A configuration that would let anyone relay is not taken.
static void
an_open_relay_is_refused(void **state)
{
	static const struct row rows[] = {
	    {"listener = { in = { address = [ \"127.0.0.1:25\", "
	     "\"192.0.2.1:25\" ] forward-to = \"mail.example.com\" } }\n",
		"a.conf:1: listener.in: 192.0.2.1:25 is not on loopback, and "
		"clients does not say who may use it (anyone could: an open "
		"relay); write clients = [ \"192.0.2.0/24\" ]\n"},
	    {"listener = { in = { address = \"*:25\" forward-to = "
	     "\"mail.example.com\" } }\n",
		"a.conf:1: listener.in: *:25 is not on loopback, and clients "
		"does not say who may use it (anyone could: an open relay); "
		"write clients = [ \"192.0.2.0/24\" ]\n"},
	    {"listener = { in = { address = \"[::]:25\" forward-to = "
	     "\"mail.example.com\" clients = [ \"0.0.0.0/0\" ] } }\n",
		""},
	    {"listener = { in = { address = \"[::1]:25\" forward-to = "
	     "\"mail.example.com\" } }\n",
		""},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

// Whoever is believed can be any client.
static void
nobody_believes_everybody(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("proxy-protocol-from = \"0.0.0.0/0\""),
		"a.conf:1: listener.proxy-protocol-from: believes half of "
		"the Internet or more, so that anybody can be any client; "
		"write the addresses of your own balancers or relays "
		"alone\n"},
	    {LISTENER_WITH("proxy-protocol-from = [ \"10.0.0.1\", \"::/0\" ]"),
		"a.conf:1: listener.proxy-protocol-from: believes half of "
		"the Internet or more, so that anybody can be any client; "
		"write the addresses of your own balancers or relays "
		"alone\n"},
	    {LISTENER_WITH("xclient-from = [ \"0.0.0.0/1\", \"128.0.0.0/1\" "
			   "] clients = \"0.0.0.0/0\""),
		"a.conf:1: listener.xclient-from: believes half of the "
		"Internet or more, so that anybody can be any client; write "
		"the addresses of your own balancers or relays alone\n"},
	    {LISTENER_WITH("proxy-protocol-from = [ \"10.0.0.1\", \"::1\" ]"),
		""},
	    // Nor can anybody speak who is not let in.
	    {LISTENER_WITH("xclient-from = \"10.0.0.1\""),
		"a.conf:1: warning: listener.xclient-from: 10.0.0.1/32 is "
		"refused before it can say XCLIENT, for clients does not hold "
		"it; add it there too\n"},
	    {LISTENER_WITH("clients = \"10.0.0.0/8\"; xclient-from = [ "
			   "\"10.0.0.1\", \"0.0.0.0/2\" ]"),
		""},
	    {LISTENER_WITH("xclient-from = [ \"127.0.0.2\", \"::1\" ]"), ""},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

// Who sends is told where nobody on the way can change it.
static void
identity_is_told_safely(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH(
		 "receiver = { tls = \"may\" identity = \"xclient\" }"),
		"a.conf:1: warning: receiver.identity: where tls is may the "
		"receiver "
		"may "
		"be told in plaintext who sends; anybody on the way can change "
		"it, so use it in a network of your own alone, or write tls = "
		"\"encrypt\"\n"},
	    {LISTENER_WITH("receiver = { tls = \"none\" identity = "
			   "\"proxy-v2\" }"),
		""},
	    {LISTENER_WITH("receiver = { identity = \"xclient\" }"), ""},
	    {"listener = { in = { address = \"127.0.0.1:25\" forward-to = [ "
	     "\"10.0.0.5:25\", \"[fd00::5]:25\" ] receiver = { tls = \"none\" "
	     "identity = \"xforward\" } } }\n",
		""},
	    {LISTENER_WITH("") "rules = ( { helo = \"x\" receiver = { "
			       "identity = \"proxy-v1\" } } )\n",
		"a.conf:2: receiver.identity: proxy-v1 cannot hang on what "
		"the sender says, for the receiver is dialled before\n"},
	    {LISTENER_WITH("") "rules = ( { helo = \"x\" receiver = { "
			       "identity = \"xclient\" } } )\n",
		""},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
listeners_do_not_get_into_each_other(void **state)
{
	static const struct row rows[] = {
	    {"listener = {\n a = { address = \"127.0.0.1:25\" forward-to = "
	     "\"x.example\" }\n b = { address = \"127.0.0.1:25\" forward-to = "
	     "\"x.example\" } }\n",
		"a.conf:3: listener.b: 127.0.0.1:25 is also an address of "
		"listener a\n"},
	    {"listener = {\n a = { address = [ \"127.0.0.1:25\", "
	     "\"127.0.0.1:25\" ] forward-to = \"x.example\" } }\n",
		"a.conf:2: listener.a: 127.0.0.1:25 is also an address of "
		"listener a\n"},
	    {"listener = {\n a = { address = \"127.0.0.1:25\" forward-to = "
	     "[ \"x.example\", \"127.0.0.1:25\" ] } }\n",
		"a.conf:2: listener.a: forwards to itself (127.0.0.1)\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
what_cannot_work_together_is_told(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("sender = {\n max-protocol = \"tls1.1\" }"),
		"a.conf:2: sender.max-protocol: tls1.1 is below "
		"min-protocol, which is tls1.2; nothing is left to agree "
		"on\n"},
	    {LISTENER_WITH("receiver = { min-protocol = \"ssl3\" max-protocol "
			   "= \"ssl3\"\n min-bits = 256 }"),
		"a.conf:2: receiver.min-bits: no suite of ssl3 has 256 bits; "
		"write 128 or raise max-protocol\n"},
	    {LISTENER_WITH("sender = { certificate = [ \"/a\", \"/b\" ] key "
			   "= \"/a\" }"),
		"a.conf:1: sender.key: 1 keys for 2 certificates; write one "
		"for each, in the same order, or none\n"},
	    {LISTENER_WITH("sender = { key = \"/a\" }"),
		"a.conf:1: sender.key: 1 keys for 0 certificates; write one "
		"for each, in the same order, or none\n"},
	    {LISTENER_WITH("sender = { tls = \"none\" implicit-tls = true }"),
		"a.conf:1: sender.implicit-tls: contradicts tls = \"none\"; "
		"leave one of them out\n"},
	    {LISTENER_WITH("sender = { legacy-key = \"/a\" }"),
		"a.conf:1: sender.legacy-key: there is no legacy-certificate "
		"for it\n"},
	    {LISTENER_WITH("sender = { legacy-certificate = \"/a\" }"),
		"a.conf:1: warning: sender.legacy-certificate: is not used, "
		"for min-protocol is tls1.2; the legacy engine speaks TLS "
		"1.1 at most\n"},
	    {LISTENER_WITH("sender = { client-certificate = \"ask\" }"),
		"a.conf:1: sender.client-certificate: needs client-ca, the "
		"authorities that vouch for senders\n"},
	    {LISTENER_WITH("sender = { client-certificate = \"require\" "
			   "client-ca = \"/a\" }"),
		"a.conf:1: sender.client-certificate: require needs tls = "
		"\"require\", for in plaintext there is no certificate\n"},
	    {LISTENER_WITH("sender = { tls = \"require\" missing-handshake = "
			   "\"tolerate\" }"),
		"a.conf:1: warning: sender.missing-handshake: tolerate has "
		"no effect where tls is require, for plaintext is not "
		"taken\n"},
	    {LISTENER_WITH("sender = { lf-end-of-data = true }"),
		"a.conf:1: warning: sender.lf-end-of-data: opens SMTP "
		"smuggling (CVE-2023-51764); keep it to a rule for the "
		"devices that need it\n"},
	    {LISTENER_WITH("sender = { lf-end-of-data = true bare-newline = "
			   "\"reject\" }"),
		"a.conf:1: sender.lf-end-of-data: contradicts bare-newline = "
		"\"reject\"; leave one of them out\n"},
	    {LISTENER_WITH("receiver = { tls = \"fingerprint\" }"),
		"a.conf:1: receiver.tls: fingerprint needs fingerprints\n"},
	    {"receiver = { tls = \"secure\" }\n"
	     "listener = { in = { address = \"127.0.0.1:25\" forward-to = "
	     "\"192.0.2.1\" } }\n",
		"a.conf:1: receiver.tls: secure needs names, or a forward-to "
		"by name; it takes no name from DNS\n"},
#ifdef HAVE_LIBUNBOUND
	    {"receiver = { tls = \"dane-only\" }\n"
	     "listener = { in = { address = \"127.0.0.1:25\" forward-to = [ "
	     "\"mx.example.com\", \"192.0.2.1\" ] } }\n",
		"a.conf:1: receiver.tls: dane-only needs a forward-to by "
		"name, for an address has no TLSA record; write the "
		"name, or another level\n"},
	    {LISTENER_WITH("receiver = { tls = \"dane\" names = \"x.org\" }"),
		"a.conf:1: warning: receiver.names: have no effect where "
		"tls is dane; the name is that which has the TLSA "
		"records\n"},
#else
	    {LISTENER_WITH("receiver = { tls = \"dane\" }"),
		"a.conf:1: receiver.tls: dane needs libunbound, and this "
		"sallyport was built without it\n"},
#endif
	    {LISTENER_WITH("receiver = { tls = \"may\" implicit-tls = true }"),
		"a.conf:1: receiver.implicit-tls: knows no plaintext, which "
		"tls = \"may\" allows; write tls = \"encrypt\" or more\n"},
	    {LISTENER_WITH("receiver = { hello-profile = \"schannel\" }"),
		"a.conf:1: receiver.hello-profile: schannel asks for tls1.0 "
		"at most, and min-protocol is tls1.2\n"},
	    {LISTENER_WITH("receiver = { crl = \"/a\" }"),
		"a.conf:1: warning: receiver.crl: has no effect where tls is "
		"encrypt; the levels verify and secure look at it\n"},
	    {LISTENER_WITH("") "log = { destination = \"file\" }\n",
		"a.conf:2: log.destination: file needs log.file, its "
		"path\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
rules_that_cannot_work_are_told(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH(
		 "") "rules = (\n{ name = \"wide\" client = \"10.0.0.0/8\" },\n"
		     "{ client = [ \"10.1.0.0/16\", \"10.2.0.0/16\" ] helo = "
		     "\"a\" }\n)\n",
		"a.conf:4: rule: can never match, for the rule wide of line "
		"3 matches whatever it would; put it before that one, or "
		"remove it\n"},
	    {LISTENER_WITH("") "rules = ( { },\n{ helo = \"a\" } )\n",
		"a.conf:3: rule: can never match, for the rule of line 2 "
		"matches whatever it would; put it before that one, or "
		"remove it\n"},
	    {LISTENER_WITH("") "rules = (\n{ client = \"10.1.0.0/16\" },\n"
			       "{ client = \"10.0.0.0/8\" },\n"
			       "{ helo = \"*.example\" },\n"
			       "{ helo = \"*\" client = \"::/0\" } )\n",
		""},
	    // What is known late does not stand before what is known early.
	    {LISTENER_WITH("") "rules = (\n{ mail-from = \"*\" action = "
			       "\"refuse\" },\n{ client = \"::1\" } )\n",
		""},
	    // Who may not use the listener comes to no rule.
	    {LISTENER_WITH("clients = \"10.0.0.0/8\"") "rules = (\n{ client = "
						       "\"192.0.2.0/24\" } "
						       ")\n",
		"a.conf:3: warning: rule.client: can never match, for none "
		"of these is among clients of listener in; add them there, "
		"or remove the rule\n"},
	    {LISTENER_WITH("clients = \"10.0.0.0/8\"") "rules = ( { client = "
						       "[ \"10.1.2.3\", "
						       "\"::1\" ] }, { client "
						       "= \"0.0.0.0/0\" } "
						       ")\n",
		""},
	    {LISTENER_WITH("") "rules = ( { reply = \"554 5.7.1 no\" } )\n",
		"a.conf:2: rule.reply: is given to refused senders alone; "
		"write action = \"refuse\" too, or leave it out\n"},
	    {LISTENER_WITH("") "rules = ( { helo = \"a\" forward-to = "
			       "\"b.example\" } )\n",
		"a.conf:2: rule.forward-to: cannot hang on what the sender "
		"says, for the receiver is dialled before; use the "
		"conditions listener, client and destination\n"},
	    {LISTENER_WITH("") "rules = ( { mail-from = \"a@*\" sender = { "
			       "tls = \"require\" bare-newline = \"reject\" } "
			       "receiver = { sni = \"b.example\" } } )\n",
		"a.conf:2: warning: sender.bare-newline: has no effect in "
		"this rule, for its conditions are known only when both legs "
		"are up; it can refuse, or demand more with tls, "
		"min-protocol and min-bits\n"
		"a.conf:2: warning: receiver.sni: has no effect in this "
		"rule, for its conditions are known only when both legs are "
		"up; it can refuse, or demand more with tls, min-protocol "
		"and min-bits\n"},
	    // A fault of settings is found in the rule that makes it.
	    {LISTENER_WITH("") "rules = ( { client = \"::1\"\n receiver = { "
			       "max-protocol = \"tls1.0\" } } )\n",
		"a.conf:3: receiver.max-protocol: tls1.0 is below "
		"min-protocol, which is tls1.2; nothing is left to agree "
		"on\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

// A whole listener for redirected connections, on one line.
#define INTERCEPTING(more)                                                     \
	"listener = { in = { address = \"127.0.0.1:2525\" forward-to = "       \
	"\"original\" " more " } }\n"

static void
interception_that_cannot_work_is_told(void **state)
{
	static const struct row rows[] = {
	    {INTERCEPTING(""), ""},
	    {INTERCEPTING("default-forward-to = \"a.example\""), ""},
	    {INTERCEPTING("default-forward-to = \"original\""),
		"a.conf:1: listener.default-forward-to: original is not for "
		"connections that have no original; write a receiver\n"},
	    {INTERCEPTING("default-forward-to = \"127.0.0.1:2525\""),
		"a.conf:1: listener.in: forwards to itself (127.0.0.1)\n"},
	    {LISTENER_WITH("default-forward-to = \"a.example\""),
		"a.conf:1: warning: listener.in: default-forward-to: has no "
		"effect where forward-to is not original\n"},
	    {LISTENER_WITH("default-forward-to = \"a.example\"") "rules = ( { "
								 "client = "
								 "\"::1\" "
								 "forward-to = "
								 "\"original\" "
								 "} )\n",
		""},
	    {"listener = { in = { address = \"127.0.0.1:2525\" forward-to = "
	     "[ \"a.example\", \"original\" ] } }\n",
		"a.conf:1: listener.forward-to: original stands alone, for "
		"mail must not go elsewhere than the sender meant; take "
		"original out\n"},
	    {"listener = { in = { address = \"127.0.0.1:2525\" forward-to = "
	     "[ \"original\", \"a.example\" ] } }\n",
		"a.conf:1: listener.forward-to: original stands alone, for "
		"mail must not go elsewhere than the sender meant; take "
		"a.example out\n"},
	    // A wrong item is told once.
	    {"listener = { in = { address = \"127.0.0.1:2525\" forward-to = "
	     "[ \"a b\", \"a.example\" ] } }\n",
		"a.conf:1: listener.forward-to: a b is not a receiver, as "
		"mail.example.com:25 or [2001:db8::1]:25\n"},
	    // Only an address is known of it.
	    {INTERCEPTING("receiver = { tls = \"verify\" }"),
		"a.conf:1: receiver.tls: verify needs names where forward-to "
		"is original, for of such a receiver an address alone is "
		"known; write names, in a rule with a destination for each "
		"receiver where they differ\n"},
	    {INTERCEPTING("receiver = { tls = \"secure\" }"),
		"a.conf:1: receiver.tls: secure needs names where forward-to "
		"is original, for of such a receiver an address alone is "
		"known; write names, in a rule with a destination for each "
		"receiver where they differ\n"},
	    {INTERCEPTING("receiver = { tls = \"verify\" names = "
			  "\"a.example\" }"),
		""},
	    {LISTENER_WITH("receiver = { identity = \"spoof\"\n "
			   "source-address = \"192.0.2.1\" }"),
		"a.conf:2: receiver.source-address: contradicts identity = "
		"\"spoof\", where connections come from the sender's "
		"address; leave one of them out\n"},
	    {LISTENER_WITH("") "rules = ( { helo = \"a\" receiver = { identity "
			       "= \"spoof\" } } )\n",
		"a.conf:2: receiver.identity: spoof cannot hang on what the "
		"sender says, for the receiver is dialled before\n"},
	    // A rule that leads to a name needs none.
	    {INTERCEPTING("") "rules = ( { destination = \"10.0.0.0/8\" "
			      "forward-to = \"a.example\" receiver = { tls = "
			      "\"verify\" } } )\n",
		""},
	    {LISTENER_WITH("receiver = { tls = \"verify\" }") "rules = ( { "
							      "client = "
							      "\"::1\" "
							      "forward-to = "
							      "\"original\" } "
							      ")\n",
		"a.conf:1: receiver.tls: verify needs names where forward-to "
		"is original, for of such a receiver an address alone is "
		"known; write names, in a rule with a destination for each "
		"receiver where they differ\n"},
	    {INTERCEPTING("") "rules = (\n{ destination = \"10.0.0.0/8\" },\n"
			      "{ destination = \"10.1.0.0/16\" } )\n",
		"a.conf:4: rule: can never match, for the rule of line 3 "
		"matches whatever it would; put it before that one, or "
		"remove it\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_open_relay_is_refused),
	    cmocka_unit_test(nobody_believes_everybody),
	    cmocka_unit_test(identity_is_told_safely),
	    cmocka_unit_test(listeners_do_not_get_into_each_other),
	    cmocka_unit_test(what_cannot_work_together_is_told),
	    cmocka_unit_test(rules_that_cannot_work_are_told),
	    cmocka_unit_test(interception_that_cannot_work_is_told),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
