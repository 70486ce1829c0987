// SPDX-License-Identifier: ISC

#include "probe_lab.h"

#include "tool/probe_dial.h"

static enum probe_answer
passes(enum level level)
{
	return probe_level_of(&result, level)->passes;
}

// What the configuration's own parser makes of the suggestion.
static struct policy *
parsed(void)
{
	struct tls_error error = {.text = ""};
	struct policy *policy = probe_policy(result.suggestion.text, &error);

	assert_string_equal(error.text, "");
	assert_non_null(policy);
	return policy;
}

static void
says_which_level(enum level level)
{
	struct policy *policy = parsed();

	assert_int_equal(probe_policy_receiver(policy)->tls, level);
	policy_release(&policy);
}

static bool
found(enum probe_fault fault)
{
	for (size_t i = 0; i < result.finding_count; i++)
		if (result.finding[i].fault == fault)
			return true;
	return false;
}

static void
every_fault_says_what_to_change(void **state)
{
	(void)state;
	for (unsigned i = 1; i < PROBE_FAULT_COUNT; i++) {
		enum probe_fault fault = (enum probe_fault)i;

		assert_true(strlen(probe_fault_name(fault)) > 3);
		assert_true(strlen(probe_fault_sentence(fault)) > 15);
		assert_true(strlen(probe_fault_advice(fault)) > 10);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(probe_fault_name(fault),
			    probe_fault_name((enum probe_fault)j));
	}
}

static void
min_bits_are_what_the_strongest_suite_has(void **state)
{
	static const struct {
		unsigned first, second, floor;
	} rows[] = {
	    {256, 128, 256},
	    {128, 256, 256},
	    {128, 128, 128},
	    {112, 56, 112},
	    {127, 40, 112},
	    {56, 40, 56},
	    {40, 40, 40},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		offer(PROTOCOL_TLS1_0, "A", rows[i].first);
		offer(PROTOCOL_TLS1_0, "B", rows[i].second);
		assert_int_equal(
		    probe_min_bits(probe_newest(&result)), rows[i].floor);
	}
}

static void
a_verified_name_is_suggested_first(void **state)
{
	struct policy *policy;
	const struct receiver_settings *settings;

	(void)state;
	start();
	offer(PROTOCOL_TLS1_3, "TLS_AES_256_GCM_SHA384", 256);
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	probe_suggest(&result);
	policy = parsed();
	settings = probe_policy_receiver(policy);
	assert_int_equal(settings->tls, LEVEL_VERIFY);
	assert_int_equal(settings->min_protocol, PROTOCOL_TLS1_3);
	assert_int_equal(settings->min_bits, 256);
	assert_int_equal(settings->names.count, 1);
	assert_string_equal(settings->names.items[0], "mx.example");
	policy_release(&policy);
	works();
	for (unsigned level = LEVEL_ENCRYPT; level <= LEVEL_SECURE; level++)
		assert_int_equal(passes((enum level)level), PROBE_YES);
	probe_judge(&result);
	assert_int_equal(probe_status(&result), 0);
}

static void
without_a_chain_its_digest_is_pinned(void **state)
{
	struct policy *policy;

	(void)state;
	start();
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	probe_suggest(&result);
	fails_with(TLS_FAILURE_UNTRUSTED, true);
	policy = parsed();
	assert_string_equal(
	    probe_policy_receiver(policy)->fingerprints.items[0], DIGEST);
	policy_release(&policy);
	works();
	assert_int_equal(passes(LEVEL_ENCRYPT), PROBE_YES);
	assert_int_equal(passes(LEVEL_FINGERPRINT), PROBE_YES);
	assert_int_equal(passes(LEVEL_VERIFY), PROBE_NO);
	assert_int_equal(passes(LEVEL_SECURE), PROBE_NO);
	probe_judge(&result);
	assert_true(found(PROBE_UNTRUSTED));
	assert_int_equal(probe_status(&result), 1);
}

static void
a_certificate_for_another_name_gives_that_name(void **state)
{
	struct policy *policy;

	(void)state;
	start();
	bytes_copy_text(result.main.facts.names, sizeof result.main.facts.names,
	    "*.pool.example,mail.example");
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	probe_suggest(&result);
	fails_with(TLS_FAILURE_NAME, true);
	policy = parsed();
	assert_int_equal(probe_policy_receiver(policy)->tls, LEVEL_SECURE);
	assert_string_equal(
	    probe_policy_receiver(policy)->names.items[0], "mail.example");
	policy_release(&policy);
	works();
	assert_int_equal(passes(LEVEL_SECURE), PROBE_YES);
	assert_int_equal(passes(LEVEL_VERIFY), PROBE_NO);
	probe_judge(&result);
	assert_true(found(PROBE_WRONG_NAME));
}

static void
names_of_a_certificate_cannot_leave_their_string(void **state)
{
	struct policy *policy;

	(void)state;
	start();
	bytes_copy_text(result.main.facts.names, sizeof result.main.facts.names,
	    "a\"];tls=\"none\";x=[\"\\");
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	probe_suggest(&result);
	fails_with(TLS_FAILURE_NAME, true);
	struct tls_error error;
	policy = probe_policy(result.suggestion.text, &error);
	// Refused as a name, or taken as one: never as settings.
	if (policy != NULL)
		assert_int_equal(
		    probe_policy_receiver(policy)->tls, LEVEL_SECURE);
	assert_null(strstr(result.suggestion.text, "[ \"a\"]"));
	policy_release(&policy);
}

