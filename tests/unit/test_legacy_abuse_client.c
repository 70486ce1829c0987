// SPDX-License-Identifier: ISC
//
// What a server may do wrong, to the legacy engine as a client.

#include "legacy_server.h"

static const uint16_t versions[] = {VERSION_SSL3, VERSION_TLS1_0};

// Offers RC4_128_SHA, RC4_40_MD5 and a signalling value.
static const uint16_t offered[] = {0x0005, 0x0003};
static struct legacy_profile profile = {
    .name = "test",
    .version = VERSION_TLS1_0,
    .scsv = true,
    .suites = offered,
    .suite_count = 2,
};

static struct legacy_config
client_config(void)
{
	return (struct legacy_config){
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_0,
	    .min_bits = 40,
	    .profile = &profile,
	};
}

static bool
is_expected(enum stage stage, unsigned number)
{
	// A HelloRequest is let pass by a client until it is done.
	if (number == MESSAGE_HELLO_REQUEST)
		return true;
	switch (stage) {
	case STAGE_START:
		return number == MESSAGE_SERVER_HELLO;
	case STAGE_HELLO:
		return number == MESSAGE_CERTIFICATE;
	case STAGE_CERTIFICATE:
		return number == MESSAGE_CERTIFICATE_REQUEST ||
		       number == MESSAGE_SERVER_HELLO_DONE;
	case STAGE_CHANGE:
		return number == MESSAGE_FINISHED;
	case STAGE_DONE:
	case STAGE_OPEN:
		break;
	}
	return false;
}

// Among them: ServerKeyExchange with a suite that is not for export (FREAK,
// CVE-2015-0204).
static void
test_wrong_message(void **state)
{
	struct legacy_config config = client_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++)
		for (int stage = STAGE_START; stage <= STAGE_OPEN; stage++)
			for (unsigned number = 0; number < 256; number++) {
				struct mallory mallory;

				if (is_expected((enum stage)stage, number))
					continue;
				server_until(&mallory, &config, credentials,
				    versions[v], (enum stage)stage);
				mallory_empty(&mallory, number);
				mallory_speak(&mallory);
				mallory_check(
				    &mallory, 10, TLS_FAILURE_MESSAGE);
				mallory_free(&mallory);
			}
}

