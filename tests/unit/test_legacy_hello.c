// SPDX-License-Identifier: ISC
//
// What a server makes of hellos: the choice of version and suite, signalling
// values, extensions, and what must be let pass.

#include "legacy_mallory.h"

static struct legacy_keyring *keyring;
static struct legacy_config config;

static int
set_up(void **state)
{
	credentials_set_up(state);
	keyring = legacy_keyring_new(3600000, 1000);
	config = server_config();
	config.keyring = keyring;
	return 0;
}

static int
tear_down(void **state)
{
	legacy_keyring_free(&keyring);
	return credentials_tear_down(state);
}

struct choice_row {
	const char *name;
	uint16_t min, max; // of the server
	unsigned bits;
	uint16_t listener_maximum;
	uint16_t version; // of the client
	uint16_t suites[6];
	uint16_t chosen; // suite; 0: refused
	uint16_t agreed; // version
	int alert;
	enum tls_failure failure;
};

static const struct choice_row choices[] = {
    {"the strongest, AES first", 0x300, 0x302, 40, 0, 0x301,
	{0x03, 0x09, 0x0a, 0x04, 0x05, 0x2f}, 0x2f, 0x301, -1, 0},
    {"RC4 before CBC in SSL 3.0", 0x300, 0x302, 40, 0, 0x300,
	{0x2f, 0x35, 0x0a, 0x04}, 0x04, 0x300, -1, 0},
    {"CBC in SSL 3.0 rather than 56 bits", 0x300, 0x302, 40, 0, 0x300,
	{0x64, 0x0a}, 0x0a, 0x300, -1, 0},
    {"no export in TLS 1.1 where 1.0 is too low", 0x302, 0x302, 40, 0, 0x302,
	{0x03, 0x64}, 0, 0, 40, TLS_FAILURE_SUITE},
    {"TLS 1.0 for the sake of export", 0x300, 0x302, 40, 0, 0x303, {0x03, 0x64},
	0x64, 0x301, -1, 0},
    {"a modern client that can do RC4", 0x300, 0x302, 40, 0, 0x303,
	{0xc02f, 0x1301, 0x05}, 0x05, 0x302, -1, 0},
    {"a version of the future", 0x300, 0x301, 40, 0, 0x3ff, {0x05}, 0x05, 0x301,
	-1, 0},
    {"unknown suites alone", 0x300, 0x302, 40, 0, 0x301, {0x9999, 0xc02f}, 0, 0,
	40, TLS_FAILURE_SUITE},
    {"too weak", 0x300, 0x302, 56, 0, 0x301, {0x03, 0x06}, 0, 0, 71,
	TLS_FAILURE_BITS},
    {"too weak in SSL 3.0", 0x300, 0x302, 56, 0, 0x300, {0x03, 0x06}, 0, 0, 40,
	TLS_FAILURE_BITS},
    {"strong enough beside the weak", 0x300, 0x302, 56, 0, 0x301, {0x03, 0x64},
	0x64, 0x301, -1, 0},
    {"3DES is 112 bits", 0x300, 0x302, 128, 0, 0x301, {0x0a}, 0, 0, 71,
	TLS_FAILURE_BITS},
    {"a version too low", 0x301, 0x302, 40, 0, 0x300, {0x05}, 0, 0, 40,
	TLS_FAILURE_PROTOCOL},
    {"a version too low in TLS", 0x302, 0x302, 40, 0, 0x301, {0x05}, 0, 0, 70,
	TLS_FAILURE_PROTOCOL},
    {"fell back, and need not have", 0x300, 0x302, 40, 0, 0x301, {0x05, 0x5600},
	0, 0, 86, TLS_FAILURE_FALLBACK},
    {"fell back in SSL 3.0", 0x300, 0x302, 40, 0, 0x300, {0x05, 0x5600}, 0, 0,
	86, TLS_FAILURE_FALLBACK},
    {"fell back to the best", 0x300, 0x301, 40, 0, 0x301, {0x05, 0x5600}, 0x05,
	0x301, -1, 0},
    {"the listener can do more", 0x300, 0x301, 40, 0x304, 0x301, {0x05, 0x5600},
	0, 0, 86, TLS_FAILURE_FALLBACK},
    {"so it can, and was not asked", 0x300, 0x301, 40, 0x304, 0x301, {0x05},
	0x05, 0x301, -1, 0},
    {"anonymous and NULL", 0x300, 0x302, 40, 0, 0x301,
	{0x18, 0x1b, 0x01, 0x02, 0x3b, 0x00}, 0, 0, 40, TLS_FAILURE_SUITE},
};

