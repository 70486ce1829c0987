// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "configuration.h"

// -f, once.
#define TO(text)                                                               \
	{                                                                      \
		(const char *const[]){text}, 1                                 \
	}

static const char *const listen[] = {"127.0.0.1:2525", "[::1]:2525"};

static struct policy *
overridden(const char *text, const struct policy_overrides *overrides)
{
	char faults[4096];
	struct policy *policy;

	faults_of(text, overrides, faults, sizeof faults, &policy);
	if (policy == NULL)
		fail_msg("%s", faults);
	return policy;
}

// "sallyport -l 127.0.0.1:2525 -l [::1]:2525 -f mail.example.com:25"
static void
the_command_line_is_enough(void **state)
{
	const struct policy_overrides overrides = {
	    .listen = {listen, 2}, .forward_to = TO("mail.example.com:25")};
	struct policy *policy = overridden(NULL, &overrides);
	const struct policy_listener *listener = policy_listener(policy, 0);

	(void)state;
	assert_int_equal(policy_listener_count(policy), 1);
	assert_string_equal(listener->name, "command-line");
	assert_int_equal(listener->address_count, 2);
	assert_int_equal(listener->addresses[1].port, 2525);
	assert_string_equal(
	    listener->forward_to.items[0].host, "mail.example.com");
	assert_int_equal(listener->receiver->tls, LEVEL_ENCRYPT);
	policy_release(&policy);
}

// "sallyport -l 127.0.0.1:2525 -f a.example -f [2001:db8::1]:26"
static void
receivers_may_be_repeated(void **state)
{
	static const char *const to[] = {"a.example", "[2001:db8::1]:26"};
	const struct policy_overrides overrides = {
	    .listen = {listen, 1}, .forward_to = {to, 2}};
	struct policy *policy = overridden(NULL, &overrides);
	const struct policy_listener *listener = policy_listener(policy, 0);

	(void)state;
	assert_int_equal(listener->forward_to.count, 2);
	assert_string_equal(listener->forward_to.items[0].host, "a.example");
	assert_string_equal(listener->forward_to.items[1].host, "2001:db8::1");
	assert_int_equal(listener->forward_to.items[1].port, 26);
	policy_release(&policy);
}

// "sallyport -l 127.0.0.1:2525 -f original"
static void
the_original_receiver_is_a_word(void **state)
{
	const struct policy_overrides overrides = {
	    .listen = {listen, 1}, .forward_to = TO("original")};
	struct policy *policy = overridden(NULL, &overrides);
	const struct policy_listener *listener = policy_listener(policy, 0);

	(void)state;
	assert_true(listener->forward_to.original);
	assert_int_equal(listener->forward_to.count, 0);
	assert_true(listener->intercepts);
	policy_release(&policy);
}

static void
levels_have_options_of_their_own(void **state)
{
	const struct policy_overrides overrides = {.listen = {listen, 1},
	    .forward_to = TO("mail.example.com"),
	    .sender_tls = "require",
	    .receiver_tls = "verify"};
	struct policy *policy = overridden(NULL, &overrides);
	const struct policy_listener *listener = policy_listener(policy, 0);

	(void)state;
	assert_int_equal(listener->sender->tls, SENDER_TLS_REQUIRE);
	assert_int_equal(listener->receiver->tls, LEVEL_VERIFY);
	policy_release(&policy);
}

static const char file[] =
    "sender = { min-bits = 128 }\n"
    "listener = { in = { address = \"127.0.0.1:1\" forward-to = \"a.example\"\n"
    "  sender = { min-bits = 256 } } }\n"
    "rules = ( { client = \"::1\" sender = { min-bits = 56 } } )\n"
    "limits = { sessions = 5 }\n";

static struct policy *
set(const char *text, const char *const *sets, size_t count)
{
	const struct policy_overrides overrides = {.set = {sets, count}};

	return overridden(text, &overrides);
}

// It lies over the listener, and under the rules.
static void
set_lies_between_listener_and_rules(void **state)
{
	static const char *const sets[] = {"sender.min-bits=40"};
	struct policy *policy = set(file, sets, 1);
	struct policy_facts facts = {.client = address_of("::1")};
	struct policy_verdict verdict;

	(void)state;
	assert_int_equal(policy_listener(policy, 0)->sender->min_bits, 40);
	policy_decide(policy, &facts, &verdict);
	assert_int_equal(verdict.sender->min_bits, 56);
	policy_release(&policy);
}

static void
any_setting_can_be_set(void **state)
{
	static const char *const sets[] = {"limits.sessions=7",
	    "timeouts.idle=2m", "log.level=debug", "hostname=mx.example",
	    "receiver.names=a.example,.b.example",
	    "listener.in.clients=10.0.0.0/8,::1", "address=127.0.0.1:9",
	    "listener.in.receiver.tls=secure", "sender.early-starttls=false",
	    "sender.hide-keywords=", "receiver.helo-name=[192.0.2.1]"};
	struct policy *policy = set(file, sets, ROWS(sets));
	const struct policy_listener *listener = policy_listener(policy, 0);
	struct address client = address_of("10.1.2.3");

	(void)state;
	assert_int_equal(policy_limits(policy)->sessions, 7);
	assert_int_equal(policy_timeouts(policy)->idle, 120000);
	assert_int_equal(policy_log(policy)->level, LOG_LEVEL_DEBUG);
	assert_string_equal(policy_process(policy)->hostname, "mx.example");
	assert_int_equal(listener->receiver->names.count, 2);
	assert_string_equal(listener->receiver->names.items[1], ".b.example");
	assert_int_equal(listener->receiver->tls, LEVEL_SECURE);
	assert_int_equal(listener->addresses[0].port, 9);
	assert_false(listener->sender->early_starttls);
	assert_int_equal(listener->sender->hide_keywords.count, 0);
	assert_string_equal(listener->receiver->helo_name, "[192.0.2.1]");
	assert_true(policy_admits(policy, 0, &client));
	policy_release(&policy);
}

