// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"

static void
a_sound_configuration_has_no_faults(void **state)
{
	(void)state;
	told(LISTENER_WITH(""), "");
}

static void
the_grammar_is_told_with_its_line(void **state)
{
	static const struct row rows[] = {
	    {"listener = {\n",
		"a.conf:1: listener: the { of this line is never closed\n"},
	    {"user = \"a\"\nuser = \"b\"\n",
		"a.conf:2: a setting is written twice in the same block; "
		"remove one\n"},
	    // libconfig would read 4294967306 as 10.
	    {LISTENER_WITH("") "/* 9999999999\n */ # 9999999999\n"
			       "user = \"9999999999\\\"\" // 9999999999\n"
			       "limits = { sessions = 4294967306 }\n"
			       "limits = { errors = 0xfffffffff }\n",
		"a.conf:5: limits.sessions: 4294967306 is too large a number "
		"for any setting\n"
		"a.conf:6: limits.errors: 0xfffffffff is too large a number "
		"for any setting\n"},
	    // libconfig would end the process.
	    {LISTENER_WITH("") "@include \"/\"\n",
		"a.conf:2: /: is no file; @include takes one file\n"},
	    {LISTENER_WITH("") "@include \"/dev/null\"\n",
		"a.conf:2: /dev/null: is no file; @include takes one "
		"file\n"},
	    {"@include \"nowhere.conf\"\n",
		"a.conf:1: nowhere.conf: No such file or directory; it is "
		"looked for in the folder it was started in\n"},
	    {"user = \"a\" @include \"b\"\n@inclde \"b\"\n@include b\n",
		"a.conf:1: an @ begins nothing but @include \"FILE\", on a "
		"line of its own\n"
		"a.conf:2: an @ begins nothing but @include \"FILE\", on a "
		"line of its own\n"
		"a.conf:3: an @ begins nothing but @include \"FILE\", on a "
		"line of its own\n"},
	    // libconfig would make one text of two.
	    {"receiver = { names = [ \"a.example\"\n \"b.example\" ] }\n",
		"a.conf:2: receiver.names: a comma is missing between two "
		"texts\n"},
	    {"rules = (\n { }\n { }, )\n",
		"a.conf:3: a comma is missing between two blocks\n"
		"a.conf:3: nothing follows the comma before ); take it out\n"},
	    {"user = \"a\nhostname = \"b\"\n",
		"a.conf:1: user: the quote that ends a text is missing in "
		"this line\n"},
	    {"a = (\n [ 1 )\n}\n",
		"a.conf:2: ) stands where ] should close the [ of line 2\n"},
	    {"}\n", "a.conf:1: } closes nothing\n"},
	    {"# {\n/* [\n", "a.conf:2: a comment begins here that nothing "
			    "ends; write */ behind it\n"},
	    {"\xef\xbb\xbfuser = \"a\"\n",
		"a.conf:1: begins with a byte order mark; save it as UTF-8 "
		"without one\n"},
	    {"= 3", "a.conf:1: syntax error (near here, or unfinished before "
		    "it)\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
every_fault_is_told_at_once(void **state)
{
	(void)state;
	told("limits = { sessions = 0\n recipients = 99 }\n"
	     "receiver = {\n"
	     "  min-bits = 41\n"
	     "  tls = \"verfy\"\n"
	     "  nmes = \"x\"\n"
	     "}\n"
	     "listener = { a = {\n"
	     "  address = [ \"127.0.0.1:25\",\n"
	     "    \"127.0.0.1\",\n"
	     "    \"127.0.0.1:0\" ]\n"
	     "} }\n"
	     "rules = 5\n",
	    "a.conf:1: limits.sessions: 0 is not from 1 to 1000000\n"
	    "a.conf:2: limits.recipients: 99 is below 100, which every sender "
	    "may count on (RFC 5321 section 4.5.3.1.8)\n"
	    "a.conf:4: receiver.min-bits: 41 is not one of 40, 56, 112, 128, "
	    "256\n"
	    "a.conf:5: receiver.tls: verfy is not one of none, may, encrypt, "
	    "fingerprint, verify, secure, dane, dane-only; did you mean "
	    "verify?\n"
	    "a.conf:6: receiver.nmes: no such setting; did you mean names?\n"
	    "a.conf:8: listener.a: has no forward-to; write forward-to = [ "
	    "\"mail.example.com:25\" ]\n"
	    "a.conf:10: listener.address: 127.0.0.1 is not an address and a "
	    "port, as 192.0.2.1:25, [2001:db8::1]:25 or *:25\n"
	    "a.conf:11: listener.address: 127.0.0.1:0 is not an address and a "
	    "port, as 192.0.2.1:25, [2001:db8::1]:25 or *:25\n"
	    "a.conf:13: rules: is a list of blocks; write rules = ( { ... }, "
	    "{ ... } )\n");
}

static void
names_are_known_or_suggested(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("") "listeners = {}\n",
		"a.conf:2: listeners: no such setting; did you mean "
		"listener?\n"},
	    {LISTENER_WITH("") "usr = \"x\"\n",
		"a.conf:2: usr: no such setting; did you mean user?\n"},
	    {LISTENER_WITH("sender = { min_bits = 40 }"),
		"a.conf:1: sender.min_bits: no such setting; did you mean "
		"min-bits?\n"},
	    {LISTENER_WITH("sender = { ca = \"x\" }"),
		"a.conf:1: sender.ca: no such setting here; it belongs in a "
		"block receiver\n"},
	    {LISTENER_WITH("recevier = {}"),
		"a.conf:1: listener.recevier: no such setting; did you mean "
		"receiver?\n"},
	    {LISTENER_WITH("frobnicate = 1"),
		"a.conf:1: listener.frobnicate: no such setting\n"},
	    {LISTENER_WITH("") "rules = ( { clients = \"::/0\" } )\n",
		"a.conf:2: rule.clients: no such setting; did you mean "
		"client?\n"},
	    {LISTENER_WITH("") "rules = ( { listener = \"im\" } )\n",
		"a.conf:2: rule.listener: there is no listener im; did you "
		"mean in?\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
types_are_told(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("") "user = 5\n",
		"a.conf:2: user: 5 is not a text in quotes\n"},
	    {LISTENER_WITH("") "user = [ \"a\" ]\n",
		"a.conf:2: user: a list is not a text in quotes\n"},
	    {LISTENER_WITH("") "sender = { min-bits = \"40\" }\n",
		"a.conf:2: sender.min-bits: \"40\" is not a number, without "
		"quotes\n"},
	    {LISTENER_WITH("") "sender = { min-bits = 112.5 }\n",
		"a.conf:2: sender.min-bits: a group, a fraction or an empty "
		"value is not a number, without quotes\n"},
	    {LISTENER_WITH("") "sender = { implicit-tls = \"true\" }\n",
		"a.conf:2: sender.implicit-tls: \"true\" is not true or false, "
		"without quotes\n"},
	    {LISTENER_WITH("") "sender = { tls = true }\n",
		"a.conf:2: sender.tls: true is not a word in quotes\n"},
	    {LISTENER_WITH("") "sender = 3\n",
		"a.conf:2: sender: is a block of settings; write sender = { "
		"... }\n"},
	    {LISTENER_WITH("") "sender = { ciphers = [ 1, 2 ] }\n",
		"a.conf:2: sender.ciphers: 1 is not a text in quotes\n"
		"a.conf:2: sender.ciphers: 2 is not a text in quotes\n"},
	    {"listener = { address = \"127.0.0.1:25\" }\n",
		"a.conf:1: listener.address: a listener is a block with a "
		"name of your choice; write listener = { NAME = { ... } }\n"
		"a.conf: there is no listener; write one, or use -l and "
		"-f\n"},
	    {"listener = ( { } )\n",
		"a.conf:1: listener: is a block of settings; write listener "
		"= { ... }\n"
		"a.conf: there is no listener; write one, or use -l and "
		"-f\n"},
	    {LISTENER_WITH("") "rules = ( 5 )\n",
		"a.conf:2: rules: holds blocks alone; write rules = ( { ... "
		"}, { ... } )\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
values_are_told(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("") "timeouts = { idle = \"5 m\" }\n",
		"a.conf:2: timeouts.idle: 5 m is not a duration, as 300s, 5m "
		"or 24h\n"},
	    {LISTENER_WITH("") "timeouts = { idle = \"\" }\n",
		"a.conf:2: timeouts.idle:  is not a duration, as 300s, 5m or "
		"24h\n"},
	    {LISTENER_WITH("") "timeouts = { idle = 300 }\n",
		"a.conf:2: timeouts.idle: 300 has no unit; write \"300s\"\n"},
	    {LISTENER_WITH("") "timeouts = { idle = \"10ms\" }\n",
		"a.conf:2: timeouts.idle: 10ms is not from 1s to 86400s\n"},
	    {LISTENER_WITH(
		 "") "timeouts = { idle = \"99999999999999999999s\" }\n",
		"a.conf:2: timeouts.idle: 99999999999999999999s is not a "
		"duration, as 300s, 5m or 24h\n"},
	    {LISTENER_WITH(
		 "") "timeouts = { idle = \"18446744073709551615d\" }\n",
		"a.conf:2: timeouts.idle: 18446744073709551615d is not from "
		"1s to 86400s\n"},
	    {LISTENER_WITH("") "limits = { memory = \"1\" }\n",
		"a.conf:2: limits.memory: 1 is not from 1048576 to "
		"1099511627776 bytes\n"},
	    {LISTENER_WITH("") "limits = { memory = \"5T\" }\n",
		"a.conf:2: limits.memory: 5T is not a number of bytes, as "
		"65536, 64K or 256M\n"},
	    {LISTENER_WITH("") "limits = { sessions = -1 }\n",
		"a.conf:2: limits.sessions: -1 is not from 1 to 1000000\n"},
	    {LISTENER_WITH("clients = [ \"192.0.2.7/24\" ]"),
		"a.conf:1: listener.clients: 192.0.2.7/24 has bits set beyond "
		"its prefix; write 192.0.2.0/24, or the address alone\n"},
	    {LISTENER_WITH("clients = [ ]"),
		"a.conf:1: listener.clients: is an empty list, which nothing "
		"can match; leave it out or fill it\n"},
	    {LISTENER_WITH("receiver = { tls = \"fingerprint\" fingerprints = "
			   "\"ab:cd\" }"),
		"a.conf:1: receiver.fingerprints: ab:cd is no SHA-256 digest "
		"of 64 hexadecimal digits (as openssl x509 -noout "
		"-fingerprint -sha256 prints it)\n"},
	    {LISTENER_WITH("receiver = { helo-name = \"a\\r\\nMAIL\" }"),
		"a.conf:1: receiver.helo-name: holds a control character\n"},
	    {LISTENER_WITH("receiver = { helo-name = \"not a name\" }"),
		"a.conf:1: receiver.helo-name: not a name is neither a host "
		"name nor an address in brackets, as [192.0.2.1] or "
		"[IPv6:2001:db8::1]\n"},
	    {LISTENER_WITH("receiver = { helo-name = \"[192.0.2.1\" }"),
		"a.conf:1: receiver.helo-name: [192.0.2.1 is neither a host "
		"name nor an address in brackets, as [192.0.2.1] or "
		"[IPv6:2001:db8::1]\n"},
	    {LISTENER_WITH("receiver = { names = \"*.example.com\" }"),
		"a.conf:1: receiver.names: *.example.com is no host name; "
		"write .example.com for every name below example.com\n"},
	    {LISTENER_WITH("receiver = { sni = \"not a name\" }"),
		"a.conf:1: receiver.sni: not a name is neither a host name "
		"nor off\n"},
	    {LISTENER_WITH("receiver = { source-address = \"eth0\" }"),
		"a.conf:1: receiver.source-address: eth0 is not an address, "
		"as 192.0.2.1 or 2001:db8::1\n"},
	    {LISTENER_WITH("receiver = { source-address = \"fe80::1\" }"),
		"a.conf:1: receiver.source-address: fe80::1 is link-local: "
		"say on which interface, as fe80::1%eth0\n"},
	    {LISTENER_WITH(
		 "proxy-protocol-from = \"fe80::/10\"") "rules = "
							"( { forward-to = "
							"\"[febf::1]:25\" } "
							")\n",
		"a.conf:2: rule.forward-to: [febf::1]:25 is "
		"link-local: say on which interface, as fe80::1%eth0\n"},
	    {"listener = { inside = { address = \"[fe80::1]:25\"  "
	     "forward-to = \"[fe80::2%lo]:25\" } }\n",
		"a.conf:1: listener.address: [fe80::1]:25 is link-local: say "
		"on which interface, as fe80::1%eth0\n"},
	    {LISTENER_WITH("") "rules = ( { action = \"refuse\" reply = "
			       "\"250 2.0.0 welcome\" } )\n",
		"a.conf:2: rule.reply: 250 2.0.0 welcome is not a reply code "
		"4yz or 5yz, an enhanced code that agrees with it, and text, "
		"as 554 5.7.1 not here\n"},
	    {LISTENER_WITH("") "rules = ( { action = \"refuse\" reply = "
			       "\"554 4.7.1 no\" } )\n",
		"a.conf:2: rule.reply: 554 4.7.1 no is not a reply code 4yz "
		"or 5yz, an enhanced code that agrees with it, and text, as "
		"554 5.7.1 not here\n"},
	    {LISTENER_WITH(
		 "") "rules = ( { sender-protocol = [ \"tls1\" ] } )\n",
		"a.conf:2: rule.sender-protocol: tls1 is not one of none, "
		"ssl3, tls1.0, tls1.1, tls1.2, tls1.3\n"},
	    {LISTENER_WITH("") "rules = ( { helo = \"*a*b*c*d*e*f*g*h*\" } )\n",
		"a.conf:2: rule.helo: *a*b*c*d*e*f*g*h* has more than 8 "
		"stars\n"},
	    {LISTENER_WITH("") "hostname = \"\"\n",
		"a.conf:2: hostname: is empty; leave it out\n"},
	    {LISTENER_WITH("") "hostname = \"a b\"\n",
		"a.conf:2: hostname: a b is no host name\n"},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

static void
what_is_not_built_is_refused(void **state)
{
	static const struct row rows[] = {
	    {LISTENER_WITH("") "ticket-keys = \"/x\"\n",
		"a.conf:2: ticket-keys: is not built yet; leave it out\n"},
	    {LISTENER_WITH("") "metrics = { listen = \"127.0.0.1:9\" }\n",
		"a.conf:2: metrics.listen: is not built yet; leave it out\n"},
	    {LISTENER_WITH("") "workers = 2\n",
		"a.conf:2: workers: is not built yet; leave it out\n"},
	    {LISTENER_WITH("receiver = { standby = 2 }"),
		"a.conf:1: receiver.standby: is not built yet; leave it "
		"out\n"},
	    {LISTENER_WITH(
		 "sender = { received-header = false } receiver = "
		 "{ standby = 0 identity = \"none\" }") "workers = 0\n",
		""},
	};

	(void)state;
	all_told(rows, ROWS(rows));
}

// A fault that two listeners share is told once; many are counted.
static void
faults_are_neither_repeated_nor_without_end(void **state)
{
	struct faults faults;
	char *printed = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&printed, &size);

	(void)state;
	faults_init(&faults);
	for (unsigned i = 0; i < FAULTS_MOST + 5; i++)
		for (unsigned twice = 0; twice < 2; twice++)
			faults_add(&faults, FAULT_ERROR,
			    (struct origin){"a.conf", FAULTS_MOST + 5 - i},
			    "\033[2Jfault");
	assert_int_equal(faults.count, FAULTS_MOST);
	faults_sort(&faults);
	faults_print(&faults, memory);
	fclose(memory);
	// A terminal is not driven by what a file holds.
	assert_ptr_equal(
	    strstr(printed, "a.conf:6: \\x1b[2Jfault\na.conf:7: "), printed);
	assert_non_null(strstr(printed, "a.conf:1005: "));
	assert_non_null(strstr(printed, "\nand 10 more\n"));
	free(printed);
	faults_free(&faults);
}

static void
what_was_told_of_a_setting_is_not_told_again(void **state)
{
	struct faults faults, more;

	(void)state;
	faults_init(&faults);
	faults_init(&more);
	faults_add(&faults, FAULT_ERROR, (struct origin){"a.conf", 3},
	    "receiver.ca: x: No such file");
	faults_add(&faults, FAULT_WARNING, (struct origin){"a.conf", 4},
	    "receiver.crl: old");
	faults_add(&more, FAULT_ERROR, (struct origin){"a.conf", 3},
	    "receiver.ca: x: is not there");
	faults_add(&more, FAULT_ERROR, (struct origin){"a.conf", 4},
	    "receiver.crl: x: is broken");
	faults_add(&more, FAULT_OVERDUE, (struct origin){"a.conf", 3},
	    "receiver.c: expired");
	more.errors++; // one that there was no memory to keep
	faults_join(&faults, &more);
	assert_int_equal(faults.count, 4);
	assert_int_equal(faults.errors, 3);
	assert_int_equal(faults.overdue, 1);
	assert_int_equal(faults.warnings, 1);
	faults_free(&faults);
	faults_free(&more);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sound_configuration_has_no_faults),
	    cmocka_unit_test(the_grammar_is_told_with_its_line),
	    cmocka_unit_test(every_fault_is_told_at_once),
	    cmocka_unit_test(names_are_known_or_suggested),
	    cmocka_unit_test(types_are_told),
	    cmocka_unit_test(values_are_told),
	    cmocka_unit_test(what_is_not_built_is_refused),
	    cmocka_unit_test(faults_are_neither_repeated_nor_without_end),
	    cmocka_unit_test(what_was_told_of_a_setting_is_not_told_again),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
