// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "extension_show.h"

#include <string.h>

static const struct extension_view both_tls = {
    .sender_tls = true, .receiver_tls = true};
static const struct extension_view secure = {
    .sender_tls = true, .receiver_tls = true, .receiver_authenticated = true};
static const struct extension_view sender_plain = {.receiver_tls = true};
static const struct extension_view starttls = {
    .receiver_tls = true, .show_starttls = true};
static const struct extension_view receiver_plain = {.sender_tls = true};
static const struct extension_view both_plain = {0};
static const struct extension_view printer = {
    .receiver_tls = true, .auth_without_tls = true};
static const struct extension_view plain_printer = {.auth_without_tls = true};
static const struct extension_view at_most_500 = {
    .sender_tls = true, .receiver_tls = true, .recipient_limit = 500};

static const struct extension_view headroom = {
    .sender_tls = true, .receiver_tls = true, .headroom = 1024};
static const struct extension_view trusting = {
    .receiver_tls = true, .take_xclient = true, .show_starttls = true};

struct row {
	const struct extension_view *view;
	const char *in;
	const char *out;
};

static const struct row rows[] = {
    // The last line has the space, whichever it is.
    {&both_tls, "250 mx\r\n", "250 mx\r\n"},
    {&both_tls, "250-mx hello\r\n250 SIZE 1000\r\n",
	"250-mx hello\r\n250 SIZE 1000\r\n"},
    {&both_tls, "250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n",
	"250-mx\r\n250 SIZE\r\n"},
    {&both_tls, "250-mx\r\n250-XFOO\r\n250 XBAR\r\n", "250 mx\r\n"},
    {&starttls, "250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n",
	"250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n"},
    {&starttls, "250 mx\r\n", "250-mx\r\n250 STARTTLS\r\n"},
    {&starttls, "250-mx\r\n250-STARTTLS=1\r\n250-starttls\r\n250 X\r\n",
	"250-mx\r\n250 STARTTLS\r\n"},
    // IIS ends its list so; it is no keyword, and does no harm.
    {&starttls, "250-mx Hello [192.0.2.7]\r\n250-SIZE\r\n250 OK\r\n",
	"250-mx Hello [192.0.2.7]\r\n250-SIZE\r\n250-OK\r\n"
	"250 STARTTLS\r\n"},
    // Order and spelling are the receiver's.
    {&both_tls, "250-mx\r\n250-size 5\r\n250-Pipelining\r\n250 8bitMIME\r\n",
	"250-mx\r\n250-size 5\r\n250-Pipelining\r\n250 8bitMIME\r\n"},
    // Lines that are none.
    {&both_tls, "250-mx\r\n250-\r\n250- SIZE\r\n250\r\n", "250 mx\r\n"},
    {&both_tls, "250-mx\n250-SIZE\n250 DSN\n",
	"250-mx\r\n250-SIZE\r\n250 DSN\r\n"},
    {&both_tls, "250-mx\r\n250-SIZE\t9\r\n250 DSN \r\n",
	"250-mx\r\n250-SIZE\t9\r\n250 DSN \r\n"},
    // Only AUTH has a form with "=".
    {&both_tls, "250-mx\r\n250-SIZE=9\r\n250-DSN=\r\n250 HELP\r\n",
	"250-mx\r\n250 HELP\r\n"},
    {&both_tls, "250-m\033x\r\n250 SIZE \001\r\n", "250-m?x\r\n250 SIZE ?\r\n"},
    // The last line's code is that of all.
    {&both_tls, "220-mx\r\n250 SIZE\r\n", "250-mx\r\n250 SIZE\r\n"},
    // A prefix of a keyword, or a keyword with a tail, is another keyword.
    {&both_tls, "250-mx\r\n250-SIZ\r\n250-SIZEX\r\n250 SIZE-X\r\n",
	"250 mx\r\n"},
    // BINARYMIME only beside CHUNKING, wherever that stands.
    {&both_tls, "250-mx\r\n250 BINARYMIME\r\n", "250 mx\r\n"},
    {&both_tls, "250-mx\r\n250-BINARYMIME\r\n250 CHUNKING\r\n",
	"250-mx\r\n250-BINARYMIME\r\n250 CHUNKING\r\n"},
    {&both_tls, "250-mx\r\n250-CHUNKING=1\r\n250 BINARYMIME\r\n", "250 mx\r\n"},
    // SIZE leaves room for what goes before a message.
    {&headroom, "250-mx\r\n250 SIZE 5000\r\n", "250-mx\r\n250 SIZE 3976\r\n"},
    {&headroom, "250-mx\r\n250-SIZE 0\r\n250 DSN\r\n",
	"250-mx\r\n250-SIZE 0\r\n250 DSN\r\n"},
    {&headroom, "250-mx\r\n250-size\r\n250 SIZE 5x\r\n",
	"250-mx\r\n250-size\r\n250 SIZE 5x\r\n"},
    // What is left of a small limit is not none.
    {&headroom, "250-mx\r\n250-SIZE 1024\r\n250 SIZE 7\r\n",
	"250-mx\r\n250-SIZE 1\r\n250 SIZE 1\r\n"},
    {&headroom, "250-mx\r\n250 SIZE 99999999999999999999999\r\n",
	"250-mx\r\n250 SIZE 99999999999999999999999\r\n"},
    // A trusted sender may say who sends; the receiver's own never pass.
    {&trusting, "250-mx\r\n250-XCLIENT ADDR\r\n250 XFORWARD NAME\r\n",
	"250-mx\r\n"
	"250-XCLIENT NAME REVERSE_NAME PROTO HELO LOGIN DESTADDR DESTPORT "
	"PORT ADDR\r\n"
	"250-XFORWARD NAME PROTO HELO IDENT SOURCE PORT ADDR\r\n"
	"250 STARTTLS\r\n"},
    // LIMITS promises no more recipients than we take.
    {&at_most_500, "250-mx\r\n250 LIMITS MAILMAX=9 RCPTMAX=100\r\n",
	"250-mx\r\n250 LIMITS MAILMAX=9 RCPTMAX=100\r\n"},
    {&at_most_500, "250-mx\r\n250 LIMITS rcptmax=501 MAILMAX=9\r\n",
	"250-mx\r\n250 LIMITS RCPTMAX=500 MAILMAX=9\r\n"},
    {&at_most_500,
	"250-mx\r\n250 LIMITS RCPTMAX=99999999999999999999999999\r\n",
	"250-mx\r\n250 LIMITS RCPTMAX=500\r\n"},
    {&at_most_500, "250-mx\r\n250 LIMITS RCPTMAX=x RCPTMAX=\r\n",
	"250-mx\r\n250 LIMITS RCPTMAX=x RCPTMAX=\r\n"},
    {&both_tls, "250-mx\r\n250 LIMITS RCPTMAX=5000\r\n",
	"250-mx\r\n250 LIMITS RCPTMAX=5000\r\n"},
    // REQUIRETLS needs TLS on both legs and an authenticated receiver.
    {&secure, "250-mx\r\n250 REQUIRETLS\r\n", "250-mx\r\n250 REQUIRETLS\r\n"},
    {&both_tls, "250-mx\r\n250 REQUIRETLS\r\n", "250 mx\r\n"},
    {&sender_plain, "250-mx\r\n250 REQUIRETLS\r\n", "250 mx\r\n"},
    {&receiver_plain, "250-mx\r\n250 REQUIRETLS\r\n", "250 mx\r\n"},
    // AUTH, in both forms, without what does not pass.
    {&both_tls, "250-mx\r\n250-AUTH LOGIN PLAIN\r\n250 AUTH=LOGIN PLAIN\r\n",
	"250-mx\r\n250-AUTH LOGIN PLAIN\r\n250 AUTH=LOGIN PLAIN\r\n"},
    {&both_tls,
	"250-mx\r\n250-AUTH GSSAPI LOGIN X\r\n"
	"250 auth=GSSAPI login PLAIN\r\n",
	"250-mx\r\n250-AUTH LOGIN\r\n250 auth=login PLAIN\r\n"},
    {&both_tls, "250-mx\r\n250-AUTH  LOGIN\t LOGIN  PLAIN \r\n250 DSN\r\n",
	"250-mx\r\n250-AUTH LOGIN PLAIN\r\n250 DSN\r\n"},
    {&both_tls, "250-mx\r\n250-AUTH\r\n250-AUTH \r\n250 AUTH=\r\n",
	"250 mx\r\n"},
    {&both_tls, "250-mx\r\n250 AUTH GSSAPI EXTERNAL NEW\r\n", "250 mx\r\n"},
    {&sender_plain, "250-mx\r\n250 AUTH LOGIN PLAIN\r\n", "250 mx\r\n"},
    {&sender_plain, "250-mx\r\n250 AUTH LOGIN CRAM-MD5 PLAIN\r\n",
	"250-mx\r\n250 AUTH CRAM-MD5\r\n"},
    {&receiver_plain, "250-mx\r\n250 AUTH LOGIN CRAM-MD5 PLAIN\r\n",
	"250-mx\r\n250 AUTH CRAM-MD5\r\n"},
    {&both_plain, "250-mx\r\n250 AUTH LOGIN CRAM-MD5 PLAIN\r\n",
	"250-mx\r\n250 AUTH CRAM-MD5\r\n"},
    {&printer, "250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n",
	"250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n"},
    {&plain_printer, "250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n", "250 mx\r\n"},
    // SCRAM: a -PLUS that is dropped takes its sibling along, where the
    // sender would think of a downgrade.
    {&both_tls, "250-mx\r\n250 AUTH SCRAM-SHA-256\r\n",
	"250-mx\r\n250 AUTH SCRAM-SHA-256\r\n"},
    {&both_tls,
	"250-mx\r\n250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 "
	"SCRAM-SHA-1\r\n",
	"250-mx\r\n250 AUTH SCRAM-SHA-1\r\n"},
    {&both_tls,
	"250-mx\r\n250-AUTH SCRAM-SHA-256 SCRAM-SHA-512\r\n"
	"250 AUTH=scram-sha-256-plus\r\n",
	"250-mx\r\n250 AUTH SCRAM-SHA-512\r\n"},
    {&sender_plain, "250-mx\r\n250 AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256\r\n",
	"250-mx\r\n250 AUTH SCRAM-SHA-256\r\n"},
    {&receiver_plain, "250-mx\r\n250 AUTH SCRAM-SHA-1 SCRAM-SHA-1-PLUS\r\n",
	"250-mx\r\n250 AUTH SCRAM-SHA-1\r\n"},
};

