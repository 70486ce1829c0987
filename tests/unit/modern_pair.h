// SPDX-License-Identifier: ISC
//
// A server and a client of the modern engine, set up alike until a test says
// otherwise.

#ifndef UNIT_MODERN_PAIR_H
#define UNIT_MODERN_PAIR_H

#include "lab.h"

#include "tls/modern.h"

// One certificate for everybody, and an authority that vouches for it.
static struct credential *authority;
static struct credential *server_leaf;
static struct credential *rsa_leaf;
static struct verifier *trusting; // trusts that authority

static const char *const good_names[] = {"mail.example"};
static const struct verify_peer good_peer = {
    .demand = VERIFY_NAME, .names = good_names, .name_count = 1};

static inline struct verifier *
verifier_of(bool server)
{
	struct tls_error error = {.text = ""};
	char *text = credential_pem(authority);
	struct pem pem = {"authority", text, strlen(text)};
	struct verifier_settings settings = {
	    .server = server, .authorities = &pem, .authority_count = 1};
	struct verifier *verifier = verifier_new(&settings, &error);

	if (verifier == NULL)
		fail_msg("%s", error.text);
	pem_free(&text);
	return verifier;
}

static inline int
pair_set_up(void **state)
{
	(void)state;
	authority = lab_authority("Authority");
	server_leaf = lab_leaf("mail.example", "DNS:mail.example", authority);
	struct mint_request request =
	    lab_request("mail.example", "DNS:mail.example", authority);
	request.key = MINT_RSA_2048;
	rsa_leaf = lab_mint(&request);
	trusting = verifier_of(true);
	return 0;
}

static inline int
pair_tear_down(void **state)
{
	(void)state;
	verifier_free(&trusting);
	credential_free(&authority);
	credential_free(&server_leaf);
	credential_free(&rsa_leaf);
	return 0;
}

// --- Pairs ---

struct pair {
	struct modern_settings server_settings, client_settings;
	const struct credential *server_credentials[4];
	const struct credential *client_credential;
	const struct verify_peer *peer; // of the client: the server
	const struct verify_peer *client_peer;
	const char *server_name;
	size_t piece;
	struct modern_context *server_context, *client_context;
	struct lab_end server, client;
};

static inline void
pair_init(struct pair *pair)
{
	*pair = (struct pair){.server_settings = {.server = true,
				  .min_protocol = TLS1_2_VERSION,
				  .max_protocol = TLS1_3_VERSION,
				  .min_bits = 112,
				  .record_splitting = true,
				  .credential_count = 2},
	    .client_settings = {.min_protocol = TLS1_2_VERSION,
		.max_protocol = TLS1_3_VERSION,
		.min_bits = 112,
		.record_splitting = true,
		.verifier = trusting},
	    .server_credentials = {server_leaf, rsa_leaf},
	    .peer = &good_peer,
	    .server_name = "mail.example",
	    .piece = LAB_LIMIT};
	pair->server_settings.credentials = pair->server_credentials;
	pair->client_settings.credentials = &pair->client_credential;
}

static inline struct modern_context *
context_of(const struct modern_settings *settings)
{
	struct tls_error error = {.text = ""};
	struct modern_context *context = modern_context_new(settings, &error);

	if (context == NULL)
		fail_msg("%s", error.text);
	return context;
}

static inline void
pair_start(struct pair *pair)
{
	pair->server_context = context_of(&pair->server_settings);
	pair->client_context = context_of(&pair->client_settings);
	lab_end_init(&pair->server);
	lab_end_init(&pair->client);
	pair->server.engine = modern_server_new(pair->server_context,
	    pair->client_peer, &pair->server.records, &pair->server.plaintext);
	pair->client.engine = modern_client_new(pair->client_context,
	    pair->peer, pair->server_name, &pair->client.records,
	    &pair->client.plaintext);
	assert_non_null(pair->server.engine);
	assert_non_null(pair->client.engine);
	assert_int_equal(engine_start(pair->server.engine), ENGINE_HANDSHAKING);
	assert_int_equal(engine_start(pair->client.engine), ENGINE_HANDSHAKING);
}

static inline void
pair_run(struct pair *pair)
{
	pair_start(pair);
	lab_pump(&pair->client, &pair->server, pair->piece);
}

static inline void
pair_free(struct pair *pair)
{
	lab_end_free(&pair->server);
	lab_end_free(&pair->client);
	modern_context_free(&pair->server_context);
	modern_context_free(&pair->client_context);
}

static inline void
pair_assert_open(struct pair *pair)
{
	if (pair->server.engine->status != ENGINE_OPEN ||
	    pair->client.engine->status != ENGINE_OPEN)
		fail_msg("server: %s, %s; client: %s, %s",
		    tls_failure_name(pair->server.engine->facts.failure),
		    pair->server.engine->facts.detail,
		    tls_failure_name(pair->client.engine->facts.failure),
		    pair->client.engine->facts.detail);
}

static inline void
pair_assert_failed(
    struct pair *pair, enum tls_failure at_server, enum tls_failure at_client)
{
	assert_string_equal(
	    tls_failure_name(pair->server.engine->facts.failure),
	    tls_failure_name(at_server));
	assert_string_equal(
	    tls_failure_name(pair->client.engine->facts.failure),
	    tls_failure_name(at_client));
	assert_true(strlen(pair->server.engine->facts.detail) > 0 ||
		    at_server == TLS_FAILURE_NONE);
}

#endif
