// SPDX-License-Identifier: ISC
//
// Sessions: when they are resumed, when they are not, and when that is an
// attack.

#include "legacy_mallory.h"

#include "base/clock.h"
#include "tls/legacy/sessions.h"

static struct legacy_sessions *at_server;
static struct legacy_sessions *at_client;
static struct legacy_config client;
static struct legacy_config server;
static const uint16_t both[] = {0x0005, 0x0004};
static const struct legacy_profile profile = {
    .name = "test",
    .version = VERSION_TLS1_0,
    .suites = both,
    .suite_count = 2,
};

static int
set_up(void **state)
{
	credentials_set_up(state);
	at_server = legacy_sessions_new(8, 60000);
	at_client = legacy_sessions_new(8, 60000);
	client = (struct legacy_config){
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_0,
	    .min_bits = 40,
	    .profile = &profile,
	    .sessions = at_client,
	    .session_scope = "mail.example.com, encrypt",
	};
	server = server_config();
	server.max_protocol = VERSION_TLS1_0;
	server.sessions = at_server;
	server.session_scope = "listener";
	return 0;
}

static int
tear_down(void **state)
{
	legacy_sessions_free(&at_server);
	legacy_sessions_free(&at_client);
	return credentials_tear_down(state);
}

static void
connect_once(bool resumed)
{
	struct pair pair;

	pair_init(&pair, &client, &server);
	pair_run(&pair, PAIR_QUEUE);
	assert_open(&pair.client);
	assert_open(&pair.server);
	assert_int_equal(resumed, pair.client.engine->facts.resumed);
	assert_int_equal(resumed, pair.server.engine->facts.resumed);
	pair_check_content(&pair.client, &pair.server, 100, 1);
	pair_check_content(&pair.server, &pair.client, 100, 1);
	pair_free(&pair);
}

static void
test_resumed(void **state)
{
	(void)state;
	connect_once(false);
	connect_once(true);
	connect_once(true);
}

static void
test_other_scope(void **state)
{
	(void)state;
	connect_once(false);
	client.session_scope = "mail.example.com, dane";
	connect_once(false);
	server.session_scope = "other listener";
	connect_once(false);
	connect_once(true);
}

// A session that policy would not make today is not resumed.
static void
test_below_policy(void **state)
{
	static const uint16_t md5_alone[] = {0x0004};

	(void)state;
	connect_once(false);
	connect_once(true);
	server.suites = md5_alone;
	server.suite_count = 1;
	connect_once(false);
	connect_once(true);
	server.max_protocol = VERSION_SSL3;
	connect_once(false);
	connect_once(true);
	server.max_protocol = VERSION_TLS1_0;
	connect_once(false);
	client.max_protocol = VERSION_SSL3;
	connect_once(false);
}

// A hello of TLS 1.1 with export suites alone ends in TLS 1.0, also resumed.
static void
test_export_from_tls11(void **state)
{
	static const uint16_t export[] = {0x0003};
	static const struct legacy_profile tls11 = {
	    .name = "test",
	    .version = VERSION_TLS1_1,
	    .suites = export,
	    .suite_count = 1,
	};
	struct legacy_keyring *keyring = legacy_keyring_new(1000000, 100);

	(void)state;
	server.keyring = keyring;
	server.max_protocol = client.max_protocol = VERSION_TLS1_1;
	client.profile = &tls11;
	connect_once(false);
	connect_once(true);
	legacy_keyring_free(&keyring);
}

static uint64_t now;

static uint64_t
fake_monotonic(void)
{
	return now;
}

static void
test_lifetime(void **state)
{
	static const struct clock fake = {fake_monotonic, clock_wall};

	(void)state;
	clock_replace(&fake);
	now = 5000;
	connect_once(false);
	now += 59999;
	connect_once(true);
	now += 1;
	connect_once(false);
	clock_replace(NULL);
}

