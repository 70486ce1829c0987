// SPDX-License-Identifier: ISC
//
// The modern engine and what a peer may do: resume, speak other protocols,
// flood, renegotiate, send garbage.

#include "modern_pair.h"
#include "raw.h"

static void
server_start(struct pair *pair)
{
	lab_end_free(&pair->server);
	lab_end_init(&pair->server);
	pair->server.engine = modern_server_new(pair->server_context, NULL,
	    &pair->server.records, &pair->server.plaintext);
	assert_non_null(pair->server.engine);
	engine_start(pair->server.engine);
}

static void
sessions_are_resumed_under_one_policy_alone(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION;
	     version++) {
		struct pair pair;
		struct raw raw;

		pair_init(&pair);
		pair_start(&pair);
		raw_init(&raw, version);
		server_start(&pair);
		raw_connect(&raw);
		assert_true(raw_handshake(&raw, &pair.server));
		assert_false(pair.server.engine->facts.resumed);
		SSL_SESSION *session = SSL_get1_session(raw.ssl);
		for (unsigned other = 0; other < 2; other++) {
			// The second time the policy is another.
			if (other == 1) {
				lab_end_free(&pair.server);
				modern_context_free(&pair.server_context);
				pair.server_context =
				    context_of(&pair.server_settings);
			}
			server_start(&pair);
			raw_connect(&raw);
			SSL_set_session(raw.ssl, session);
			assert_true(raw_handshake(&raw, &pair.server));
			assert_int_equal(
			    pair.server.engine->facts.resumed, other == 0);
			assert_int_equal(
			    SSL_session_reused(raw.ssl), other == 0);
		}
		SSL_SESSION_free(session);
		raw_free(&raw);
		pair_free(&pair);
	}
}