static void
lists_are_rebuilt(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct extensions shown;

		assert_string_equal(
		    show(rows[i].in, rows[i].view, &shown), rows[i].out);
	}
}

// What is shown, when shown again through the most lenient view, stays: and
// what shown says is what a sender reads.
static void
what_is_said_to_be_shown_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct extensions shown;
		char text[2048];

		bytes_copy_text(
		    text, sizeof text, show(rows[i].in, rows[i].view, &shown));
		struct reply reply = reply_of(text);
		struct extensions read = extension_read(&reply);

		assert_int_equal(read.offered, shown.offered);
		assert_int_equal(read.mechanisms, shown.mechanisms);
	}
}

static void
hidden_chunking_takes_binarymime_along(void **state)
{
	static const char *const names[] = {"chunking", "Auth"};
	struct extension_view view = secure;
	struct extensions shown;

	(void)state;
	view.hide = names;
	view.hide_count = ROWS(names);
	assert_string_equal(
	    show("250-mx\r\n250-BINARYMIME\r\n250-CHUNKING\r\n"
		 "250-AUTH PLAIN\r\n250-AUTH=PLAIN\r\n250 DSN\r\n",
		&view, &shown),
	    "250-mx\r\n250 DSN\r\n");
	assert_false(extension_has(&shown, EXTENSION_CHUNKING));
	assert_false(extension_has(&shown, EXTENSION_AUTH));
	assert_false(mechanism_has(&shown, MECHANISM_PLAIN));
	assert_true(extension_has(&shown, EXTENSION_DSN));
}

