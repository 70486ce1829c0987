// SPDX-License-Identifier: ISC
//
// A server and a client as settings make them, and what they need to meet.

#ifndef UNIT_ENGINES_LAB_H
#define UNIT_ENGINES_LAB_H

#include "hello_draft.h"
#include "lab.h"

#include "tls/engines.h"

struct legs {
	struct sender_settings sender;
	struct receiver_settings receiver;
	struct tls_server *tls_server;
	struct tls_client *tls_client;
	struct lab_end server, client;
};

// With the defaults of both legs.
static inline void
legs_init(struct legs *legs)
{
	*legs = (struct legs){.sender = {.tls = SENDER_TLS_OFFER,
				  .min_protocol = PROTOCOL_TLS1_2,
				  .max_protocol = PROTOCOL_TLS1_3,
				  .min_bits = 112,
				  .record_splitting = true},
	    .receiver = {.tls = LEVEL_ENCRYPT,
		.min_protocol = PROTOCOL_TLS1_2,
		.max_protocol = PROTOCOL_TLS1_3,
		.min_bits = 128,
		.hello_profile = HELLO_PROFILE_AUTOMATIC}};
	lab_end_init(&legs->server);
	lab_end_init(&legs->client);
}

static inline void
legs_start(struct legs *legs)
{
	struct tls_error error = {.text = ""};

	legs->tls_server =
	    tls_server_new(&legs->sender, "proxy.example", &error);
	if (legs->tls_server == NULL)
		fail_msg("server: %s", error.text);
	legs->tls_client = tls_client_new(&legs->receiver, NULL, &error);
	if (legs->tls_client == NULL)
		fail_msg("client: %s", error.text);
}

// A new connection of a client, at that rung, to the server under settings.
static inline void
legs_connect(
    struct legs *legs, const struct sender_settings *settings, unsigned rung)
{
	struct tls_dial dial = {
	    .settings = &legs->receiver, .name = "mail.example", .rung = rung};

	lab_end_free(&legs->server);
	lab_end_free(&legs->client);
	lab_end_init(&legs->server);
	lab_end_init(&legs->client);
	legs->server.engine = tls_server_accept(legs->tls_server, settings,
	    &legs->server.records, &legs->server.plaintext, NULL);
	legs->client.engine = tls_client_connect(legs->tls_client, &dial,
	    &legs->client.records, &legs->client.plaintext, NULL);
	assert_non_null(legs->server.engine);
	assert_non_null(legs->client.engine);
	engine_start(legs->server.engine);
	engine_start(legs->client.engine);
}

static inline void
legs_run(struct legs *legs, size_t piece)
{
	legs_start(legs);
	legs_connect(legs, &legs->sender, 0);
	lab_pump(&legs->client, &legs->server, piece);
}

static inline void
legs_assert_open(struct legs *legs)
{
	const struct engine *server = legs->server.engine;
	const struct engine *client = legs->client.engine;

	if (server->status != ENGINE_OPEN || client->status != ENGINE_OPEN)
		fail_msg("server: %s, %s; client: %s, %s",
		    tls_failure_name(server->facts.failure),
		    server->facts.detail,
		    tls_failure_name(client->facts.failure),
		    client->facts.detail);
	assert_string_equal(server->facts.suite, client->facts.suite);
	assert_string_equal(server->facts.protocol, client->facts.protocol);
	assert_int_equal(server->facts.bits, client->facts.bits);
}

// Plaintext and the end of it, both ways.
static inline void
legs_talk(struct legs *legs)
{
	lab_say(&legs->client, "QUIT\r\n");
	engine_close(legs->client.engine);
	lab_move(&legs->client, &legs->server, LAB_LIMIT);
	lab_assert_heard(&legs->server, "QUIT\r\n");
	assert_int_equal(legs->server.engine->status, ENGINE_CLOSED);
}

static inline void
legs_free(struct legs *legs)
{
	lab_end_free(&legs->server);
	lab_end_free(&legs->client);
	tls_server_free(&legs->tls_server);
	tls_client_free(&legs->tls_client);
}

#endif
