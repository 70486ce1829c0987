// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "tls/engine.h"

#include <string.h>

enum { LIMIT = 64 };

// An engine that does as it is told, to see what the functions above the
// classes do.
static unsigned closes;

static void
fake_start(struct engine *engine)
{
	(void)engine;
}

static void
fake_bytes(struct engine *engine, const uint8_t *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	engine_fail(engine, TLS_FAILURE_RECORD, "called");
}

static void
fake_close(struct engine *engine)
{
	(void)engine;
	closes++;
}

static const struct engine_class fake_class = {
    .name = "fake",
    .start = fake_start,
    .receive = fake_bytes,
    .send = fake_bytes,
    .close = fake_close,
    .free = fake_start,
};

static struct engine
fake_engine(enum engine_status status)
{
	struct engine engine;

	engine_init(&engine, &fake_class, NULL, NULL);
	engine.status = status;
	return engine;
}

static void
plaintext_passes_as_it_is(void **state)
{
	struct buffer records, plaintext;

	(void)state;
	buffer_init(&records, LIMIT);
	buffer_init(&plaintext, LIMIT);
	struct engine *engine = engine_none_new(&records, &plaintext);

	assert_non_null(engine);
	assert_int_equal(engine_start(engine), ENGINE_OPEN);
	assert_int_equal(
	    engine_receive(engine, (const uint8_t *)"QUIT", 4), ENGINE_OPEN);
	assert_int_equal(
	    engine_send(engine, (const uint8_t *)"221", 3), ENGINE_OPEN);
	assert_memory_equal(buffer_bytes(&plaintext), "QUIT", 4);
	assert_memory_equal(buffer_bytes(&records), "221", 3);
	engine_close(engine);
	assert_int_equal(records.size, 3);
	assert_int_equal(engine_end(engine), ENGINE_CLOSED);
	assert_int_equal(engine->facts.bits, 0);
	engine_free(&engine);
	assert_null(engine);
	engine_free(&engine);
	buffer_free(&records);
	buffer_free(&plaintext);
}

static void
plaintext_beyond_its_buffer_fails(void **state)
{
	static const uint8_t bytes[LIMIT + 1];
	struct buffer records, plaintext;

	(void)state;
	buffer_init(&records, LIMIT);
	buffer_init(&plaintext, LIMIT);
	struct engine *engine = engine_none_new(&records, &plaintext);
	assert_int_equal(
	    engine_receive(engine, bytes, sizeof bytes), ENGINE_FAILED);
	assert_int_equal(engine->facts.failure, TLS_FAILURE_INTERNAL);
	engine_free(&engine);
	engine = engine_none_new(&records, &plaintext);
	assert_int_equal(
	    engine_send(engine, bytes, sizeof bytes), ENGINE_FAILED);
	engine_free(&engine);
	buffer_free(&records);
	buffer_free(&plaintext);
}

