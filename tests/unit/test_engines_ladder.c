// SPDX-License-Identifier: ISC
//
// The forms of a hello that a receiver is tried with, one after another.

#include "engines_lab.h"

#include <string.h>

static const char rc4_128[] = "TLS_RSA_WITH_RC4_128_MD5";

static void
a_fallback_is_judged_by_the_listeners_maximum(void **state)
{
	static const struct {
		enum protocol server_max;
		const char *rung;
		enum tls_failure failure;
	} rows[] = {
	    {PROTOCOL_TLS1_3, "modern", TLS_FAILURE_NONE},
	    {PROTOCOL_TLS1_3, "compatible", TLS_FAILURE_FALLBACK},
	    {PROTOCOL_TLS1_3, "legacy", TLS_FAILURE_FALLBACK},
	    {PROTOCOL_TLS1_3, "legacy-v2", TLS_FAILURE_FALLBACK},
	    {PROTOCOL_TLS1_2, "compatible", TLS_FAILURE_NONE},
	    {PROTOCOL_TLS1_2, "legacy", TLS_FAILURE_FALLBACK},
	    {PROTOCOL_TLS1_0, "legacy", TLS_FAILURE_NONE},
	    {PROTOCOL_TLS1_0, "legacy-v2", TLS_FAILURE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct legs legs;
		unsigned rung = 0;

		legs_init(&legs);
		legs.sender.min_protocol = PROTOCOL_SSL3;
		legs.sender.max_protocol = rows[i].server_max;
		legs.receiver.min_protocol = PROTOCOL_SSL3;
		legs_start(&legs);
		while (strcmp(tls_client_rung_name(
				  legs.tls_client, &legs.receiver, rung),
			   rows[i].rung) != 0)
			rung++;
		legs_connect(&legs, &legs.sender, rung);
		lab_pump(&legs.client, &legs.server, LAB_LIMIT);
		assert_string_equal(
		    tls_failure_name(legs.server.engine->facts.failure),
		    tls_failure_name(rows[i].failure));
		legs_free(&legs);
	}
}

static void
the_ladder_is_as_long_as_the_settings_allow(void **state)
{
	static const struct {
		enum protocol min, max;
		unsigned bits;
		enum hello_profile profile;
		const char *rungs;
		const char *suite; // all of ciphers; NULL: no such setting
	} rows[] = {
	    {PROTOCOL_TLS1_2, PROTOCOL_TLS1_3, 128, HELLO_PROFILE_AUTOMATIC,
		"modern compatible ", NULL},
	    {PROTOCOL_TLS1_3, PROTOCOL_TLS1_3, 128, HELLO_PROFILE_AUTOMATIC,
		"modern ", NULL},
	    {PROTOCOL_TLS1_0, PROTOCOL_TLS1_3, 112, HELLO_PROFILE_AUTOMATIC,
		"modern compatible legacy legacy-v2 ", NULL},
	    {PROTOCOL_SSL3, PROTOCOL_SSL3, 40, HELLO_PROFILE_AUTOMATIC,
		"legacy legacy-v2 ", NULL},
	    // libssl has none of these suites, or not at these versions.
	    {PROTOCOL_TLS1_0, PROTOCOL_TLS1_3, 112, HELLO_PROFILE_AUTOMATIC,
		"legacy legacy-v2 ", rc4_128},
	    {PROTOCOL_TLS1_0, PROTOCOL_TLS1_3, 112, HELLO_PROFILE_AUTOMATIC,
		"modern ", "TLS_AES_256_GCM_SHA384"},
	    {PROTOCOL_TLS1_2, PROTOCOL_TLS1_3, 128, HELLO_PROFILE_MODERN,
		"modern ", NULL},
	    {PROTOCOL_TLS1_2, PROTOCOL_TLS1_3, 128, HELLO_PROFILE_COMPATIBLE,
		"compatible ", NULL},
	    {PROTOCOL_SSL3, PROTOCOL_TLS1_3, 40, HELLO_PROFILE_SCHANNEL,
		"schannel ", NULL},
	    {PROTOCOL_SSL3, PROTOCOL_TLS1_3, 40, HELLO_PROFILE_SCHANNEL,
		"schannel ", "TLS_RSA_WITH_DES_CBC_SHA"},
	    {PROTOCOL_SSL3, PROTOCOL_TLS1_3, 40, HELLO_PROFILE_LEGACY_V2,
		"legacy-v2 ", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct receiver_settings settings = {
		    .tls = LEVEL_ENCRYPT,
		    .min_protocol = rows[i].min,
		    .max_protocol = rows[i].max,
		    .min_bits = rows[i].bits,
		    .hello_profile = rows[i].profile,
		    .ciphers = {&rows[i].suite, rows[i].suite != NULL},
		};
		struct tls_error error = {.text = ""};
		struct tls_client *client =
		    tls_client_new(&settings, NULL, &error);
		char names[64];
		struct writer out = writer_over(names, sizeof names - 1);

		assert_non_null(client);
		for (unsigned j = 0; j < tls_client_rungs(client, &settings);
		     j++) {
			writer_text(
			    &out, tls_client_rung_name(client, &settings, j));
			writer_text(&out, " ");
		}
		names[out.size] = '\0';
		assert_string_equal(names, rows[i].rungs);
		tls_client_free(&client);
	}
}

// A hello without a suite is not dialled: who asks for it alone is told.
static void
a_profile_without_a_suite_is_refused(void **state)
{
	static const struct {
		enum protocol min;
		unsigned bits;
		enum hello_profile profile;
		const char *suite;
	} rows[] = {
	    // Schannel of that time has neither AES nor DES40.
	    {PROTOCOL_SSL3, 40, HELLO_PROFILE_SCHANNEL,
		"TLS_RSA_WITH_AES_128_CBC_SHA"},
	    {PROTOCOL_SSL3, 40, HELLO_PROFILE_SCHANNEL,
		"TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"},
	    {PROTOCOL_TLS1_0, 256, HELLO_PROFILE_SCHANNEL, NULL},
	    {PROTOCOL_TLS1_1, 40, HELLO_PROFILE_LEGACY_V2, NULL},
	    {PROTOCOL_SSL3, 112, HELLO_PROFILE_LEGACY_V2,
		"TLS_RSA_WITH_DES_CBC_SHA"},
	    {PROTOCOL_SSL3, 40, HELLO_PROFILE_MODERN,
		"TLS_RSA_WITH_DES_CBC_SHA"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct receiver_settings settings = {
		    .tls = LEVEL_ENCRYPT,
		    .min_protocol = rows[i].min,
		    .max_protocol = PROTOCOL_TLS1_3,
		    .min_bits = rows[i].bits,
		    .hello_profile = rows[i].profile,
		    .ciphers = {&rows[i].suite, rows[i].suite != NULL},
		};
		struct tls_error error = {.text = ""};

		assert_null(tls_client_new(&settings, NULL, &error));
		assert_string_not_equal(error.text, "");
		assert_non_null(error.setting);
	}
}

// What is not a humbler retry must not say that it is (RFC 7507 section 4):
// neither the first hello nor another form of the same version.
static void
no_rung_without_a_better_one_is_a_fallback(void **state)
{
	const char *suite = rc4_128;
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs.sender.min_protocol = PROTOCOL_SSL3;
	legs.receiver.min_protocol = PROTOCOL_TLS1_0;
	legs.receiver.ciphers = (struct text_list){&suite, 1};
	legs_start(&legs);
	for (unsigned rung = 0; rung < 2; rung++) {
		legs_connect(&legs, &legs.sender, rung);
		lab_pump(&legs.client, &legs.server, LAB_LIMIT);
		legs_assert_open(&legs);
		assert_true(legs.client.engine->facts.legacy);
	}
	legs_free(&legs);
}

// By its name a hello is known again by settings that have the same best
// hello, and this one too: to others it says nothing.
static void
a_hello_is_known_by_its_name_and_version(void **state)
{
	static const struct {
		enum protocol min, max;
		enum hello_profile profile;
		const char *names;
		const char *suite;
	} rows[] = {
	    {PROTOCOL_TLS1_2, PROTOCOL_TLS1_3, HELLO_PROFILE_AUTOMATIC,
		" compatible/tls1.2", NULL},
	    {PROTOCOL_TLS1_2, PROTOCOL_TLS1_2, HELLO_PROFILE_AUTOMATIC,
		" compatible/tls1.2", NULL},
	    {PROTOCOL_TLS1_0, PROTOCOL_TLS1_3, HELLO_PROFILE_AUTOMATIC,
		" compatible/tls1.2 legacy/tls1.0 legacy-v2/tls1.0", NULL},
	    {PROTOCOL_TLS1_0, PROTOCOL_TLS1_3, HELLO_PROFILE_AUTOMATIC,
		" legacy-v2/tls1.0", rc4_128},
	    {PROTOCOL_SSL3, PROTOCOL_SSL3, HELLO_PROFILE_AUTOMATIC,
		" legacy-v2/ssl3", NULL},
	    {PROTOCOL_SSL3, PROTOCOL_TLS1_3, HELLO_PROFILE_SCHANNEL, "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct receiver_settings settings = {
		    .tls = LEVEL_ENCRYPT,
		    .min_protocol = rows[i].min,
		    .max_protocol = rows[i].max,
		    .min_bits = 40,
		    .hello_profile = rows[i].profile,
		    .ciphers = {&rows[i].suite, rows[i].suite != NULL},
		};
		struct tls_error error = {.text = ""};
		struct tls_client *client =
		    tls_client_new(&settings, NULL, &error);
		char names[256] = "";
		struct writer out = writer_over(names, sizeof names - 1);
		unsigned count = tls_client_rungs(client, &settings);

		for (unsigned rung = 0; rung < count; rung++) {
			char name[TLS_HELLO_NAME_SIZE];

			tls_client_hello_name(client, &settings, rung, name);
			writer_text(&out, rung == 0 ? "" : " ");
			writer_text(&out, name);
			assert_true(strlen(name) < sizeof name - 1);
		}
		assert_string_equal(names, rows[i].names);
		tls_client_free(&client);
	}
}

// What its hellos depend on, and nothing else; the digest is kept in files.
static void
a_ladder_is_known_by_its_settings(void **state)
{
	static const char *some[] = {"ECDHE+AESGCM", "RSA+AES"};
	const struct receiver_settings base = {.tls = LEVEL_ENCRYPT,
	    .min_protocol = PROTOCOL_TLS1_2,
	    .max_protocol = PROTOCOL_TLS1_3,
	    .min_bits = 128};
	struct receiver_settings settings[] = {
	    base, base, base, base, base, base, base};
	char names[ROWS(settings)][TLS_LADDER_NAME_SIZE];

	(void)state;
	settings[1].max_protocol = PROTOCOL_TLS1_2;
	settings[2].min_bits = 112;
	settings[3].ciphers = (struct text_list){some, 1};
	settings[4].ciphers = (struct text_list){some, 2};
	settings[5].min_protocol = PROTOCOL_TLS1_0;
	settings[6].tls = LEVEL_MAY;
	for (size_t i = 0; i < ROWS(settings); i++) {
		struct tls_error error = {.text = ""};
		struct tls_client *client =
		    tls_client_new(&settings[i], NULL, &error);

		tls_client_ladder_name(client, &settings[i], names[i]);
		tls_client_free(&client);
	}
	for (size_t i = 0; i < ROWS(settings); i++)
		for (size_t j = 0; j < i; j++)
			assert_int_equal(strcmp(names[i], names[j]) == 0,
			    i == ROWS(settings) - 1 && j == 0);
	assert_string_equal(names[0], "modern/tls1.3-b2b6e911");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fallback_is_judged_by_the_listeners_maximum),
	    cmocka_unit_test(the_ladder_is_as_long_as_the_settings_allow),
	    cmocka_unit_test(a_profile_without_a_suite_is_refused),
	    cmocka_unit_test(no_rung_without_a_better_one_is_a_fallback),
	    cmocka_unit_test(a_hello_is_known_by_its_name_and_version),
	    cmocka_unit_test(a_ladder_is_known_by_its_settings),
	};

	return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
