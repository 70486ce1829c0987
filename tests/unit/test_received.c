// SPDX-License-Identifier: ISC

#include "unit.h"

#include "smtp/received.h"

#include <string.h>

#define DATE "Wed, 08 May 2002 09:00:00 +0000"
#define HELO(name)                                                             \
	.helo = (const uint8_t *)(name), .helo_size = sizeof(name) - 1

static const struct received plain = {
    HELO("client.example"),
    .address = "192.0.2.7",
    .hostname = "relay.example",
    .extended = true,
    .id = "7f3a01",
    .message = 2,
    .receiver_name = "mx.example",
    .verified = "none",
    .date = DATE,
};

static void
expect(const struct received *received, const char *text)
{
	uint8_t bytes[RECEIVED_MOST + 1];
	struct writer out = writer_over(bytes, RECEIVED_MOST);

	received_write(received, &out);
	assert_false(out.failed);
	bytes[out.size] = '\0';
	assert_string_equal((const char *)bytes, text);
}

static void
both_legs_are_told_truthfully(void **state)
{
	struct received both = plain;

	(void)state;
	expect(&plain,
	    "Received: from client.example ([192.0.2.7])\r\n"
	    "\t(without TLS)\r\n"
	    "\tby relay.example (sallyport) with ESMTP id 7f3a01-2\r\n"
	    "\t(on to mx.example without TLS);\r\n"
	    "\t" DATE "\r\n");
	both.sender = (struct received_leg){
	    "SSLv3", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40};
	both.receiver =
	    (struct received_leg){"TLSv1.3", "TLS_AES_256_GCM_SHA384", 256};
	both.verified = "name";
	both.address = "2001:db8::7";
	expect(&both,
	    "Received: from client.example ([IPv6:2001:db8::7])\r\n"
	    "\t(with SSLv3/TLS_RSA_EXPORT_WITH_RC4_40_MD5/40)\r\n"
	    "\tby relay.example (sallyport) with ESMTPS id 7f3a01-2\r\n"
	    "\t(on to mx.example with TLSv1.3/TLS_AES_256_GCM_SHA384/256, "
	    "verified: name);\r\n"
	    "\t" DATE "\r\n");
}

static void
the_protocol_is_of_the_senders_leg(void **state)
{
	static const struct {
		bool extended, tls, authenticated, utf8;
		const char *word;
	} rows[] = {
	    {false, false, false, false, " with SMTP id "},
	    // There is no word for HELO and TLS.
	    {false, true, true, true, " with SMTP id "},
	    {true, false, false, false, " with ESMTP id "},
	    {true, true, false, false, " with ESMTPS id "},
	    {true, false, true, false, " with ESMTPA id "},
	    {true, true, true, false, " with ESMTPSA id "},
	    {true, false, false, true, " with UTF8SMTP id "},
	    {true, true, true, true, " with UTF8SMTPSA id "},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct received received = plain;
		uint8_t bytes[RECEIVED_MOST + 1];
		struct writer out = writer_over(bytes, RECEIVED_MOST);

		received.extended = rows[i].extended;
		received.authenticated = rows[i].authenticated;
		received.utf8 = rows[i].utf8;
		if (rows[i].tls)
			received.sender.protocol = "TLSv1.2";
		received_write(&received, &out);
		bytes[out.size] = '\0';
		assert_non_null(strstr((const char *)bytes, rows[i].word));
	}
}

// A name that is none does not stand where one belongs, and nothing that a
// peer says ends its comment, or the line.
static void
what_the_sender_said_stays_in_its_place(void **state)
{
	static const struct {
		const char *helo, *from;
	} rows[] = {
	    {"[192.0.2.7]", "from [192.0.2.7] ([192.0.2.7])\r\n"},
	    {"[IPv6:2001:db8::7]", "from [IPv6:2001:db8::7] ([192.0.2.7])\r\n"},
	    {"a_b-c.1", "from a_b-c.1 ([192.0.2.7])\r\n"},
	    {"my printer", "from [192.0.2.7] (HELO my?printer)\r\n"},
	    {"x) by evil (", "from [192.0.2.7] (HELO x??by?evil?"
			     "?)\r\n"},
	    {"x\r\nSubject: y", "from [192.0.2.7] (HELO x??Subject:?y)\r\n"},
	    {"\\\xc3\xa4\x7f", "from [192.0.2.7] (HELO ???"
			       "?)\r\n"},
	    {"[a]b", "from [192.0.2.7] (HELO [a]b)\r\n"},
	    {"", "from [192.0.2.7] (HELO )\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct received received = plain;
		uint8_t bytes[RECEIVED_MOST + 1];
		struct writer out = writer_over(bytes, RECEIVED_MOST);

		received.helo = (const uint8_t *)rows[i].helo;
		received.helo_size = strlen(rows[i].helo);
		received_write(&received, &out);
		bytes[out.size] = '\0';
		assert_non_null(strstr((const char *)bytes, rows[i].from));
	}
}

static void
it_always_fits(void **state)
{
	char longest[256];
	struct received received = plain;
	uint8_t bytes[RECEIVED_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);

	(void)state;
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	received.helo = (const uint8_t *)longest;
	received.helo_size = sizeof longest - 1;
	received.hostname = longest;
	received.receiver_name = longest;
	received.address = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
	// As long as facts of TLS can be.
	received.sender = (struct received_leg){
	    longest + 255 - 15, longest + 255 - 63, 4294967295u};
	received.receiver = received.sender;
	received_write(&received, &out);
	assert_false(out.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_legs_are_told_truthfully),
	    cmocka_unit_test(the_protocol_is_of_the_senders_leg),
	    cmocka_unit_test(what_the_sender_said_stays_in_its_place),
	    cmocka_unit_test(it_always_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