static void
a_weak_key_lowers_the_floor_at_last(void **state)
{
	struct policy *policy;

	(void)state;
	start();
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	probe_suggest(&result);
	fails_with(TLS_FAILURE_WEAK_KEY, true);
	says_which_level(LEVEL_FINGERPRINT);
	fails_with(TLS_FAILURE_WEAK_KEY, true);
	says_which_level(LEVEL_ENCRYPT);
	fails_with(TLS_FAILURE_WEAK_KEY, true);
	policy = parsed();
	assert_int_equal(
	    probe_policy_receiver(policy)->min_protocol, PROTOCOL_TLS1_1);
	assert_int_equal(probe_policy_receiver(policy)->tls, LEVEL_FINGERPRINT);
	policy_release(&policy);
	fails_with(TLS_FAILURE_WEAK_KEY, true);
	fails_with(TLS_FAILURE_WEAK_KEY, false);
	probe_judge(&result);
	assert_true(found(PROBE_SUGGESTION));
	assert_true(found(PROBE_WEAK_KEY));
}

static void
plaintext_is_suggested_where_there_is_nothing_else(void **state)
{
	static const struct {
		enum probe_fault fault;
		bool implicit, suggested;
	} rows[] = {
	    {PROBE_NO_STARTTLS, false, true},
	    {PROBE_STARTTLS_REFUSED, false, true},
	    {PROBE_HANDSHAKE, false, true},
	    {PROBE_HANDSHAKE, true, false},
	    {PROBE_REFUSED, false, false},
	    {PROBE_SILENT, false, false},
	    {PROBE_INJECTED, false, false},
	    {PROBE_NOT_SMTP, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		result.main.secured = false;
		result.main.fault = rows[i].fault;
		result.implicit = rows[i].implicit;
		probe_suggest(&result);
		assert_int_equal(
		    result.suggestion.text[0] != '\0', rows[i].suggested);
		if (rows[i].suggested) {
			says_which_level(LEVEL_MAY);
			works();
		}
		probe_judge(&result);
		assert_true(found(rows[i].fault));
		assert_int_equal(probe_status(&result), 1);
	}
}

static void
old_servers_get_the_floor_that_they_reach(void **state)
{
	struct policy *policy;
	const struct receiver_settings *settings;

	(void)state;
	start();
	offer(PROTOCOL_SSL3, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40);
	result.main.facts.legacy = true;
	result.implicit = true;
	result.profile_count = 2;
	result.profile[0] =
	    (struct probe_profile){.name = "schannel", .served = PROBE_YES};
	result.profile[1] =
	    (struct probe_profile){.name = "legacy", .served = PROBE_NO};
	probe_suggest(&result);
	policy = parsed();
	settings = probe_policy_receiver(policy);
	assert_int_equal(settings->min_protocol, PROTOCOL_SSL3);
	assert_int_equal(settings->min_bits, 40);
	assert_int_equal(settings->hello_profile, HELLO_PROFILE_SCHANNEL);
	assert_true(settings->implicit_tls);
	policy_release(&policy);
	probe_judge(&result);
	assert_true(found(PROBE_OLD_PROTOCOL));
	assert_true(found(PROBE_WEAK_SUITE));
	assert_true(found(PROBE_EXPORT));
	assert_true(found(PROBE_SSL3));
	result.profile[1].served = PROBE_YES;
	probe_suggest(&result);
	assert_null(strstr(result.suggestion.text, "schannel"));
}

static void
an_expired_certificate_is_said_once(void **state)
{
	size_t count = 0;

	(void)state;
	start();
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	result.main.facts.not_after = NOW - 1;
	probe_suggest(&result);
	fails_with(TLS_FAILURE_EXPIRED, true);
	works();
	probe_judge(&result);
	for (size_t i = 0; i < result.finding_count; i++)
		count += result.finding[i].fault == PROBE_EXPIRED;
	assert_int_equal(count, 1);
	assert_int_equal(result.finding_count, 1);
}

static void
starttls_is_known_in_any_case(void **state)
{
	(void)state;
	assert_true(probe_is_starttls("STARTTLS"));
	assert_true(probe_is_starttls("starttls REQUIRED"));
	assert_false(probe_is_starttls("STARTTLSX"));
	assert_false(probe_is_starttls("XSTARTTLS"));
	assert_false(probe_is_starttls(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_says_what_to_change),
	    cmocka_unit_test(min_bits_are_what_the_strongest_suite_has),
	    cmocka_unit_test(a_verified_name_is_suggested_first),
	    cmocka_unit_test(without_a_chain_its_digest_is_pinned),
	    cmocka_unit_test(a_certificate_for_another_name_gives_that_name),
	    cmocka_unit_test(names_of_a_certificate_cannot_leave_their_string),
	    cmocka_unit_test(a_weak_key_lowers_the_floor_at_last),
	    cmocka_unit_test(
		plaintext_is_suggested_where_there_is_nothing_else),
	    cmocka_unit_test(old_servers_get_the_floor_that_they_reach),
	    cmocka_unit_test(an_expired_certificate_is_said_once),
	    cmocka_unit_test(starttls_is_known_in_any_case),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