static void
test_fatal_alert(void **state)
{
	struct pair pair;

	(void)state;
	connect_once(false);
	pair_init(&pair, &client, &server);
	pair_run(&pair, PAIR_QUEUE);
	assert_true(pair.server.engine->facts.resumed);
	// Garbage in the open is fatal, and both forget the session.
	engine_receive(pair.server.engine,
	    (const uint8_t *)"\x17\3\1\0\40aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    37);
	assert_int_equal(TLS_FAILURE_RECORD, pair.server.engine->facts.failure);
	end_move(&pair.server, &pair.client, 1);
	assert_int_equal(TLS_FAILURE_ALERT, pair.client.engine->facts.failure);
	pair_free(&pair);
	connect_once(false);
}

// A client that asks for a session and withholds its suite.
static void
test_suite_withheld(void **state)
{
	static const uint16_t md5_alone[] = {0x0004};
	struct mallory mallory;

	(void)state;
	mallory_init(&mallory, CLIENT, &server);
	mallory_client_hello(&mallory, VERSION_TLS1_0, both, 1);
	mallory_speak(&mallory);
	mallory_key_exchange(&mallory, VERSION_TLS1_0);
	mallory_change(&mallory);
	mallory_finished(&mallory, 0);
	mallory_speak(&mallory);
	assert_open(&mallory.victim);
	uint8_t id[SESSION_ID_MAX_SIZE];
	assert_int_equal(sizeof id, mallory.id_size);
	memcpy(id, mallory.id, sizeof id);
	mallory_free(&mallory);

	mallory_init(&mallory, CLIENT, &server);
	memcpy(mallory.id, id, sizeof id);
	mallory.id_size = sizeof id;
	mallory_client_hello(&mallory, VERSION_TLS1_0, md5_alone, 1);
	mallory_speak(&mallory);
	mallory_check(&mallory, 47, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
}

// A server that resumes with another suite or version than the session's.
static void
test_suite_swapped(void **state)
{
	static const struct server_hello rows[] = {
	    {.version = VERSION_TLS1_0, .suite = 0x0004},
	    {.version = VERSION_SSL3, .suite = 0x0005},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mallory mallory;
		struct server_hello hello = rows[i];

		connect_once(false);
		mallory_init(&mallory, SERVER, &client);
		mallory_listen(&mallory);
		assert_int_equal(SESSION_ID_MAX_SIZE, mallory.id_size);
		hello.session = (struct piece){mallory.id, mallory.id_size};
		mallory_server_hello(&mallory, &hello);
		mallory_speak(&mallory);
		mallory_check(&mallory, 47, TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

// A resumed handshake is no way round the full one: neither side goes on
// with a message of the other.
static void
test_flows_do_not_mix(void **state)
{
	struct mallory mallory;
	struct server_hello hello = {.version = VERSION_TLS1_0, .suite = 5};

	(void)state;
	connect_once(false);
	mallory_init(&mallory, SERVER, &client);
	mallory.own = credentials;
	mallory_listen(&mallory);
	hello.session = (struct piece){mallory.id, mallory.id_size};
	mallory_server_hello(&mallory, &hello);
	mallory_certificate(&mallory);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
}

static void
test_store(void **state)
{
	struct legacy_sessions *store = legacy_sessions_new(3, 1000);
	struct session session = {.suite = 1};
	struct session_key keys[5];

	(void)state;
	for (size_t i = 0; i < ROWS(keys); i++) {
		uint8_t id = (uint8_t)i;

		assert_true(session_key_make(
		    LEGACY_SERVER, "scope", (struct piece){&id, 1}, &keys[i]));
		assert_false(sessions_get(store, &keys[i], &session));
		session.suite = (uint16_t)i;
		sessions_put(store, &keys[i], &session);
	}
	// There is room for three; those stored first went.
	assert_false(sessions_get(store, &keys[0], &session));
	assert_false(sessions_get(store, &keys[1], &session));
	for (uint16_t i = 2; i < ROWS(keys); i++) {
		assert_true(sessions_get(store, &keys[i], &session));
		assert_int_equal(i, session.suite);
	}
	// Storing again replaces, and makes it the last to go.
	session.suite = 99;
	sessions_put(store, &keys[2], &session);
	sessions_put(store, &keys[0], &session);
	assert_true(sessions_get(store, &keys[2], &session));
	assert_int_equal(99, session.suite);
	assert_false(sessions_get(store, &keys[3], &session));
	sessions_remove(store, &keys[2]);
	sessions_remove(store, &keys[2]);
	assert_false(sessions_get(store, &keys[2], &session));
	legacy_sessions_free(&store);
	assert_null(store);
	legacy_sessions_free(&store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_resumed),
	    TEST(test_other_scope),
	    TEST(test_below_policy),
	    TEST(test_export_from_tls11),
	    TEST(test_lifetime),
	    TEST(test_fatal_alert),
	    TEST(test_suite_withheld),
	    TEST(test_suite_swapped),
	    TEST(test_flows_do_not_mix),
	    TEST(test_store),
	};

	return cmocka_run_group_tests_name(
	    "legacy_sessions", tests, NULL, NULL);
}
