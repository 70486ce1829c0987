// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "watch/hello_words.h"

#include <string.h>

#define RANDOM                                                                 \
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
	    21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32

static const uint8_t client[] = {22, 3, 1, 0, 78, 1, 0, 0, 74, 3, 3, RANDOM, 0,
    0, 6, 0x13, 0x02, 0xc0, 0x30, 0xee, 0xee, 1, 0, 0, 27,     // suites, all
    0, 0, 0, 11, 0, 9, 0, 0, 6, 'm', 'x', '.', 'b', '\n', 'z', // SNI
    0, 43, 0, 5, 4, 3, 4, 3, 3,                                // versions
    // The record ends later than its hello: that may be.
    0xfe, 0xfe, 0};

static const uint8_t server[] = {22, 3, 3, 0, 52, 2, 0, 0, 48, 3, 3, RANDOM, 0,
    0x13, 0x01, 0, 0, 8, 0, 43, 0, 2, 3, 4, 0, 9};

static const uint8_t old_server[] = {
    22, 3, 0, 0, 42, 2, 0, 0, 38, 3, 0, RANDOM, 0, 0, 3, 0};

static const uint8_t v2[] = {0x80, 0x19, 1, 3, 0, 0, 6, 0, 0, 0, 10, 0, 0, 3, 7,
    0, 0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static struct hello_text text;

static size_t items;

static void
told(void *context, const struct handshake_item *item)
{
	(void)context;
	items++;
	hello_words_tell(item, &text);
}

// Feeds pieces of so many bytes; how many lines came of the first item.
static size_t
feed(const uint8_t *bytes, size_t size, size_t cut)
{
	struct record_reader records = {0};
	struct handshake_reader reader;
	struct record_piece piece;

	handshake_reader_init(&reader);
	items = text.count = 0;
	for (size_t at = 0; at < size && items == 0; at += piece.size) {
		size_t most = size - at < cut ? size - at : cut;

		record_reader_next(&records, bytes + at, most, &piece);
		handshake_reader_take(&reader, &piece, bytes + at, told, NULL);
	}
	handshake_reader_free(&reader);
	return text.count;
}

static void
hellos_are_told_however_they_are_cut(void **state)
{
	(void)state;
	for (size_t cut = 1; cut <= sizeof client; cut++) {
		assert_int_equal(feed(client, 83, cut), 4);
		assert_string_equal(
		    text.lines[0], "ClientHello offers TLSv1.3, TLSv1.2");
		assert_string_equal(
		    text.lines[1], "for the host (SNI): mx.b\\x0az");
		assert_string_equal(text.lines[2],
		    "3 suites: TLS_AES_256_GCM_SHA384, "
		    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 0xeeee");
		assert_string_equal(text.lines[3],
		    "extensions: server_name, supported_versions");
		assert_int_equal(feed(server, sizeof server, cut), 1);
		assert_string_equal(text.lines[0],
		    "ServerHello chooses TLSv1.3 and TLS_AES_128_GCM_SHA256");
		assert_int_equal(feed(old_server, sizeof old_server, cut), 1);
		assert_string_equal(text.lines[0],
		    "ServerHello chooses SSLv3 and "
		    "TLS_RSA_EXPORT_WITH_RC4_40_MD5");
		assert_int_equal(feed(v2, sizeof v2, cut), 2);
		assert_string_equal(text.lines[0],
		    "ClientHello in SSL 2.0 format offers SSLv3");
		assert_string_equal(text.lines[1],
		    "2 suites: TLS_RSA_EXPORT_WITH_RC4_40_MD5, "
		    "SSL_CK_DES_192_EDE3_CBC_WITH_MD5");
	}
}

static void
a_hello_over_two_records_is_one(void **state)
{
	uint8_t two[sizeof old_server + 5];
	struct writer out = writer_over(two, sizeof two);

	(void)state;
	writer_bytes(&out, (const uint8_t[]){22, 3, 0, 0, 10}, 5);
	writer_bytes(&out, old_server + 5, 10);
	writer_bytes(&out, (const uint8_t[]){22, 3, 0, 0, 32}, 5);
	writer_bytes(&out, old_server + 15, 32);
	assert_int_equal(feed(two, out.size, 7), 1);
}

static void
what_is_cut_or_wrong_says_nothing(void **state)
{
	uint8_t wrong[sizeof client];

	(void)state;
	for (size_t size = 0; size < sizeof old_server; size++)
		assert_int_equal(feed(old_server, size, 5), 0);
	for (size_t at = 0; at < sizeof client; at++) {
		bytes_copy(wrong, sizeof wrong, client, sizeof client);
		wrong[at] ^= 0xff;
		feed(wrong, sizeof wrong, sizeof wrong); // must not run over
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hellos_are_told_however_they_are_cut),
	    cmocka_unit_test(a_hello_over_two_records_is_one),
	    cmocka_unit_test(what_is_cut_or_wrong_says_nothing),
	};

	return cmocka_run_group_tests_name("hello_words", tests, NULL, NULL);
}
