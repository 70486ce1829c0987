// SPDX-License-Identifier: ISC

#include "unit.h"

#include "net/proxy_header.h"
#include "net/sockaddr.h"

#include <stdio.h>
#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define FOUR      "\xc0\0\2\7\xc6\x33\x64\2\4\xd2\0\x19"
#define SIX                                                                    \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7"                                \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2\4\xd2\0\x19"
#define FOUR_ENDS "192.0.2.7:1234 198.51.100.2:25"
#define SIX_ENDS  "[2001:db8::7]:1234 [2001:db8::2]:25"

struct row {
	const char *bytes;
	size_t size;
	const char *meaning; // ends, "local", or what is wrong
	bool good;
};

#define GOOD(bytes, meaning)                                                   \
	{                                                                      \
		bytes, sizeof(bytes) - 1, meaning, true                        \
	}
#define BAD(bytes, meaning)                                                    \
	{                                                                      \
		bytes, sizeof(bytes) - 1, meaning, false                       \
	}

static const struct row rows[] = {
    GOOD("PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n", FOUR_ENDS),
    GOOD("PROXY TCP6 2001:db8::7 2001:db8::2 1234 25\r\n", SIX_ENDS),
    GOOD("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.2 1234 25\r\n",
	FOUR_ENDS),
    GOOD("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n",
	"0.0.0.0:0 255.255.255.255:65535"),
    GOOD("PROXY UNKNOWN\r\n", "local"),
    GOOD("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "local"),
    // 107 bytes, the most there can be.
    GOOD("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535 "
	 "12345678901234567890123456789012345678901234567\r\n",
	"local"),
    GOOD(SIGNATURE "\x21\x11\0\x0c" FOUR, FOUR_ENDS),
    GOOD(SIGNATURE "\x21\x21\0\x24" SIX, SIX_ENDS),
    GOOD(SIGNATURE "\x21\0\0\0", "local"),
    GOOD(SIGNATURE "\x21\0\0\3xyz", "local"),
    GOOD(SIGNATURE "\x21\x31\0\3xyz", "local"),
    GOOD(SIGNATURE "\x20\0\0\0", "local"),
    GOOD(SIGNATURE "\x20\xff\0\3xyz", "local"),
    GOOD(SIGNATURE "\x20\x11\0\x0c" FOUR, "local"),
    // NOOP, an empty one, one that nobody knows.
    GOOD(SIGNATURE "\x21\x11\0\x18" FOUR "\4\0\2ab\1\0\0\xee\0\1x", FOUR_ENDS),
    GOOD(SIGNATURE "\x21\x11\0\x13" FOUR "\3\0\4\x47\x8e\x2a\x98", FOUR_ENDS),

    BAD("E", "no PROXY header"),
    BAD("EHLO client.example\r\n", "no PROXY header"),
    BAD("\x16\x03\x01", "no PROXY header"),
    BAD("proxy TCP4 192.0.2.7 198.51.100.2 1234 25\r\n", "no PROXY header"),
    BAD("PROXX", "no PROXY header"),
    BAD("PROXY\r\n", "no PROXY header"),
    BAD("PROXY \r\n", "no family of addresses"),
    BAD("PROXY  TCP4 192.0.2.7 198.51.100.2 1234 25\r\n",
	"no family of addresses"),
    BAD("PROXY TCP5 192.0.2.7 198.51.100.2 1234 25\r\n",
	"an unknown family of addresses"),
    BAD("PROXY UNKNOWNX\r\n", "an unknown family of addresses"),
    BAD("PROXY TCP4\r\n", "not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 1234\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 1234 25 9\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 1234 25 \r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7  198.51.100.2 1234 25\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 65536 25\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 -1 25\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 0025 25\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 12345678 25\r\n",
	"not two addresses and two ports"),
    BAD("PROXY TCP4 192.0.2.256 198.51.100.2 1234 25\r\n",
	"an address that is none"),
    BAD("PROXY TCP4 192.0.02.7 198.51.100.2 1234 25\r\n",
	"an address that is none"),
    BAD("PROXY TCP4 mx.example 198.51.100.2 1234 25\r\n",
	"an address that is none"),
    BAD("PROXY TCP4 2001:db8::7 2001:db8::2 1234 25\r\n",
	"an address that is none"),
    BAD("PROXY TCP6 192.0.2.7 198.51.100.2 1234 25\r\n",
	"an address that is none"),
    BAD("PROXY TCP6 fe80::1%lo 2001:db8::2 1234 25\r\n",
	"an address that is none"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\n",
	"a byte that no line may hold"),
    BAD("PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\r\n",
	"a byte that no line may hold"),
    BAD("PROXY TCP4 192.0.2.7\r198.51.100.2 1234 25\r\n",
	"a byte that no line may hold"),
    BAD("PROXY TCP4 192.0.2.7\0", "a byte that no line may hold"),
    BAD("PROXY TCP4 192.0.2.7\t", "a byte that no line may hold"),
    BAD("PROXY UNKNOWN \xc3\xa4", "a byte that no line may hold"),
    BAD("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535 "
	"123456789012345678901234567890123456789012345678",
	"a line without its end"),
    BAD("\r\n\r\n\0\r\nQUIT\r", "no PROXY header"),
    BAD(SIGNATURE "\x11", "an unknown version or command"),
    BAD(SIGNATURE "\x22", "an unknown version or command"),
    BAD(SIGNATURE "\x21\x12", "a family of addresses that is not TCP's"),
    BAD(SIGNATURE "\x21\x10", "a family of addresses that is not TCP's"),
    BAD(SIGNATURE "\x21\x41", "a family of addresses that is not TCP's"),
    BAD(SIGNATURE "\x21\x11\xff\xff", "too many bytes"),
    BAD(SIGNATURE "\x20\x11\x20\0", "too many bytes"),
    BAD(SIGNATURE "\x21\x11\0\x0b\xc0\0\2\7\xc6\x33\x64\2\4\xd2\0",
	"addresses that are cut off"),
    BAD(SIGNATURE "\x21\x21\0\x0c" FOUR, "addresses that are cut off"),
    BAD(SIGNATURE "\x21\x11\0\x0d" FOUR "\4", "an extra that is cut off"),
    BAD(SIGNATURE "\x21\x11\0\x10" FOUR "\4\0\2a", "an extra that is cut off"),
    BAD(SIGNATURE "\x21\x11\0\x13" FOUR "\3\0\4\x47\x8e\x2a\x99",
	"a checksum that does not match"),
    BAD(SIGNATURE "\x21\x11\0\x12" FOUR "\3\0\3\x47\x8e\x2a",
	"a checksum that does not match"),
    BAD(SIGNATURE "\x21\x11\0\x14" FOUR "\3\0\5\x47\x8e\x2a\x98\0",
	"a checksum that does not match"),
};

static const uint8_t *
bytes_of(const struct row *row)
{
	return (const uint8_t *)row->bytes;
}

static void
expect_meaning(const struct row *row, const struct proxy_header *header)
{
	char source[SOCKADDR_TEXT], ends[SOCKADDR_TEXT * 2];

	if (header->local) {
		assert_string_equal(row->meaning, "local");
		assert_int_equal(header->source.ss_family, AF_UNSPEC);
		assert_int_equal(header->destination.ss_family, AF_UNSPEC);
		return;
	}
	sockaddr_text(&header->source, source);
	sockaddr_text(&header->destination, ends);
	char both[sizeof source + sizeof ends];

	snprintf(both, sizeof both, "%s %s", source, ends);
	assert_string_equal(both, row->meaning);
}

static void
headers_are_read_whole(void **state)
{
	struct proxy_header header;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum proxy_status status = proxy_header_read(
		    bytes_of(&rows[i]), rows[i].size, &header);

		if (!rows[i].good) {
			assert_int_equal(status, PROXY_HEADER_WRONG);
			assert_string_equal(header.wrong, rows[i].meaning);
			continue;
		}
		assert_int_equal(status, PROXY_HEADER_WHOLE);
		assert_int_equal(header.size, rows[i].size);
		expect_meaning(&rows[i], &header);
	}
}