static void
alpn_is_smtp_or_nothing(void **state)
{
	static const struct {
		const char *offered;
		unsigned size;
		bool open;
	} rows[] = {
	    {"\x02h2\x08http/1.1", 12, false},
	    {"\x02h2\x04smtp", 8, true},
	    {"\x04imap", 5, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pair pair;
		struct raw raw;

		pair_init(&pair);
		pair_start(&pair);
		raw_init(&raw, TLS1_3_VERSION);
		SSL_CTX_set_alpn_protos(raw.context,
		    (const unsigned char *)rows[i].offered, rows[i].size);
		server_start(&pair);
		raw_connect(&raw);
		assert_int_equal(
		    raw_handshake(&raw, &pair.server), rows[i].open);
		if (!rows[i].open) {
			assert_int_equal(pair.server.engine->facts.failure,
			    TLS_FAILURE_ALPN);
			assert_int_equal(
			    pair.server.engine->facts.alert_sent, 120);
		}
		raw_free(&raw);
		pair_free(&pair);
	}
}

static void
floods_of_handshake_messages_end_it(void **state)
{
	struct pair pair;
	struct raw raw;
	unsigned sent = 0;

	(void)state;
	pair_init(&pair);
	pair_start(&pair);
	raw_init(&raw, TLS1_3_VERSION);
	server_start(&pair);
	raw_connect(&raw);
	assert_true(raw_handshake(&raw, &pair.server));
	while (sent < 1000 && pair.server.engine->status == ENGINE_OPEN) {
		SSL_key_update(raw.ssl, SSL_KEY_UPDATE_REQUESTED);
		SSL_write(raw.ssl, "x", 1);
		raw_exchange(&raw, &pair.server);
		sent++;
	}
	assert_int_equal(
	    pair.server.engine->facts.failure, TLS_FAILURE_MESSAGE);
	assert_true(sent > 16 && sent < 64);
	raw_free(&raw);
	pair_free(&pair);
}

static void
nobody_renegotiates(void **state)
{
	struct pair pair;
	struct raw raw;

	(void)state;
	pair_init(&pair);
	pair_start(&pair);
	raw_init(&raw, TLS1_2_VERSION);
	server_start(&pair);
	raw_connect(&raw);
	assert_true(raw_handshake(&raw, &pair.server));
	SSL_renegotiate(raw.ssl);
	SSL_do_handshake(raw.ssl);
	raw_exchange(&raw, &pair.server);
	assert_int_equal(pair.server.engine->status, ENGINE_OPEN);
	assert_int_equal(pair.server.engine->facts.alert_sent, 100);
	raw_free(&raw);
	pair_free(&pair);
}

// A server that asks for it between two pieces of plaintext.
static void
a_receiver_does_not_get_us_to_renegotiate(void **state)
{
	struct pair pair;
	struct raw raw;

	(void)state;
	pair_init(&pair);
	pair_start(&pair);
	raw_init(&raw, TLS1_2_VERSION);
	raw_accept(&raw, server_leaf);
	assert_true(raw_handshake(&raw, &pair.client));
	assert_int_equal(pair.client.engine->status, ENGINE_OPEN);
	assert_int_equal(SSL_write(raw.ssl, "250 a\r\n", 7), 7);
	SSL_renegotiate(raw.ssl);
	SSL_do_handshake(raw.ssl);
	raw_exchange(&raw, &pair.client);
	assert_int_equal(pair.client.engine->status, ENGINE_OPEN);
	assert_int_equal(pair.client.engine->facts.alert_sent, 100);
	lab_assert_heard(&pair.client, "250 a\r\n");
	raw_free(&raw);
	pair_free(&pair);
}

static void
garbage_fails_with_a_reason(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum tls_failure failure;
	} rows[] = {
	    {"GET / HTTP/1.1\r\n\r\n", 18, TLS_FAILURE_NOT_TLS},
	    {"CONNECT mail.example:25 HTTP/1.1\r\n", 34, TLS_FAILURE_NOT_TLS},
	    {"EHLO client.example\r\n", 21, TLS_FAILURE_NOT_TLS},
	    {"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff", 10,
		TLS_FAILURE_MESSAGE},
	    {"\x16\x03\x01\xff\xff", 5, TLS_FAILURE_RECORD},
	    {"\x15\x03\x01\x00\x02\x02\x28", 7, TLS_FAILURE_MESSAGE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * 2; i++) {
		size_t row = i / 2;
		size_t piece = i % 2 ? 1 : rows[row].size;
		struct pair pair;

		pair_init(&pair);
		pair_start(&pair);
		server_start(&pair);
		for (size_t at = 0; at < rows[row].size; at += piece)
			engine_receive(pair.server.engine,
			    (const uint8_t *)rows[row].bytes + at, piece);
		assert_string_equal(
		    tls_failure_name(pair.server.engine->facts.failure),
		    tls_failure_name(rows[row].failure));
		assert_true(pair.server.engine->facts.detail[0] != '\0');
		pair_free(&pair);
	}
}

static void
a_warning_is_not_the_cause(void **state)
{
	// unrecognized_name, and then a ChangeCipherSpec that is too early.
	static const uint8_t bytes[] = "\x15\3\3\0\2\1\x70\x14\3\3\0\1\2";
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_start(&pair);
	engine_start(pair.client.engine);
	engine_receive(pair.client.engine, bytes, sizeof bytes - 1);
	assert_int_equal(pair.client.engine->status, ENGINE_FAILED);
	assert_int_equal(pair.client.engine->facts.alert_received, -1);
	pair_free(&pair);
}

static void
a_damaged_record_is_not_plaintext(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_run(&pair);
	pair_assert_open(&pair);
	lab_say(&pair.client, "MAIL FROM:<>\r\n");
	uint8_t copy[256] = {0};
	size_t size = pair.client.records.size;
	assert_true(size > 3 && size < sizeof copy);
	memcpy(copy, buffer_bytes(&pair.client.records), size);
	copy[size - 3] ^= 1;
	assert_int_equal(
	    engine_receive(pair.server.engine, copy, size), ENGINE_FAILED);
	assert_int_equal(pair.server.engine->facts.failure, TLS_FAILURE_RECORD);
	assert_int_equal(pair.server.engine->facts.alert_sent, 20);
	assert_int_equal(pair.server.plaintext.size, 0);
	pair_free(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sessions_are_resumed_under_one_policy_alone),
	    cmocka_unit_test(alpn_is_smtp_or_nothing),
	    cmocka_unit_test(floods_of_handshake_messages_end_it),
	    cmocka_unit_test(nobody_renegotiates),
	    cmocka_unit_test(a_receiver_does_not_get_us_to_renegotiate),
	    cmocka_unit_test(a_warning_is_not_the_cause),
	    cmocka_unit_test(garbage_fails_with_a_reason),
	    cmocka_unit_test(a_damaged_record_is_not_plaintext),
	};

	return cmocka_run_group_tests_name(
	    "modern-abuse", tests, pair_set_up, pair_tear_down);
}
