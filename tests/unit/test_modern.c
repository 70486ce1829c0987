// SPDX-License-Identifier: ISC
//
// The modern engine against itself, and against a hand-made peer. A hostile
// openssl.cnf is in force while it runs: see main.

#define _DEFAULT_SOURCE
#include "modern_pair.h"

// --- Handshakes ---

static void
every_version_opens_and_carries_plaintext(void **state)
{
	static const struct {
		unsigned version;
		const char *protocol;
		bool splitting;
	} rows[] = {
	    {TLS1_VERSION, "TLSv1.0", true},
	    {TLS1_VERSION, "TLSv1.0", false},
	    {TLS1_1_VERSION, "TLSv1.1", true},
	    {TLS1_2_VERSION, "TLSv1.2", true},
	    {TLS1_3_VERSION, "TLSv1.3", true},
	};
	static const size_t pieces[] = {LAB_LIMIT, 1, 7};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * ROWS(pieces); i++) {
		struct pair pair;
		const unsigned version = rows[i / ROWS(pieces)].version;

		pair_init(&pair);
		pair.piece = pieces[i % ROWS(pieces)];
		pair.server_settings.min_protocol = version;
		pair.server_settings.max_protocol = version;
		pair.server_settings.record_splitting =
		    rows[i / ROWS(pieces)].splitting;
		pair.client_settings.min_protocol = TLS1_VERSION;
		pair_run(&pair);
		pair_assert_open(&pair);
		const struct tls_facts *facts = &pair.server.engine->facts;
		assert_string_equal(
		    facts->protocol, rows[i / ROWS(pieces)].protocol);
		assert_string_equal(
		    facts->suite, pair.client.engine->facts.suite);
		assert_string_equal(facts->server_name, "mail.example");
		assert_true(facts->bits >= 112);
		assert_int_equal(memcmp(facts->suite, "TLS_", 4), 0);
		assert_int_equal(facts->failure, TLS_FAILURE_NONE);
		assert_int_equal(facts->alert_received, -1);
		assert_int_equal(facts->verified, TLS_VERIFIED_NONE);
		lab_say(&pair.client, "EHLO client.example\r\n");
		lab_say(&pair.server, "250 mail.example\r\n");
		lab_pump(&pair.client, &pair.server, pair.piece);
		lab_assert_heard(&pair.server, "EHLO client.example\r\n");
		lab_assert_heard(&pair.client, "250 mail.example\r\n");
		// An idle leg holds no memory.
		assert_null(pair.server.plaintext.memory);
		assert_null(pair.server.records.memory);
		pair_free(&pair);
	}
}

static void
much_plaintext_arrives_whole(void **state)
{
	static uint8_t content[300000];
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	pair_init(&pair);
	pair.piece = 4096;
	pair_run(&pair);
	pair_assert_open(&pair);
	size_t before = pair.client.records.size;
	engine_send(pair.client.engine, content, sizeof content);
	assert_true(pair.client.records.size - before <=
		    sizeof content + ENGINE_OVERHEAD(sizeof content));
	lab_pump(&pair.client, &pair.server, pair.piece);
	assert_int_equal(pair.server.plaintext.size, sizeof content);
	assert_memory_equal(
	    buffer_bytes(&pair.server.plaintext), content, sizeof content);
	pair_free(&pair);
}

static void
plaintext_behind_the_handshake_is_not_lost(void **state)
{
	struct pair pair;

	(void)state;
	// The client's last handshake bytes and its first command come in one
	// piece.
	pair_init(&pair);
	pair_start(&pair);
	while (pair.client.engine->status == ENGINE_HANDSHAKING) {
		lab_move(&pair.client, &pair.server, LAB_LIMIT);
		lab_move(&pair.server, &pair.client, LAB_LIMIT);
	}
	assert_int_equal(pair.server.engine->status, ENGINE_HANDSHAKING);
	lab_say(&pair.client, "EHLO a\r\n");
	lab_say(&pair.client, "MAIL FROM:<>\r\n");
	lab_move(&pair.client, &pair.server, LAB_LIMIT);
	assert_int_equal(pair.server.engine->status, ENGINE_OPEN);
	lab_assert_heard(&pair.server, "EHLO a\r\nMAIL FROM:<>\r\n");
	pair_free(&pair);
}

static void
each_end_closes_properly(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_run(&pair);
	pair_assert_open(&pair);
	lab_say(&pair.client, "QUIT\r\n");
	engine_close(pair.client.engine);
	lab_move(&pair.client, &pair.server, LAB_LIMIT);
	assert_int_equal(pair.server.engine->status, ENGINE_CLOSED);
	lab_assert_heard(&pair.server, "QUIT\r\n");
	// The reply still goes out.
	lab_say(&pair.server, "221 bye\r\n");
	engine_close(pair.server.engine);
	lab_move(&pair.server, &pair.client, LAB_LIMIT);
	lab_assert_heard(&pair.client, "221 bye\r\n");
	assert_int_equal(pair.client.engine->status, ENGINE_CLOSED);
	assert_int_equal(engine_end(pair.client.engine), ENGINE_CLOSED);
	assert_int_equal(pair.client.engine->facts.failure, TLS_FAILURE_NONE);
	assert_int_equal(pair.server.engine->facts.alert_received, -1);
	pair_free(&pair);
}

static void
a_cut_connection_is_truncated(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_run(&pair);
	pair_assert_open(&pair);
	assert_int_equal(engine_end(pair.server.engine), ENGINE_FAILED);
	assert_int_equal(
	    pair.server.engine->facts.failure, TLS_FAILURE_TRUNCATED);
	pair_free(&pair);
	pair_init(&pair);
	pair_start(&pair);
	assert_int_equal(engine_end(pair.client.engine), ENGINE_FAILED);
	assert_int_equal(pair.client.engine->facts.failure, TLS_FAILURE_CLOSED);
	pair_free(&pair);
}

