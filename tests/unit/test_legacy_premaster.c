// SPDX-License-Identifier: ISC
//
// Premaster secrets that are wrong in every way: the server says the same at
// the same moment for all of them (Bleichenbacher; Klima, Pokorny and Rosa).

#include "legacy_mallory.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static EVP_PKEY *public_key;
static const uint16_t suites[] = {0x0005, 0x002f};
static const uint16_t versions[] = {VERSION_SSL3, VERSION_TLS1_0};

enum { MODULUS = 128 };

static int
set_up(void **state)
{
	credentials_set_up(state);
	const uint8_t *der = credentials->chain.certificates[0].bytes;
	X509 *certificate =
	    d2i_X509(NULL, &der, (long)credentials->chain.certificates[0].size);
	public_key = X509_get_pubkey(certificate);
	X509_free(certificate);
	assert_non_null(public_key);
	return 0;
}

static int
tear_down(void **state)
{
	EVP_PKEY_free(public_key);
	return credentials_tear_down(state);
}

// A block that is right, to be spoilt: 00 02, 77 bytes of padding, 00, 48.
static void
block_fill(uint8_t block[MODULUS], uint16_t version)
{
	memset(block, 0x55, MODULUS);
	block[0] = 0;
	block[1] = 2;
	block[MODULUS - 49] = 0;
	block[MODULUS - 48] = (uint8_t)(version >> 8);
	block[MODULUS - 47] = (uint8_t)version;
}

static size_t
block_seal(const uint8_t block[MODULUS], uint8_t *out)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(public_key, NULL);
	size_t size = MODULUS;

	assert_int_equal(1, EVP_PKEY_encrypt_init(context));
	assert_int_equal(
	    1, EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING));
	assert_int_equal(
	    1, EVP_PKEY_encrypt(context, out, &size, block, MODULUS));
	EVP_PKEY_CTX_free(context);
	return size;
}

enum wrong {
	RIGHT_BUT_UNKNOWN, // a good block; the keys come from another secret
	FIRST_BYTE,
	BLOCK_TYPE,
	NO_SEPARATOR,
	SEPARATOR_EARLY,
	ZERO_IN_PADDING,
	SHORT_PREMASTER,
	LONG_PREMASTER,
	OTHER_VERSION,
	HIGHER_VERSION,
	CIPHERTEXT_SHORT,
	CIPHERTEXT_LONG,
	CIPHERTEXT_ONE_BYTE,
	CIPHERTEXT_ZERO,
	CIPHERTEXT_ABOVE_MODULUS,
	WRONG_COUNT
};

static size_t
seal_wrong(enum wrong wrong, uint16_t version, uint8_t *out)
{
	uint8_t block[MODULUS];

	block_fill(block, version);
	switch (wrong) {
	case FIRST_BYTE:
		block[0] = 1;
		break;
	case BLOCK_TYPE:
		block[1] = 1;
		break;
	case NO_SEPARATOR:
		memset(block + 2, 0x55, MODULUS - 2);
		break;
	case SEPARATOR_EARLY:
		block[5] = 0;
		break;
	case ZERO_IN_PADDING:
		block[40] = 0;
		break;
	case SHORT_PREMASTER:
		block[MODULUS - 49] = 0x55;
		block[MODULUS - 48] = 0;
		break;
	case LONG_PREMASTER:
		block[MODULUS - 50] = 0;
		block[MODULUS - 49] = 3;
		break;
	case OTHER_VERSION:
		block[MODULUS - 47] ^= 1;
		break;
	case HIGHER_VERSION:
		block[MODULUS - 48] = 4;
		break;
	case RIGHT_BUT_UNKNOWN:
	case CIPHERTEXT_SHORT:
	case CIPHERTEXT_LONG:
	case CIPHERTEXT_ONE_BYTE:
	case CIPHERTEXT_ZERO:
	case CIPHERTEXT_ABOVE_MODULUS:
	case WRONG_COUNT:
		break;
	}
	return block_seal(block, out);
}

