// SPDX-License-Identifier: ISC

#include "tls/legacy/keys.h"

#include "base/contract.h"

enum {
	// Two of the largest MAC secret, key and IV.
	BLOCK_MAX_SIZE =
	    2 * (HASH_SHA1_SIZE + CIPHER_MAX_KEY + CIPHER_MAX_BLOCK)
};

static const uint8_t pad_1[48] = {0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36,
    0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36,
    0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36,
    0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36,
    0x36, 0x36, 0x36, 0x36, 0x36};
static const uint8_t pad_2[48] = {0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c,
    0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c,
    0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c,
    0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c,
    0x5c, 0x5c, 0x5c, 0x5c, 0x5c};

struct piece
keys_ssl3_pad(enum hash hash, int which)
{
	REQUIRE(hash == HASH_MD5 || hash == HASH_SHA1);
	return (struct piece){
	    which == 1 ? pad_1 : pad_2, hash == HASH_MD5 ? 48 : 40};
}

bool
keys_prf(struct piece secret, const char *label, struct piece seed,
    uint8_t *out, size_t size)
{
	uint8_t bytes[128];
	struct writer text = writer_over(bytes, sizeof bytes);

	writer_text(&text, label);
	writer_bytes(&text, seed.bytes, seed.size);
	REQUIRE(!text.failed);
	return crypto_prf(secret, (struct piece){bytes, text.size}, out, size);
}

// RFC 6101 section 6.1: as many of MD5(secret + SHA('A' + secret + seed)),
// MD5(secret + SHA('BB' + secret + seed)) ... as are needed.
static bool
keys_expand_ssl3(
    struct piece secret, struct piece seed, uint8_t *out, size_t size)
{
	static const char letters[] = "ABCDEFGHI";
	uint8_t label[sizeof letters];
	uint8_t inside[HASH_SHA1_SIZE];
	uint8_t made[HASH_MD5_SIZE];
	struct writer writer = writer_over(out, size);
	bool good = true;

	for (size_t round = 1; good && writer.size < size; round++) {
		REQUIRE(round < sizeof letters);
		for (size_t i = 0; i < round; i++)
			label[i] = (uint8_t)letters[round - 1];
		struct piece inner[] = {{label, round}, secret, seed};
		struct piece outer[] = {secret, {inside, sizeof inside}};
		size_t wanted = size - writer.size;

		good = crypto_hash(HASH_SHA1, inner, 3, inside) &&
		       crypto_hash(HASH_MD5, outer, 2, made);
		writer_bytes(
		    &writer, made, wanted < sizeof made ? wanted : sizeof made);
	}
	bytes_wipe(inside, sizeof inside);
	bytes_wipe(made, sizeof made);
	return good;
}

// The two randoms, first's before the other's.
static void
keys_seed(const struct session_secret *secret, enum party first,
    uint8_t seed[2 * RANDOM_SIZE])
{
	enum party second = first == CLIENT ? SERVER : CLIENT;

	bytes_copy(seed, RANDOM_SIZE, secret->randoms[first], RANDOM_SIZE);
	bytes_copy(seed + RANDOM_SIZE, RANDOM_SIZE, secret->randoms[second],
	    RANDOM_SIZE);
}

static bool
keys_expand(const struct session_secret *secret, struct piece from,
    const char *label, enum party first, struct writer *out)
{
	uint8_t bytes[2 * RANDOM_SIZE];
	struct piece seed = {bytes, sizeof bytes};

	keys_seed(secret, first, bytes);
	out->size = out->room;
	if (secret->version == VERSION_SSL3)
		return keys_expand_ssl3(from, seed, out->bytes, out->room);
	return keys_prf(from, label, seed, out->bytes, out->room);
}

bool
keys_master(
    struct session_secret *secret, const uint8_t premaster[PREMASTER_SIZE])
{
	struct writer master = writer_over(secret->master, MASTER_SIZE);