static void
check_choice(const struct choice_row *row)
{
	struct mallory mallory;
	size_t count = 0;

	while (count < ROWS(row->suites) && row->suites[count] != 0)
		count++;
	config.min_protocol = row->min;
	config.max_protocol = row->max;
	config.min_bits = row->bits;
	config.listener_maximum = row->listener_maximum;
	mallory_init(&mallory, CLIENT, &config);
	mallory_client_hello(&mallory, row->version, row->suites, count);
	mallory_speak(&mallory);
	if (row->chosen == 0) {
		mallory_check(&mallory, row->alert, row->failure);
		assert_int_equal(0, mallory.heard[MESSAGE_SERVER_HELLO]);
	} else {
		assert_int_equal(row->chosen, mallory.secret.suite->number);
		assert_int_equal(row->agreed, mallory.secret.version);
	}
	// What is asked before an engine is chosen says the same, signalling
	// values aside.
	enum tls_failure failure =
	    legacy_can_serve(&config, row->version, row->suites, count);
	if (row->failure != TLS_FAILURE_FALLBACK)
		assert_int_equal(row->failure, failure);
	bool marked =
	    memcmp(mallory.secret.randoms[SERVER] + 24, "DOWNGRD", 8) == 0;
	assert_int_equal(
	    row->listener_maximum > 0x302 && row->chosen != 0, marked);
	mallory_free(&mallory);
}

static void
test_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(choices); i++) {
		print_message("# %s\n", choices[i].name);
		check_choice(&choices[i]);
	}
}

// As many suites as fit, and the only one in common, or the sign of a
// fallback, behind them all.
static void
test_the_last_of_many_suites_counts(void **state)
{
	static const uint16_t last[] = {0x0005, SUITE_FALLBACK};
	static uint16_t suites[8160];
	struct mallory mallory;

	(void)state;
	for (size_t i = 0; i < ROWS(suites); i++)
		suites[i] = (uint16_t)(0x6000 + i);
	for (size_t i = 0; i < ROWS(last); i++) {
		config.min_protocol = VERSION_SSL3;
		config.max_protocol = VERSION_TLS1_1;
		config.min_bits = 40;
		config.listener_maximum = 0x0303;
		suites[ROWS(suites) - 2] = 0x0005;
		suites[ROWS(suites) - 1] = last[i];
		mallory_init(&mallory, CLIENT, &config);
		mallory_client_hello(
		    &mallory, VERSION_TLS1_0, suites, ROWS(suites));
		mallory_speak(&mallory);
		if (last[i] == SUITE_FALLBACK)
			mallory_check(&mallory, ALERT_INAPPROPRIATE_FALLBACK,
			    TLS_FAILURE_FALLBACK);
		else
			assert_int_equal(0x0005, mallory.secret.suite->number);
		mallory_free(&mallory);
	}
}

struct tail_row {
	const char *name;
	uint16_t version;
	const char *tail; // after the suites: compressions, extensions
	size_t size;
	int alert; // -1: served
	enum tls_failure failure;
};

static const struct tail_row tails[] = {
    {"no extensions", 0x301, "\1\0", 2, -1, 0},
    {"an empty list", 0x301, "\1\0\0\0", 4, -1, 0},
    {"an unknown extension", 0x301, "\1\0\0\6\xab\xcd\0\2xy", 10, -1, 0},
    {"deflate and null", 0x301, "\2\1\0", 3, -1, 0},
    {"deflate alone", 0x301, "\1\1", 2, 47, TLS_FAILURE_MESSAGE},
    {"no compression", 0x301, "\0", 1, 50, TLS_FAILURE_MESSAGE},
    {"a list cut", 0x301, "\1\0\0\6\xab\xcd\0\3xy", 10, 50,
	TLS_FAILURE_MESSAGE},
    {"bytes behind", 0x301, "\1\0\0\0x", 5, 50, TLS_FAILURE_MESSAGE},
    {"bytes behind in SSL 3.0", 0x300, "\1\0hello", 7, -1, 0},
    {"twice the same", 0x301, "\1\0\0\10\0\x17\0\0\0\x17\0\0", 12, 50,
	TLS_FAILURE_MESSAGE},
    {"server name", 0x301, "\1\0\0\x0c\0\0\0\10\0\6\0\0\3a.b", 16, -1, 0},
    {"server name cut", 0x301, "\1\0\0\x0c\0\0\0\10\0\6\0\0\4a.b", 16, 50,
	TLS_FAILURE_MESSAGE},
    {"renegotiation", 0x301, "\1\0\0\5\xff\1\0\1\0", 9, -1, 0},
    {"renegotiation of something", 0x301, "\1\0\0\6\xff\1\0\2\1x", 10, 40,
	TLS_FAILURE_MESSAGE},
    {"ALPN for smtp", 0x301, "\1\0\0\x0b\0\x10\0\7\0\5\4smtp", 15, -1, 0},
    {"ALPN for http", 0x301, "\1\0\0\x0f\0\x10\0\x0b\0\x09\10http/1.1", 19, 120,
	TLS_FAILURE_ALPN},
    {"ALPN cut", 0x301, "\1\0\0\x0b\0\x10\0\7\0\5\5smtp", 15, 50,
	TLS_FAILURE_MESSAGE},
};

