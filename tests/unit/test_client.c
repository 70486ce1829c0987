// SPDX-License-Identifier: ISC

#include "unit.h"

#include "smtp/client.h"

#include <stdio.h>
#include <string.h>

struct row {
	enum client_verb verb;
	const char *argument;
	const char *told; // as client_write would tell all of it; NULL: 501
};

// "NAME=value" of each that is told, decoded, in the table's order.
static void
describe(const struct client *client, char *text, size_t room)
{
	static const char *const names[] = {
#define ATTRIBUTE(id, name, xclient, xforward, kind) name,
#include "smtp/attribute.def"
#undef ATTRIBUTE
	};
	size_t size = 0;

	text[0] = '\0';
	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++) {
		const char *value = client_get(client, one);

		if (value != NULL)
			size += (size_t)snprintf(text + size, room - size,
			    "%s%s=%s", size > 0 ? "|" : "", names[one], value);
	}
}

#define A63  "123456789012345678901234567890123456789012345678901234567890123"
#define A255 A63 A63 A63 A63 "123"

static const struct row rows[] = {
    {CLIENT_XCLIENT, "ADDR=192.0.2.7", "ADDR=192.0.2.7"},
    {CLIENT_XCLIENT, "addr=IPV6:2001:db8::7 PORT=25 name=mx.example",
	"NAME=mx.example|PORT=25|ADDR=IPV6:2001:db8::7"},
    {CLIENT_XCLIENT, "  NAME=[UNAVAILABLE]\tADDR=[TEMPUNAVAIL]  ",
	"NAME=[UNAVAILABLE]|ADDR=[TEMPUNAVAIL]"},
    {CLIENT_XCLIENT, "LOGIN=a+20b+2Bc+3d HELO=[192.0.2.7] PROTO=esmtp",
	"PROTO=esmtp|HELO=[192.0.2.7]|LOGIN=a b+c="},
    {CLIENT_XCLIENT, "DESTADDR=192.0.2.1 DESTPORT=0 REVERSE_NAME=x",
	"REVERSE_NAME=x|DESTADDR=192.0.2.1|DESTPORT=0"},
    {CLIENT_XCLIENT, "HELO=" A255, "HELO=" A255},
    {CLIENT_XCLIENT, "HELO=\xc3\xa4", "HELO=\xc3\xa4"},
    {CLIENT_XFORWARD, "IDENT=4711 SOURCE=LOCAL PROTO=SMTP",
	"PROTO=SMTP|IDENT=4711|SOURCE=LOCAL"},

    {CLIENT_XCLIENT, "", NULL},
    {CLIENT_XCLIENT, " ", NULL},
    {CLIENT_XCLIENT, "ADDR", NULL},
    {CLIENT_XCLIENT, "ADDR=", NULL},
    {CLIENT_XCLIENT, "=192.0.2.7", NULL},
    {CLIENT_XCLIENT, "ADDR=192.0.2.7 ADDR=192.0.2.8", NULL},
    {CLIENT_XCLIENT, "ADDR=mx.example", NULL},
    {CLIENT_XCLIENT, "ADDR=2001:db8::7", NULL},
    {CLIENT_XCLIENT, "ADDR=IPV6:", NULL},
    {CLIENT_XCLIENT, "ADDR=IPV6:192.0.2.7", NULL},
    {CLIENT_XCLIENT, "ADDR=IPV6:fe80::1%eth0", NULL},
    {CLIENT_XCLIENT, "ADDR=" A63, NULL},
    {CLIENT_XCLIENT, "PORT=65536", NULL},
    {CLIENT_XCLIENT, "PORT=-1", NULL},
    {CLIENT_XCLIENT, "PORT=999999999999999999999", NULL},
    {CLIENT_XCLIENT, "PROTO=LMTP", NULL},
    {CLIENT_XCLIENT, "IDENT=4711", NULL},
    {CLIENT_XFORWARD, "LOGIN=a", NULL},
    {CLIENT_XFORWARD, "SOURCE=HERE", NULL},
    {CLIENT_XCLIENT, "FOO=bar", NULL},
    {CLIENT_XCLIENT, "NAME=a+20b", NULL},
    {CLIENT_XCLIENT, "HELO=1" A255, NULL},
    // Injection: each is one command more to whoever takes it at its word.
    {CLIENT_XCLIENT, "NAME=x+0D+0ARCPT TO:<a@b>", NULL},
    {CLIENT_XCLIENT, "NAME=x+0D+0ADATA", NULL},
    {CLIENT_XCLIENT, "NAME=x+0A", NULL},
    {CLIENT_XCLIENT, "NAME=x+00y", NULL},
    {CLIENT_XCLIENT, "HELO=x+0dy", NULL},
    {CLIENT_XCLIENT, "LOGIN=x+7F", NULL},
    {CLIENT_XCLIENT, "LOGIN=x+1B[2J", NULL},
    {CLIENT_XCLIENT, "LOGIN=x\x01", NULL},
    {CLIENT_XCLIENT, "LOGIN=x\r", NULL},
    {CLIENT_XCLIENT, "LOGIN=a=b", NULL},
    {CLIENT_XCLIENT, "LOGIN=a+2", NULL},
    {CLIENT_XCLIENT, "LOGIN=a+", NULL},
    {CLIENT_XCLIENT, "LOGIN=a+2G", NULL},
    {CLIENT_XCLIENT, "LOGIN=a++", NULL},
    {CLIENT_XCLIENT, "ADDR=192.0.2.7 FOO=bar", NULL},
};

