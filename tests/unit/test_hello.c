// SPDX-License-Identifier: ISC

#include "hello_draft.h"

#include "tls/hello.h"

#include <string.h>

// Read with every shorter length first, from memory of that exact size:
// it asks for more, says how much, and never looks beyond the end.
static enum hello_status
read_as_it_comes(const uint8_t *bytes, size_t size, struct hello *hello)
{
	size_t needed = 0;
	enum hello_status status = HELLO_MORE;

	for (size_t had = 0; had <= size && status == HELLO_MORE; had++) {
		uint8_t *copy = malloc(had + 1);

		assert_non_null(copy);
		memcpy(copy + 1, bytes, had);
		status = hello_read(copy + 1, had, hello);
		free(copy);
		if (had < needed)
			assert_int_equal(status, HELLO_MORE);
		if (status != HELLO_MORE)
			break;
		assert_true(hello->needed > had);
		assert_true(hello->needed >= needed);
		needed = hello->needed;
	}
	return status;
}

static struct hello
whole(size_t size)
{
	struct hello hello;
	struct hello again;

	assert_int_equal(read_as_it_comes(memory, size, &hello), HELLO_WHOLE);
	assert_int_equal(hello.size, size);
	// What lies behind is not looked at.
	memory[size] = 0x17;
	assert_int_equal(hello_read(memory, size + 1, &again), HELLO_WHOLE);
	assert_memory_equal(&hello, &again, sizeof hello);
	return hello;
}

static enum hello_status
status_of(size_t size)
{
	struct hello hello;

	return read_as_it_comes(memory, size, &hello);
}

// --- Tests ---

static void
a_plain_hello_is_read(void **state)
{
	static const uint16_t versions[] = {0x0300, 0x0301, 0x0302, 0x0303};

	(void)state;
	for (size_t i = 0; i < ROWS(versions); i++) {
		struct draft draft = draft_of(versions[i]);
		struct hello hello = whole(write_hello(&draft));

		assert_int_equal(hello.version, versions[i]);
		assert_int_equal(hello.highest, versions[i]);
		assert_int_equal(hello.suite_count, 2);
		assert_true(hello_offers(&hello, 0x002f));
		assert_true(hello_offers(&hello, 0x000a));
		assert_false(hello_offers(&hello, 0x0005));
		assert_int_equal(hello.extension_count, 0);
		assert_string_equal(hello.server_name, "");
		assert_false(hello.alpn || hello.fallback || hello.v2_format);
	}
}

static void
it_may_be_cut_over_records_anyhow(void **state)
{
	static const size_t pieces[] = {1, 2, 3, 4, 5, 40, 100};

	(void)state;
	for (size_t i = 0; i < ROWS(pieces); i++) {
		struct draft draft = draft_of(0x0303);

		draft.piece = pieces[i];
		draft.padding = 200;
		struct hello hello = whole(write_hello(&draft));
		assert_int_equal(hello.highest, 0x0303);
		assert_int_equal(hello.extension_count, 1);
		assert_int_equal(hello.extensions[0], 21);
	}
}

static void
extensions_tell_name_protocol_and_version(void **state)
{
	static const uint8_t extensions[] = {0x00, 0x00, 0x00, 0x0b, 0x00, 0x09,
	    0x00, 0x00, 0x06,                                   // SNI
	    'M', 'x', '.', 'l', 'A', 'n',                       //
	    0x00, 0x10, 0x00, 0x0a, 0x00, 0x08, 0x02, 'h', '2', // ALPN
	    0x04, 's', 'm', 't', 'p',                           //
	    0x00, 0x2b, 0x00, 0x07, 0x06,       // supported_versions
	    0x7a, 0x7a, 0x03, 0x04, 0x03, 0x03, // one is GREASE
	    0xff, 0x01, 0x00, 0x01, 0x00};      // renegotiation_info
	struct draft draft = draft_of(0x0303);

	(void)state;
	draft.extensions = extensions;
	draft.extension_size = sizeof extensions;
	struct hello hello = whole(write_hello(&draft));
	assert_string_equal(hello.server_name, "mx.lan");
	assert_true(hello.alpn);
	assert_true(hello.alpn_smtp);
	assert_int_equal(hello.version, 0x0303);
	assert_int_equal(hello.highest, 0x0304);
	assert_int_equal(hello.extension_count, 4);
	assert_int_equal(hello.extensions[3], 0xff01);
}

