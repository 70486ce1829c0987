// SPDX-License-Identifier: ISC
//
// Which engine serves whom: our own server and client, under all kinds of
// settings, against each other.

#include "engines_lab.h"

static void
both_speak_the_best_by_default(void **state)
{
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs_run(&legs, LAB_LIMIT);
	legs_assert_open(&legs);
	const struct tls_facts *facts = &legs.server.engine->facts;
	assert_string_equal(facts->protocol, "TLSv1.3");
	assert_string_equal(facts->offered_protocol, "TLSv1.3");
	assert_string_equal(facts->server_name, "mail.example");
	assert_false(facts->legacy);
	facts = &legs.client.engine->facts;
	// A certificate was made, for nobody in particular to trust.
	assert_int_equal(facts->verified, TLS_VERIFIED_UNTRUSTED);
	assert_string_equal(facts->names, "proxy.example");
	assert_string_equal(facts->subject, facts->issuer);
	legs_talk(&legs);
	legs_free(&legs);
}

static void
a_hello_is_held_until_it_is_whole(void **state)
{
	static const size_t pieces[] = {1, 3, 100};

	(void)state;
	for (size_t i = 0; i < ROWS(pieces); i++) {
		struct legs legs;

		legs_init(&legs);
		legs_run(&legs, pieces[i]);
		legs_assert_open(&legs);
		legs_talk(&legs);
		legs_free(&legs);
	}
}

static const char *const rc4_40[] = {"TLS_RSA_EXPORT_WITH_RC4_40_MD5"};
static const char *const rc4_56[] = {"TLS_RSA_EXPORT1024_WITH_RC4_56_SHA"};
static const char *const rc4_128[] = {"TLS_RSA_WITH_RC4_128_MD5"};
static const char *const des3[] = {"TLS_RSA_WITH_3DES_EDE_CBC_SHA"};

static const struct meeting {
	const char *what;
	enum protocol server_min;
	unsigned server_bits;
	enum protocol client_min, client_max;
	const char *const *client_suite; // NULL: all
	enum hello_profile profile;
	bool open, legacy;
	const char *protocol; // where open
	enum tls_failure failure;
	const char *detail; // where not
	int alert;
} meetings[] = {
    {"modern meets a server that also admits legacy", PROTOCOL_SSL3, 40,
	PROTOCOL_TLS1_2, PROTOCOL_TLS1_3, NULL, HELLO_PROFILE_MODERN, true,
	false, "TLSv1.3", 0, NULL, -1},
    {"TLS 1.0 with AES is the modern engine's", PROTOCOL_SSL3, 40,
	PROTOCOL_TLS1_0, PROTOCOL_TLS1_0, NULL, HELLO_PROFILE_MODERN, true,
	false, "TLSv1.0", 0, NULL, -1},
    {"Schannel of 1999", PROTOCOL_SSL3, 40, PROTOCOL_SSL3, PROTOCOL_TLS1_0,
	NULL, HELLO_PROFILE_SCHANNEL, true, true, "TLSv1.0", 0, NULL, -1},
    {"40 bits", PROTOCOL_SSL3, 40, PROTOCOL_SSL3, PROTOCOL_TLS1_0, rc4_40,
	HELLO_PROFILE_SCHANNEL, true, true, "TLSv1.0", 0, NULL, -1},
    {"56 bits in the SSLv2 format", PROTOCOL_SSL3, 56, PROTOCOL_SSL3,
	PROTOCOL_TLS1_0, rc4_56, HELLO_PROFILE_LEGACY_V2, true, true, "TLSv1.0",
	0, NULL, -1},
    {"SSL 3.0", PROTOCOL_SSL3, 112, PROTOCOL_SSL3, PROTOCOL_SSL3, rc4_128,
	HELLO_PROFILE_SCHANNEL, true, true, "SSLv3", 0, NULL, -1},
    {"3DES where TLS 1.0 is admitted", PROTOCOL_TLS1_0, 112, PROTOCOL_TLS1_0,
	PROTOCOL_TLS1_0, des3, HELLO_PROFILE_SCHANNEL, true, true, "TLSv1.0", 0,
	NULL, -1},
    {"Schannel of 1999 by default", PROTOCOL_TLS1_2, 112, PROTOCOL_SSL3,
	PROTOCOL_TLS1_0, NULL, HELLO_PROFILE_SCHANNEL, false, false, NULL,
	TLS_FAILURE_LEGACY_NOT_ADMITTED,
	"offers TLS 1.0 at most, this listener's min-protocol is "
	"tls1.2; a rule for this client with min-protocol = tls1.0 "
	"would admit it",
	70},
    {"40 bits by default", PROTOCOL_TLS1_2, 112, PROTOCOL_SSL3, PROTOCOL_TLS1_0,
	rc4_40, HELLO_PROFILE_SCHANNEL, false, false, NULL,
	TLS_FAILURE_LEGACY_NOT_ADMITTED,
	"offers TLS 1.0 at most, this listener's min-protocol is "
	"tls1.2; a rule for this client with min-protocol = tls1.0 "
	"and min-bits = 40 would admit it",
	70},
    {"40 bits where 56 are wanted", PROTOCOL_SSL3, 56, PROTOCOL_SSL3,
	PROTOCOL_TLS1_0, rc4_40, HELLO_PROFILE_LEGACY_V2, false, false, NULL,
	TLS_FAILURE_LEGACY_NOT_ADMITTED,
	"offers TLS 1.0, but no suite that this listener's ciphers "
	"and min-bits (56) admit; a rule for this client with "
	"min-bits = 40 would admit it",
	40},
    {"SSL 3.0 where TLS 1.0 is wanted", PROTOCOL_TLS1_0, 112, PROTOCOL_SSL3,
	PROTOCOL_SSL3, rc4_128, HELLO_PROFILE_SCHANNEL, false, false, NULL,
	TLS_FAILURE_LEGACY_NOT_ADMITTED,
	"offers SSL 3.0 at most, this listener's min-protocol is "
	"tls1.0; a rule for this client with min-protocol = ssl3 "
	"would admit it",
	40},
    {"TLS 1.2 where 1.3 is wanted", PROTOCOL_TLS1_3, 112, PROTOCOL_TLS1_2,
	PROTOCOL_TLS1_2, NULL, HELLO_PROFILE_MODERN, false, false, NULL,
	TLS_FAILURE_PROTOCOL,
	"offers TLS 1.2 at most, this listener's min-protocol is "
	"tls1.3; a rule for this client with min-protocol = tls1.2 "
	"would admit it",
	70},
};