	return keys_expand(secret, (struct piece){premaster, PREMASTER_SIZE},
	    "master secret", CLIENT, &master);
}

// RFC 6101 section 6.2.2.1: keys and IVs are MD5 hashes of public randoms
// and, for the keys, the few secret bytes.
static bool
keys_weaken_ssl3(const struct session_secret *secret, enum party party,
    const uint8_t *material, struct write_keys *keys)
{
	const struct suite *suite = secret->suite;
	uint8_t seed[2 * RANDOM_SIZE];
	uint8_t made[HASH_MD5_SIZE];
	struct piece pieces[] = {
	    {material, suite->key_material}, {seed, sizeof seed}};

	keys_seed(secret, party, seed);
	bool good = crypto_hash(HASH_MD5, pieces, 2, made);
	if (good)
		bytes_copy(keys->key, sizeof keys->key, made, suite->key_size);
	bytes_wipe(made, sizeof made);
	// The IV is of what anyone has seen.
	good = good && crypto_hash(HASH_MD5, pieces + 1, 1, made);
	if (good)
		bytes_copy(keys->iv, sizeof keys->iv, made, sizeof made);
	return good;
}

// RFC 2246 section 6.3.1.
static bool
keys_weaken_tls(const struct session_secret *secret, enum party party,
    const uint8_t *material, struct write_keys *keys)
{
	static const char *const labels[] = {
	    "client write key", "server write key"};
	uint8_t bytes[2 * RANDOM_SIZE];
	uint8_t ivs[2 * CIPHER_MAX_BLOCK];
	struct piece seed = {bytes, sizeof bytes};
	size_t block = cipher_block(secret->suite->cipher);

	keys_seed(secret, CLIENT, bytes);
	if (!keys_prf((struct piece){material, secret->suite->key_material},
		labels[party], seed, keys->key, secret->suite->key_size) ||
	    !keys_prf(
		(struct piece){NULL, 0}, "IV block", seed, ivs, 2 * block))
		return false;
	bytes_copy(keys->iv, sizeof keys->iv,
	    ivs + (party == SERVER ? block : 0), block);
	return true;
}

static bool
keys_finish(const struct session_secret *secret, enum party party,
    const uint8_t *material, struct write_keys *keys)
{
	const struct suite *suite = secret->suite;

	if (suite->export_limit == 0) {
		bytes_copy(
		    keys->key, sizeof keys->key, material, suite->key_size);
		return true;
	}
	if (secret->version == VERSION_SSL3)
		return keys_weaken_ssl3(secret, party, material, keys);
	return keys_weaken_tls(secret, party, material, keys);
}

bool
keys_derive(const struct session_secret *secret, struct write_keys keys[2])
{
	const struct suite *suite = secret->suite;
	size_t mac = crypto_hash_size(suite->hash);
	size_t block = cipher_block(suite->cipher);
	// Export IVs do not come from the block; stream ciphers have none.
	size_t iv = block == 1 || suite->export_limit > 0 ? 0 : block;
	uint8_t bytes[BLOCK_MAX_SIZE];
	struct writer out =
	    writer_over(bytes, 2 * (mac + suite->key_material + iv));
	bool good =
	    keys_expand(secret, (struct piece){secret->master, MASTER_SIZE},
		"key expansion", SERVER, &out);
	struct reader reader = reader_over(bytes, out.room);

	for (int party = CLIENT; party <= SERVER; party++)
		bytes_copy(keys[party].mac, sizeof keys[party].mac,
		    reader_bytes(&reader, mac), mac);
	for (int party = CLIENT; good && party <= SERVER; party++)
		good = keys_finish(secret, (enum party)party,
		    reader_bytes(&reader, suite->key_material), &keys[party]);
	for (int party = CLIENT; good && iv > 0 && party <= SERVER; party++)
		bytes_copy(keys[party].iv, sizeof keys[party].iv,
		    reader_bytes(&reader, iv), iv);
	bytes_wipe(bytes, sizeof bytes);
	return good;
}