static void
a_version_in_the_future_is_tls12_without_the_extension(void **state)
{
	struct draft draft = draft_of(0x0305);

	(void)state;
	struct hello hello = whole(write_hello(&draft));
	assert_int_equal(hello.version, 0x0305);
	assert_int_equal(hello.highest, 0x0303);
}

static void
a_fallback_is_told_and_is_no_suite(void **state)
{
	static const uint16_t suites[] = {0x002f, 0x5600};
	struct draft draft = draft_of(0x0301);

	(void)state;
	draft.suites = suites;
	struct hello hello = whole(write_hello(&draft));
	assert_true(hello.fallback);
	assert_int_equal(hello.suite_count, 1);
}

static void
more_suites_than_are_kept_do_no_harm(void **state)
{
	static uint16_t suites[HELLO_SUITES + 100];
	struct draft draft = draft_of(0x0303);

	(void)state;
	for (size_t i = 0; i < ROWS(suites); i++)
		suites[i] = (uint16_t)(0xc000 + i);
	draft.suites = suites;
	draft.suite_count = ROWS(suites);
	struct hello hello = whole(write_hello(&draft));
	assert_int_equal(hello.suite_count, HELLO_SUITES);
	assert_false(hello_offers(&hello, (uint16_t)(0xc000 + HELLO_SUITES)));
}

static void
ssl3_may_have_anything_behind_it(void **state)
{
	static const uint8_t odd[] = {0xde, 0xad, 0xbe};
	struct draft draft = draft_of(0x0300);

	(void)state;
	draft.extensions = odd;
	draft.extension_size = sizeof odd;
	whole(write_hello(&draft));
	draft.version = 0x0301;
	assert_int_equal(status_of(write_hello(&draft)), HELLO_MALFORMED);
}

