// SPDX-License-Identifier: ISC

#include "session/edition.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "net/dnssec.h"
#include "policy/level.h"
#include "tls/engines.h"

#include <stdio.h>
#include <stdlib.h>

struct edition {
	struct policy *policy; // held
	struct tls_server *server;
	struct tls_client *client;
	struct dnssec *dnssec; // NULL: no level asks for it
	size_t holders;
	bool legacy;
	char hostname[256];
};

// Reads what sessions of one listener, and the rules for it, could need.
static bool
edition_prepare_listener(
    struct edition *edition, size_t listener, struct tls_error *error)
{
	const struct policy *policy = edition->policy;
	const struct sender_settings *sender;
	const struct receiver_settings *receiver;

	for (size_t i = 0;
	     (sender = policy_sender_settings(policy, listener, i)) != NULL;
	     i++)
		if (!tls_server_prepare(edition->server, sender, error))
			return false;
	for (size_t i = 0;
	     (receiver = policy_receiver_settings(policy, listener, i)) != NULL;
	     i++)
		if (!tls_client_prepare(edition->client, receiver, error))
			return false;
	return true;
}

// False: error is filled in.
static bool
edition_prepare(struct edition *edition, struct tls_error *error)
{
	const struct policy *policy = edition->policy;
	const char *trust_store = policy_process(policy)->trust_store;
	const struct policy_listener *first = policy_listener(policy, 0);

	edition->server =
	    tls_server_new(first->sender, edition->hostname, error);
	if (edition->server == NULL)
		return false;
	edition->client = tls_client_new(first->receiver, trust_store, error);
	if (edition->client == NULL)
		return false;
	for (size_t i = 0; i < policy_listener_count(policy); i++) {
		edition->legacy |= policy_listener(policy, i)->admits_legacy;
		if (!edition_prepare_listener(edition, i, error))
			return false;
	}
	return true;
}

// A rule may raise the level when HELO is known, and by then the receiver is
// connected: what any of them could need is asked for at once.
static bool
edition_asks_dnssec(const struct edition *edition, size_t listener)
{
	const struct receiver_settings *receiver;

	for (size_t i = 0; (receiver = policy_receiver_settings(
				edition->policy, listener, i)) != NULL;
	     i++)
		if (level_meaning(receiver->tls)->proof == LEVEL_PROOF_TLSA)
			return true;
	return false;
}

// False: error is filled in.
static bool
edition_make_dnssec(
    struct edition *edition, struct loop *loop, char *error, size_t room)
{
	const char *config = policy_process(edition->policy)->resolver;
	char why[256];
	bool asks = false;

	for (size_t i = 0; i < policy_listener_count(edition->policy); i++)
		asks = asks || edition_asks_dnssec(edition, i);
	if (!asks)
		return true;
	edition->dnssec = dnssec_new(loop, config, why, sizeof why);
	if (edition->dnssec == NULL)
		snprintf(error, room,
		    "the levels dane and dane-only cannot ask the DNS%s%s: %s",
		    config != NULL ? " as resolver says: " : "",
		    config != NULL ? config : "", why);
	return edition->dnssec != NULL;
}

struct edition *
edition_new(struct policy *policy, const char *hostname, struct loop *loop,
    char *error, size_t room)
{
	struct edition *edition = calloc(1, sizeof *edition);
	struct tls_error why = {0};

	if (edition == NULL) {
		bytes_copy_text(error, room, "memory is out");
		return NULL;
	}
	edition->holders = 1;
	edition->policy = policy_hold(policy);
	bytes_copy_text(edition->hostname, sizeof edition->hostname, hostname);
	if (!edition_prepare(edition, &why)) {
		bytes_copy_text(error, room, why.text);
		edition_release(&edition);
	} else if (!edition_make_dnssec(edition, loop, error, room)) {
		edition_release(&edition);
	}
	return edition;
}

struct edition *
edition_hold(struct edition *edition)
{
	edition->holders++;
	return edition;
}

void
edition_release(struct edition **pointer)
{
	struct edition *edition = *pointer;

	*pointer = NULL;
	if (edition == NULL || --edition->holders > 0)
		return;
	tls_server_free(&edition->server);
	tls_client_free(&edition->client);
	dnssec_free(&edition->dnssec);
	policy_release(&edition->policy);
	free(edition);
}

const struct policy *
edition_policy(const struct edition *edition)
{
	return edition->policy;
}

const char *
edition_hostname(const struct edition *edition)
{
	return edition->hostname;
}

struct tls_server *
edition_server(struct edition *edition)
{
	return edition->server;
}

struct tls_client *
edition_client(struct edition *edition)
{
	return edition->client;
}

struct dnssec *
edition_dnssec(struct edition *edition, size_t listener)
{
	return edition->dnssec != NULL && edition_asks_dnssec(edition, listener)
		   ? edition->dnssec
		   : NULL;
}

bool
edition_admits_legacy(const struct edition *edition)
{
	return edition->legacy;
}
