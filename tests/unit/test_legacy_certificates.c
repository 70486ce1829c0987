// SPDX-License-Identifier: ISC
//
// Certificates of either side, verified: a client that is asked for one, and
// a server that has to prove its name.

#include "legacy_client.h"

#include "tls/verify_modern.h"

static struct legacy_credentials *of_client;
static char client_pem[PAIR_FILE];
static char server_pem[PAIR_FILE];
static struct legacy_config client;
static struct legacy_config server;

static const struct verify_peer trusted = {.demand = VERIFY_CHAIN};
static const struct verify_peer recorded = {
    .demand = VERIFY_CHAIN, .record_only = true};

static struct verifier *
verifier_for(const char *pem, bool is_server)
{
	struct pem authority = {"test", pem, strlen(pem)};
	struct verifier_settings settings = {
	    .server = is_server,
	    .authorities = &authority,
	    .authority_count = 1,
	};
	struct tls_error error = {.text = ""};
	struct verifier *made = verifier_new(&settings, &error);

	if (made == NULL)
		fail_msg("%s", error.text);
	return made;
}

static int
set_up(void **state)
{
	credentials_set_up(state);
	of_client = credentials_read("legacy/client-1024.pem");
	vector_read("legacy/client-1024.pem", client_pem, sizeof client_pem);
	vector_read("legacy/server-1024.pem", server_pem, sizeof server_pem);
	client = (struct legacy_config){
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_1,
	    .min_bits = 40,
	    .profile = legacy_profile_find("legacy-sni"),
	    .credentials = of_client,
	    .server_name = "mail.example.com",
	};
	server = server_config();
	server.client_certificate = LEGACY_CLIENT_CERTIFICATE_REQUIRE;
	return 0;
}

static int
tear_down(void **state)
{
	legacy_credentials_free(&of_client);
	return credentials_tear_down(state);
}

static void
join(struct pair *pair, uint16_t version)
{
	client.max_protocol = version;
	pair_init(pair, &client, &server);
	pair_run(pair, 3);
}

static void
test_given(void **state)
{
	struct verifier *verifier = verifier_for(client_pem, false);

	(void)state;
	server.verifier = verifier;
	server.peer = &trusted;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct pair pair;

		join(&pair, versions[v]);
		assert_open(&pair.client);
		assert_open(&pair.server);
		assert_string_equal(
		    "CN=client.test", pair.server.engine->facts.subject);
		assert_int_equal(
		    64, strlen(pair.server.engine->facts.fingerprint));
		pair_check_content(&pair.client, &pair.server, 100, 1);
		pair_free(&pair);
	}
	verifier_free(&verifier);
}

static void
test_untrusted(void **state)
{
	struct verifier *verifier = verifier_for(server_pem, false);

	(void)state;
	server.verifier = verifier;
	server.peer = &trusted;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct pair pair;

		join(&pair, versions[v]);
		assert_int_equal(
		    TLS_FAILURE_UNTRUSTED, pair.server.engine->facts.failure);
		assert_int_equal(versions[v] == VERSION_SSL3 ? 46 : 48,
		    pair.client.engine->facts.alert_received);
		assert_true(pair.server.engine->facts.detail[0] != '\0');
		pair_free(&pair);
	}
	verifier_free(&verifier);
}

// SSL 3.0 says so with an alert, TLS with an empty list.
static void
test_withheld(void **state)
{
	(void)state;
	client.credentials = NULL;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct pair pair;

		server.client_certificate = LEGACY_CLIENT_CERTIFICATE_ASK;
		join(&pair, versions[v]);
		assert_open(&pair.client);
		assert_open(&pair.server);
		assert_string_equal("", pair.server.engine->facts.subject);
		assert_int_equal(-1, pair.server.engine->facts.alert_received);
		pair_free(&pair);
		server.client_certificate = LEGACY_CLIENT_CERTIFICATE_REQUIRE;
		join(&pair, versions[v]);
		assert_int_equal(TLS_FAILURE_NO_CERTIFICATE,
		    pair.server.engine->facts.failure);
		assert_int_equal(40, pair.client.engine->facts.alert_received);
		pair_free(&pair);
	}
}

static bool
keep_certificate(void *context, struct piece der)
{
	static uint8_t kept[2048];
	struct chain *chain = context;

	bytes_copy(kept, sizeof kept, der.bytes, der.size);
	*chain = (struct chain){.certificates = {{kept, der.size}}, .count = 1};
	return true;
}

// What an asked client gives serves for nothing if its key is too short or
// none for RSA: it goes on, and nobody believes it, whoever vouches for it.
static void
test_useless(void **state)
{
	static char p256_pem[PAIR_FILE];
	struct legacy_credentials p256 = *of_client;
	const struct {
		const struct legacy_credentials *given;
		const char *pem;
		unsigned min_key_bits;
		enum tls_failure failure;
	} rows[] = {
	    {of_client, client_pem, 2048, TLS_FAILURE_WEAK_KEY},
	    {&p256, p256_pem, 512, TLS_FAILURE_MESSAGE},
	};

	(void)state;
	vector_read("legacy/client-p256.pem", p256_pem, sizeof p256_pem);
	assert_true(crypto_each_certificate(
	    (struct piece){(const uint8_t *)p256_pem, strlen(p256_pem)},
	    keep_certificate, &p256.chain));
	for (size_t i = 0; i < ROWS(rows) * ROWS(versions); i++) {
		size_t row = i / ROWS(versions);
		uint16_t version = versions[i % ROWS(versions)];
		struct verifier *verifier = verifier_for(rows[row].pem, false);
		const struct tls_facts *facts;
		struct pair pair;

		client.credentials = rows[row].given;
		server.verifier = verifier;
		server.peer = &recorded;
		server.min_key_bits = rows[row].min_key_bits;
		server.client_certificate = LEGACY_CLIENT_CERTIFICATE_ASK;
		join(&pair, version);
		facts = &pair.server.engine->facts;
		assert_open(&pair.client);
		assert_open(&pair.server);
		assert_string_equal("CN=client.test", facts->subject);
		assert_int_equal(TLS_VERIFIED_UNTRUSTED, facts->verified);
		pair_check_content(&pair.client, &pair.server, 100, 1);
		pair_free(&pair);
		server.peer = &trusted;
		server.client_certificate = LEGACY_CLIENT_CERTIFICATE_REQUIRE;
		join(&pair, version);
		assert_int_equal(
		    rows[row].failure, pair.server.engine->facts.failure);
		pair_free(&pair);
		verifier_free(&verifier);
	}
}