static void
the_end_of_a_socket_is_judged_by_what_came_before(void **state)
{
	static const struct {
		enum engine_status before, after;
		enum tls_failure failure;
	} rows[] = {
	    {ENGINE_HANDSHAKING, ENGINE_FAILED, TLS_FAILURE_CLOSED},
	    {ENGINE_OPEN, ENGINE_FAILED, TLS_FAILURE_TRUNCATED},
	    {ENGINE_CLOSED, ENGINE_CLOSED, TLS_FAILURE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct engine engine = fake_engine(rows[i].before);

		assert_int_equal(engine_end(&engine), rows[i].after);
		assert_int_equal(engine.facts.failure, rows[i].failure);
	}
}

static void
the_first_failure_sticks(void **state)
{
	struct engine engine = fake_engine(ENGINE_OPEN);

	(void)state;
	engine_fail(&engine, TLS_FAILURE_BITS, "first");
	engine_fail(&engine, TLS_FAILURE_ALERT, "second");
	assert_int_equal(engine_end(&engine), ENGINE_FAILED);
	// Neither reaches the class, which would fail it again.
	assert_int_equal(
	    engine_receive(&engine, (const uint8_t *)"x", 1), ENGINE_FAILED);
	assert_int_equal(
	    engine_send(&engine, (const uint8_t *)"x", 1), ENGINE_FAILED);
	assert_int_equal(engine.facts.failure, TLS_FAILURE_BITS);
	assert_string_equal(engine.facts.detail, "first");
}

static void
a_long_detail_is_cut(void **state)
{
	struct engine engine = fake_engine(ENGINE_HANDSHAKING);
	char detail[1024];

	(void)state;
	memset(detail, 'x', sizeof detail - 1);
	detail[sizeof detail - 1] = '\0';
	engine_fail(&engine, TLS_FAILURE_ALERT, detail);
	assert_int_equal(
	    strlen(engine.facts.detail), sizeof engine.facts.detail - 1);
}

static void
it_is_closed_once_and_only_where_it_can_send(void **state)
{
	struct engine open = fake_engine(ENGINE_OPEN);
	struct engine closed = fake_engine(ENGINE_CLOSED);
	struct engine shaking = fake_engine(ENGINE_HANDSHAKING);
	struct engine failed = fake_engine(ENGINE_FAILED);

	(void)state;
	closes = 0;
	engine_close(&open);
	assert_int_equal(closes, 1);
	engine_close(&open);
	assert_int_equal(closes, 1);
	engine_close(&closed);
	assert_int_equal(closes, 2);
	engine_close(&shaking);
	engine_close(&failed);
	assert_int_equal(closes, 2);
}

static void
send_in_a_handshake(void)
{
	struct engine engine = fake_engine(ENGINE_HANDSHAKING);

	engine_send(&engine, (const uint8_t *)"x", 1);
}

static void
send_after_closing(void)
{
	struct engine engine = fake_engine(ENGINE_OPEN);

	engine_close(&engine);
	engine_send(&engine, (const uint8_t *)"x", 1);
}

static void
fail_for_nothing(void)
{
	struct engine engine = fake_engine(ENGINE_OPEN);

	engine_fail(&engine, TLS_FAILURE_NONE, "");
}

static void
bugs_of_the_caller_abort(void **state)
{
	(void)state;
	assert_true(aborts(send_in_a_handshake));
	assert_true(aborts(send_after_closing));
	assert_true(aborts(fail_for_nothing));
}

static void
names_are_those_that_users_script_against(void **state)
{
	(void)state;
	assert_string_equal(tls_failure_name(TLS_FAILURE_NONE), "none");
	assert_string_equal(tls_failure_name(TLS_FAILURE_LEGACY_NOT_ADMITTED),
	    "legacy-not-admitted");
	assert_string_equal(tls_verified_name(TLS_VERIFIED_NAME), "name");
	assert_string_equal(
	    tls_verified_name(TLS_VERIFIED_UNTRUSTED), "untrusted");
	assert_string_equal(tls_alert_name(40), "handshake failure");
	assert_string_equal(tls_alert_name(120), "no application protocol");
	assert_string_equal(tls_alert_name(1), "unknown alert");
	assert_string_equal(tls_alert_name(-1), "unknown alert");
	assert_string_equal(tls_protocol_name(0x0300), "SSLv3");
	assert_string_equal(tls_protocol_name(0x0301), "TLSv1.0");
	assert_string_equal(tls_protocol_name(0x0304), "TLSv1.3");
	assert_string_equal(tls_protocol_name(0x7f1c), "unknown protocol");
}

static void
failures_are_told_apart_and_explained(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TLS_FAILURE_COUNT; i++) {
		enum tls_failure failure = (enum tls_failure)i;
		const char *sentence = tls_failure_sentence(failure);

		assert_true(strlen(sentence) > 10);
		assert_int_not_equal(sentence[strlen(sentence) - 1], '.');
		assert_non_null(tls_failure_advice(failure, SENDER));
		assert_non_null(tls_failure_advice(failure, RECEIVER));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(tls_failure_name(failure),
			    tls_failure_name((enum tls_failure)j));
	}
}

// What other attributes hold is not taken for the name: whoever has a
// certificate made chooses them.
static void
common_name_is_an_attribute(void **state)
{
	static const struct {
		const char *subject, *name;
	} rows[] = {
	    {"", ""},
	    {"CN=joe", "joe"},
	    {"CN=joe,O=Example,C=DE", "joe"},
	    {"emailAddress=joe@client.example,CN=joe,O=Example", "joe"},
	    {"serialNumber=1+CN=joe,O=Example", "joe"},
	    {"O=x CN=admin,CN=joe", "joe"},
	    {"O=x\\,CN=admin,CN=joe", "joe"},
	    {"O=x\\+CN=admin", ""},
	    {"O=x\\\\,CN=joe", "joe"},
	    {"DCN=joe", ""},
	    {"CN=", ""},
	    {"CN=joe\\, jr,O=Example", ""},
	    {"CN=0123456789abcde", "0123456789abcde"},
	    {"CN=0123456789abcdef", ""},
	    {"O=x\\", ""},
	};
	char name[16];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct tls_facts facts = {.bits = 0};

		bytes_copy_text(
		    facts.subject, sizeof facts.subject, rows[i].subject);
		tls_common_name(&facts, name, sizeof name);
		assert_string_equal(name, rows[i].name);
	}
	struct tls_facts cut = {.bits = 0};

	memset(cut.subject, 'x', sizeof cut.subject - 1);
	memcpy(cut.subject + sizeof cut.subject - 8, ",CN=joe", 7);
	tls_common_name(&cut, name, sizeof name);
	assert_string_equal(name, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(common_name_is_an_attribute),
	    cmocka_unit_test(plaintext_passes_as_it_is),
	    cmocka_unit_test(plaintext_beyond_its_buffer_fails),
	    cmocka_unit_test(the_end_of_a_socket_is_judged_by_what_came_before),
	    cmocka_unit_test(the_first_failure_sticks),
	    cmocka_unit_test(a_long_detail_is_cut),
	    cmocka_unit_test(it_is_closed_once_and_only_where_it_can_send),
	    cmocka_unit_test(bugs_of_the_caller_abort),
	    cmocka_unit_test(names_are_those_that_users_script_against),
	    cmocka_unit_test(failures_are_told_apart_and_explained),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
