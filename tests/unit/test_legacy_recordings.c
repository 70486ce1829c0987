// SPDX-License-Identifier: ISC
//
// Sessions of NSS, OpenSSL, OpenJDK and Pike, decrypted: known answers for
// record protection, key derivation, transcripts and parsing.

#include "legacy_listener.h"

static const struct row {
	const char *name;
	uint16_t version;
	uint16_t suite;
	size_t connections;
	bool v2_hello;
	bool ephemeral;
} rows[] = {
    {"java-ssl3-export-des40", 0x0300, 0x0008, 1, false, false},
    {"java-sslv2hello-ssl3-rc4-128-md5", 0x0300, 0x0004, 1, true, false},
    {"nss-export-rc4-40-ephemeral", 0x0301, 0x0003, 1, false, true},
    {"nss-ssl3-3des-ede-cbc-sha", 0x0300, 0x000a, 1, false, false},
    {"nss-ssl3-des-cbc-sha", 0x0300, 0x0009, 1, false, false},
    {"nss-ssl3-export-rc2-40-md5", 0x0300, 0x0006, 1, false, false},
    {"nss-ssl3-export-rc4-40-md5", 0x0300, 0x0003, 1, false, false},
    {"nss-ssl3-export1024-des-cbc-sha", 0x0300, 0x0062, 1, false, false},
    {"nss-ssl3-export1024-rc4-56-sha", 0x0300, 0x0064, 1, false, false},
    {"nss-ssl3-rc4-128-md5", 0x0300, 0x0004, 1, false, false},
    {"nss-tls10-3des-ede-cbc-sha", 0x0301, 0x000a, 1, false, false},
    {"nss-tls10-des-cbc-sha", 0x0301, 0x0009, 1, false, false},
    {"nss-tls10-export-rc2-40-md5", 0x0301, 0x0006, 1, false, false},
    {"nss-tls10-export-rc4-40-md5", 0x0301, 0x0003, 1, false, false},
    {"nss-tls10-export1024-des-cbc-sha", 0x0301, 0x0062, 1, false, false},
    {"nss-tls10-export1024-rc4-56-sha", 0x0301, 0x0064, 1, false, false},
    {"nss-tls10-rc4-128-md5", 0x0301, 0x0004, 1, false, false},
    {"nss-v2hello-ssl3-export-rc4-40", 0x0300, 0x0003, 1, true, false},
    {"nss-v2hello-tls10-export1024", 0x0301, 0x0064, 1, true, false},
    {"openssl-ssl3-aes128-sha", 0x0300, 0x002f, 1, false, false},
    {"openssl-ssl3-exp-des-cbc-sha", 0x0300, 0x0008, 1, false, false},
    {"openssl-ssl3-exp-rc2-cbc-md5", 0x0300, 0x0006, 1, false, false},
    {"openssl-ssl3-exp-rc4-md5", 0x0300, 0x0003, 1, false, false},
    {"openssl-ssl3-rc4-sha", 0x0300, 0x0005, 1, false, false},
    {"openssl-ssl3-resumed", 0x0300, 0x0003, 2, false, false},
    {"openssl-tls10-aes128-sha", 0x0301, 0x002f, 1, false, false},
    {"openssl-tls10-exp-des-cbc-sha", 0x0301, 0x0008, 1, false, false},
    {"openssl-tls10-exp-rc2-cbc-md5", 0x0301, 0x0006, 1, false, false},
    {"openssl-tls10-exp-rc4-md5", 0x0301, 0x0003, 1, false, false},
    {"openssl-tls10-rc4-sha", 0x0301, 0x0005, 1, false, false},
    {"openssl-tls10-resumed", 0x0301, 0x0003, 2, false, false},
    {"pike-tls10-export-rc4-40-ephemeral", 0x0301, 0x0003, 1, false, true},
};

static struct recording recording;
static struct listener listener;

