// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/tls_version.h"

static void
each_version_has_its_names(void **state)
{
	static const struct {
		uint16_t number;
		const char *name, *spoken;
	} rows[] = {
	    {0x0002, "SSLv2", "SSL 2.0"},
	    {0x0300, "SSLv3", "SSL 3.0"},
	    {0x0301, "TLSv1.0", "TLS 1.0"},
	    {0x0304, "TLSv1.3", "TLS 1.3"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_string_equal(
		    tls_version_name(rows[i].number), rows[i].name);
		assert_string_equal(
		    tls_version_spoken(rows[i].number), rows[i].spoken);
		assert_int_equal(
		    tls_version_find(rows[i].name), rows[i].number);
	}
}

static void
others_have_none(void **state)
{
	static const unsigned numbers[] = {0, 0x0200, 0x0305, 0x7f1c, 0x10301};

	(void)state;
	for (size_t i = 0; i < ROWS(numbers); i++) {
		assert_null(tls_version_name(numbers[i]));
		assert_null(tls_version_spoken(numbers[i]));
	}
	assert_int_equal(tls_version_find("TLS 1.0"), 0);
	assert_int_equal(tls_version_find(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_version_has_its_names),
	    cmocka_unit_test(others_have_none),
	};

	return cmocka_run_group_tests_name("tls_version", tests, NULL, NULL);
}