static void
test_early_change(void **state)
{
	static const enum stage stages[] = {STAGE_START, STAGE_HELLO,
	    STAGE_CERTIFICATE, STAGE_CHANGE, STAGE_OPEN};
	struct legacy_config config = client_config();

	(void)state;
	for (size_t i = 0; i < ROWS(stages); i++) {
		struct mallory mallory;

		server_until(
		    &mallory, &config, credentials, VERSION_TLS1_0, stages[i]);
		// The first record of a connection is never one of these.
		if (stages[i] == STAGE_START) {
			mallory_free(&mallory);
			continue;
		}
		mallory_record(&mallory, RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
		mallory_speak(&mallory);
		mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

// Where ChangeCipherSpec is expected: it has one form, and nothing of Finished
// comes before it in the open, nor content.
static void
test_malformed_change(void **state)
{
	static const uint8_t part[] = {MESSAGE_FINISHED, 0, 0};
	static const struct {
		enum record_type type;
		const void *bytes;
		size_t size;
		int alert;
	} rows[] = {
	    {RECORD_CHANGE_CIPHER_SPEC, "\2", 1, 50},
	    {RECORD_CHANGE_CIPHER_SPEC, "\1\1", 2, 50},
	    {RECORD_HANDSHAKE, part, sizeof part, 10},
	    {RECORD_APPLICATION, "250", 3, 10},
	};
	struct legacy_config config = client_config();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mallory mallory;

		server_until(
		    &mallory, &config, credentials, VERSION_TLS1_0, STAGE_DONE);
		mallory_record(
		    &mallory, rows[i].type, rows[i].bytes, rows[i].size);
		mallory_record(&mallory, RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
		mallory_speak(&mallory);
		mallory_check(&mallory, rows[i].alert, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_wrong_finished(void **state)
{
	struct legacy_config config = client_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct mallory mallory;

		server_until(
		    &mallory, &config, credentials, versions[v], STAGE_CHANGE);
		mallory_finished(&mallory, 1);
		mallory_speak(&mallory);
		mallory_check(&mallory, versions[v] == VERSION_SSL3 ? 40 : 51,
		    TLS_FAILURE_FINISHED);
		mallory_free(&mallory);
	}
}

struct hello_row {
	const char *name;
	struct server_hello hello;
	int alert;
	enum tls_failure failure;
};

static const struct hello_row hello_rows[] = {
    {"a version above the one offered", {.version = 0x0302, .suite = 5}, 70,
	TLS_FAILURE_PROTOCOL},
    {"a version of the future", {.version = 0x0400, .suite = 5}, 70,
	TLS_FAILURE_PROTOCOL},
    {"SSL 2.0", {.version = 0x0002, .suite = 5}, 70, TLS_FAILURE_PROTOCOL},
    {"a suite not offered", {.version = 0x0301, .suite = 4}, 47,
	TLS_FAILURE_SUITE},
    {"an unknown suite", {.version = 0x0301, .suite = 0x1301}, 47,
	TLS_FAILURE_SUITE},
    {"no suite at all", {.version = 0x0301, .suite = 0}, 47, TLS_FAILURE_SUITE},
    {"the signalling value", {.version = 0x0301, .suite = 0x00ff}, 47,
	TLS_FAILURE_SUITE},
    {"a compression", {.version = 0x0301, .suite = 5, .compression = 1}, 47,
	TLS_FAILURE_MESSAGE},
};

static void
test_wrong_hello(void **state)
{
	struct legacy_config config = client_config();

	(void)state;
	for (size_t i = 0; i < ROWS(hello_rows); i++) {
		struct mallory mallory;
		struct writer draft;

		server_start(&mallory, &config, credentials);
		draft = mallory_draft();
		message_write_server_hello(&draft, &hello_rows[i].hello);
		mallory_message(&mallory, &draft);
		mallory_speak(&mallory);
		mallory_check(
		    &mallory, hello_rows[i].alert, hello_rows[i].failure);
		mallory_free(&mallory);
	}
}

static void
test_version_below_minimum(void **state)
{
	struct legacy_config config = client_config();
	struct mallory mallory;

	(void)state;
	config.min_protocol = VERSION_TLS1_0;
	server_start(&mallory, &config, credentials);
	server_hello(&mallory, VERSION_SSL3, 0x0005);
	mallory_speak(&mallory);
	mallory_check(&mallory, 70, TLS_FAILURE_PROTOCOL);
	mallory_free(&mallory);
}

static void
test_sentinel(void **state)
{
	struct legacy_config config = client_config();
	struct server_hello hello = {.version = 0x0301, .suite = 5};

	(void)state;
	memcpy(hello.random + 24, "DOWNGRD", 8);
	for (int fell_back = 0; fell_back < 2; fell_back++) {
		struct mallory mallory;

		config.fell_back = fell_back == 1;
		server_start(&mallory, &config, credentials);
		mallory_server_hello(&mallory, &hello);
		mallory_speak(&mallory);
		if (config.fell_back)
			mallory_check(&mallory, 47, TLS_FAILURE_FALLBACK);
		else
			assert_int_equal(
			    ENGINE_HANDSHAKING, mallory.victim.engine->status);
		mallory_free(&mallory);
	}
}

struct raw_row {
	const char *name;
	unsigned number;
	const char *body;
	size_t size;
	int alert;
};

#define RANDOM_32 "abcdefghijklmnopqrstuvwxyz012345"

// As the body of the message that is due after those that go before.
static const struct raw_row raw_rows[] = {
    {"an extension not offered", MESSAGE_SERVER_HELLO,
	"\3\1" RANDOM_32 "\0\0\5\0\0\4\0\x23\0\0", 44, 110},
    {"an extension twice", MESSAGE_SERVER_HELLO,
	"\3\1" RANDOM_32 "\0\0\5\0\0\12\xff\1\0\1\0\xff\1\0\1\0", 50, 50},
    {"renegotiation_info that is not empty", MESSAGE_SERVER_HELLO,
	"\3\1" RANDOM_32 "\0\0\5\0\0\7\xff\1\0\3\2ab", 47, 40},
    {"a session id of 33 bytes", MESSAGE_SERVER_HELLO,
	"\3\1" RANDOM_32 "\41" RANDOM_32 "x\0\5\0", 71, 50},
    {"extensions that end early", MESSAGE_SERVER_HELLO,
	"\3\1" RANDOM_32 "\0\0\5\0\0\5\xff\1\0\1", 44, 50},
};

static void
raw_message(
    struct mallory *mallory, unsigned number, const char *body, size_t size)
{
	struct writer draft = mallory_draft();
	size_t position = message_begin(&draft, (enum message)number);

	writer_bytes(&draft, body, size);
	message_end(&draft, position);
	mallory_message(mallory, &draft);
}

static void
test_malformed_hello(void **state)
{
	struct legacy_config config = client_config();

	(void)state;
	for (size_t i = 0; i < ROWS(raw_rows); i++) {
		struct mallory mallory;

		server_start(&mallory, &config, credentials);
		raw_message(&mallory, raw_rows[i].number, raw_rows[i].body,
		    raw_rows[i].size);
		mallory_speak(&mallory);
		mallory_check(&mallory, raw_rows[i].alert, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_bad_certificates(void **state)
{
	static const struct raw_row rows[] = {
	    {"none", 11, "\0\0\0", 3, 40},
	    {"not DER", 11, "\0\0\6\0\0\3abc", 9, 43},
	    {"empty", 11, "\0\0\3\0\0\0", 6, 50},
	    {"too short", 11, "\0\0\7\0\0\4abc", 9, 50},
	    {"left over", 11, "\0\0\0x", 4, 50},
	    {"no list", 11, "", 0, 50},
	};
	struct legacy_config config = client_config();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mallory mallory;

		server_until(&mallory, &config, credentials, VERSION_TLS1_0,
		    STAGE_HELLO);
		raw_message(
		    &mallory, rows[i].number, rows[i].body, rows[i].size);
		mallory_speak(&mallory);
		mallory_check(&mallory, rows[i].alert,
		    i == 0 ? TLS_FAILURE_NO_CERTIFICATE : TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_short_key(void **state)
{
	struct legacy_config config = client_config();
	struct mallory mallory;

	(void)state;
	config.min_key_bits = 1025;
	server_until(
	    &mallory, &config, credentials, VERSION_TLS1_0, STAGE_HELLO);
	mallory_certificate(&mallory);
	mallory_speak(&mallory);
	mallory_check(&mallory, 71, TLS_FAILURE_WEAK_KEY);
	mallory_free(&mallory);
}

static void
test_hello_requests(void **state)
{
	struct legacy_config config = client_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct mallory mallory;

		server_until(
		    &mallory, &config, credentials, versions[v], STAGE_OPEN);
		for (int i = 0; i < 8; i++)
			mallory_empty(&mallory, MESSAGE_HELLO_REQUEST);
		mallory_speak(&mallory);
		assert_open(&mallory.victim);
		assert_int_equal(
		    versions[v] == VERSION_SSL3 ? -1 : 100, mallory.warning);
		mallory_empty(&mallory, MESSAGE_HELLO_REQUEST);
		mallory_speak(&mallory);
		mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wrong_message),
	    cmocka_unit_test(test_early_change),
	    cmocka_unit_test(test_malformed_change),
	    cmocka_unit_test(test_wrong_finished),
	    cmocka_unit_test(test_wrong_hello),
	    cmocka_unit_test(test_version_below_minimum),
	    cmocka_unit_test(test_sentinel),
	    cmocka_unit_test(test_malformed_hello),
	    cmocka_unit_test(test_bad_certificates),
	    cmocka_unit_test(test_short_key),
	    cmocka_unit_test(test_hello_requests),
	};

	return cmocka_run_group_tests_name("legacy_abuse_client", tests,
	    credentials_set_up, credentials_tear_down);
}