static void
check_tail(const struct tail_row *row)
{
	struct mallory mallory;
	struct writer draft = mallory_draft();
	uint8_t random[RANDOM_SIZE] = {1};
	size_t position = message_begin(&draft, MESSAGE_CLIENT_HELLO);

	writer_u16(&draft, row->version);
	writer_bytes(&draft, random, sizeof random);
	writer_u8(&draft, 0);
	writer_u16(&draft, 2);
	writer_u16(&draft, 0x0005);
	writer_bytes(&draft, row->tail, row->size);
	message_end(&draft, position);
	mallory_init(&mallory, CLIENT, &config);
	mallory.layer.said = row->version;
	mallory_message(&mallory, &draft);
	mallory_speak(&mallory);
	if (row->alert >= 0)
		mallory_check(&mallory, row->alert, row->failure);
	else
		assert_int_equal(1, mallory.heard[MESSAGE_SERVER_HELLO_DONE]);
	if (strcmp(row->name, "server name") == 0)
		assert_string_equal(
		    "a.b", mallory.victim.engine->facts.server_name);
	mallory_free(&mallory);
}

static void
test_tails(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tails); i++) {
		print_message("# %s\n", tails[i].name);
		check_tail(&tails[i]);
	}
}

// What Schannel sends: SSLv2 format, kinds of SSL 2.0 and PCT among the
// suites, a challenge of 16 bytes. The second wants TLS 1.0 and 56 bits.
static const struct {
	const char *hello;
	size_t size;
	uint16_t version;
	uint16_t suite;
} schannels[] = {
    {"\x80\x40\1\3\0\0\x27\0\0\0\x10\1\0\x80\2\0\x80\3\0\x80\4\0\x80\x8f\x80"
     "\1\0\0\4\0\0\5\0\0\x0a\0\0\x09\0\0\x64\0\0\x62\0\0\3\0\0\6"
     "0123456789abcdef",
	66, VERSION_SSL3, 0x0005},
    {"\x80\x2b\1\3\1\0\x12\0\0\0\x10\2\0\x80\4\0\x80\x8f\x80\1\0\0\x62\0\0"
     "\x64\0\0\3"
     "0123456789abcdef",
	45, VERSION_TLS1_0, 0x0064},
};

static void
test_schannel(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(schannels); i++) {
		struct mallory mallory;

		mallory_init(&mallory, CLIENT, &config);
		engine_receive(mallory.victim.engine,
		    (const uint8_t *)schannels[i].hello, schannels[i].size);
		mallory_listen(&mallory);
		assert_int_equal(1, mallory.heard[MESSAGE_SERVER_HELLO_DONE]);
		assert_int_equal(
		    schannels[i].suite, mallory.secret.suite->number);
		assert_int_equal(schannels[i].version, mallory.secret.version);
		mallory_free(&mallory);
	}
}

// Somebody on the way takes the strong suites out of the hello: the server
// cannot know, but Finished tells (TLS 1.0 has no better).
static void
test_suites_taken_out(void **state)
{
	struct legacy_config client = {
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_0,
	    .min_bits = 40,
	    .profile = legacy_profile_find("schannel"),
	};
	struct pair pair;

	(void)state;
	pair_init(&pair, &client, &config);
	uint8_t *hello = pair.client.records.memory;
	// The suites begin behind the record's and message's headers, the
	// version, the random, the session id and their own length.
	for (size_t i = 0; i < 12; i++)
		hello[5 + 4 + 2 + 32 + 1 + 2 + i] = 0x99;
	pair_run(&pair, PAIR_QUEUE);
	assert_int_equal(
	    TLS_FAILURE_FINISHED, pair.server.engine->facts.failure);
	assert_int_equal(TLS_FAILURE_ALERT, pair.client.engine->facts.failure);
	assert_int_equal(51, pair.client.engine->facts.alert_received);
	pair_free(&pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_choices),
	    TEST(test_tails),
	    TEST(test_schannel),
	    TEST(test_suites_taken_out),
	    TEST(test_the_last_of_many_suites_counts),
	};

	return cmocka_run_group_tests_name("legacy_hello", tests, NULL, NULL);
}
