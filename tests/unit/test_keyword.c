// SPDX-License-Identifier: ISC

#include "unit.h"

#include "extension_show.h"

#include <stdio.h>
#include <string.h>

static const struct extension_view secure = {
    .sender_tls = true, .receiver_tls = true, .receiver_authenticated = true};
static const struct extension_view both_plain = {0};

// Table 1 of what to do with each keyword, written down a second time.
struct keyword_row {
	const char *keyword;
	bool tls, plain; // shown with TLS and authenticated; in plaintext
	bool can_show;   // show-keywords reaches it
};

static const struct keyword_row keywords[] = {
    {"STARTTLS", false, false, false},
    {"XCLIENT", false, false, false},
    {"XFORWARD", false, false, false},
    {"XLOOP", true, true, false},
    {"REQUIRETLS", true, false, false},
    {"PIPELINING", true, true, false},
    {"SIZE", true, true, false},
    {"8BITMIME", true, true, false},
    {"CHUNKING", true, true, false},
    {"SMTPUTF8", true, true, false},
    {"ENHANCEDSTATUSCODES", true, true, false},
    {"DSN", true, true, false},
    {"LIMITS", true, true, false},
    {"SUBMITTER", true, true, false},
    {"DELIVERBY", true, true, false},
    {"FUTURERELEASE", true, true, false},
    {"MT-PRIORITY", true, true, false},
    {"RRVS", true, true, false},
    {"MTRK", true, true, false},
    {"NO-SOLICITING", true, true, false},
    {"CONPERM", true, true, false},
    {"BURL", true, true, false},
    {"ETRN", true, true, false},
    {"VRFY", true, true, false},
    {"EXPN", true, true, false},
    {"HELP", true, true, false},
    {"UTF8SMTP", false, false, true},
    {"CONNEG", false, false, true},
    {"CHECKPOINT", false, false, true},
    {"ATRN", false, false, true},
    {"TURN", false, false, true},
    {"SEND", false, false, true},
    {"SOML", false, false, true},
    {"SAML", false, false, true},
    {"VERB", false, false, true},
    {"ONEX", false, false, true},
    {"PRDR", false, false, true},
    {"PIPECONNECT", false, false, true},
    {"X_PIPE_CONNECT", false, false, true},
    {"WELLKNOWN", false, false, true},
    {"XVERP", false, false, true},
    {"VERP", false, false, true},
    {"TLS", false, false, true},
    {"X-ANONYMOUSTLS", false, false, true},
    {"X-EXPS", false, false, true},
    {"XEXCH50", false, false, true},
    {"X-LINK2STATE", false, false, true},
    {"XSHADOW", false, false, true},
    {"XRDST", false, false, true},
    // Not in our table at all.
    {"XPROXY", false, false, true},
    {"XSESSIONPARAMS", false, false, true},
    {"XLICENSE", false, false, true},
    {"XXXXXXXA", false, false, true},
    {"BRANDNEW", false, false, true},
};

static bool
is_shown(const char *keyword, const struct extension_view *view)
{
	char text[128], line[128];
	struct extensions shown;

	snprintf(text, sizeof text, "250-mx\r\n250 %s a b\r\n", keyword);
	snprintf(line, sizeof line, "250-mx\r\n250 %s a b\r\n", keyword);
	const char *out = show(text, view, &shown);

	if (strcmp(out, line) == 0)
		return true;
	assert_string_equal(out, "250 mx\r\n");
	assert_int_equal(shown.offered, 0);
	return false;
}

static void
every_keyword_is_treated_as_its_row_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(keywords); i++) {
		const char *const names[] = {"OTHER", keywords[i].keyword};
		struct extension_view view = secure;

		assert_int_equal(
		    is_shown(keywords[i].keyword, &view), keywords[i].tls);
		view.show = names;
		view.show_count = ROWS(names);
		assert_int_equal(is_shown(keywords[i].keyword, &view),
		    keywords[i].tls || keywords[i].can_show);
		view.hide = names;
		view.hide_count = ROWS(names);
		assert_false(is_shown(keywords[i].keyword, &view));
		view = both_plain;
		assert_int_equal(
		    is_shown(keywords[i].keyword, &view), keywords[i].plain);
	}
}

// No row of the table is forgotten above; AUTH, BINARYMIME and OK are tested
// on their own.
static void
every_row_is_tested(void **state)
{
	static const char *const table[] = {
#define EXTENSION(id, keyword, action) keyword,
#include "smtp/extension.def"
#undef EXTENSION
	};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++)
		for (size_t j = 0; j < ROWS(keywords); j++)
			if (strcmp(table[i], keywords[j].keyword) == 0)
				found++;
	assert_int_equal(found + 3, ROWS(table));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_keyword_is_treated_as_its_row_says),
	    cmocka_unit_test(every_row_is_tested),
	};

	return cmocka_run_group_tests_name("keyword", tests, NULL, NULL);
}