static void
what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *set, *fault;
	} rows[] = {
	    {"sender.min-bits", "--set sender.min-bits: write it as "
				"KEY=VALUE, as in sender.min-bits=40"},
	    {"=40", "--set =40: write it as KEY=VALUE, as in "
		    "sender.min-bits=40"},
	    {"sender.min-bits=41",
		"sender.min-bits: 41 is not one of 40, 56, 112, 128, 256"},
	    {"sender.min-bit=40",
		"sender.min-bit: no such setting; did you mean min-bits?"},
	    {"min-bits=40", "min-bits: no such setting here; it belongs in "
			    "a block sender or receiver"},
	    {"snder.min-bits=40", "snder.min-bits: no such setting"},
	    {"listener.im.clients=::1",
		"--set: there is no listener im; did you mean in?"},
	    {"listener.in.client=::1",
		"listener.client: no such setting; did you mean clients?"},
	    {"rules=x", "--set rules: rules are written in a file, where "
			"their order can be seen"},
	    {"receiver.sni=\"a\"",
		"--set receiver.sni=\"a\": write the value without quotation "
		"marks, and "
		"without brackets around a list, whose items have commas "
		"between them, as in sender.hide-keywords=DSN,CHUNKING"},
	    {"sender.show-keywords=[ \"A\" ]",
		"--set sender.show-keywords=[ \"A\" ]: write the value without "
		"quotation marks, and "
		"without brackets around a list, whose items have commas "
		"between them, as in sender.hide-keywords=DSN,CHUNKING"},
	    {"limits.sessions=", "limits.sessions:  is not from 1 to "
				 "1000000"},
	    {"clients=10.0.0.0/8,,::1",
		"listener.clients:  is not a network, as 192.0.2.0/24 or "
		"2001:db8::/32"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct policy_overrides overrides = {
		    .set = {&rows[i].set, 1}};
		char faults[2048], wanted[2048];
		struct policy *policy;

		snprintf(
		    wanted, sizeof wanted, "command line: %s\n", rows[i].fault);
		assert_string_equal(
		    faults_of(file, &overrides, faults, sizeof faults, &policy),
		    wanted);
		assert_null(policy);
	}
}

static void
one_listener_must_be_meant(void **state)
{
	static const char two[] =
	    "listener = {\n a = { address = \"127.0.0.1:1\" forward-to = "
	    "\"a.example\" }\n b = { address = \"127.0.0.1:2\" forward-to = "
	    "\"a.example\" } }\n";
	const struct policy_overrides overrides = {
	    .listen = {listen, 1}, .forward_to = TO("b.example")};
	char faults[2048];
	struct policy *policy;

	(void)state;
	assert_string_equal(
	    faults_of(two, &overrides, faults, sizeof faults, &policy),
	    "command line: address: there are 2 listeners; write --set "
	    "listener.NAME.address=... to say which\n"
	    "command line: forward-to: there are 2 listeners; write --set "
	    "listener.NAME.forward-to=... to say which\n");
	assert_null(policy);
	assert_string_equal(
	    faults_of(NULL, NULL, faults, sizeof faults, &policy),
	    "command line: there is no listener; write one, or use -l and "
	    "-f\n");
	assert_null(policy);
}

// The open relay of the command line is refused like that of the file.
static void
no_relay_is_opened_by_an_option(void **state)
{
	static const char *const anywhere[] = {"0.0.0.0:2525"};
	const struct policy_overrides overrides = {
	    .listen = {anywhere, 1}, .forward_to = TO("mail.example.com")};
	char faults[2048];
	struct policy *policy;

	(void)state;
	assert_string_equal(
	    faults_of(NULL, &overrides, faults, sizeof faults, &policy),
	    "command line: listener.command-line: 0.0.0.0:2525 is not on "
	    "loopback, and clients does not say who may use it (anyone could: "
	    "an open relay); write clients = [ \"192.0.2.0/24\" ]\n");
	assert_null(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_command_line_is_enough),
	    cmocka_unit_test(receivers_may_be_repeated),
	    cmocka_unit_test(the_original_receiver_is_a_word),
	    cmocka_unit_test(levels_have_options_of_their_own),
	    cmocka_unit_test(set_lies_between_listener_and_rules),
	    cmocka_unit_test(any_setting_can_be_set),
	    cmocka_unit_test(what_is_wrong_is_told),
	    cmocka_unit_test(one_listener_must_be_meant),
	    cmocka_unit_test(no_relay_is_opened_by_an_option),
	};

	return cmocka_run_group_tests_name("override", tests, NULL, NULL);
}