static void
arguments_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct client client = {.size = 0};
		const struct client before = client;
		char told[1024];
		bool good =
		    client_read(rows[i].verb, (const uint8_t *)rows[i].argument,
			strlen(rows[i].argument), &client);

		assert_int_equal(good, rows[i].told != NULL);
		if (!good) {
			assert_memory_equal(&client, &before, sizeof client);
			continue;
		}
		describe(&client, told, sizeof told);
		assert_string_equal(told, rows[i].told);
	}
}

static bool
take(struct client *client, enum client_verb verb, const char *argument)
{
	return client_read(
	    verb, (const uint8_t *)argument, strlen(argument), client);
}

static void
what_comes_later_counts(void **state)
{
	struct client client = {.size = 0};
	char told[1024];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(take(&client, CLIENT_XCLIENT, "LOGIN=" A63));
		assert_true(take(
		    &client, CLIENT_XCLIENT, "NAME=a ADDR=192.0.2.7 LOGIN=b"));
	}
	assert_true(take(&client, CLIENT_XCLIENT, "NAME=c"));
	assert_false(take(&client, CLIENT_XCLIENT, "NAME=d ADDR=x"));
	describe(&client, told, sizeof told);
	assert_string_equal(told, "NAME=c|LOGIN=b|ADDR=192.0.2.7");
}

static const uint32_t all = UINT32_MAX;

static void
expect_written(const struct client *client, enum client_verb verb,
    uint32_t offered, const char *line)
{
	uint8_t text[CLIENT_LINE_MOST];
	struct writer out = writer_over(text, sizeof text - 1);

	client_write(verb, offered, client, &out);
	assert_false(out.failed);
	text[out.size] = '\0';
	assert_string_equal((const char *)text, line);
}

static void
commands_are_written(void **state)
{
	struct client client = {.size = 0};
	uint32_t offered =
	    client_offer_read(reader_over(" NAME  addr FOO HELO", 20));

	(void)state;
	expect_written(&client, CLIENT_XCLIENT, all, "XCLIENT");
	client_set(&client, ATTRIBUTE_ADDR, "IPV6:2001:db8::7");
	client_set(&client, ATTRIBUTE_PORT, "25");
	client_set(&client, ATTRIBUTE_NAME, "[UNAVAILABLE]");
	client_set(&client, ATTRIBUTE_HELO, "a b+c=\r\n\xc3\xa4");
	client_set(&client, ATTRIBUTE_IDENT, "7f");
	expect_written(&client, CLIENT_XCLIENT, all,
	    "XCLIENT NAME=[UNAVAILABLE] HELO=a+20b+2Bc+3D+0D+0A+C3+A4 "
	    "PORT=25 ADDR=IPV6:2001:db8::7");
	expect_written(&client, CLIENT_XCLIENT, offered,
	    "XCLIENT NAME=[UNAVAILABLE] HELO=a+20b+2Bc+3D+0D+0A+C3+A4 "
	    "ADDR=IPV6:2001:db8::7");
	expect_written(&client, CLIENT_XFORWARD, all,
	    "XFORWARD NAME=[UNAVAILABLE] HELO=a+20b+2Bc+3D+0D+0A+C3+A4 "
	    "IDENT=7f PORT=25 ADDR=IPV6:2001:db8::7");
	expect_written(&client, CLIENT_XFORWARD, 0, "XFORWARD");
}

// A name that fills the line goes first: the EHLO that follows tells it.
static void
a_line_is_never_too_long(void **state)
{
	struct client client = {.size = 0};
	char name[CLIENT_VALUE_MOST + 1];

	(void)state;
	memset(name, '+', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	client_set(&client, ATTRIBUTE_ADDR, "192.0.2.7");
	client_set(&client, ATTRIBUTE_HELO, name);
	expect_written(&client, CLIENT_XCLIENT, all, "XCLIENT ADDR=192.0.2.7");
	uint8_t text[CLIENT_LINE_MOST];
	struct writer out = writer_over(text, sizeof text);
	struct client sane = {.size = 0};

	client_set(&sane, ATTRIBUTE_NAME, name);
	client_set(&sane, ATTRIBUTE_REVERSE_NAME, name);
	client_set(&sane, ATTRIBUTE_HELO, name);
	client_set(&sane, ATTRIBUTE_LOGIN, name);
	client_set(&sane, ATTRIBUTE_ADDR, "192.0.2.7");
	client_write(CLIENT_XCLIENT, all, &sane, &out);
	assert_int_equal(out.size, strlen("XCLIENT ADDR=192.0.2.7"));
}

static void
the_keyword_lists_what_is_taken(void **state)
{
	uint8_t text[256];
	struct writer out = writer_over(text, sizeof text - 1);

	(void)state;
	client_offer_write(CLIENT_XFORWARD, &out);
	text[out.size] = '\0';
	assert_string_equal((const char *)text,
	    "XFORWARD NAME PROTO HELO IDENT SOURCE PORT ADDR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arguments_are_read),
	    cmocka_unit_test(what_comes_later_counts),
	    cmocka_unit_test(commands_are_written),
	    cmocka_unit_test(a_line_is_never_too_long),
	    cmocka_unit_test(the_keyword_lists_what_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