static void
the_hello_and_the_settings_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(meetings); i++) {
		const struct meeting *row = &meetings[i];
		struct legs legs;

		legs_init(&legs);
		legs.sender.min_protocol = row->server_min;
		legs.sender.min_bits = row->server_bits;
		legs.receiver.min_protocol = row->client_min;
		legs.receiver.max_protocol = row->client_max;
		legs.receiver.min_bits = 40;
		legs.receiver.hello_profile = row->profile;
		if (row->client_suite != NULL)
			legs.receiver.ciphers =
			    (struct text_list){row->client_suite, 1};
		legs_run(&legs, i % 2 == 0 ? LAB_LIMIT : 1);
		const struct tls_facts *facts = &legs.server.engine->facts;
		if (row->open) {
			legs_assert_open(&legs);
			assert_int_equal(facts->legacy, row->legacy);
			assert_string_equal(facts->protocol, row->protocol);
			if (row->client_suite != NULL)
				assert_string_equal(
				    facts->suite, row->client_suite[0]);
			legs_talk(&legs);
		} else {
			assert_string_equal(facts->detail, row->detail);
			assert_int_equal(facts->failure, row->failure);
			assert_int_equal(facts->alert_sent, row->alert);
			assert_int_equal(
			    legs.client.engine->status, ENGINE_FAILED);
			assert_int_equal(
			    legs.client.engine->facts.alert_received,
			    row->alert);
		}
		legs_free(&legs);
	}
}

static void
settings_of_a_rule_hold_for_one_client_alone(void **state)
{
	struct sender_settings rule;
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs.receiver.min_protocol = PROTOCOL_SSL3;
	legs.receiver.max_protocol = PROTOCOL_TLS1_0;
	legs.receiver.hello_profile = HELLO_PROFILE_SCHANNEL;
	rule = legs.sender;
	rule.min_protocol = PROTOCOL_TLS1_0;
	legs_start(&legs);
	legs_connect(&legs, &rule, 0);
	lab_pump(&legs.client, &legs.server, LAB_LIMIT);
	legs_assert_open(&legs);
	// The same server, for a client without that rule.
	legs_connect(&legs, &legs.sender, 0);
	lab_pump(&legs.client, &legs.server, LAB_LIMIT);
	assert_int_equal(
	    legs.server.engine->facts.failure, TLS_FAILURE_LEGACY_NOT_ADMITTED);
	legs_free(&legs);
}

