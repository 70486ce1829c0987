// SPDX-License-Identifier: ISC
//
// The record layer: sizes, empty records, versions, alerts, splitting.

#include "legacy_client.h"

struct first_row {
	const char *name;
	const char *bytes;
	size_t size;
	int alert;
	enum tls_failure failure;
};

// The first bytes of a connection.
static const struct first_row first_rows[] = {
    {"HTTP", "POST / HTTP/1.1", 15, -1, TLS_FAILURE_NOT_TLS},
    {"SMTP", "EHLO a\r\n", 8, -1, TLS_FAILURE_NOT_TLS},
    {"content", "\x17\3\1\0\1x", 6, -1, TLS_FAILURE_NOT_TLS},
    {"a version of no TLS", "\x16\2\0\0\1\1", 6, -1, TLS_FAILURE_NOT_TLS},
    {"SSL 2.0 alone", "\x80\x1c\1\0\2\0\3\0\0\0\20", 11, -1,
	TLS_FAILURE_PROTOCOL},
    {"SSLv2 format, version 4", "\x80\x1c\1\4\0\0\3\0\0\0\20", 11, -1,
	TLS_FAILURE_NOT_TLS},
    {"SSLv2 format, too short", "\x80\2\1\3\0", 5, -1, TLS_FAILURE_NOT_TLS},
    {"SSLv2 format, no suites", "\x80\x19\1\3\1\0\0\0\0\0\20aaaaaaaaaaaaaaaa",
	27, 47, TLS_FAILURE_MESSAGE},
    {"SSLv2 format, challenge too short",
	"\x80\x1b\1\3\1\0\3\0\0\0\17\0\0\5aaaaaaaaaaaaaaa", 29, 47,
	TLS_FAILURE_MESSAGE},
    {"SSLv2 format, lengths that differ",
	"\x80\x1c\1\3\1\0\6\0\0\0\20\0\0\5aaaaaaaaaaaaaaaa", 30, 47,
	TLS_FAILURE_MESSAGE},
    {"SSLv2 format, half a suite",
	"\x80\x1d\1\3\1\0\4\0\0\0\20\0\0\5\0aaaaaaaaaaaaaaaa", 31, 47,
	TLS_FAILURE_MESSAGE},
    {"too large a record", "\x16\3\1\x40\1", 5, 22, TLS_FAILURE_RECORD},
    {"too large a record in SSL 3.0", "\x16\3\0\x40\1", 5, 47,
	TLS_FAILURE_RECORD},
    {"an empty record", "\x16\3\1\0\0", 5, 10, TLS_FAILURE_RECORD},
    {"too large a message", "\x16\3\1\0\4\1\0\x40\1", 9, 47,
	TLS_FAILURE_MESSAGE},
    {"a fatal alert", "\x15\3\1\0\2\2\x28", 7, -1, TLS_FAILURE_ALERT},
    {"close_notify", "\x15\3\1\0\2\1\0", 7, -1, TLS_FAILURE_CLOSED},
    {"half an alert", "\x15\3\1\0\1\2", 6, 50, TLS_FAILURE_RECORD},
    {"an alert too long", "\x15\3\1\0\3\2\x28\0", 8, 50, TLS_FAILURE_RECORD},
    {"an alert of level 3", "\x15\3\1\0\2\3\x28", 7, 50, TLS_FAILURE_RECORD},
};

static void
check_first(const struct first_row *row, size_t step)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	mallory_init(&mallory, CLIENT, &config);
	for (size_t at = 0; at < row->size; at += step)
		engine_receive(mallory.victim.engine,
		    (const uint8_t *)row->bytes + at,
		    row->size - at < step ? row->size - at : step);
	mallory_listen(&mallory);
	if (mallory.victim.engine->facts.failure != row->failure)
		fail_msg("%s: %s", row->name,
		    tls_failure_name(mallory.victim.engine->facts.failure));
	mallory_check(&mallory, row->alert, row->failure);
	mallory_free(&mallory);
}

