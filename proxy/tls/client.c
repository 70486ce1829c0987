// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "tls/engines.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "tls/certificate.h"
#include "tls/delegate.h"
#include "tls/dialling.h"
#include "tls/modern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_client {
	const char *trust_store;
	struct dialling *first;
};

static struct dialling *
find(struct tls_client *client, const struct receiver_settings *settings,
    struct tls_error *error)
{
	struct dialling *dialling = client->first;

	for (; dialling != NULL; dialling = dialling->next)
		if (dialling->key == settings ||
		    dialling_alike(&dialling->settings, settings))
			return dialling;
	dialling = dialling_new(settings, client->trust_store, error);
	if (dialling != NULL) {
		dialling->next = client->first;
		client->first = dialling;
	}
	return dialling;
}

struct tls_client *
tls_client_new(const struct receiver_settings *settings,
    const char *trust_store, struct tls_error *error)
{
	struct tls_client *client = calloc(1, sizeof *client);

	if (client == NULL) {
		tls_error_set(error, "out of memory");
		return NULL;
	}
	client->trust_store = trust_store;
	if (settings != NULL && !tls_client_prepare(client, settings, error))
		tls_client_free(&client);
	return client;
}

void
tls_client_free(struct tls_client **client)
{
	if (*client == NULL)
		return;
	while ((*client)->first != NULL) {
		struct dialling *dialling = (*client)->first;

		(*client)->first = dialling->next;
		dialling_free(&dialling);
	}
	free(*client);
	*client = NULL;
}

bool
tls_client_prepare(struct tls_client *client,
    const struct receiver_settings *settings, struct tls_error *error)
{
	return settings->tls == LEVEL_NONE ||
	       find(client, settings, error) != NULL;
}

unsigned
tls_client_rungs(
    struct tls_client *client, const struct receiver_settings *settings)
{
	const struct dialling *dialling = NULL;
	struct tls_error error;

	if (settings->tls != LEVEL_NONE)
		dialling = find(client, settings, &error);
	return dialling != NULL ? dialling->rung_count : 1;
}

const char *
tls_client_rung_name(struct tls_client *client,
    const struct receiver_settings *settings, unsigned rung)
{
	struct tls_error error;
	const struct dialling *dialling = find(client, settings, &error);

	REQUIRE(dialling != NULL && rung < dialling->rung_count);
	return rung_name(dialling->rungs[rung]);
}

void
tls_client_ladder_name(struct tls_client *client,
    const struct receiver_settings *settings, char name[TLS_LADDER_NAME_SIZE])
{
	struct tls_error error;
	const struct dialling *dialling = find(client, settings, &error);

	name[0] = '\0';
	if (dialling == NULL)
		return;
	enum rung best = dialling->rungs[0];

	snprintf(name, TLS_LADDER_NAME_SIZE, "%s/%s-%08" PRIx32,
	    rung_name(best), protocol_word(dialling_highest(dialling, best)),
	    dialling_digest(settings));
}

void
tls_client_hello_name(struct tls_client *client,
    const struct receiver_settings *settings, unsigned rung,
    char name[TLS_HELLO_NAME_SIZE])
{
	struct tls_error error;
	const struct dialling *dialling = find(client, settings, &error);

	name[0] = '\0';
	if (dialling == NULL || rung == 0)
		return;
	REQUIRE(rung < dialling->rung_count);
	enum rung it = dialling->rungs[rung];

	snprintf(name, TLS_HELLO_NAME_SIZE, "%s/%s", rung_name(it),
	    protocol_word(dialling_highest(dialling, it)));
}

// --- One connection ---

// The engine that is dialled with, and what it refers to for its lifetime.
struct dialled {
	struct delegate delegate; // first: engine.h
	char name[256];
	char base[256]; // TLSA base domain; empty: none
	const char *names[2];
	struct verify_peer peer;
	char *scope; // of a session that could be resumed; NULL: none could
};

static void
dialled_start(struct engine *engine)
{
	struct delegate *delegate = delegate_of(engine);

	if (delegate->inner == NULL)
		engine_fail(engine, TLS_FAILURE_LOCAL,
		    "the settings of this receiver cannot be set up");
	else
		delegate_begin(delegate, delegate->inner);
}

static void
dialled_free(struct engine *engine)
{
	struct dialled *dialled = (struct dialled *)(void *)engine;

	delegate_free_inner(&dialled->delegate);
	free(dialled->scope);
	free(dialled);
}

static const struct engine_class dialled_class = {
    .name = "dialled",
    .start = dialled_start,
    .receive = delegate_receive,
    .send = delegate_send,
    .close = delegate_close,
    .free = dialled_free,
};

// Whom the records speak of: the name that has them, and the one that was
// configured (RFC 7672 section 3.2.2); no other name was proven.
static void
expect_dane(struct verify_peer *peer, const struct dialled *dialled)
{
	peer->demand = VERIFY_DANE;
	peer->names = dialled->names;
	peer->name_count = dialled->base[0] != '\0' ? 2 : 1;
}