static void
shown_keywords_may_have_the_old_form(void **state)
{
	static const char *const names[] = {"X-EXPS", "STARTTLS", "SIZE"};
	struct extension_view view = secure;
	struct extensions shown;

	(void)state;
	view.show = names;
	view.show_count = ROWS(names);
	assert_string_equal(
	    show("250-mx\r\n250-X-EXPS GSSAPI NTLM\r\n250-X-EXPS=LOGIN\r\n"
		 "250-STARTTLS\r\n250-STARTTLS=x\r\n250 SIZE=9\r\n",
		&view, &shown),
	    "250-mx\r\n250-X-EXPS GSSAPI NTLM\r\n250-X-EXPS=LOGIN\r\n"
	    "250 SIZE=9\r\n");
	assert_false(extension_has(&shown, EXTENSION_STARTTLS));
	assert_false(extension_has(&shown, EXTENSION_SIZE));
}

static void
offers_are_read(void **state)
{
	struct reply reply =
	    reply_of("250-STARTTLS SIZE\r\n250-starttls\r\n250-AUTH PLAIN X\r\n"
		     "250-AUTH=login scram-sha-1-plus\r\n250-PRDR\r\n"
		     "250-SIZE=7\r\n250 XFOO\r\n");
	struct extensions set = extension_read(&reply);

	(void)state;
	assert_int_equal(set.offered, (uint64_t)1 << EXTENSION_STARTTLS |
					  (uint64_t)1 << EXTENSION_AUTH |
					  (uint64_t)1 << EXTENSION_PRDR);
	assert_int_equal(set.mechanisms,
	    (uint64_t)1 << MECHANISM_PLAIN | (uint64_t)1 << MECHANISM_LOGIN |
		(uint64_t)1 << MECHANISM_SCRAM_SHA_1_PLUS |
		(uint64_t)1 << MECHANISM_UNKNOWN);
	// The first line is a host's name, whatever it looks like.
	reply = reply_of("250 STARTTLS\r\n");
	set = extension_read(&reply);
	assert_int_equal(set.offered, 0);
}

