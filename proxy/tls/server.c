// SPDX-License-Identifier: ISC

#include "tls/engines.h"

#include "tls/chooser.h"
#include "tls/kept.h"
#include "tls/modern_suites.h"

#include <stdio.h>
#include <stdlib.h>

struct tls_server {
	char hostname[256];
	const char *directory; // where what is made is kept; NULL: nowhere
	// What was made, where settings name none; NULL: not yet.
	struct made made;
	struct tls_error trouble; // with keeping them
	struct serving *first;
};

const char *
tls_unknown_suite(struct text_list ciphers)
{
	for (size_t i = 0; i < ciphers.count; i++)
		if (!modern_suite_is_known(ciphers.items[i]) &&
		    !legacy_suite_is_known(ciphers.items[i]))
			return ciphers.items[i];
	return NULL;
}

// False: error says why.
static bool
make(struct tls_server *server, enum kept_kind kind, struct credential **made,
    struct tls_error *error)
{
	if (*made == NULL)
		*made = kept_certificate(kind, server->directory,
		    server->hostname, &server->trouble, error);
	return *made != NULL;
}

static bool
make_missing(struct tls_server *server, const struct sender_settings *settings,
    struct tls_error *error)
{
	if (settings->certificate.count == 0 &&
	    !make(server, KEPT_MODERN, &server->made.modern, error))
		return false;
	return settings->legacy_certificate != NULL ||
	       !tls_server_admits_legacy(settings) ||
	       make(server, KEPT_LEGACY, &server->made.legacy, error);
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
	if (!make_missing(server, settings, error))
		return NULL;
	serving = serving_new(settings, &server->made, error);
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
	credential_free(&(*server)->made.modern);
	credential_free(&(*server)->made.legacy);
	free(*server);
	*server = NULL;
}

void
tls_server_keep(struct tls_server *server, const char *directory)
{
	server->directory = directory;
}

const char *
tls_server_trouble(const struct tls_server *server)
{
	return server->trouble.text[0] != '\0' ? server->trouble.text : NULL;
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