static struct rsa_key *
key_read(const char *name)
{
	static char text[PAIR_FILE];
	size_t size = vector_read(name, text, sizeof text);
	struct rsa_key *key = rsa_key_from_pem((struct piece){text, size});

	assert_non_null(key);
	return key;
}

static void
check_connection(const struct row *row, bool resumed)
{
	assert_int_equal(row->version, listener.secret.version);
	assert_int_equal(row->suite, listener.secret.suite->number);
	assert_int_equal(row->v2_hello, listener.v2_hello);
	assert_int_equal(row->ephemeral, listener.ephemeral);
	assert_int_equal(row->ephemeral ? 1 : 0, listener.signatures);
	assert_int_equal(resumed, listener.resumed);
	assert_true(listener.changed[CLIENT] && listener.changed[SERVER]);
	if (row->ephemeral)
		return;
	if (!resumed)
		assert_int_equal(listener.offered,
		    listener.premaster[0] << 8 | listener.premaster[1]);
	assert_int_equal(2, listener.finished);
	// Both Finished, EHLO to QUIT both ways, close_notify.
	assert_true(listener.protected_records > 10);
	assert_non_null(strstr(listener.text[CLIENT], "EHLO"));
	assert_non_null(strstr(listener.text[CLIENT], "\r\n.\r\n"));
	assert_non_null(strstr(listener.text[CLIENT], "QUIT\r\n"));
	assert_non_null(strstr(listener.text[SERVER], "354 "));
	assert_non_null(strstr(listener.text[SERVER], "221 "));
	assert_int_equal(0, listener.alert[CLIENT]);
	assert_int_equal(0, listener.alert[SERVER]);
	assert_int_equal(0, listener.assembled[CLIENT]);
	assert_int_equal(0, listener.assembled[SERVER]);
}

static void
check_row(const struct row *row)
{
	struct session_secret before;
	uint8_t id[SESSION_ID_MAX_SIZE];
	size_t id_size = 0;

	recording_read(&recording, row->name);
	struct rsa_key *key = key_read(recording.key);
	assert_int_equal(row->connections, recording.count);
	for (size_t i = 0; i < recording.count; i++) {
		listener_init(&listener, key);
		if (i > 0) {
			listener.secret = before;
			listener.id_size = id_size;
			memcpy(listener.id, id, id_size);
		}
		listener_run(&listener, &recording.connections[i]);
		check_connection(row, i > 0);
		before = listener.secret;
		id_size = listener.id_size;
		memcpy(id, listener.id, id_size);
		listener_free(&listener);
	}
	rsa_key_free(&key);
}

static void
test_decrypted(void **state)
{
	check_row(*state);
}

// The kinds that an SSLv2-format hello of NSS mixes.
static void
test_v2_suites(void **state)
{
	static const uint16_t expected[] = {
	    0x0a, 0x05, 0x04, 0x09, 0x64, 0x62, 0x03, 0x06, 0xff};
	struct client_hello hello;
	uint16_t suite = 0;

	(void)state;
	recording_read(&recording, "nss-v2hello-tls10-export1024");
	struct segment first = recording.connections[0].segments[0];
	assert_true(message_read_v2_hello(
	    reader_over(first.bytes + 2, first.size - 2), &hello));
	assert_int_equal(0x0301, hello.version);
	for (size_t i = 0; i < ROWS(expected); i++) {
		assert_true(client_hello_suite(
		    &hello.suites, hello.suite_size, &suite));
		assert_int_equal(expected[i], suite);
	}
	assert_false(
	    client_hello_suite(&hello.suites, hello.suite_size, &suite));
	// A challenge of 16 bytes stands behind 16 zeros.
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(0, hello.random[i]);
	assert_int_equal(0x67, hello.random[16]);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 1] = {
	    cmocka_unit_test(test_v2_suites),
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		union {
			const struct row *row;
			void *state;
		} state = {.row = &rows[i]};
		tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
		    .test_func = test_decrypted,
		    .initial_state = state.state};
	}
	return cmocka_run_group_tests_name(
	    "legacy_recordings", tests, NULL, NULL);
}
