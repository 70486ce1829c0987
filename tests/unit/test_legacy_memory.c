// SPDX-License-Identifier: ISC
//
// libcrypto without memory, at each place of a connection: what fails is told
// and ends it; nothing is sent in the open that should not be.

#include "legacy_pair.h"

#include <stdlib.h>

#include <openssl/crypto.h>

// Allocations of libcrypto that still succeed; negative: all.
static long left = -1;

static bool
is_out(void)
{
	return left == 0 || (left > 0 && --left == 0);
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_out() ? NULL : malloc(size);
}

static void *
take_again(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_out() ? NULL : realloc(old, size);
}

static void
give(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

static const uint16_t rc4_40[] = {0x0003};
static const uint16_t des3[] = {0x000a};

static const struct {
	uint16_t version;
	const uint16_t *suite;
} rows[] = {
    {VERSION_SSL3, rc4_40},
    {VERSION_TLS1_0, des3},
};

// A connection for which memory ends after that many allocations; true once
// that was enough for all of it.
static bool
meet(const struct legacy_config *client, const struct legacy_config *server,
    long allocations)
{
	struct pair pair;

	left = -1;
	end_init(&pair.client, client);
	end_init(&pair.server, server);
	left = allocations;
	engine_start(pair.server.engine);
	engine_start(pair.client.engine);
	pair_run(&pair, PAIR_QUEUE);
	if (pair.client.engine->status == ENGINE_OPEN) {
		engine_send(pair.client.engine, (const uint8_t *)"QUIT\r\n", 6);
		pair_run(&pair, PAIR_QUEUE);
	}
	bool enough = left > 0;
	left = -1;
	if (enough) {
		assert_open(&pair.client);
		assert_open(&pair.server);
		assert_int_equal(6, pair.server.plaintext.size);
	}
	pair_free(&pair);
	return enough;
}

static void
without_memory_a_connection_ends(void **state)
{
	struct legacy_credentials *own =
	    credentials_read("legacy/server-1024.pem");
	struct legacy_keyring *keyring = legacy_keyring_new(3600000, 1000000);

	(void)state;
	assert_non_null(keyring);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct legacy_config server = {.role = LEGACY_SERVER,
		    .min_protocol = VERSION_SSL3,
		    .max_protocol = VERSION_TLS1_1,
		    .credentials = own,
		    .keyring = keyring,
		    .suites = rows[i].suite,
		    .suite_count = 1};
		struct legacy_config client = {.role = LEGACY_CLIENT,
		    .min_protocol = VERSION_SSL3,
		    .max_protocol = rows[i].version};
		long allocations = 0;

		while (!meet(&client, &server, allocations))
			allocations++;
		assert_in_range(allocations, 20, 20000);
	}
	legacy_keyring_free(&keyring);
	legacy_credentials_free(&own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_memory_a_connection_ends),
	};

	// Before libcrypto has allocated anything.
	if (CRYPTO_set_mem_functions(take, take_again, give) != 1)
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name(
	    "legacy engine without memory", tests, NULL, NULL);
}
