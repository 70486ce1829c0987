// SPDX-License-Identifier: ISC
//
// Records under CBC whose MAC is right and whose padding is what we please:
// what each protocol takes and what it refuses, always as a wrong MAC
// (Vaudenay, POODLE).

#include "legacy_client.h"

#include <openssl/evp.h>

enum { BLOCK = 16, MAC = HASH_SHA1_SIZE, ROOM = 512 };

struct row {
	const char *name;
	size_t content;
	size_t padding; // bytes before the last, which is the length
	uint8_t length; // what the last byte says
	uint8_t flip;   // of the first byte of padding
	bool ssl3;      // is taken
	bool tls;
};

// 12 and 20 are whole blocks but for the last byte of padding.
static const struct row rows[] = {
    {"the shortest", 11, 0, 0, 0, true, true},
    {"a whole block of it", 12, 15, 15, 0, true, true},
    {"some", 4, 7, 7, 0, true, true},
    {"all that TLS allows", 12, 255, 255, 0, false, true},
    {"a block more than is needed", 11, 16, 16, 0, false, true},
    {"a byte of it wrong", 4, 7, 7, 1, true, false},
    {"its first byte of a block wrong", 12, 15, 15, 0x80, true, false},
    {"a length too small", 4, 7, 6, 0, false, false},
    {"a length that takes of the MAC", 4, 7, 8, 0, false, false},
    {"a length above the record", 4, 7, 255, 0, false, false},
    {"a length that leaves no MAC", 4, 7, 31, 0, false, false},
};

static void
encrypt(struct mallory *mallory, const uint8_t iv[BLOCK], uint8_t *bytes,
    size_t size)
{
	struct write_keys keys[2];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int made = 0;

	assert_true(keys_derive(&mallory->secret, keys));
	assert_int_equal(1, EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL,
				keys[CLIENT].key, iv));
	EVP_CIPHER_CTX_set_padding(context, 0);
	assert_int_equal(
	    1, EVP_EncryptUpdate(context, bytes, &made, bytes, (int)size));
	assert_int_equal(size, made);
	EVP_CIPHER_CTX_free(context);
}

// Puts the MAC behind content of that size.
static void
add_mac(struct mallory *mallory, uint8_t *bytes, size_t size)
{
	struct protection *protection = &mallory->layer.send;
	uint16_t version = mallory->secret.version;
	uint8_t header[13] = {0};
	struct writer writer = writer_over(header, sizeof header);

	// One record went before: Finished.
	writer_u24(&writer, 0);
	writer_u24(&writer, 0);
	writer_u16(&writer, 1);
	writer_u8(&writer, RECORD_APPLICATION);
	if (version != VERSION_SSL3)
		writer_u16(&writer, version);
	writer_u16(&writer, (uint16_t)size);
	if (version != VERSION_SSL3) {
		assert_true(mac_record(protection->mac, header,
		    (struct piece){bytes, size}, 0, bytes + size));
		return;
	}
	uint8_t inside[MAC];
	struct piece key = {protection->secret, MAC};
	struct piece inner[] = {key, keys_ssl3_pad(HASH_SHA1, 1),
	    {header, writer.size}, {bytes, size}};
	struct piece outer[] = {
	    key, keys_ssl3_pad(HASH_SHA1, 2), {inside, sizeof inside}};
	assert_true(crypto_hash(HASH_SHA1, inner, 4, inside));
	assert_true(crypto_hash(HASH_SHA1, outer, 3, bytes + size));
}

static void
send_padded(
    struct mallory *mallory, const struct row *row, const uint8_t iv[BLOCK])
{
	uint8_t memory[ROOM];
	uint8_t *bytes = memory + RECORD_HEADER_SIZE;
	size_t size = row->content + MAC + row->padding + 1;
	struct writer writer = writer_over(memory, RECORD_HEADER_SIZE);

	assert_int_equal(0, size % BLOCK);
	memset(bytes, 'a', row->content);
	add_mac(mallory, bytes, row->content);
	memset(bytes + row->content + MAC, row->length, row->padding + 1);
	if (row->padding > 0)
		bytes[row->content + MAC] ^= row->flip;
	encrypt(mallory, iv, bytes, size);
	writer_u8(&writer, RECORD_APPLICATION);
	writer_u16(&writer, mallory->secret.version);
	writer_u16(&writer, (uint16_t)size);
	engine_receive(
	    mallory->victim.engine, memory, RECORD_HEADER_SIZE + size);
	mallory_listen(mallory);
}

static void
try(const struct row *row, uint16_t version)
{
	struct legacy_config config = server_config();
	struct mallory mallory;
	uint8_t iv[BLOCK];
	bool taken = version == VERSION_SSL3 ? row->ssl3 : row->tls;

	client_until(&mallory, &config, version, aes_sha, STAGE_CHANGE);
	mallory_finished(&mallory, 0);
	// The IV of a record is the end of the one before.
	memcpy(
	    iv, buffer_bytes(&mallory.out) + mallory.out.size - BLOCK, BLOCK);
	mallory_speak(&mallory);
	assert_open(&mallory.victim);
	send_padded(&mallory, row, iv);
	if (taken != (mallory.victim.plaintext.size == row->content))
		fail_msg("%s in 0x%04x: %s", row->name, version,
		    taken ? "refused" : "taken");
	if (!taken)
		mallory_check(&mallory, 20, TLS_FAILURE_RECORD);
	mallory_free(&mallory);
}

static void
test_paddings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		try(&rows[i], VERSION_SSL3);
		try(&rows[i], VERSION_TLS1_0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paddings),
	};

	return cmocka_run_group_tests_name(
	    "legacy_padding", tests, credentials_set_up, credentials_tear_down);
}
