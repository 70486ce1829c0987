// SPDX-License-Identifier: ISC
//
// What a client may do wrong, to the legacy engine as a server: each ends in
// the alert that the RFC has for it, and never in progress.

#include "legacy_client.h"

#include "base/bytes.h"

// The message that is right at each stage; ChangeCipherSpec is no message.
static const int expected[STAGE_COUNT] = {[STAGE_START] = 1,
    [STAGE_HELLO] = 16,
    [STAGE_KEY_EXCHANGE] = -1,
    [STAGE_CHANGE] = 20};

static void
test_wrong_message(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++)
		for (int stage = STAGE_START; stage < STAGE_OPEN; stage++)
			for (unsigned number = 0; number < 256; number++) {
				struct mallory mallory;

				if ((int)number == expected[stage])
					continue;
				client_until(&mallory, &config, versions[v],
				    rc4_sha, (enum stage)stage);
				mallory_empty(&mallory, number);
				mallory_speak(&mallory);
				mallory_check(
				    &mallory, 10, TLS_FAILURE_MESSAGE);
				mallory_free(&mallory);
			}
}

// CVE-2014-0224: the keys would come from an empty master secret.
static void
test_early_change(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (int stage = STAGE_HELLO; stage < STAGE_COUNT; stage++) {
		struct mallory mallory;

		if (stage == STAGE_KEY_EXCHANGE)
			continue;
		client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha,
		    (enum stage)stage);
		mallory_record(&mallory, RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
		mallory_speak(&mallory);
		mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_change_inside_message(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;
	static const uint8_t part[] = {MESSAGE_FINISHED, 0, 0};

	(void)state;
	// Where it is expected, but not with the start of Finished before it.
	client_until(
	    &mallory, &config, VERSION_TLS1_0, rc4_sha, STAGE_KEY_EXCHANGE);
	mallory_record(&mallory, RECORD_HANDSHAKE, part, sizeof part);
	mallory_record(&mallory, RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
}

static void
test_malformed_change(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {{"\2", 1}, {"\0", 1}, {"\1\1", 2}};
	struct legacy_config config = server_config();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mallory mallory;

		client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha,
		    STAGE_KEY_EXCHANGE);
		mallory_record(&mallory, RECORD_CHANGE_CIPHER_SPEC,
		    rows[i].bytes, rows[i].size);
		mallory_speak(&mallory);
		mallory_check(&mallory, 50, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_content_in_handshake(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (int stage = STAGE_HELLO; stage < STAGE_OPEN; stage++) {
		struct mallory mallory;

		client_until(&mallory, &config, VERSION_TLS1_0, rc4_sha,
		    (enum stage)stage);
		mallory_record(&mallory, RECORD_APPLICATION, "MAIL", 4);
		mallory_speak(&mallory);
		mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_wrong_finished(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct mallory mallory;

		client_until(
		    &mallory, &config, versions[v], aes_sha, STAGE_CHANGE);
		mallory_finished(&mallory, 1);
		mallory_speak(&mallory);
		mallory_check(&mallory, versions[v] == VERSION_SSL3 ? 40 : 51,
		    TLS_FAILURE_FINISHED);
		mallory_free(&mallory);
	}
}

// Every byte of the record of Finished damaged in turn: MAC and padding.
static void
test_damaged_finished(void **state)
{
	static const uint16_t suites[] = {0x0004, 0x0005, 0x0009, 0x002f};
	struct legacy_config config = server_config();

	(void)state;
	for (size_t s = 0; s < ROWS(suites); s++)
		for (size_t v = 0; v < ROWS(versions); v++) {
			size_t size = RECORD_HEADER_SIZE + 1;

			for (size_t at = RECORD_HEADER_SIZE; at < size; at++) {
				struct mallory mallory;

				client_until(&mallory, &config, versions[v],
				    &suites[s], STAGE_CHANGE);
				mallory_finished(&mallory, 0);
				size = mallory.out.size;
				mallory.out.memory[mallory.out.start + at] ^=
				    0x40;
				mallory_speak(&mallory);
				mallory_check(&mallory, 20, TLS_FAILURE_RECORD);
				mallory_free(&mallory);
			}
		}
}

// The header, version, random, no session id, one suite, one compression.
enum { HELLO_SIZE = 4 + 2 + 32 + 1 + 2 + 2 + 2 };

// A message cut at every byte with lengths that agree: it never passes.
static void
test_cut_messages(void **state)
{
	struct legacy_config config = server_config();
	struct writer draft;

	(void)state;
	for (size_t size = 4; size < HELLO_SIZE; size++) {
		struct mallory mallory;

		mallory_init(&mallory, CLIENT, &config);
		mallory_client_hello(&mallory, VERSION_TLS1_0, rc4_sha, 1);
		draft = writer_over(mallory.out.memory, 64);
		assert_int_equal(5 + HELLO_SIZE, mallory.out.size);
		mallory.out.size = 5 + size;
		draft.size = 3;
		writer_u16(&draft, (uint16_t)size);
		writer_u8(&draft, MESSAGE_CLIENT_HELLO);
		writer_u24(&draft, (uint32_t)(size - 4));
		mallory_speak(&mallory);
		mallory_check(&mallory, 50, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

static void
test_key_exchange_lengths(void **state)
{
	static const char *const bodies[] = {
	    "", "\0", "\0\0", "\0\2x", "\0\1xx"};
	static const size_t sizes[] = {0, 1, 2, 3, 4};
	struct legacy_config config = server_config();

	(void)state;
	for (size_t i = 0; i < ROWS(bodies); i++) {
		struct mallory mallory;

		client_until(
		    &mallory, &config, VERSION_TLS1_0, rc4_sha, STAGE_HELLO);
		struct writer draft = mallory_draft();
		size_t position =
		    message_begin(&draft, MESSAGE_CLIENT_KEY_EXCHANGE);
		writer_bytes(&draft, bodies[i], sizes[i]);
		message_end(&draft, position);
		mallory_message(&mallory, &draft);
		mallory_speak(&mallory);
		mallory_check(&mallory, 50, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

// The connection ends after every byte of the client's side.
static void
test_cut_connection(void **state)
{
	struct legacy_config config = server_config();
	struct mallory whole;
	uint8_t hello[64];

	(void)state;
	mallory_init(&whole, CLIENT, &config);
	mallory_client_hello(&whole, VERSION_TLS1_0, rc4_sha, 1);
	size_t size = whole.out.size;
	bytes_copy(hello, sizeof hello, buffer_bytes(&whole.out), size);
	mallory_free(&whole);
	for (size_t cut = 0; cut <= size; cut++) {
		struct end end;

		end_init(&end, &config);
		engine_start(end.engine);
		engine_receive(end.engine, hello, cut);
		assert_int_equal(ENGINE_HANDSHAKING, end.engine->status);
		assert_int_equal(cut == size, end.records.size > 0);
		engine_end(end.engine);
		assert_int_equal(TLS_FAILURE_CLOSED, end.engine->facts.failure);
		end_free(&end);
	}
}

static void
test_renegotiation(void **state)
{
	struct legacy_config config = server_config();

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct mallory mallory;

		client_until(
		    &mallory, &config, versions[v], aes_sha, STAGE_OPEN);
		mallory_client_hello(&mallory, versions[v], aes_sha, 1);
		mallory_speak(&mallory);
		if (versions[v] == VERSION_SSL3) {
			mallory_check(&mallory, 40, TLS_FAILURE_MESSAGE);
		} else {
			assert_int_equal(100, mallory.warning);
			assert_int_equal(
			    ENGINE_OPEN, mallory.victim.engine->status);
			for (int i = 0; i < 8; i++)
				mallory_client_hello(
				    &mallory, versions[v], aes_sha, 1);
			mallory_speak(&mallory);
			mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
		}
		mallory_free(&mallory);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wrong_message),
	    cmocka_unit_test(test_early_change),
	    cmocka_unit_test(test_change_inside_message),
	    cmocka_unit_test(test_malformed_change),
	    cmocka_unit_test(test_content_in_handshake),
	    cmocka_unit_test(test_wrong_finished),
	    cmocka_unit_test(test_damaged_finished),
	    cmocka_unit_test(test_cut_messages),
	    cmocka_unit_test(test_key_exchange_lengths),
	    cmocka_unit_test(test_cut_connection),
	    cmocka_unit_test(test_renegotiation),
	};

	return cmocka_run_group_tests_name("legacy_abuse_server", tests,
	    credentials_set_up, credentials_tear_down);
}
