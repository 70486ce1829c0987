// SPDX-License-Identifier: ISC

#include "unit.h"

#include "watch/escape.h"

#include <string.h>

static const struct {
	enum escape how;
	const char *bytes;
	size_t size;
	const char *form;
} forms[] = {
    {ESCAPE_BARE, "plain text, 1~2", 15, "plain text, 1~2"},
    {ESCAPE_BARE, "a\r\nb", 4, "a\\x0d\\x0ab"},
    {ESCAPE_BARE, "\x1b[2J", 4, "\\x1b[2J"},
    {ESCAPE_BARE, "\x7f\x80\xff", 3, "\\x7f\\x80\\xff"},
    {ESCAPE_BARE, "\0", 1, "\\x00"},
    {ESCAPE_BARE, "\\ \"", 3, "\\\\ \""},
    {ESCAPE_QUOTED, "\\ \"", 3, "\\\\ \\\""},
    {ESCAPE_QUOTED, "\n", 1, "\\x0a"},
    {ESCAPE_JSON, "\\", 1, "\\\\\\\\"},
    {ESCAPE_JSON, "\"", 1, "\\\""},
    {ESCAPE_JSON, "\n", 1, "\\\\x0a"},
    {ESCAPE_JSON, "", 0, ""},
};

static void
each_byte_has_the_form_of_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(forms); i++) {
		char text[64];
		struct writer out = writer_over(text, sizeof text);

		escape_write(&out, forms[i].how,
		    (const uint8_t *)forms[i].bytes, forms[i].size);
		assert_false(out.failed);
		assert_int_equal(out.size, strlen(forms[i].form));
		assert_memory_equal(text, forms[i].form, out.size);
	}
}

static void
what_comes_out_is_printable_whatever_goes_in(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		const uint8_t in[1] = {(uint8_t)byte};

		for (int how = ESCAPE_BARE; how <= ESCAPE_JSON; how++) {
			uint8_t text[16];
			struct writer out = writer_over(text, sizeof text);

			escape_write(&out, (enum escape)how, in, 1);
			for (size_t i = 0; i < out.size; i++)
				assert_in_range(text[i], 0x20, 0x7e);
		}
	}
}

static void
a_form_is_never_cut_in_two(void **state)
{
	char text[6];
	struct writer out = writer_over(text, sizeof text);

	(void)state;
	escape_write(&out, ESCAPE_BARE, (const uint8_t *)"\x01\x02", 2);
	assert_true(out.failed);
	assert_int_equal(out.size, 4);
	assert_memory_equal(text, "\\x01", 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_byte_has_the_form_of_its_place),
	    cmocka_unit_test(what_comes_out_is_printable_whatever_goes_in),
	    cmocka_unit_test(a_form_is_never_cut_in_two),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
