// SPDX-License-Identifier: ISC
//
// The engine's own memory is out, at each allocation of a connection in turn
// and in either role: it ends as an internal failure of that role, the peer is
// told by an alert, and nothing is lost or used that should not be. (Of
// libcrypto's memory test_legacy_memory tells.)

#include "legacy_pair.h"

#include "tls/legacy/alert.h"

#include <limits.h>
#include <stdlib.h>

// --- Every allocation of this program, but not of libraries ---

static bool watched;
static long left;     // that still succeed while watched
static bool for_good; // or one alone fails
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool
is_out(void)
{
	if (!watched || left-- > 0)
		return false;
	if (failed && !for_good)
		return false;
	failed = true;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return is_out() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_out() ? NULL : __real_calloc(count, size);
}

// --- Connections ---

static const uint16_t rc4_40[] = {0x0003};
static const uint16_t des56[] = {0x0062};
static const uint16_t des3[] = {0x000a};
static const uint16_t aes[] = {0x002f};

static const struct {
	uint16_t version;
	const uint16_t *suite;
	const char *profile;
	bool client_certificate;
	bool resumed;
} rows[] = {
    {VERSION_SSL3, rc4_40, "legacy", false, false},
    {VERSION_SSL3, des3, "legacy", true, false},
    {VERSION_TLS1_0, rc4_40, "legacy-v2", false, false},
    {VERSION_TLS1_0, des56, "legacy", true, false},
    {VERSION_TLS1_0, des3, "legacy", false, true},
    {VERSION_TLS1_1, aes, "legacy-sni", true, true},
};

struct scene {
	struct legacy_config client, server;
	struct pair pair;
	struct end *weak; // whose memory ends
	struct end *peer;
};

static bool
scene_move(struct scene *scene, struct end *from, struct end *to)
{
	struct buffer moved = from->records;

	buffer_init(&from->records, PAIR_QUEUE);
	watched = to == scene->weak;
	engine_receive(to->engine, buffer_bytes(&moved), moved.size);
	watched = false;
	bool any = moved.size > 0;
	buffer_free(&moved);
	return any;
}

static void
scene_run(struct scene *scene)
{
	bool moved = true;

	while (moved) {
		moved = scene_move(scene, scene->weak, scene->peer);
		moved = scene_move(scene, scene->peer, scene->weak) || moved;
	}
}

static void
scene_say(struct scene *scene, struct end *from)
{
	if (from->engine->status != ENGINE_OPEN)
		return;
	watched = from == scene->weak;
	engine_send(from->engine, (const uint8_t *)"QUIT\r\n", 6);
	watched = false;
	scene_run(scene);
}

// A new end; false: its memory was out already.
static bool
scene_make(struct scene *scene, struct end *end)
{
	const struct legacy_config *config =
	    end == &scene->pair.client ? &scene->client : &scene->server;

	buffer_init(&end->records, PAIR_QUEUE);
	buffer_init(&end->plaintext, PAIR_QUEUE);
	watched = end == scene->weak;
	end->engine = legacy_new(config, &end->records, &end->plaintext);
	if (end->engine != NULL)
		engine_start(end->engine);
	watched = false;
	return end->engine != NULL;
}

static void
scene_play(struct scene *scene)
{
	failed = false;
	if (scene_make(scene, scene->peer) && scene_make(scene, scene->weak)) {
		scene_run(scene);
		scene_say(scene, scene->weak);
		scene_say(scene, scene->peer);
	}
}

// The peer is told, or if not even that can be done it hears nothing more: no
// half a record, nothing in the open that was to be protected.
static void
assert_failed_well(const struct scene *scene)
{
	struct tls_facts *weak = &scene->weak->engine->facts;
	struct engine *peer = scene->peer->engine;

	assert_int_equal(ENGINE_FAILED, scene->weak->engine->status);
	assert_string_equal(tls_failure_name(TLS_FAILURE_INTERNAL),
	    tls_failure_name(weak->failure));
	if (weak->alert_sent == -1) {
		assert_string_equal(tls_failure_name(TLS_FAILURE_NONE),
		    tls_failure_name(peer->facts.failure));
		return;
	}
	// SSL 3.0 has no internal_error, nor has who knows no version yet. A
	// record that could not be opened was not seen to be good.
	if (weak->alert_sent != ALERT_BAD_RECORD_MAC &&
	    (weak->alert_sent != ALERT_HANDSHAKE_FAILURE ||
		weak->protocol[0] != '\0'))
		assert_int_equal(alert_number(ALERT_INTERNAL_ERROR,
				     scene->client.max_protocol),
		    weak->alert_sent);
	assert_int_equal(ENGINE_FAILED, peer->status);
	assert_int_equal(weak->alert_sent, peer->facts.alert_received);
}