static size_t
seal(enum wrong wrong, uint16_t version, uint8_t out[MODULUS + 1])
{
	size_t size = seal_wrong(wrong, version, out);

	if (wrong == CIPHERTEXT_SHORT)
		return size - 1;
	if (wrong == CIPHERTEXT_ONE_BYTE)
		return 1;
	if (wrong == CIPHERTEXT_ZERO)
		memset(out, 0, size);
	if (wrong == CIPHERTEXT_ABOVE_MODULUS)
		memset(out, 0xff, size);
	out[MODULUS] = 0;
	return wrong == CIPHERTEXT_LONG ? size + 1 : size;
}

// What there is to be seen: what the server sent, and what it says of it.
struct seen {
	size_t after_key_exchange;
	int alert;
	struct tls_facts facts;
};

static void
look(enum wrong wrong, uint16_t version, const uint16_t *suite,
    struct seen *seen)
{
	struct legacy_config config = server_config();
	struct mallory mallory;
	uint8_t sealed[MODULUS + 1];

	memset(seen, 0, sizeof *seen);
	mallory_init(&mallory, CLIENT, &config);
	mallory_client_hello(&mallory, version, suite, 1);
	mallory_speak(&mallory);
	size_t size = seal(wrong, version, sealed);
	mallory_key_exchange_of(&mallory, sealed, size);
	engine_receive(mallory.victim.engine, buffer_bytes(&mallory.out),
	    mallory.out.size);
	buffer_consume(&mallory.out, mallory.out.size);
	seen->after_key_exchange = mallory.victim.records.size;
	memset(mallory.premaster, 0x77, sizeof mallory.premaster);
	assert_true(keys_master(&mallory.secret, mallory.premaster));
	mallory_change(&mallory);
	mallory_finished(&mallory, 0);
	mallory_speak(&mallory);
	mallory_check(&mallory, 20, TLS_FAILURE_RECORD);
	assert_false(mallory.heard_change);
	seen->alert = mallory.alert;
	seen->facts = mallory.victim.engine->facts;
	mallory_free(&mallory);
}

static void
test_no_oracle(void **state)
{
	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++)
		for (size_t s = 0; s < ROWS(suites); s++) {
			struct seen usual;

			look(
			    RIGHT_BUT_UNKNOWN, versions[v], &suites[s], &usual);
			assert_int_equal(0, usual.after_key_exchange);
			for (int wrong = 1; wrong < WRONG_COUNT; wrong++) {
				struct seen seen;

				look((enum wrong)wrong, versions[v], &suites[s],
				    &seen);
				assert_memory_equal(&usual, &seen, sizeof seen);
			}
		}
}

// The blocks above are wrong because of what was done to them: unspoilt, the
// same block opens the connection.
static void
test_right_block(void **state)
{
	struct legacy_config config = server_config();
	struct mallory mallory;
	uint8_t block[MODULUS];
	uint8_t sealed[MODULUS];

	(void)state;
	mallory_init(&mallory, CLIENT, &config);
	mallory_client_hello(&mallory, VERSION_TLS1_0, suites, 1);
	mallory_speak(&mallory);
	block_fill(block, VERSION_TLS1_0);
	mallory_key_exchange_of(&mallory, sealed, block_seal(block, sealed));
	memcpy(mallory.premaster, block + MODULUS - 48, PREMASTER_SIZE);
	assert_true(keys_master(&mallory.secret, mallory.premaster));
	mallory_change(&mallory);
	mallory_finished(&mallory, 0);
	mallory_speak(&mallory);
	assert_open(&mallory.victim);
	assert_true(mallory.heard_change);
	mallory_free(&mallory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_oracle),
	    cmocka_unit_test(test_right_block),
	};

	return cmocka_run_group_tests_name(
	    "legacy_premaster", tests, set_up, tear_down);
}
