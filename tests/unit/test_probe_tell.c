// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "probe_lab.h"
#include "snapshot.h"

#include "tool/probe_tell.h"

#include <stdio.h>

static void
tell_plain(const struct probe_result *told_of, FILE *to)
{
	probe_tell_text(told_of, false, to);
}

static void
tell_coloured(const struct probe_result *told_of, FILE *to)
{
	probe_tell_text(told_of, true, to);
}

// The bytes that tell would print; freed by the caller.
static char *
told(void (*tell)(const struct probe_result *, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	tell(&result, to);
	assert_int_equal(fclose(to), 0);
	return text;
}

// What a server wrote cannot move a cursor, nor leave its string.
static void
hostile_text_is_escaped(void **state)
{
	void (*const tells[])(const struct probe_result *, FILE *) = {
	    tell_plain, probe_tell_json};

	(void)state;
	start();
	offer(PROTOCOL_TLS1_2, "TLS_RSA_WITH_AES_128_CBC_SHA", 128);
	result.main.before.count = 1;
	bytes_copy_text(result.main.before.text[0], PROBE_KEYWORD,
	    "X\033[2J\",\"y\":\"\\\x07\xff\r\n");
	bytes_copy_text(result.main.greeting, sizeof result.main.greeting,
	    "220 \033]0;title\007");
	probe_suggest(&result);
	fails_with(TLS_FAILURE_UNTRUSTED, true);
	works();
	probe_judge(&result);
	for (size_t i = 0; i < ROWS(tells); i++) {
		char *text = told(tells[i]);

		for (const char *at = text; *at != '\0'; at++)
			assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
		assert_non_null(strstr(text, "X"));
		assert_non_null(strstr(text, "x1b[2J"));
		if (i == 1)
			assert_non_null(strstr(text, "\\\",\\\"y\\\":"));
		free(text);
	}
}

static void
both_tellings_say_what_matters(void **state)
{
	char *text;

	(void)state;
	start();
	offer(PROTOCOL_TLS1_3, "TLS_AES_256_GCM_SHA384", 256);
	result.main.before.count = 2;
	bytes_copy_text(
	    result.main.before.text[0], PROBE_KEYWORD, "PIPELINING");
	bytes_copy_text(result.main.before.text[1], PROBE_KEYWORD, "STARTTLS");
	result.main.after = result.main.before;
	bytes_copy_text(result.main.after.text[1], PROBE_KEYWORD, "AUTH PLAIN");
	probe_suggest(&result);
	works();
	probe_judge(&result);
	text = told(tell_plain);
	assert_non_null(strstr(text, "  yes        yes        PIPELINING\n"));
	assert_non_null(strstr(text, "  yes        -          STARTTLS\n"));
	assert_non_null(strstr(text, "  -          yes        AUTH PLAIN\n"));
	assert_non_null(strstr(text, "2026-12-24T"));
	assert_non_null(strstr(text, "in 30 days"));
	assert_non_null(
	    strstr(text, "receiver = {\n  tls          = \"verify"));
	assert_non_null(
	    strstr(text, "  SSLv3    -    not tried; --legacy would\n"));
	assert_null(strstr(text, "things are wrong"));
	free(text);
	text = told(probe_tell_json);
	assert_non_null(
	    strstr(text, "\"after\":[\"PIPELINING\",\"AUTH PLAIN\"]"));
	assert_non_null(strstr(text, "\"faults\":[]"));
	assert_non_null(strstr(
	    text, "{\"protocol\":\"SSLv3\",\"offered\":null,\"suites\":[]"));
	free(text);
}

static const char *const before[] = {
    "PIPELINING", "SIZE 35882577", "STARTTLS", "8BITMIME"};
static const char *const after[] = {
    "PIPELINING", "SIZE 35882577", "AUTH PLAIN LOGIN", "8BITMIME"};
static const uint64_t spent[PROBE_STEP_COUNT] = {
    11800, 30250, 900, 800, 24100, 700, 600};

// A server that has much, and a good name.
static void
make_good(void)
{
	struct tls_facts *facts = &result.main.facts;

	start();
	result.resolve = 4200;
	result.connections = 14;
	result.spent = 2150000;
	bytes_copy_text(result.main.greeting, sizeof result.main.greeting,
	    "220 mx.example ESMTP ready");
	bytes_copy_text(facts->protocol, sizeof facts->protocol, "TLSv1.3");
	bytes_copy_text(
	    facts->suite, sizeof facts->suite, "TLS_AES_256_GCM_SHA384");
	facts->bits = 256;
	bytes_copy_text(facts->subject, sizeof facts->subject, "CN=mx.example");
	bytes_copy_text(
	    facts->issuer, sizeof facts->issuer, "CN=R11,O=Example Trust,C=US");
	bytes_copy_text(facts->key, sizeof facts->key, "RSA 2048");
	for (size_t i = 0; i < ROWS(before); i++) {
		bytes_copy_text(
		    result.main.before.text[i], PROBE_KEYWORD, before[i]);
		bytes_copy_text(
		    result.main.after.text[i], PROBE_KEYWORD, after[i]);
	}
	result.main.before.count = result.main.after.count = ROWS(before);
	for (unsigned i = 0; i < PROBE_STEP_COUNT; i++) {
		result.main.done[i] = true;
		result.main.spent[i] = spent[i];
	}
	offer(PROTOCOL_TLS1_3, "TLS_AES_256_GCM_SHA384", 256);
	offer(PROTOCOL_TLS1_3, "TLS_CHACHA20_POLY1305_SHA256", 256);
	offer(PROTOCOL_TLS1_2, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 128);
	for (unsigned i = 2; i < 4; i++) {
		result.version[i].offered = PROBE_NO;
		result.version[i].failure = TLS_FAILURE_PROTOCOL;
	}
}

static void
make_bad(void)
{
	make_good();
	result.main.facts.not_after = NOW - 3 * 86400;
	offer(PROTOCOL_TLS1_0, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 112);
	result.legacy = true;
	result.profile_count = 2;
	result.profile[0] =
	    (struct probe_profile){.name = "schannel", .served = PROBE_YES};
	bytes_copy_text(result.profile[0].facts.protocol,
	    sizeof result.profile[0].facts.protocol, "TLSv1.0");
	bytes_copy_text(result.profile[0].facts.suite,
	    sizeof result.profile[0].facts.suite, "TLS_RSA_WITH_RC4_128_MD5");
	result.profile[0].facts.bits = 128;
	result.profile[1] =
	    (struct probe_profile){.name = "schannel-40", .served = PROBE_NO};
	result.profile[1].facts.failure = TLS_FAILURE_SUITE;
	offer(PROTOCOL_SSL3, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40);
}

static void
pages_are_what_they_were(void **state)
{
	static const struct {
		const char *name;
		bool good, colour;
	} pages[] = {{"probe", true, false}, {"probe-in-colour", false, true},
	    {"probe-faults", false, false}};

	(void)state;
	for (size_t i = 0; i < ROWS(pages); i++) {
		char *text;

		if (pages[i].good)
			make_good();
		else
			make_bad();
		probe_suggest(&result);
		if (!pages[i].good)
			fails_with(TLS_FAILURE_EXPIRED, true);
		works();
		bytes_copy_text(result.suggestion.with,
		    sizeof result.suggestion.with,
		    "TLSv1.3, TLS_AES_256_GCM_SHA384, 256 bits");
		probe_judge(&result);
		text = told(pages[i].colour ? tell_coloured : tell_plain);
		snapshot_held(pages[i].name, text);
		free(text);
	}
}

static void
one_is_not_several(void **state)
{
	char *text;

	(void)state;
	make_good();
	result.connections = 1;
	text = told(tell_plain);
	assert_non_null(strstr(text, "  1 connection in all, in "));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_text_is_escaped),
	    cmocka_unit_test(both_tellings_say_what_matters),
	    cmocka_unit_test(pages_are_what_they_were),
	    cmocka_unit_test(one_is_not_several),
	};

	return cmocka_run_group_tests_name("probe_tell", tests, NULL, NULL);
}