static void
assert_talked(const struct scene *scene)
{
	assert_open(scene->weak);
	assert_open(scene->peer);
	assert_int_equal(6, scene->weak->plaintext.size);
	assert_int_equal(6, scene->peer->plaintext.size);
}

enum outcome { OUTCOME_ENOUGH, OUTCOME_ENDED, OUTCOME_FORGOTTEN };

// A connection that has so many allocations. OUTCOME_FORGOTTEN: one failed,
// and all that came of it is that the session cannot be resumed.
static enum outcome
scene_try(struct scene *scene, long allocations)
{
	enum outcome outcome = OUTCOME_ENDED;

	left = LONG_MAX;
	if (scene->client.sessions != NULL) {
		scene_play(scene);
		assert_talked(scene);
		pair_free(&scene->pair);
	}
	left = allocations;
	scene_play(scene);
	if (scene->weak->engine != NULL &&
	    scene->weak->engine->status == ENGINE_OPEN) {
		assert_talked(scene);
		outcome = failed ? OUTCOME_FORGOTTEN : OUTCOME_ENOUGH;
	} else if (scene->weak->engine != NULL) {
		assert_failed_well(scene);
	}
	assert_int_equal(failed, outcome != OUTCOME_ENOUGH);
	pair_free(&scene->pair);
	return outcome;
}

static void
scene_sweep(struct scene *scene, bool stores)
{
	struct legacy_sessions *server = NULL, *client = NULL;
	enum outcome outcome = OUTCOME_ENDED;
	unsigned counts[3] = {0};

	for (long n = 0; outcome != OUTCOME_ENOUGH; n++) {
		if (stores) {
			client = legacy_sessions_new(8, 60000);
			server = legacy_sessions_new(8, 60000);
			scene->client.sessions = client;
			scene->server.sessions = server;
		}
		outcome = scene_try(scene, n);
		counts[outcome]++;
		legacy_sessions_free(&client);
		legacy_sessions_free(&server);
	}
	assert_in_range(counts[OUTCOME_ENDED], 15, 200);
	assert_true(counts[OUTCOME_FORGOTTEN] <= (stores ? 1 : 0));
}

static void
without_memory_a_connection_ends(void **state)
{
	struct legacy_credentials *own =
	    credentials_read("legacy/server-1024.pem");
	struct legacy_keyring *keyring = legacy_keyring_new(3600000, 1000000);

	(void)state;
	for (size_t i = 0; i < 4 * ROWS(rows); i++) {
		size_t row = i / 4;
		struct scene scene = {
		    .client = {.role = LEGACY_CLIENT,
			.min_protocol = VERSION_SSL3,
			.max_protocol = rows[row].version,
			.profile = legacy_profile_find(rows[row].profile),
			.credentials =
			    rows[row].client_certificate ? own : NULL,
			.server_name = "mail.example"},
		    .server = {.role = LEGACY_SERVER,
			.min_protocol = VERSION_SSL3,
			.max_protocol = VERSION_TLS1_1,
			.credentials = own,
			.keyring = keyring,
			.suites = rows[row].suite,
			.suite_count = 1,
			.client_certificate =
			    rows[row].client_certificate
				? LEGACY_CLIENT_CERTIFICATE_REQUIRE
				: LEGACY_CLIENT_CERTIFICATE_NONE}};

		scene.weak = i % 2 ? &scene.pair.client : &scene.pair.server;
		scene.peer = i % 2 ? &scene.pair.server : &scene.pair.client;
		for_good = i % 4 > 1;
		scene_sweep(&scene, rows[row].resumed);
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

	return cmocka_run_group_tests_name(
	    "legacy engine without memory of its own", tests, NULL, NULL);
}