static void
what_is_no_hello_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum tls_failure failure;
		const char *detail;
		int alert;
	} rows[] = {
	    {"GET / HTTP/1.1\r\n\r\n", 18, TLS_FAILURE_NOT_TLS,
		"it begins with \"GET.\"", -1},
	    {"AUTH PLAIN c2VjcmV0\r\n", 21, TLS_FAILURE_NOT_TLS,
		"it begins with \"AUTH\"", -1},
	    {"\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9, TLS_FAILURE_MESSAGE,
		"the first message is no well-formed ClientHello", 50},
	    {"\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9, TLS_FAILURE_MESSAGE,
		"the ClientHello is longer than 64 KiB", 50},
	    {"\x15\x03\x01\x00\x02\x02\x28", 7, TLS_FAILURE_MESSAGE,
		"the first message is no well-formed ClientHello", 50},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * 2; i++) {
		size_t row = i / 2;
		size_t piece = i % 2 == 0 ? rows[row].size : 1;
		struct legs legs;

		legs_init(&legs);
		legs_start(&legs);
		legs_connect(&legs, &legs.sender, 0);
		buffer_consume(&legs.client.records, legs.client.records.size);
		buffer_append(
		    &legs.client.records, rows[row].bytes, rows[row].size);
		lab_move(&legs.client, &legs.server, piece);
		const struct tls_facts *facts = &legs.server.engine->facts;
		assert_int_equal(facts->failure, rows[row].failure);
		assert_int_equal(facts->alert_sent, rows[row].alert);
		assert_int_equal(
		    legs.server.records.size, rows[row].alert < 0 ? 0 : 7);
		if (piece > 1)
			assert_string_equal(facts->detail, rows[row].detail);
		legs_free(&legs);
	}
}

static void
versions_that_nobody_knows_are_told_as_such(void **state)
{
	static const uint16_t suites[] = {0x1301, 0xc02f};
	static const uint8_t draft_18[] = {0, 43, 0, 3, 2, 0x7f, 0x12};
	struct draft draft = {.version = 0x0303,
	    .suites = suites,
	    .suite_count = 2,
	    .extensions = draft_18,
	    .extension_size = sizeof draft_18};
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs_start(&legs);
	legs_connect(&legs, &legs.sender, 0);
	engine_receive(legs.server.engine, memory, write_hello(&draft));
	assert_string_equal(legs.server.engine->facts.detail,
	    "offers no TLS version that is known here, this listener's "
	    "min-protocol is tls1.2");
	legs_free(&legs);
}

static void
another_protocol_by_alpn_is_refused(void **state)
{
	static const uint16_t suites[] = {0x1301, 0xc02f};
	static const uint8_t web[] = {0, 16, 0, 5, 0, 3, 2, 'h', '2'};
	struct draft draft = {.version = 0x0303,
	    .suites = suites,
	    .suite_count = 2,
	    .extensions = web,
	    .extension_size = sizeof web};
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs_start(&legs);
	legs_connect(&legs, &legs.sender, 0);
	engine_receive(legs.server.engine, memory, write_hello(&draft));
	assert_int_equal(legs.server.engine->facts.failure, TLS_FAILURE_ALPN);
	assert_int_equal(legs.server.engine->facts.alert_sent, 120);
	legs_free(&legs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_speak_the_best_by_default),
	    cmocka_unit_test(a_hello_is_held_until_it_is_whole),
	    cmocka_unit_test(the_hello_and_the_settings_choose),
	    cmocka_unit_test(settings_of_a_rule_hold_for_one_client_alone),
	    cmocka_unit_test(versions_that_nobody_knows_are_told_as_such),
	    cmocka_unit_test(what_is_no_hello_is_refused),
	    cmocka_unit_test(another_protocol_by_alpn_is_refused),
	};

	return cmocka_run_group_tests_name("engines", tests, NULL, NULL);
}
