// SPDX-License-Identifier: ISC

#include "unit.h"

#include "watch/mask.h"

#include <string.h>

static const struct {
	const char *line;
	size_t may;
	size_t shown;
	const char *masked;
} rows[] = {
    {"EHLO a", SIZE_MAX, 6, "EHLO a"},
    {"AUTH PLAIN AGEAYg==", SIZE_MAX, 4, "AUTH **************"},
    {"auth LOGIN", SIZE_MAX, 4, "auth *****"},
    {"AuTh\tPLAIN AGEAYg==", 0, 4, "AuTh***************"},
    {" \tAUTH PLAIN AGEAYg==", SIZE_MAX, 6, " \tAUTH **************"},
    {"AUTH", 0, 4, "AUTH"},
    {"x-exps ntlm TlRM", SIZE_MAX, 6, "x-exps *********"},
    {"AUTHOR x", SIZE_MAX, 8, "AUTHOR x"},
    {"VRFY sesame\r\n", 4, 4, "VRFY ******\r\n"},
    {"VRFY\r\n", 4, 4, "VRFY\r\n"},
    {"auth sesame", 9, 4, "auth ******"},
    {"AUTHOR x", 0, 0, "********"},
    {"cGFzc3dvcmQ=\r\n", 0, 0, "************\r\n"},
    {"250 ok\r\n", SIZE_MAX, 8, "250 ok\r\n"},
    {"", 0, 0, ""},
};

static void
each_line_shows_what_it_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t size = strlen(rows[i].line);
		uint8_t line[64];

		for (size_t j = 0; j < size; j++)
			line[j] = (uint8_t)rows[i].line[j];
		assert_int_equal(
		    mask_shown(line, size, rows[i].may), rows[i].shown);
		mask_bytes(line, size, rows[i].may);
		assert_memory_equal(line, rows[i].masked, size);
	}
}

static const struct {
	const char *line;
	size_t shown;
} replies[] = {
    {"535 5.7.8 who is sesame?", 10},
    {"500-5.5.2 sesame", 10},
    {"500 sesame", 4},
    {"500 5.5.sesame", 4},
    {"500 5.5.2", 4},
    {"500 5.5.2345 sesame", 4},
    {"500 1234.5.6 sesame", 4},
    {"500", 3},
    {"50", 0},
    {"sesame", 0},
    {"", 0},
};

static void
of_a_reply_that_may_hold_a_secret_its_codes_are_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(replies); i++) {
		const char *line = replies[i].line;
		size_t size = strlen(line);

		assert_int_equal(
		    mask_reply_shown((const uint8_t *)line, size, true),
		    replies[i].shown);
		assert_int_equal(
		    mask_reply_shown((const uint8_t *)line, size, false), size);
	}
}

static void
what_a_reply_offers_is_not_overwritten(void **state)
{
	uint8_t offered[] = "250-AUTH PLAIN\r\n";
	uint8_t repeated[] = "252 2.0.0 sesame\r\n";

	(void)state;
	mask_reply_bytes(offered, sizeof offered - 1, false);
	assert_string_equal((char *)offered, "250-AUTH PLAIN\r\n");
	mask_reply_bytes(repeated, sizeof repeated - 1, true);
	assert_string_equal((char *)repeated, "252 2.0.0 ******\r\n");
}

static void
a_message_of_one_line_is_not_shown_whole(void **state)
{
	static const uint8_t piece[700] = {'x'};
	struct mask_content content = {0};
	size_t shown = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		shown += mask_content_shown(&content, 2, piece, sizeof piece);
	assert_int_equal(shown, 2 * MASK_LINE_BYTES);
	assert_true(content.hidden);
	content = (struct mask_content){0};
	assert_int_equal(
	    mask_content_shown(&content, UINT64_MAX, piece, sizeof piece),
	    sizeof piece);
}

static void
content_is_shown_up_to_some_lines_however_it_is_cut(void **state)
{
	static const char text[] = "one\r\ntwo\r\nthree\r\nfour\r\n";

	(void)state;
	for (size_t cut = 1; cut < sizeof text; cut++) {
		struct mask_content content = {0};
		size_t shown = 0;

		for (size_t at = 0; at < sizeof text - 1; at += cut) {
			size_t left = sizeof text - 1 - at;

			shown += mask_content_shown(&content, 2,
			    (const uint8_t *)text + at,
			    left < cut ? left : cut);
		}
		assert_int_equal(shown, 10);
		assert_true(content.hidden);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_line_shows_what_it_may),
	    cmocka_unit_test(
		of_a_reply_that_may_hold_a_secret_its_codes_are_shown),
	    cmocka_unit_test(what_a_reply_offers_is_not_overwritten),
	    cmocka_unit_test(a_message_of_one_line_is_not_shown_whole),
	    cmocka_unit_test(
		content_is_shown_up_to_some_lines_however_it_is_cut),
	};

	return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