static struct verify_peer
peer_of(const struct tls_dial *dial, const struct dialled *dialled)
{
	const struct receiver_settings *settings = dial->settings;
	struct verify_peer peer = {.demand = VERIFY_NAME,
	    .names = settings->names.items,
	    .name_count = settings->names.count,
	    .fingerprints = settings->fingerprints.items,
	    .fingerprint_count = settings->fingerprints.count,
	    .records = dial->records,
	    .record_count = dial->record_count};

	if (peer.name_count == 0) {
		peer.names = dialled->names;
		peer.name_count = 1;
	}
	switch (settings->tls) {
	case LEVEL_NONE:
	case LEVEL_MAY:
	case LEVEL_ENCRYPT:
		peer.record_only = true;
		break;
	case LEVEL_FINGERPRINT:
		peer.demand = VERIFY_FINGERPRINT;
		break;
	case LEVEL_VERIFY:
	case LEVEL_SECURE:
		break;
	case LEVEL_DANE:
		peer.record_only =
		    dial->records != NULL &&
		    !tlsa_any_usable(dial->records, dial->record_count);
		if (!peer.record_only)
			expect_dane(&peer, dialled);
		break;
	case LEVEL_DANE_ONLY:
		expect_dane(&peer, dialled);
		break;
	}
	return peer;
}

// The name for SNI; NULL: none. An address is never sent (RFC 6066).
static const char *
server_name(
    const struct receiver_settings *settings, const struct dialled *dialled)
{
	const char *name = dialled->name;

	// The receiver may have a certificate for each of its names, and the
	// records are of this one's (RFC 7672 section 8.1).
	if (dialled->peer.demand == VERIFY_DANE && dialled->base[0] != '\0')
		name = dialled->base;
	else if (settings->sni != NULL)
		name = settings->sni;
	else if (settings->names.count > 0 &&
		 settings->names.items[0][0] != '.')
		name = settings->names.items[0];
	if (strcmp(name, "off") == 0 || name[0] == '\0' ||
	    name_is_address(name))
		return NULL;
	return name;
}

static void
scope_add(FILE *scope, struct text_list list)
{
	for (size_t i = 0; i < list.count; i++)
		fprintf(scope, "%zu:%s", strlen(list.items[i]), list.items[i]);
	fprintf(scope, ";");
}

// All that says whom we mean and what is demanded as proof of it: a session
// that was made under other demands must not stand in for them. Records of
// DANE change: with them there is a full handshake each time.
static char *
scope_of(const struct dialled *dialled, const struct receiver_settings *is)
{
	char *text = NULL;
	size_t size = 0;
	FILE *scope = NULL;

	if (is->tls != LEVEL_DANE && is->tls != LEVEL_DANE_ONLY)
		scope = open_memstream(&text, &size);
	if (scope == NULL)
		return NULL;
	fprintf(scope, "%d;", (int)is->tls);
	scope_add(scope, (struct text_list){dialled->names, 1});
	scope_add(scope, is->names);
	scope_add(scope, is->fingerprints);
	bool good = ferror(scope) == 0;
	if (fclose(scope) != 0 || !good) {
		free(text);
		text = NULL;
	}
	return text;
}

static struct engine *
inner_of(struct dialled *dialled, struct dialling *dialling,
    const struct tls_dial *dial)
{
	struct engine *outer = &dialled->delegate.engine;
	const char *name = server_name(dial->settings, dialled);

	REQUIRE(dial->rung < dialling->rung_count);
	enum rung rung = dialling->rungs[dial->rung];
	if (dialling->modern[rung] != NULL)
		return modern_client_new(dialling->modern[rung], &dialled->peer,
		    name, outer->records, outer->plaintext);
	struct legacy_config config = dialling->legacy_config;
	config.profile = legacy_profile_find(rung_profile(rung));
	config.server_name = name;
	config.fell_back = dialling_falls_back(dialling, rung);
	config.verifier = dialling->verifier;
	config.peer = &dialled->peer;
	dialled->scope = scope_of(dialled, dial->settings);
	config.session_scope = dialled->scope;
	if (dialled->scope == NULL)
		config.sessions = NULL;
	return legacy_new(&config, outer->records, outer->plaintext);
}

struct engine *
tls_client_connect(struct tls_client *client, const struct tls_dial *dial,
    struct buffer *records, struct buffer *plaintext,
    const struct engine_observer *observer)
{
	struct dialled *dialled = calloc(1, sizeof *dialled);
	struct tls_error error;

	if (dialled == NULL)
		return NULL;
	engine_init(
	    &dialled->delegate.engine, &dialled_class, records, plaintext);
	dialled->delegate.engine.observer = observer;
	bytes_copy_text(dialled->name, sizeof dialled->name, dial->name);
	if (dial->base != NULL)
		bytes_copy_text(
		    dialled->base, sizeof dialled->base, dial->base);
	dialled->names[0] = dialled->name;
	dialled->names[1] = dialled->base;
	dialled->peer = peer_of(dial, dialled);
	struct dialling *dialling = find(client, dial->settings, &error);
	if (dialling != NULL)
		dialled->delegate.inner = inner_of(dialled, dialling, dial);
	return &dialled->delegate.engine;
}