static void
test_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(first_rows); i++) {
		check_first(&first_rows[i], first_rows[i].size);
		check_first(&first_rows[i], 1);
	}
}

static void
test_alert_is_told(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha, STAGE_HELLO);
	mallory_record(&mallory, RECORD_ALERT, "\2\60", 2);
	mallory_speak(&mallory);
	mallory_check(&mallory, -1, TLS_FAILURE_ALERT);
	assert_int_equal(48, mallory.victim.engine->facts.alert_received);
	assert_non_null(
	    strstr(mallory.victim.engine->facts.detail, "unknown CA"));
	mallory_free(&mallory);
}

// Old servers warn that they do not know a name, and go on.
static void
test_warning_is_not_the_cause(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha, STAGE_HELLO);
	mallory_record(&mallory, RECORD_ALERT, "\1\160", 2);
	mallory_record(&mallory, RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
	assert_int_equal(-1, mallory.victim.engine->facts.alert_received);
	mallory_free(&mallory);
}

static void
test_empty_records(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct mallory mallory;

		client_until(
		    &mallory, &config, versions[v], aes_sha, STAGE_OPEN);
		// record_write makes none of an empty content: seal them here.
		for (int i = 0; i <= RECORD_MAX_EMPTY; i++) {
			struct record_header header = {
			    RECORD_APPLICATION, versions[v]};
			uint8_t *room = buffer_reserve(&mallory.out, 512);
			size_t size = 0;

			assert_int_equal(
			    ENGINE_OPEN, mallory.victim.engine->status);
			assert_int_equal(PROTECTION_GOOD,
			    protection_seal(&mallory.layer.send, header,
				room + RECORD_HEADER_SIZE, 0, &size));
			struct writer writer =
			    writer_over(room, RECORD_HEADER_SIZE);
			writer_u8(&writer, RECORD_APPLICATION);
			writer_u16(&writer, versions[v]);
			writer_u16(&writer, (uint16_t)size);
			buffer_commit(&mallory.out, RECORD_HEADER_SIZE + size);
			mallory_speak(&mallory);
		}
		mallory_check(&mallory, 10, TLS_FAILURE_RECORD);
		mallory_free(&mallory);
	}
}

// Sealed with the right keys, and too large all the same.
static void
test_oversized(void **state)
{
	static const struct {
		size_t size;
		bool good;
	} rows[] = {{16384, true}, {16385, false}, {17000, false}};
	static uint8_t memory[20000];
	struct legacy_config config = server_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++)
		for (size_t i = 0; i < ROWS(rows); i++) {
			struct mallory mallory;
			struct record_header header = {
			    RECORD_APPLICATION, versions[v]};
			size_t size = 0;

			client_until(&mallory, &config, versions[v], aes_sha,
			    STAGE_OPEN);
			assert_int_equal(PROTECTION_GOOD,
			    protection_seal(&mallory.layer.send, header,
				memory + RECORD_HEADER_SIZE, rows[i].size,
				&size));
			struct writer writer =
			    writer_over(memory, RECORD_HEADER_SIZE);
			writer_u8(&writer, RECORD_APPLICATION);
			writer_u16(&writer, versions[v]);
			writer_u16(&writer, (uint16_t)size);
			engine_receive(mallory.victim.engine, memory,
			    RECORD_HEADER_SIZE + size);
			mallory_listen(&mallory);
			if (rows[i].good)
				assert_int_equal(rows[i].size,
				    mallory.victim.plaintext.size);
			else
				mallory_check(&mallory,
				    versions[v] == VERSION_SSL3 ? 47 : 22,
				    TLS_FAILURE_RECORD);
			mallory_free(&mallory);
		}
}

// Refused by the length in the header alone.
static void
test_oversized_header(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &config, VERSION_TLS1_0, aes_sha, STAGE_OPEN);
	engine_receive(
	    mallory.victim.engine, (const uint8_t *)"\x17\3\1\x48\1", 5);
	mallory_listen(&mallory);
	mallory_check(&mallory, 22, TLS_FAILURE_RECORD);
	mallory_free(&mallory);
}