static void
the_key_log_gets_lines(void *context, const char *line)
{
	if (strncmp(line, "CLIENT_TRAFFIC_SECRET_0 ", 24) == 0)
		++*(unsigned *)context;
}

static void
an_observer_sees_the_secrets(void **state)
{
	unsigned lines = 0;
	struct engine_observer observer = {the_key_log_gets_lines, &lines};
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_start(&pair);
	pair.server.engine->observer = &observer;
	lab_pump(&pair.client, &pair.server, LAB_LIMIT);
	pair_assert_open(&pair);
	assert_int_equal(lines, 1);
	pair_free(&pair);
}

// --- Bounds ---

static void
versions_and_bits_are_bounded_on_both_legs(void **state)
{
	static const char *const aes128[] = {"TLS_AES_128_GCM_SHA256",
	    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};
	static const struct {
		unsigned server_min, server_max, server_bits;
		unsigned client_min, client_max, client_bits;
		bool server_aes128, client_aes128;
		enum tls_failure at_server, at_client;
	} rows[] = {
	    {0x0303, 0x0304, 112, 0x0301, 0x0301, 112, false, false,
		TLS_FAILURE_PROTOCOL, TLS_FAILURE_PROTOCOL},
	    {0x0301, 0x0302, 112, 0x0303, 0x0304, 112, false, false,
		TLS_FAILURE_PROTOCOL, TLS_FAILURE_PROTOCOL},
	    {0x0304, 0x0304, 112, 0x0303, 0x0303, 112, false, false,
		TLS_FAILURE_PROTOCOL, TLS_FAILURE_PROTOCOL},
	    {0x0303, 0x0304, 256, 0x0303, 0x0304, 112, false, true,
		TLS_FAILURE_SUITE, TLS_FAILURE_ALERT},
	    {0x0303, 0x0303, 256, 0x0303, 0x0304, 112, false, true,
		TLS_FAILURE_SUITE, TLS_FAILURE_ALERT},
	    {0x0303, 0x0304, 112, 0x0303, 0x0304, 256, true, false,
		TLS_FAILURE_SUITE, TLS_FAILURE_ALERT},
	    {0x0303, 0x0303, 112, 0x0303, 0x0304, 256, true, false,
		TLS_FAILURE_SUITE, TLS_FAILURE_ALERT},
	    {0x0303, 0x0304, 128, 0x0303, 0x0304, 128, true, true,
		TLS_FAILURE_NONE, TLS_FAILURE_NONE},
	    {0x0303, 0x0303, 256, 0x0301, 0x0304, 256, false, false,
		TLS_FAILURE_NONE, TLS_FAILURE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pair pair;

		pair_init(&pair);
		pair.server_settings.min_protocol = rows[i].server_min;
		pair.server_settings.max_protocol = rows[i].server_max;
		pair.server_settings.min_bits = rows[i].server_bits;
		pair.client_settings.min_protocol = rows[i].client_min;
		pair.client_settings.max_protocol = rows[i].client_max;
		pair.client_settings.min_bits = rows[i].client_bits;
		pair.server_settings.ciphers = aes128;
		pair.client_settings.ciphers = aes128;
		pair.server_settings.cipher_count =
		    rows[i].server_aes128 ? ROWS(aes128) : 0;
		pair.client_settings.cipher_count =
		    rows[i].client_aes128 ? ROWS(aes128) : 0;
		pair_run(&pair);
		pair_assert_failed(&pair, rows[i].at_server, rows[i].at_client);
		if (rows[i].at_server != TLS_FAILURE_NONE)
			assert_true(pair.server.engine->facts.alert_sent > 0);
		pair_free(&pair);
	}
}

// What a locked-down, or an attacked, host might have for OPENSSL_CONF: read,
// it would leave no version and no algorithm to speak with.
static const char hostile[] = "openssl_conf = all\n"
			      "[all]\n"
			      "providers = no_providers\n"
			      "ssl_conf = ssl\n"
			      "[no_providers]\n"
			      "null = null_provider\n"
			      "[null_provider]\n"
			      "activate = 1\n"
			      "[ssl]\n"
			      "system_default = defaults\n"
			      "[defaults]\n"
			      "MinProtocol = TLSv1.3\n"
			      "MaxProtocol = TLSv1.1\n"
			      "CipherString = PSK\n"
			      "Groups = P-521\n";

static void
run_under_hostile_configuration(char **argv)
{
	char path[] = "/tmp/hostile-XXXXXX";

	if (getenv("HOSTILE_CONF") != NULL)
		return;
	int file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(
	    write(file, hostile, sizeof hostile - 1), sizeof hostile - 1);
	close(file);
	setenv("OPENSSL_CONF", path, 1);
	setenv("HOSTILE_CONF", path, 1);
	// The new process has it from its first instruction on.
	execv("/proc/self/exe", argv);
	fail_msg("this program cannot be run again");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_version_opens_and_carries_plaintext),
	    cmocka_unit_test(much_plaintext_arrives_whole),
	    cmocka_unit_test(plaintext_behind_the_handshake_is_not_lost),
	    cmocka_unit_test(each_end_closes_properly),
	    cmocka_unit_test(a_cut_connection_is_truncated),
	    cmocka_unit_test(an_observer_sees_the_secrets),
	    cmocka_unit_test(versions_and_bits_are_bounded_on_both_legs),
	};

	(void)argc;
	run_under_hostile_configuration(argv);
	int failed = cmocka_run_group_tests_name(
	    "modern", tests, pair_set_up, pair_tear_down);
	const char *path = getenv("HOSTILE_CONF");
	if (path != NULL)
		unlink(path);
	return failed;
}
