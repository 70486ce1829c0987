// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "probe_lab.h"

#include "tool/probe_tell.h"

#include <stdio.h>

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
	    probe_tell_text, probe_tell_json};

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
	text = told(probe_tell_text);
	assert_non_null(strstr(text, "  before  under   PIPELINING\n"));
	assert_non_null(strstr(text, "  before  -       STARTTLS\n"));
	assert_non_null(strstr(text, "  -       under   AUTH PLAIN\n"));
	assert_non_null(strstr(text, "2026-12-24T"));
	assert_non_null(strstr(text, "in 30 days"));
	assert_non_null(
	    strstr(text, "receiver = {\n  tls          = \"verify"));
	assert_non_null(strstr(text, "SSLv3    not tried, --legacy would\n"));
	assert_null(strstr(text, "what is wrong"));
	free(text);
	text = told(probe_tell_json);
	assert_non_null(
	    strstr(text, "\"after\":[\"PIPELINING\",\"AUTH PLAIN\"]"));
	assert_non_null(strstr(text, "\"faults\":[]"));
	assert_non_null(strstr(
	    text, "{\"protocol\":\"SSLv3\",\"offered\":null,\"suites\":[]"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_text_is_escaped),
	    cmocka_unit_test(both_tellings_say_what_matters),
	};

	return cmocka_run_group_tests_name("probe_tell", tests, NULL, NULL);
}
