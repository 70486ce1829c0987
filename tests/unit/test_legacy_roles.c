// SPDX-License-Identifier: ISC
//
// The two roles of the legacy engine with each other: every suite, version,
// size of certificate and form of hello, full and resumed, with the bytes
// arriving at once and one by one.

#include "legacy_pair.h"

#include "base/bytes.h"

static const unsigned sizes[] = {512, 1024, 2048};
static struct legacy_credentials *credentials[3];
static struct legacy_keyring *keyring;

static const uint16_t versions[] = {
    VERSION_SSL3, VERSION_TLS1_0, VERSION_TLS1_1};
static const char *const names[] = {"SSLv3", "TLSv1.0", "TLSv1.1"};

static int
set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		char name[64];

		snprintf(name, sizeof name, "legacy/server-%u.pem", sizes[i]);
		credentials[i] = credentials_read(name);
		assert_int_equal(
		    sizes[i], legacy_credentials_bits(credentials[i]));
	}
	keyring = legacy_keyring_new(3600000, 100000);
	assert_non_null(keyring);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++)
		legacy_credentials_free(&credentials[i]);
	legacy_keyring_free(&keyring);
	return 0;
}

static void
check_facts(const struct engine *engine, const struct suite *suite,
    const char *protocol, bool resumed)
{
	const struct tls_facts *facts = &engine->facts;

	assert_string_equal(protocol, facts->protocol);
	assert_string_equal(suite->name, facts->suite);
	assert_int_equal(suite->bits, facts->bits);
	assert_true(facts->legacy);
	assert_int_equal(resumed, facts->resumed);
	assert_int_equal(TLS_FAILURE_NONE, facts->failure);
	assert_string_equal("", facts->detail);
	assert_int_equal(-1, facts->alert_sent);
	assert_int_equal(-1, facts->alert_received);
	assert_string_equal(protocol, facts->offered_protocol);
}

enum { BYTEWISE = 1, WHOLE = PAIR_QUEUE };

struct cell {
	struct legacy_config client;
	struct legacy_config server;
	const struct suite *suite;
	const char *protocol;
};

// One connection, from the hello to both goodbyes.
static void
run_one(const struct cell *cell, size_t step, bool resumed)
{
	struct pair pair;

	pair_init(&pair, &cell->client, &cell->server);
	pair_run(&pair, step);
	assert_open(&pair.client);
	assert_open(&pair.server);
	check_facts(pair.client.engine, cell->suite, cell->protocol, resumed);
	check_facts(pair.server.engine, cell->suite, cell->protocol, resumed);
	pair_check_content(&pair.client, &pair.server, 20, step);
	pair_check_content(&pair.server, &pair.client, 40000, step);
	pair_check_content(&pair.client, &pair.server, 1, step);
	engine_close(pair.client.engine);
	end_move(&pair.client, &pair.server, step);
	assert_int_equal(ENGINE_CLOSED, pair.server.engine->status);
	// The other direction goes on until it is closed too.
	pair_check_content(&pair.server, &pair.client, 30, step);
	engine_close(pair.server.engine);
	end_move(&pair.server, &pair.client, step);
	assert_int_equal(ENGINE_CLOSED, pair.client.engine->status);
	pair_free(&pair);
}

static void
run_cell(const struct suite *suite, size_t version, size_t size, bool v2)
{
	struct legacy_sessions *sessions = legacy_sessions_new(16, 60000);
	const uint16_t suites[] = {suite->number};
	const struct legacy_profile profile = {
	    .name = "test",
	    .version = versions[version],
	    .v2_hello = v2,
	    .scsv = true,
	    .suites = suites,
	    .suite_count = 1,
	};
	struct cell cell = {.suite = suite, .protocol = names[version]};

	cell.client = (struct legacy_config){
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_1,
	    .min_bits = 40,
	    .profile = &profile,
	    .record_splitting = true,
	};
	cell.server = (struct legacy_config){
	    .role = LEGACY_SERVER,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_1,
	    .min_bits = 40,
	    .credentials = credentials[size],
	    .keyring = keyring,
	};

	run_one(&cell, BYTEWISE, false);
	cell.client.sessions = cell.server.sessions = sessions;
	run_one(&cell, WHOLE, false);
	// An SSLv2-format hello has no way to ask for the session.
	run_one(&cell, WHOLE, !v2);
	run_one(&cell, BYTEWISE, !v2);
	legacy_sessions_free(&sessions);
}

static void
test_every_cell(void **state)
{
	size_t count = 0;
	const uint16_t *order = suite_order(VERSION_TLS1_0, &count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t version = 0; version < ROWS(versions); version++) {
			const struct suite *suite = suite_find(order[i]);

			if (versions[version] > suite->last)
				continue;
			for (size_t size = 0; size < ROWS(sizes); size++) {
				run_cell(suite, version, size, false);
				run_cell(suite, version, size, true);
			}
		}
}

static char seen[2][256];

static void
keep_secret(void *context, const char *line)
{
	char *to = context;

	// Once a connection.
	assert_string_equal("", to);
	snprintf(to, sizeof seen[0], "%s", line);
}

static void
run_logged(const struct legacy_config *client,
    const struct legacy_config *server, bool resumed)
{
	struct engine_observer ours = {keep_secret, seen[0]};
	struct engine_observer theirs = {keep_secret, seen[1]};
	struct pair pair;

	seen[0][0] = seen[1][0] = '\0';
	end_init(&pair.client, client);
	end_init(&pair.server, server);
	pair.client.engine->observer = &ours;
	pair.server.engine->observer = &theirs;
	engine_start(pair.server.engine);
	engine_start(pair.client.engine);
	pair_run(&pair, WHOLE);
	assert_open(&pair.client);
	assert_int_equal(resumed, pair.client.engine->facts.resumed);
	assert_string_equal(seen[0], seen[1]);
	assert_int_equal(14 + 64 + 1 + 96, strlen(seen[0]));
	assert_memory_equal("CLIENT_RANDOM ", seen[0], 14);
	pair_free(&pair);
}

// Both ends give the same line to a key log, in a full handshake and in a
// resumed one.
static void
test_key_log(void **state)
{
	struct legacy_sessions *sessions = legacy_sessions_new(16, 60000);
	struct legacy_config client = {.role = LEGACY_CLIENT};
	struct legacy_config server = {.role = LEGACY_SERVER};

	(void)state;
	server.credentials = credentials[1];
	client.sessions = server.sessions = sessions;
	client.min_protocol = server.min_protocol = VERSION_SSL3;
	client.max_protocol = server.max_protocol = VERSION_TLS1_0;
	client.min_bits = server.min_bits = 128;
	run_logged(&client, &server, false);
	run_logged(&client, &server, true);
	legacy_sessions_free(&sessions);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_cell),
	    cmocka_unit_test(test_key_log),
	};

	return cmocka_run_group_tests_name(
	    "legacy_roles", tests, set_up, tear_down);
}
