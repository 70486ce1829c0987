// SPDX-License-Identifier: ISC
//
// Ephemeral keys of the export suites, right and wrong, to a client; and
// keyrings.

#include "legacy_mallory.h"

#include "base/clock.h"
#include "tls/legacy/keyring.h"

static struct legacy_credentials *small;
static const uint16_t offered[] = {0x0003, 0x0064};
static struct legacy_profile profile = {
    .name = "test",
    .version = VERSION_TLS1_0,
    .suites = offered,
    .suite_count = 2,
};
static const struct legacy_config config = {
    .role = LEGACY_CLIENT,
    .min_protocol = VERSION_SSL3,
    .max_protocol = VERSION_TLS1_0,
    .min_bits = 40,
    .profile = &profile,
};

static int
set_up(void **state)
{
	small = credentials_read("legacy/server-512.pem");
	return credentials_set_up(state);
}

static int
tear_down(void **state)
{
	legacy_credentials_free(&small);
	return credentials_tear_down(state);
}

// The server's side until ServerKeyExchange is due.
static void
start(struct mallory *mallory, const struct legacy_credentials *own,
    uint16_t version, uint16_t suite)
{
	struct server_hello hello = {.version = version, .suite = suite};

	mallory_init(mallory, SERVER, &config);
	mallory->own = own;
	mallory_listen(mallory);
	mallory_server_hello(mallory, &hello);
	mallory_certificate(mallory);
}

enum spoilt { NOTHING, SIGNATURE, PARAMETERS, RANDOMS };

static void
send_exchange(
    struct mallory *mallory, const struct rsa_key *key, enum spoilt spoilt)
{
	static uint8_t parameters[2048];
	uint8_t signature[256];
	uint8_t hashes[HASH_BOTH_SIZE];
	struct writer out = writer_over(parameters, sizeof parameters);
	struct writer draft = mallory_draft();
	const struct rsa_key *signer = mallory->own->key;

	assert_true(rsa_key_write(key, &out));
	struct piece pieces[] = {{mallory->secret.randoms[CLIENT], RANDOM_SIZE},
	    {mallory->secret.randoms[SERVER], RANDOM_SIZE},
	    {parameters, out.size}};
	if (spoilt == RANDOMS)
		pieces[1].bytes = pieces[0].bytes;
	assert_true(crypto_hash(HASH_MD5, pieces, 3, hashes));
	assert_true(crypto_hash(HASH_SHA1, pieces, 3, hashes + 16));
	assert_true(rsa_key_sign(signer, hashes, signature));
	signature[9] ^= spoilt == SIGNATURE;
	parameters[9] ^= spoilt == PARAMETERS;
	struct server_key_exchange exchange = {
	    .parameters = {parameters, out.size},
	    .signature = {signature, rsa_key_size(signer)},
	};
	message_write_server_key_exchange(&draft, &exchange);
	mallory_message(mallory, &draft);
	mallory_speak(mallory);
}