static void
test_other_version(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (int stage = STAGE_HELLO; stage <= STAGE_OPEN; stage++) {
		struct mallory mallory;

		client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha,
		    (enum stage)stage);
		mallory.layer.said = VERSION_TLS1_1;
		mallory_empty(&mallory, MESSAGE_CLIENT_KEY_EXCHANGE);
		mallory_speak(&mallory);
		mallory_check(&mallory, 70, TLS_FAILURE_RECORD);
		mallory_free(&mallory);
	}
}

static void
test_unknown_type(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha, STAGE_HELLO);
	// A heartbeat.
	mallory_record(&mallory, (enum record_type)24, "\1\0\1", 3);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_RECORD);
	mallory_free(&mallory);
}

static void
test_warnings(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha, STAGE_OPEN);
	for (int i = 0; i < 16; i++)
		mallory_record(&mallory, RECORD_ALERT, "\1\132", 2);
	mallory_speak(&mallory);
	assert_open(&mallory.victim);
	mallory_record(&mallory, RECORD_ALERT, "\1\132", 2);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_RECORD);
	mallory_free(&mallory);
}

// Content behind close_notify is dropped; an end without one is told.
static void
test_ends(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &config, VERSION_SSL3, rc4_sha, STAGE_OPEN);
	mallory_record(&mallory, RECORD_ALERT, "\1\0", 2);
	mallory_record(&mallory, RECORD_APPLICATION, "MAIL", 4);
	mallory_speak(&mallory);
	assert_int_equal(ENGINE_CLOSED, mallory.victim.engine->status);
	assert_int_equal(0, mallory.victim.plaintext.size);
	assert_int_equal(ENGINE_CLOSED, engine_end(mallory.victim.engine));
	mallory_free(&mallory);
	client_until(&mallory, &config, VERSION_SSL3, rc4_sha, STAGE_OPEN);
	assert_int_equal(ENGINE_FAILED, engine_end(mallory.victim.engine));
	assert_int_equal(
	    TLS_FAILURE_TRUNCATED, mallory.victim.engine->facts.failure);
	mallory_free(&mallory);
}

// How many records content of 100 bytes makes.
static unsigned
count_records(uint16_t version, const uint16_t *suite, bool splitting)
{
	struct legacy_config config = server_config();
	struct mallory mallory;
	uint8_t content[100] = {0};
	unsigned count = 0;
	size_t at = 0;

	config.record_splitting = splitting;
	client_until(&mallory, &config, version, suite, STAGE_OPEN);
	engine_send(mallory.victim.engine, content, sizeof content);
	const uint8_t *bytes = buffer_bytes(&mallory.victim.records);
	while (at < mallory.victim.records.size) {
		at += RECORD_HEADER_SIZE +
		      ((size_t)bytes[at + 3] << 8 | bytes[at + 4]);
		count++;
	}
	mallory_free(&mallory);
	return count;
}

static void
test_splitting(void **state)
{
	(void)state;
	assert_int_equal(2, count_records(VERSION_SSL3, aes_sha, true));
	assert_int_equal(2, count_records(VERSION_TLS1_0, aes_sha, true));
	assert_int_equal(1, count_records(VERSION_TLS1_1, aes_sha, true));
	assert_int_equal(1, count_records(VERSION_TLS1_0, rc4_sha, true));
	assert_int_equal(1, count_records(VERSION_TLS1_0, aes_sha, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_first_bytes),
	    cmocka_unit_test(test_alert_is_told),
	    cmocka_unit_test(test_warning_is_not_the_cause),
	    cmocka_unit_test(test_empty_records),
	    cmocka_unit_test(test_oversized),
	    cmocka_unit_test(test_oversized_header),
	    cmocka_unit_test(test_other_version),
	    cmocka_unit_test(test_unknown_type),
	    cmocka_unit_test(test_warnings),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_splitting),
	};

	return cmocka_run_group_tests_name(
	    "legacy_record", tests, credentials_set_up, credentials_tear_down);
}
