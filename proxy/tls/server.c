// SPDX-License-Identifier: ISC

#include "tls/engines.h"

#include "tls/chooser.h"
#include "tls/mint.h"

#include <stdio.h>
#include <stdlib.h>

struct tls_server {
	char hostname[256];
	struct credential *made; // NULL until settings name no certificate
	struct serving *first;
};

static bool
need_made(struct tls_server *server, const struct sender_settings *settings,
    struct tls_error *error)
{
	if (settings->certificate.count == 0 && server->made == NULL)
		server->made = mint_modern(server->hostname, error);
	return settings->certificate.count > 0 || server->made != NULL;
}

// The serving of these settings, made if there is none yet.
static struct serving *
find(struct tls_server *server, const struct sender_settings *settings,
    struct tls_error *error)
{
	struct serving *serving;

	for (serving = server->first; serving != NULL; serving = serving->next)
		if (serving->key == settings ||
		    serving_alike(&serving->settings, settings))
			return serving;
	if (!need_made(server, settings, error))
		return NULL;
	serving = serving_new(settings, server->hostname, server->made, error);
	if (serving != NULL) {
		serving->next = server->first;
		server->first = serving;
	}
	return serving;
}

struct tls_server *
tls_server_new(const struct sender_settings *settings, const char *hostname,
    struct tls_error *error)
{
	struct tls_server *server = calloc(1, sizeof *server);

	if (server == NULL) {
		tls_error_set(error, "out of memory");
		return NULL;
	}
	snprintf(server->hostname, sizeof server->hostname, "%s", hostname);
	if (settings != NULL && !tls_server_prepare(server, settings, error))
		tls_server_free(&server);
	return server;
}

void
tls_server_free(struct tls_server **server)
{
	if (*server == NULL)
		return;
	while ((*server)->first != NULL) {
		struct serving *serving = (*server)->first;

		(*server)->first = serving->next;
		serving_free(&serving);
	}
	credential_free(&(*server)->made);
	free(*server);
	*server = NULL;
}

bool
tls_server_prepare(struct tls_server *server,
    const struct sender_settings *settings, struct tls_error *error)
{
	return settings->tls == SENDER_TLS_NONE ||
	       find(server, settings, error) != NULL;
}

bool
tls_server_admits_legacy(const struct sender_settings *settings)
{
	return settings->tls != SENDER_TLS_NONE &&
	       legacy_admitted(settings->min_protocol,
		   (unsigned)settings->min_bits, settings->ciphers);
}

void
tls_server_refresh(struct tls_server *server)
{
	struct serving *serving;

	// One a call: making a key takes tens of milliseconds.
	for (serving = server->first; serving != NULL; serving = serving->next)
		if (serving->legacy.keyring != NULL &&
		    legacy_keyring_refresh(serving->legacy.keyring))
			return;
}

struct engine *
tls_server_accept(struct tls_server *server,
    const struct sender_settings *settings, struct buffer *records,
    struct buffer *plaintext, const struct engine_observer *observer)
{
	struct tls_error error;
	struct engine *engine =
	    chooser_new(find(server, settings, &error), records, plaintext);

	if (engine != NULL)
		engine->observer = observer;
	return engine;
}