// A good header is none before its last byte; a wrong one is found out at
// some byte, and never becomes right.
static void
read_byte_by_byte(const struct row *row)
{
	struct proxy_header header;
	bool wrong = false;

	for (size_t size = 0; size < row->size; size++) {
		enum proxy_status status =
		    proxy_header_read(bytes_of(row), size, &header);

		wrong = wrong || status == PROXY_HEADER_WRONG;
		assert_int_equal(
		    status, wrong ? PROXY_HEADER_WRONG : PROXY_HEADER_MORE);
		assert_true(wrong || header.wants > 0);
		if (row->good)
			assert_true(header.wants <= row->size - size);
	}
	assert_false(wrong && row->good);
}

static void
headers_are_read_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		read_byte_by_byte(&rows[i]);
}

// Who reads what is wanted stops at the header's last byte.
static void
what_is_wanted_ends_with_the_header(void **state)
{
	struct proxy_header header;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t size = 0;

		if (!rows[i].good)
			continue;
		while (proxy_header_read(bytes_of(&rows[i]), size, &header) ==
		       PROXY_HEADER_MORE)
			size += header.wants;
		assert_int_equal(size, rows[i].size);
		assert_int_equal(header.size, rows[i].size);
	}
}

static void
what_is_behind_is_not_read(void **state)
{
	struct proxy_header header;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t bytes[512] = {0};
		size_t size = rows[i].size;

		memcpy(bytes, rows[i].bytes, size);
		bytes_copy(bytes + size, sizeof bytes - size,
		    "EHLO client.example\r\n", 21);
		enum proxy_status status =
		    proxy_header_read(bytes, size + 21, &header);
		if (!rows[i].good) {
			assert_int_equal(status, PROXY_HEADER_WRONG);
			continue;
		}
		assert_int_equal(status, PROXY_HEADER_WHOLE);
		assert_int_equal(header.size, size);
		expect_meaning(&rows[i], &header);
	}
}

