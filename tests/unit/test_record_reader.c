// SPDX-License-Identifier: ISC

#include "unit.h"

#include "watch/record_reader.h"

#include <string.h>

static const uint8_t stream[] = {
    22, 3, 1, 0, 4, 1, 2, 3, 4, // handshake
    20, 3, 3, 0, 1, 1,          // change_cipher_spec
    23, 3, 3, 0, 0,             // application_data, empty
    21, 3, 0, 0, 2, 2, 40,      // alert
};

static void
records_are_found_however_the_bytes_are_cut(void **state)
{
	static const uint8_t types[] = {22, 20, 23, 21};
	static const uint16_t versions[] = {0x301, 0x303, 0x303, 0x300};
	static const size_t lengths[] = {4, 1, 0, 2};

	(void)state;
	for (size_t cut = 1; cut <= sizeof stream; cut++) {
		struct record_reader reader = {0};
		struct record_piece piece;
		size_t found = 0, at = 0;

		while (at < sizeof stream) {
			size_t left = cut - at % cut;

			if (left > sizeof stream - at)
				left = sizeof stream - at;
			record_reader_next(&reader, stream + at, left, &piece);
			assert_in_range(piece.size, 1, left);
			assert_false(piece.unknown);
			at += piece.size;
			if (!piece.begins)
				continue;
			assert_in_range(found, 0, 3);
			assert_int_equal(piece.type, types[found]);
			assert_int_equal(piece.version, versions[found]);
			assert_int_equal(piece.length, lengths[found]);
			found++;
		}
		assert_int_equal(found, 4);
	}
}

static void
a_hello_in_ssl_2_format_is_one_record(void **state)
{
	static const uint8_t hello[] = {
	    0x80, 6, 1, 3, 0, 0, 9, 9, 22, 3, 1, 0, 1, 7};
	struct record_reader reader = {0};
	struct record_piece piece;

	(void)state;
	record_reader_next(&reader, hello, sizeof hello, &piece);
	assert_true(piece.begins);
	assert_int_equal(piece.type, RECORD_READER_V2);
	assert_int_equal(piece.version, 0x300);
	assert_int_equal(piece.length, 6);
	assert_int_equal(piece.size, 8);
	record_reader_next(&reader, hello + 8, sizeof hello - 8, &piece);
	assert_int_equal(piece.type, 22);
	assert_int_equal(piece.size, 6);
}

static void
what_is_not_tls_stays_unknown(void **state)
{
	static const uint8_t text[] = "MAIL FROM:<a@b>\r\n";
	struct record_reader reader = {0};
	struct record_piece piece;

	(void)state;
	record_reader_next(&reader, text, 3, &piece);
	assert_false(piece.unknown);
	record_reader_next(&reader, text + 3, sizeof text - 3, &piece);
	assert_true(piece.unknown);
	assert_int_equal(piece.size, sizeof text - 3);
	record_reader_next(&reader, stream, sizeof stream, &piece);
	assert_true(piece.unknown);
	assert_int_equal(piece.size, sizeof stream);
}

static void
types_and_versions_have_names(void **state)
{
	(void)state;
	assert_string_equal(record_type_name(22), "handshake");
	assert_string_equal(record_type_name(99), "unknown");
	assert_string_equal(record_version_name(0x300), "SSLv3");
	assert_string_equal(record_version_name(0x304), "TLSv1.3");
	assert_string_equal(record_version_name(0x7f1c), "unknown version");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_are_found_however_the_bytes_are_cut),
	    cmocka_unit_test(a_hello_in_ssl_2_format_is_one_record),
	    cmocka_unit_test(what_is_not_tls_stays_unknown),
	    cmocka_unit_test(types_and_versions_have_names),
	};

	return cmocka_run_group_tests_name("record_reader", tests, NULL, NULL);
}