static void
test_unsigned(void **state)
{
	struct rsa_key *key = rsa_key_generate(512);

	(void)state;
	for (int spoilt = SIGNATURE; spoilt <= RANDOMS; spoilt++) {
		struct mallory mallory;

		start(&mallory, credentials, VERSION_TLS1_0, 0x0003);
		send_exchange(&mallory, key, (enum spoilt)spoilt);
		mallory_check(&mallory, 51, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
		start(&mallory, credentials, VERSION_SSL3, 0x0003);
		send_exchange(&mallory, key, (enum spoilt)spoilt);
		mallory_check(&mallory, 40, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
	rsa_key_free(&key);
}

// A key above the limit that the suite stands for.
static void
test_too_long(void **state)
{
	struct rsa_key *key = rsa_key_generate(640);
	struct mallory mallory;

	(void)state;
	start(&mallory, credentials, VERSION_TLS1_0, 0x0003);
	send_exchange(&mallory, key, NOTHING);
	mallory_check(&mallory, 47, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
	rsa_key_free(&key);
}

static void
test_missing(void **state)
{
	struct mallory mallory;

	(void)state;
	start(&mallory, credentials, VERSION_TLS1_0, 0x0003);
	mallory_hello_done(&mallory);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
}

// Pike sends one although the certificate's key is short enough.
static void
test_needless(void **state)
{
	struct rsa_key *key = rsa_key_generate(512);

	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		struct mallory mallory;

		start(&mallory, small, VERSION_TLS1_0, 0x0003);
		send_exchange(&mallory, key, NOTHING);
		if (twice == 1) {
			send_exchange(&mallory, key, NOTHING);
			mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
		} else {
			assert_int_equal(
			    ENGINE_HANDSHAKING, mallory.victim.engine->status);
		}
		mallory_free(&mallory);
	}
	rsa_key_free(&key);
}

static void
test_bad_numbers(void **state)
{
	static const uint8_t ones[65] = {1, 255, 255, 255, 255};
	static const uint8_t even[64] = {255, 255};
	static const uint8_t odd[64] = {[0] = 255, [63] = 1};
	static const uint8_t short_odd[63] = {[0] = 255, [62] = 1};
	struct piece good = {odd, sizeof odd};
	struct piece three = {"\3", 1};

	(void)state;
	struct rsa_key *key = rsa_key_from_numbers(good, three);
	assert_non_null(key);
	assert_int_equal(512, rsa_key_bits(key));
	rsa_key_free(&key);
	assert_null(
	    rsa_key_from_numbers((struct piece){even, sizeof even}, three));
	assert_null(rsa_key_from_numbers(
	    (struct piece){short_odd, sizeof short_odd}, three));
	assert_null(rsa_key_from_numbers(good, (struct piece){"\1", 1}));
	assert_null(rsa_key_from_numbers(good, (struct piece){"\2", 1}));
	assert_null(rsa_key_from_numbers(good, (struct piece){"\0", 1}));
	assert_null(
	    rsa_key_from_numbers(good, (struct piece){ones, sizeof ones}));
	assert_null(rsa_key_from_numbers((struct piece){"", 0}, three));
}

static uint64_t now;

static uint64_t
fake_monotonic(void)
{
	return now;
}

static void
test_keyring(void **state)
{
	static const struct clock fake = {fake_monotonic, clock_wall};
	struct legacy_keyring *keyring = NULL;
	struct rsa_key *first = NULL;
	struct rsa_key *second = NULL;

	(void)state;
	clock_replace(&fake);
	now = 1000;
	keyring = legacy_keyring_new(1000, 4);
	assert_non_null(keyring);
	assert_false(legacy_keyring_refresh(keyring));
	first = keyring_take(keyring, 512);
	second = keyring_take(keyring, 1024);
	assert_int_equal(512, rsa_key_bits(first));
	assert_int_equal(1024, rsa_key_bits(second));
	rsa_key_free(&second);
	// The same until its uses are used up; the one taken lives on.
	for (int i = 1; i < 4; i++) {
		second = keyring_take(keyring, 512);
		assert_true(rsa_key_matches(first, second));
		rsa_key_free(&second);
	}
	second = keyring_take(keyring, 512);
	assert_false(rsa_key_matches(first, second));
	rsa_key_free(&first);
	// Three quarters of the time are over: both are made anew, one a call.
	now = 1750;
	assert_true(legacy_keyring_refresh(keyring));
	assert_true(legacy_keyring_refresh(keyring));
	assert_false(legacy_keyring_refresh(keyring));
	first = keyring_take(keyring, 512);
	assert_false(rsa_key_matches(first, second));
	rsa_key_free(&first);
	// And past its time a key is never used.
	first = keyring_take(keyring, 512);
	now = 2750;
	rsa_key_free(&second);
	second = keyring_take(keyring, 512);
	assert_false(rsa_key_matches(first, second));
	rsa_key_free(&first);
	rsa_key_free(&second);
	legacy_keyring_free(&keyring);
	clock_replace(NULL);
}

// RFC 4346 appendix A.5: TLS 1.1 has no export suites, though a client that
// would take TLS 1.0 as well offers both.
static void
test_not_under_tls11(void **state)
{
	static const uint16_t versions[] = {VERSION_TLS1_1, VERSION_TLS1_0};
	struct legacy_config high = {
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_1,
	    .min_bits = 40,
	    .profile = legacy_profile_find("legacy-sni"),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(versions); i++) {
		struct server_hello hello = {
		    .version = versions[i], .suite = 0x0003};
		struct mallory mallory;

		mallory_init(&mallory, SERVER, &high);
		mallory_listen(&mallory);
		mallory_server_hello(&mallory, &hello);
		mallory_speak(&mallory);
		if (versions[i] == VERSION_TLS1_1)
			mallory_check(&mallory, 47, TLS_FAILURE_SUITE);
		else
			assert_int_equal(
			    ENGINE_HANDSHAKING, mallory.victim.engine->status);
		mallory_free(&mallory);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unsigned),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_needless),
	    cmocka_unit_test(test_bad_numbers),
	    cmocka_unit_test(test_not_under_tls11),
	    cmocka_unit_test(test_keyring),
	};

	return cmocka_run_group_tests_name(
	    "legacy_export", tests, set_up, tear_down);
}