// One byte of a good header, changed to every other: whatever is still taken
// ends inside the bytes.
static void
change_byte(const struct row *row, size_t at)
{
	struct proxy_header header;
	uint8_t bytes[512];

	memcpy(bytes, row->bytes, row->size);
	for (unsigned change = 1; change < 256; change++) {
		bytes[at] = (uint8_t)((uint8_t)row->bytes[at] ^ change);
		enum proxy_status status =
		    proxy_header_read(bytes, row->size, &header);

		assert_true(
		    status != PROXY_HEADER_WHOLE || header.size <= row->size);
		// What it begins with is all that tells it from SMTP.
		if (at < 6)
			assert_int_equal(status, PROXY_HEADER_WRONG);
	}
}

static void
changed_bytes_are_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t at = 0; rows[i].good && at < rows[i].size; at++)
			change_byte(&rows[i], at);
}

struct written {
	unsigned version;
	const char *source, *destination; // NULL: not known
	const char *bytes;
	size_t size;
};

#define WRITTEN(version, source, destination, bytes)                           \
	{                                                                      \
		version, source, destination, bytes, sizeof(bytes) - 1         \
	}

static struct sockaddr_storage
end_of(const char *host, uint16_t port)
{
	struct sockaddr_storage end = {0};

	assert_true(host == NULL || sockaddr_parse(host, port, &end));
	return end;
}

static void
headers_are_written(void **state)
{
	static const struct written table[] = {
	    WRITTEN(1, "192.0.2.7", "198.51.100.2",
		"PROXY TCP4 192.0.2.7 198.51.100.2 1234 25\r\n"),
	    WRITTEN(1, "2001:db8::7", "2001:db8::2",
		"PROXY TCP6 2001:db8::7 2001:db8::2 1234 25\r\n"),
	    WRITTEN(1, "192.0.2.7", "2001:db8::2",
		"PROXY TCP6 ::ffff:192.0.2.7 2001:db8::2 1234 25\r\n"),
	    WRITTEN(1, NULL, "2001:db8::2", "PROXY UNKNOWN\r\n"),
	    WRITTEN(2, "192.0.2.7", "198.51.100.2",
		SIGNATURE "\x21\x11\0\x0c" FOUR),
	    WRITTEN(2, "2001:db8::7", "2001:db8::2",
		SIGNATURE "\x21\x21\0\x24" SIX),
	    WRITTEN(2, "192.0.2.7", NULL, SIGNATURE "\x21\0\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct sockaddr_storage source = end_of(table[i].source, 1234);
		struct sockaddr_storage destination =
		    end_of(table[i].destination, 25);
		uint8_t bytes[PROXY_WRITTEN_MOST];
		struct writer out = writer_over(bytes, sizeof bytes);

		proxy_header_write(
		    table[i].version, &source, &destination, NULL, &out);
		assert_false(out.failed);
		assert_int_equal(out.size, table[i].size);
		assert_memory_equal(bytes, table[i].bytes, out.size);
	}
}

static void
tls_is_told_by_version_2(void **state)
{
	static const char expected[] =
	    SIGNATURE "\x21\x11\0\x51" FOUR "\2\0\7mx.test"
		      "\x20\0\x38\7\0\0\0\0\x21\0\7TLSv1.2\x22\0\6n.test"
		      "\x23\0\x1dTLS_RSA_WITH_AES_128_CBC_SHA2";
	struct proxy_tls tls = {.protocol = "TLSv1.2",
	    .suite = "TLS_RSA_WITH_AES_128_CBC_SHA2",
	    .server_name = "mx.test",
	    .name = "n.test",
	    .certificate = true,
	    .verified = true};
	struct sockaddr_storage ends[2];
	uint8_t bytes[PROXY_WRITTEN_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);
	struct proxy_header header;

	(void)state;
	sockaddr_parse("192.0.2.7", 1234, &ends[0]);
	sockaddr_parse("198.51.100.2", 25, &ends[1]);
	proxy_header_write(2, &ends[0], &ends[1], &tls, &out);
	assert_int_equal(out.size, sizeof expected - 1);
	assert_memory_equal(bytes, expected, out.size);
	assert_int_equal(
	    proxy_header_read(bytes, out.size, &header), PROXY_HEADER_WHOLE);
	// A certificate that nobody vouches for is not told as verified.
	tls.verified = false;
	out = writer_over(bytes, sizeof bytes);
	proxy_header_write(2, &ends[0], &ends[1], &tls, &out);
	assert_int_equal(bytes[16 + 12 + 10 + 3 + 4], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_are_read_whole),
	    cmocka_unit_test(headers_are_read_byte_by_byte),
	    cmocka_unit_test(what_is_wanted_ends_with_the_header),
	    cmocka_unit_test(what_is_behind_is_not_read),
	    cmocka_unit_test(changed_bytes_are_no_harm),
	    cmocka_unit_test(headers_are_written),
	    cmocka_unit_test(tls_is_told_by_version_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