static void
helo_gets_one_line(void **state)
{
	static const char *const helos[][2] = {
	    {"250-mx.example greets you\r\n250 SIZE\r\n", "250 mx.example\r\n"},
	    {"250 mx.example\r\n", "250 mx.example\r\n"},
	    {"250  mx.example \r\n", "250 mx.example\r\n"},
	    {"250\r\n", "250 \r\n"},
	    {"250 m\001x\r\n", "250 m?x\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(helos); i++) {
		struct reply reply = reply_of(helos[i][0]);
		struct writer out = writer_over(room, sizeof room);

		extension_show_helo(&reply, &out);
		writer_u8(&out, '\0');
		assert_string_equal((const char *)room, helos[i][1]);
	}
}

// As many keywords as a reply may have, and an AUTH line of 60 KiB.
static void
large_lists_fit(void **state)
{
	static char text[REPLY_BYTES_MOST + 1];
	struct writer out = writer_over(text, REPLY_BYTES_MOST);
	struct extensions shown;

	(void)state;
	writer_text(&out, "250-mx\r\n250-AUTH");
	while (out.room - out.size > 4096)
		writer_text(&out, " LOGIN PLAIN CRAM-MD5");
	writer_text(&out, "\r\n");
	for (size_t i = 0; i < REPLY_LINES_MOST - 3; i++)
		writer_text(&out, "250-SIZE 1000\r\n");
	writer_text(&out, "250 SIZE\r\n");
	assert_false(out.failed);
	text[out.size] = '\0';

	struct extension_view view = secure;
	view.show_starttls = true;
	const char *seen = show(text, &view, &shown);

	assert_non_null(strstr(seen, "\r\n250-AUTH LOGIN PLAIN CRAM-MD5\r\n"));
	assert_non_null(strstr(seen, "\r\n250-SIZE\r\n250 STARTTLS\r\n"));
}

static void
the_list_goes_behind_what_is_written(void **state)
{
	struct reply reply = reply_of("250-mx\r\n250 SIZE\r\n");
	struct writer out = writer_over(room, sizeof room);

	(void)state;
	writer_text(&out, "220 first\r\n");
	extension_show(&reply, &both_tls, &out);
	writer_u8(&out, '\0');
	assert_string_equal(
	    (const char *)room, "220 first\r\n250-mx\r\n250 SIZE\r\n");
}

// In no row, not private, not decided about: each once, in the order of lines.
static void
keywords_that_nobody_knows_are_found(void **state)
{
	static const char *const shown[] = {"SHOWN"}, *const hidden[] = {"HID"};
	const struct extension_view view = {
	    .show = shown, .show_count = 1, .hide = hidden, .hide_count = 1};
	struct reply reply = reply_of("250-NAME\r\n250-SIZE 5\r\n250-NEW 1\r\n"
				      "250-\r\n250-X-OWN\r\n250-xown\r\n"
				      "250-shown\r\n250-HID\r\n250-ONEX\r\n"
				      "250-SIZE=1\r\n250 NEWER=2\r\n");
	static const char *const expected[] = {"NEW", "NEWER"};
	struct reader keyword;
	size_t line = 1;

	(void)state;
	for (size_t i = 0; i < ROWS(expected); i++) {
		assert_true(extension_unlisted(&reply, &view, &line, &keyword));
		assert_int_equal(keyword.left, strlen(expected[i]));
		assert_memory_equal(keyword.at, expected[i], keyword.left);
	}
	assert_false(extension_unlisted(&reply, &view, &line, &keyword));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_rebuilt),
	    cmocka_unit_test(what_is_said_to_be_shown_is_shown),
	    cmocka_unit_test(hidden_chunking_takes_binarymime_along),
	    cmocka_unit_test(shown_keywords_may_have_the_old_form),
	    cmocka_unit_test(offers_are_read),
	    cmocka_unit_test(helo_gets_one_line),
	    cmocka_unit_test(large_lists_fit),
	    cmocka_unit_test(keywords_that_nobody_knows_are_found),
	    cmocka_unit_test(the_list_goes_behind_what_is_written),
	};

	return cmocka_run_group_tests_name("extension", tests, NULL, NULL);
}