// A client that has the certificate of somebody else, not the key.
static void
test_wrong_proof(void **state)
{
	static const uint16_t suites[] = {0x0005};

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++) {
		struct mallory mallory;
		struct writer draft;
		uint8_t hashes[HASH_BOTH_SIZE] = {0};
		uint8_t signature[128];

		client_until(
		    &mallory, &server, versions[v], suites, STAGE_HELLO);
		mallory.own = of_client;
		mallory_certificate(&mallory);
		mallory_key_exchange(&mallory, versions[v]);
		draft = mallory_draft();
		assert_true(rsa_key_sign(of_client->key, hashes, signature));
		message_write_certificate_verify(
		    &draft, (struct piece){signature, sizeof signature});
		mallory_message(&mallory, &draft);
		mallory_speak(&mallory);
		mallory_check(&mallory, versions[v] == VERSION_SSL3 ? 40 : 51,
		    TLS_FAILURE_MESSAGE);
		mallory_free(&mallory);
	}
}

// A certificate without its proof: ChangeCipherSpec comes in its place.
static void
test_no_proof(void **state)
{
	static const uint16_t suites[] = {0x0005};
	struct mallory mallory;

	(void)state;
	client_until(&mallory, &server, VERSION_TLS1_0, suites, STAGE_HELLO);
	mallory.own = of_client;
	mallory_certificate(&mallory);
	mallory_key_exchange(&mallory, VERSION_TLS1_0);
	mallory_change(&mallory);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
}

// Leaving Certificate out altogether is no way round it.
static void
test_left_out(void **state)
{
	static const uint16_t suites[] = {0x0005};
	struct mallory mallory;

	(void)state;
	server.client_certificate = LEGACY_CLIENT_CERTIFICATE_ASK;
	client_until(&mallory, &server, VERSION_TLS1_0, suites, STAGE_HELLO);
	mallory_key_exchange(&mallory, VERSION_TLS1_0);
	mallory_speak(&mallory);
	mallory_check(&mallory, 10, TLS_FAILURE_MESSAGE);
	mallory_free(&mallory);
}

static void
test_server_name(void **state)
{
	static const struct {
		const char *name;
		enum tls_failure failure;
		int alert;
	} rows[] = {
	    {"legacy1024.test", TLS_FAILURE_NONE, -1},
	    {"other.test", TLS_FAILURE_NAME, 42},
	};
	struct verifier *verifier = verifier_for(server_pem, true);

	(void)state;
	client.verifier = verifier;
	server.client_certificate = LEGACY_CLIENT_CERTIFICATE_NONE;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verify_peer peer = {.demand = VERIFY_NAME,
		    .names = &rows[i].name,
		    .name_count = 1};
		struct pair pair;

		client.peer = &peer;
		join(&pair, VERSION_TLS1_0);
		assert_int_equal(
		    rows[i].failure, pair.client.engine->facts.failure);
		assert_int_equal(
		    rows[i].alert, pair.client.engine->facts.alert_sent);
		assert_string_equal(
		    "CN=legacy1024.test", pair.client.engine->facts.subject);
		assert_string_equal(
		    "mail.example.com", pair.server.engine->facts.server_name);
		if (rows[i].failure == TLS_FAILURE_NONE)
			assert_int_equal(TLS_VERIFIED_NAME,
			    pair.client.engine->facts.verified);
		pair_free(&pair);
	}
	verifier_free(&verifier);
}

struct text_row {
	const char *name;
	const char *file; // NULL: the text itself
	const char *text;
};

static void
test_credentials(void **state)
{
	static const struct text_row rows[] = {
	    {"nothing", NULL, ""},
	    {"no PEM", NULL, "hello"},
	    {"no certificate", NULL,
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
		"CERTIFICATE-----\n"},
	};
	const char *why = NULL;
	struct legacy_text mine = {client_pem, strlen(client_pem)};
	struct legacy_text other = {server_pem, strlen(server_pem)};
	struct legacy_credentials *made = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct legacy_text text = {rows[i].text, strlen(rows[i].text)};

		assert_null(legacy_credentials_new(text, text, &why));
		assert_non_null(why);
	}
	assert_null(legacy_credentials_new(mine, other, &why));
	assert_non_null(strstr(why, "not that of the first certificate"));
	made = legacy_credentials_new(mine, mine, &why);
	assert_non_null(made);
	assert_null(why);
	assert_int_equal(1024, legacy_credentials_bits(made));
	legacy_credentials_free(&made);
	assert_null(made);
	legacy_credentials_free(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_given),
	    TEST(test_untrusted),
	    TEST(test_withheld),
	    TEST(test_useless),
	    TEST(test_wrong_proof),
	    TEST(test_no_proof),
	    TEST(test_left_out),
	    TEST(test_server_name),
	    TEST(test_credentials),
	};

	return cmocka_run_group_tests_name(
	    "legacy_certificates", tests, NULL, NULL);
}
