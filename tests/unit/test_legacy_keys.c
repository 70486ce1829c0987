// SPDX-License-Identifier: ISC
//
// Known answers of the key schedules, the PRF and the ciphers' settings.

#include "legacy_pair.h"

#include "tls/legacy/keys.h"

static size_t
hex_read(const char *hex, uint8_t *out, size_t room)
{
	size_t size = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;

	assert_true(size <= room);
	for (size_t i = 0; i < size; i++) {
		char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return size;
}

static void
assert_hex(const char *hex, const uint8_t *bytes)
{
	uint8_t expected[64];
	size_t size = hex_read(hex, expected, sizeof expected);

	assert_memory_equal(expected, bytes, size);
}

static void
check_derivation(char *const fields[12])
{
	struct session_secret secret = {
	    .version = (uint16_t)strtoul(fields[0], NULL, 16),
	    .suite = suite_find((uint16_t)strtoul(fields[1], NULL, 16)),
	};
	uint8_t premaster[PREMASTER_SIZE];
	struct write_keys keys[2];

	assert_non_null(secret.suite);
	hex_read(fields[2], premaster, sizeof premaster);
	hex_read(fields[3], secret.randoms[CLIENT], RANDOM_SIZE);
	hex_read(fields[4], secret.randoms[SERVER], RANDOM_SIZE);
	assert_true(keys_master(&secret, premaster));
	assert_hex(fields[5], secret.master);
	assert_true(keys_derive(&secret, keys));
	for (int party = CLIENT; party <= SERVER; party++) {
		assert_hex(fields[6 + 3 * party], keys[party].mac);
		assert_hex(fields[7 + 3 * party], keys[party].key);
		assert_hex(fields[8 + 3 * party], keys[party].iv);
	}
}

static void
test_derivations(void **state)
{
	static char text[PAIR_FILE];
	char *line = text;
	size_t lines = 0;

	(void)state;
	vector_read("legacy/keys.txt", text, sizeof text);
	while (*line != '\0') {
		char *fields[12] = {NULL};
		char *end = line + strcspn(line, "\n");

		*end = '\0';
		for (size_t i = 0; i < ROWS(fields); i++) {
			fields[i] = line;
			line += strcspn(line, " ");
			*line++ = '\0';
		}
		assert_ptr_equal(end + 1, line);
		check_derivation(fields);
		lines++;
	}
	assert_int_equal(22, lines);
}

// The vector that implementers of TLS 1.0 passed among themselves.
static void
test_prf(void **state)
{
	static const char expected[] =
	    "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754"
	    "443bcf9a296519bc289abcbc1187e4ebd31e602353776c408aafb74cbc85eff6";
	uint8_t secret[48];
	uint8_t seed[64];
	uint8_t out[64];

	(void)state;
	memset(secret, 0xab, sizeof secret);
	memset(seed, 0xcd, sizeof seed);
	assert_true(
	    keys_prf((struct piece){secret, sizeof secret}, "PRF Testvector",
		(struct piece){seed, sizeof seed}, out, sizeof out));
	assert_hex(expected, out);
}

struct cipher_row {
	enum cipher cipher;
	const char *key;
	const char *first; // the first block of zeros, encrypted; RC4: the
			   // first bytes of the key stream
};

// RFC 2268 section 5 (128 effective bits of 16 bytes, not 40), RFC 6229
// section 2 (RC4, 128 bits), FIPS 197 and its companions for zeros.
static const struct cipher_row cipher_rows[] = {
    {CIPHER_RC2, "88bca90e90875a7f0f79c384627bafb2", "2269552ab0f85ca6"},
    {CIPHER_RC4, "0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7"},
    {CIPHER_DES, "0101010101010101", "8ca64de9c1b123a7"},
    {CIPHER_DES3, "010101010101010101010101010101010101010101010101",
	"8ca64de9c1b123a7"},
    {CIPHER_AES128, "00000000000000000000000000000000", "66e94bd4ef8a2c3b"},
    {CIPHER_AES256,
	"0000000000000000000000000000000000000000000000000000000000000000",
	"dc95c078a2408989"},
};

static void
test_ciphers(void **state)
{
	static const uint8_t iv[CIPHER_MAX_BLOCK];

	(void)state;
	for (size_t i = 0; i < ROWS(cipher_rows); i++) {
		const struct cipher_row *row = &cipher_rows[i];
		uint8_t key[CIPHER_MAX_KEY];
		uint8_t bytes[64] = {0};
		struct record_cipher_parameters parameters = {
		    .cipher = row->cipher,
		    .version = VERSION_TLS1_0,
		    .mac_size = 16,
		    .key = key,
		    .iv = iv,
		    .encrypt = true,
		};

		assert_int_equal(cipher_key(row->cipher),
		    hex_read(row->key, key, sizeof key));
		struct record_cipher *cipher = record_cipher_new(&parameters);
		assert_non_null(cipher);
		assert_true(record_cipher_seal(cipher, bytes, 16) >= 16);
		assert_hex(row->first, bytes);
		record_cipher_free(&cipher);
	}
}

static void
test_orders(void **state)
{
	static const uint16_t schannel[] = {
	    0x0004, 0x0005, 0x000a, 0x0009, 0x0064, 0x0062, 0x0003, 0x0006};
	const struct legacy_profile *profile = legacy_profile_find("schannel");

	(void)state;
	assert_non_null(profile);
	assert_int_equal(
	    sizeof schannel, profile->suite_count * sizeof profile->suites[0]);
	assert_memory_equal(schannel, profile->suites, sizeof schannel);
	assert_false(profile->extensions);
	assert_false(profile->scsv);
	// The export forms are its tails.
	profile = legacy_profile_find("schannel-56");
	assert_int_equal(4, profile->suite_count);
	assert_memory_equal(schannel + 4, profile->suites, 8);
	profile = legacy_profile_find("schannel-40");
	assert_int_equal(2, profile->suite_count);
	assert_memory_equal(schannel + 6, profile->suites, 4);
	assert_null(legacy_profile_find("schannel-128"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_derivations),
	    cmocka_unit_test(test_prf),
	    cmocka_unit_test(test_ciphers),
	    cmocka_unit_test(test_orders),
	};

	return cmocka_run_group_tests_name("legacy_keys", tests, NULL, NULL);
}
