// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "smtp/reply.h"

#include <stdio.h>
#include <string.h>

struct own_row {
	unsigned code;
	const char *enhanced;
	const char *text;
};

#define OWN(id, code, enhanced, text) {code, enhanced, text},
static const struct own_row rows[] = {
#include "smtp/own.def"
};
#undef OWN

static void
assert_written(const struct writer *out, const char *expected)
{
	assert_false(out->failed);
	assert_int_equal(out->size, strlen(expected));
	assert_memory_equal(out->bytes, expected, out->size);
}

static void
every_own_reply_names_its_speaker(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t bytes[REPLY_LINE_MOST];
		char expected[REPLY_LINE_MOST + 1];
		struct writer out = writer_over(bytes, sizeof bytes);

		own_write((enum own_reply)i, "relay.example", NULL, &out);
		snprintf(expected, sizeof expected,
		    "%u %s relay.example (sallyport): %s\r\n", rows[i].code,
		    rows[i].enhanced, rows[i].text);
		assert_written(&out, expected);
		assert_int_equal(own_code((enum own_reply)i), rows[i].code);
		assert_string_equal(own_text((enum own_reply)i), rows[i].text);
	}
}

// RFC 2034, 3463: "class.subject.detail", and the class is the code's first
// digit.
static void
codes_and_enhanced_codes_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *enhanced = rows[i].enhanced;

		assert_int_equal(enhanced[0] - '0', rows[i].code / 100);
		assert_int_equal(enhanced[1], '.');
		assert_in_range(enhanced[2], '0', '7');
		assert_int_equal(enhanced[3], '.');
		assert_in_range(strspn(enhanced + 4, "0123456789"), 1, 3);
		assert_int_equal(
		    strspn(enhanced + 4, "0123456789"), strlen(enhanced + 4));
		assert_in_range(rows[i].code, 220, 554);
	}
}

// Every one of them is a whole reply to the reader of the other leg, too.
static void
own_replies_are_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t bytes[REPLY_LINE_MOST];
		struct writer out = writer_over(bytes, sizeof bytes);
		struct reply_reader reader = {0};
		struct reply reply;

		own_write((enum own_reply)i, "relay.example", "why", &out);
		assert_int_equal(
		    reply_next(&reader, out.bytes, out.size, &reply),
		    REPLY_WHOLE);
		assert_int_equal(reply.code, rows[i].code);
		assert_int_equal(reply.size, out.size);
	}
}

static void
details_are_appended_and_cleaned(void **state)
{
	uint8_t bytes[REPLY_LINE_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);

	(void)state;
	own_write(OWN_TLS_FAILED, "relay.example",
	    "mx said\r\n250 ok\033[2J \303\274", &out);
	assert_written(&out,
	    "421 4.7.5 relay.example (sallyport): TLS with the receiver "
	    "failed: mx said??250 ok?[2J ??\r\n");
}

static void
long_details_are_cut(void **state)
{
	static char detail[2000];
	uint8_t bytes[2 * REPLY_LINE_MOST];

	(void)state;
	for (size_t size = 0; size < sizeof detail - 1; size++) {
		struct writer out = writer_over(bytes, sizeof bytes);

		own_write(OWN_TLS_FAILED, "relay.example", detail, &out);
		assert_false(out.failed);
		assert_true(out.size <= REPLY_LINE_MOST);
		assert_memory_equal(out.bytes, "421 4.7.5 ", 10);
		assert_memory_equal(out.bytes + out.size - 2, "\r\n", 2);
		detail[size] = 'x';
		detail[size + 1] = '\0';
	}
}

static void
a_reply_goes_behind_what_is_written(void **state)
{
	uint8_t bytes[2 * REPLY_LINE_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);

	(void)state;
	writer_text(&out, "250 first\r\n");
	own_write(OWN_BYE, "r", NULL, &out);
	assert_written(&out, "250 first\r\n221 2.0.0 r (sallyport): closing "
			     "connection\r\n");
}

static void
write_no_reply(void)
{
	uint8_t bytes[REPLY_LINE_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);

	own_write(OWN_COUNT, "r", NULL, &out);
}

static void
a_reply_that_is_not_in_the_table_is_a_bug(void **state)
{
	(void)state;
	assert_true(aborts(write_no_reply));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_own_reply_names_its_speaker),
	    cmocka_unit_test(codes_and_enhanced_codes_agree),
	    cmocka_unit_test(own_replies_are_replies),
	    cmocka_unit_test(details_are_appended_and_cleaned),
	    cmocka_unit_test(long_details_are_cut),
	    cmocka_unit_test(a_reply_goes_behind_what_is_written),
	    cmocka_unit_test(a_reply_that_is_not_in_the_table_is_a_bug),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
