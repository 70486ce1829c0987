// SPDX-License-Identifier: ISC

#include "tls/legacy/protect.h"

// Blocks of 64 bits repeat by chance; Sweet32 (CVE-2016-2183) uses that once
// some 2^32 of them were sent under one key. There is no renegotiation to
// change it, so the connection ends a long way before: at 2^27 blocks.
static const uint64_t worn_small_block = (uint64_t)1 << 30;

void
protection_free(struct protection *protection)
{
	record_cipher_free(&protection->cipher);
	mac_free(&protection->mac);
	bytes_wipe(protection->secret, sizeof protection->secret);
	*protection = (struct protection){.suite = NULL};
}

bool
protection_set(struct protection *protection,
    const struct session_secret *secret, const struct write_keys *keys,
    bool encrypt)
{
	const struct suite *suite = secret->suite;
	size_t mac = crypto_hash_size(suite->hash);
	struct record_cipher_parameters parameters = {
	    .cipher = suite->cipher,
	    .version = secret->version,
	    .mac_size = mac,
	    .key = keys->key,
	    .iv = keys->iv,
	    .encrypt = encrypt,
	};

	protection_free(protection);
	protection->suite = suite;
	protection->version = secret->version;
	bytes_copy(
	    protection->secret, sizeof protection->secret, keys->mac, mac);
	protection->cipher = record_cipher_new(&parameters);
	if (secret->version != VERSION_SSL3)
		protection->mac = mac_new(suite->hash, keys->mac);
	if (protection->cipher != NULL &&
	    (protection->mac != NULL || secret->version == VERSION_SSL3))
		return true;
	record_cipher_free(&protection->cipher);
	return false;
}

// RFC 6101 section 5.2.3.1. Nothing in libcrypto computes this in a time
// that hides the content's size.
static bool
protection_mac_ssl3(const struct protection *protection, struct piece numbered,
    struct piece content, uint8_t *out)
{
	enum hash hash = protection->suite->hash;
	size_t size = crypto_hash_size(hash);
	uint8_t inside[HASH_MAX_SIZE];
	struct piece key = {protection->secret, size};
	struct piece inner[] = {key, keys_ssl3_pad(hash, 1), numbered, content};
	struct piece outer[] = {key, keys_ssl3_pad(hash, 2), {inside, size}};

	bool good = crypto_hash(hash, inner, 4, inside) &&
		    crypto_hash(hash, outer, 3, out);

	bytes_wipe(inside, sizeof inside);
	return good;
}

static bool
protection_mac(const struct protection *protection, struct record_header header,
    struct piece content, size_t covered, uint8_t *out)
{
	uint8_t bytes[13];
	struct writer writer = writer_over(bytes, sizeof bytes);
	bool ssl3 = protection->version == VERSION_SSL3;

	for (int shift = 56; shift >= 0; shift -= 8)
		writer_u8(&writer, (uint8_t)(protection->sequence >> shift));
	writer_u8(&writer, header.type);
	if (!ssl3)
		writer_u16(&writer, header.version);
	writer_u16(&writer, (uint16_t)content.size);
	if (ssl3)
		return protection_mac_ssl3(protection,
		    (struct piece){bytes, writer.size}, content, out);
	return mac_record(protection->mac, bytes, content, covered, out);
}

static bool
protection_wears_out(struct protection *protection, size_t size)
{
	protection->worn += size;
	return cipher_block(protection->suite->cipher) == 8 &&
	       protection->worn > worn_small_block;
}

size_t
protection_prefix(const struct protection *protection)
{
	if (protection->suite == NULL || protection->version < VERSION_TLS1_1 ||
	    cipher_block(protection->suite->cipher) == 1)
		return 0;
	return cipher_block(protection->suite->cipher);
}

enum protection_result
protection_seal(struct protection *protection, struct record_header header,
    uint8_t *memory, size_t size, size_t *sealed)
{
	size_t prefix = protection_prefix(protection);
	struct piece content = {memory + prefix, size};

	*sealed = size;
	if (protection->suite == NULL)
		return PROTECTION_GOOD;
	// It could not be set.
	if (protection->cipher == NULL)
		return PROTECTION_BAD;
	if (protection_wears_out(protection, size))
		return PROTECTION_WORN;
	if (!protection_mac(
		protection, header, content, 0, memory + prefix + size))
		return PROTECTION_BAD;
	// The explicit IV is a random block that is encrypted along (RFC 4346
	// section 6.2.3.2, method 2b).
	if (prefix > 0 && !crypto_random(memory, prefix))
		return PROTECTION_BAD;
	*sealed = record_cipher_seal(protection->cipher, memory,
	    prefix + size + crypto_hash_size(protection->suite->hash));
	protection->sequence++;
	return *sealed > 0 ? PROTECTION_GOOD : PROTECTION_BAD;
}

enum protection_result
protection_open(struct protection *protection, struct record_header header,
    uint8_t *bytes, size_t size, struct piece *content)
{
	uint8_t expected[HASH_MAX_SIZE];
	uint8_t found[HASH_MAX_SIZE] = {0};

	*content = (struct piece){bytes, size};
	if (protection->suite == NULL)
		return PROTECTION_GOOD;
	if (protection_wears_out(protection, size))
		return PROTECTION_WORN;
	if (!record_cipher_open(
		protection->cipher, bytes, size, content, found))
		return PROTECTION_BAD;
	// For CBC the content's size stays secret until the MACs agree: the
	// padding was neither good nor bad so far (Vaudenay, Lucky Thirteen).
	size_t covered = cipher_block(protection->suite->cipher) == 1
			     ? 0
			     : size - protection_prefix(protection);
	if (!protection_mac(protection, header, *content, covered, expected))
		return PROTECTION_FAILED;
	if (!crypto_equal(
		expected, found, crypto_hash_size(protection->suite->hash)))
		return PROTECTION_BAD;
	protection->sequence++;
	return PROTECTION_GOOD;
}