// What an Exchange 5.5 of 1999 says, less its challenge.
static void
the_sslv2_format_is_read(void **state)
{
	static const uint8_t bytes[] = {0x80, 0x2e, 0x01, 0x03, 0x01, 0x00,
	    0x15, 0x00, 0x00, 0x00, 0x10, //
	    0x8f, 0x80, 0x01, 0x80, 0x00, 0x03, 0x02, 0x00, 0x80, 0x00, 0x00,
	    0x03, 0x00, 0x00, 0x06, 0x00, 0x00, 0x64, 0x00, 0x56, 0x00, //
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

	(void)state;
	memcpy(memory, bytes, sizeof bytes);
	struct hello hello = whole(sizeof bytes);
	assert_true(hello.v2_format);
	assert_int_equal(hello.highest, 0x0301);
	assert_int_equal(hello.suite_count, 3);
	assert_int_equal(hello.suites[0], 0x0003);
	assert_int_equal(hello.suites[2], 0x0064);
	assert_true(hello.fallback);
	// SSL 2.0 itself.
	memory[3] = 0;
	memory[4] = 2;
	hello = whole(sizeof bytes);
	assert_int_equal(hello.highest, 0x0002);
	// Lengths that do not add up, and kinds that are not whole.
	memory[6] = 0x14;
	assert_int_equal(status_of(sizeof bytes), HELLO_MALFORMED);
	memory[6] = 0x16;
	assert_int_equal(status_of(sizeof bytes), HELLO_MALFORMED);
}

static void
what_is_not_tls_is_told_at_once(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum hello_status status;
	} rows[] = {
	    {"", 0, HELLO_MORE},
	    {"E", 1, HELLO_NOT_TLS},
	    {"EHLO client.example\r\n", 21, HELLO_NOT_TLS},
	    {"GET / HTTP/1.0\r\n\r\n", 18, HELLO_NOT_TLS},
	    {"\r\n", 2, HELLO_NOT_TLS},
	    {"\x16", 1, HELLO_MORE},
	    {"\x16\x03", 2, HELLO_MORE},
	    {"\x16\x05\x01", 3, HELLO_NOT_TLS},
	    {"\x80\x2e\x01\x03", 4, HELLO_MORE},
	    {"\x80\x2e\x02\x03\x01", 5, HELLO_NOT_TLS},
	    {"\x80\x2e\x01\x04\x01", 5, HELLO_NOT_TLS},
	    {"\xc3\xa4\xc3\xb6\xc3\xbc", 6, HELLO_NOT_TLS},
	    {"\x80\x05\x01\x03\x01", 5, HELLO_MALFORMED},
	    {"\x15\x03\x01\x00\x02\x02\x28", 7, HELLO_MALFORMED},
	    {"\x17\x03\x01\x00\x01\x00", 6, HELLO_MALFORMED},
	    {"\x16\x03\x01\x00\x00", 5, HELLO_MALFORMED},
	    {"\x16\x03\x01\x40\x01", 5, HELLO_MALFORMED},
	    {"\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9, HELLO_MALFORMED},
	    {"\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9, HELLO_MALFORMED},
	    {"\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9, HELLO_TOO_LONG},
	    {"\x16\x03\x01\x00\x01\x01\x15\x03\x01\x00\x02", 11,
		HELLO_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		memcpy(memory, rows[i].bytes, rows[i].size);
		assert_int_equal(status_of(rows[i].size), rows[i].status);
	}
}

static void
malformed_extensions_are_refused(void **state)
{
	static const struct {
		uint8_t bytes[24];
		size_t size;
	} rows[] = {
	    {{0x00}, 1},                          // no number
	    {{0x00, 0x17, 0x00, 0x01}, 4},        // too short
	    {{0, 0, 0, 2, 0, 5}, 6},              // SNI: list too short
	    {{0, 0, 0, 5, 0, 3, 0, 0, 0}, 9},     // SNI: empty name
	    {{0, 0, 0, 6, 0, 4, 0, 0, 1, 0}, 10}, // SNI: a NUL
	    {{0, 0, 0, 8, 0, 6, 0, 0, 3, 'a', 0, 'b'}, 12},
	    {{0, 0, 0, 10, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'}, 14}, // two
	    {{0, 16, 0, 2, 0, 0}, 6},         // ALPN: nothing
	    {{0, 16, 0, 3, 0, 1, 0}, 7},      // ALPN: empty name
	    {{0, 16, 0, 4, 0, 2, 5, 's'}, 8}, // ALPN: too short
	    {{0, 43, 0, 1, 0}, 5},            // versions: none
	    {{0, 43, 0, 2, 1, 3}, 6},         // versions: half of one
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct draft draft = draft_of(0x0303);

		draft.extensions = rows[i].bytes;
		draft.extension_size = rows[i].size;
		assert_int_equal(
		    status_of(write_hello(&draft)), HELLO_MALFORMED);
	}
}

static void
malformed_lists_are_refused(void **state)
{
	static const uint16_t odd_suite[] = {0x002f};
	struct draft draft = draft_of(0x0303);
	size_t size = write_hello(&draft);

	(void)state;
	// The session's length, the suites' length, the compressions' length.
	memory[5 + 4 + 34] = 33;
	assert_int_equal(status_of(size), HELLO_MALFORMED);
	write_hello(&draft);
	memory[5 + 4 + 36] = 3;
	assert_int_equal(status_of(size), HELLO_MALFORMED);
	write_hello(&draft);
	memory[5 + 4 + 41] = 0;
	assert_int_equal(status_of(size), HELLO_MALFORMED);
	draft.suites = odd_suite;
	draft.suite_count = 0;
	assert_int_equal(status_of(write_hello(&draft)), HELLO_MALFORMED);
}

static void
a_hello_has_a_limit(void **state)
{
	struct draft draft = draft_of(0x0303);
	struct hello hello;

	(void)state;
	draft.padding = 60000;
	size_t size = write_hello(&draft);
	assert_int_equal(hello_read(memory, size, &hello), HELLO_WHOLE);
	draft.padding = 65000;
	draft.piece = 100;
	size = write_hello(&draft);
	assert_true(size > HELLO_LIMIT);
	assert_int_equal(hello_read(memory, size, &hello), HELLO_TOO_LONG);
	draft.padding = 20000;
	draft.piece = 1;
	size = write_hello(&draft);
	assert_int_equal(hello_read(memory, size, &hello), HELLO_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_hello_is_read),
	    cmocka_unit_test(it_may_be_cut_over_records_anyhow),
	    cmocka_unit_test(extensions_tell_name_protocol_and_version),
	    cmocka_unit_test(
		a_version_in_the_future_is_tls12_without_the_extension),
	    cmocka_unit_test(a_fallback_is_told_and_is_no_suite),
	    cmocka_unit_test(more_suites_than_are_kept_do_no_harm),
	    cmocka_unit_test(ssl3_may_have_anything_behind_it),
	    cmocka_unit_test(the_sslv2_format_is_read),
	    cmocka_unit_test(what_is_not_tls_is_told_at_once),
	    cmocka_unit_test(malformed_extensions_are_refused),
	    cmocka_unit_test(malformed_lists_are_refused),
	    cmocka_unit_test(a_hello_has_a_limit),
	};

	return cmocka_run_group_tests_name("hello", tests, NULL, NULL);
}
