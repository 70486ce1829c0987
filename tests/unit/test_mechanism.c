// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "smtp/extension.h"

#include <string.h>

// What passes, written down a second time: "+" yes, "-" no, "?" only with
// auth-without-tls, "s" unless the receiver lists the -PLUS sibling. In order:
// both legs under TLS, sender in plaintext, receiver, both.
struct row {
	const char *name;
	const char *passes;
	bool plaintext;
};

static const struct row rows[] = {
    {"PLAIN", "+?--", true},
    {"LOGIN", "+?--", true},
    {"XOAUTH2", "+?--", true},
    {"OAUTHBEARER", "+?--", true},
    {"CRAM-MD5", "++++", false},
    {"DIGEST-MD5", "++++", false},
    {"NTLM", "++++", false},
    {"SCRAM-SHA-1", "s+++", false},
    {"SCRAM-SHA-256", "s+++", false},
    {"SCRAM-SHA-512", "s+++", false},
    {"ANONYMOUS", "++++", false},
    {"OTP", "++++", false},
    {"SKEY", "++++", false},
    {"SCRAM-SHA-1-PLUS", "----", false},
    {"SCRAM-SHA-256-PLUS", "----", false},
    {"SCRAM-SHA-512-PLUS", "----", false},
    {"GSSAPI", "----", false},
    {"GSS-SPNEGO", "----", false},
    {"KERBEROS_V4", "----", false},
    {"EXTERNAL", "----", false},
};

static enum mechanism
find(const char *name)
{
	return mechanism_find((const uint8_t *)name, strlen(name));
}

static bool
passes(char rule, bool auth_without_tls, bool plus_is_offered)
{
	return rule == '+' || (rule == '?' && auth_without_tls) ||
	       (rule == 's' && !plus_is_offered);
}

static void
check_row(const struct row *row, unsigned legs, bool without_tls, bool plus)
{
	struct extension_view view = {.sender_tls = legs == 0 || legs == 2,
	    .receiver_tls = legs < 2,
	    .auth_without_tls = without_tls};
	struct extensions offered = {0};
	enum mechanism mechanism = find(row->name);
	char sibling[64];
	struct writer out = writer_over(sibling, sizeof sibling);

	writer_text(&out, row->name);
	writer_text(&out, "-PLUS");
	enum mechanism other =
	    mechanism_find((const uint8_t *)sibling, out.size);
	if (plus)
		offered.mechanisms |= (uint64_t)1 << other;
	assert_int_equal(mechanism_passes(mechanism, &offered, &view),
	    passes(row->passes[legs], without_tls,
		plus && other != MECHANISM_UNKNOWN));
}

static void
every_mechanism_passes_as_its_row_says(void **state)
{
	(void)state;
	assert_int_equal(ROWS(rows), MECHANISM_UNKNOWN);
	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned legs = 0; legs < 4; legs++)
			for (unsigned bits = 0; bits < 4; bits++)
				check_row(&rows[i], legs, (bits & 1) != 0,
				    (bits & 2) != 0);
}

static void
another_sibling_takes_nothing_along(void **state)
{
	struct extensions offered = {
	    .mechanisms = (uint64_t)1 << MECHANISM_SCRAM_SHA_1_PLUS};
	struct extension_view view = {.sender_tls = true, .receiver_tls = true};

	(void)state;
	assert_false(mechanism_passes(MECHANISM_SCRAM_SHA_1, &offered, &view));
	assert_true(mechanism_passes(MECHANISM_SCRAM_SHA_256, &offered, &view));
	assert_true(mechanism_passes(MECHANISM_PLAIN, &offered, &view));
}

static void
unknown_mechanisms_never_pass(void **state)
{
	struct extensions offered = {0};
	struct extension_view view = {
	    .sender_tls = true, .receiver_tls = true, .auth_without_tls = true};

	(void)state;
	assert_int_equal(find(""), MECHANISM_UNKNOWN);
	assert_int_equal(find("PLAI"), MECHANISM_UNKNOWN);
	assert_int_equal(find("PLAINX"), MECHANISM_UNKNOWN);
	assert_int_equal(find("SCRAM-SHA-1-"), MECHANISM_UNKNOWN);
	assert_false(mechanism_passes(MECHANISM_UNKNOWN, &offered, &view));
	assert_false(mechanism_is_plaintext(MECHANISM_UNKNOWN));
}

static void
names_match_in_either_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char name[64];

		bytes_copy_text(name, sizeof name, rows[i].name);
		for (char *at = name; *at != '\0'; at++)
			if (*at >= 'A' && *at <= 'Z')
				*at = (char)(*at - 'A' + 'a');
		assert_int_equal(find(name), find(rows[i].name));
		assert_int_not_equal(find(name), MECHANISM_UNKNOWN);
	}
}

static void
password_mechanisms_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(mechanism_is_plaintext(find(rows[i].name)),
		    rows[i].plaintext);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_mechanism_passes_as_its_row_says),
	    cmocka_unit_test(another_sibling_takes_nothing_along),
	    cmocka_unit_test(unknown_mechanisms_never_pass),
	    cmocka_unit_test(names_match_in_either_case),
	    cmocka_unit_test(password_mechanisms_are_known),
	};

	return cmocka_run_group_tests_name("mechanism", tests, NULL, NULL);
}
