// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "session/edition.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "net/dnssec.h"
#include "policy/level.h"
#include "tls/engines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct edition {
	struct policy *policy; // held
	struct tls_server *server;
	struct tls_client *client;
	struct dnssec *dnssec; // NULL: no level asks for it
	size_t holders;
	bool legacy;
	char hostname[256];
};

// What a leg cannot be set up with, told where it was written.
static void
tell(struct faults *faults, struct origin at, const char *leg,
    const struct tls_error *why)
{
	bool everywhere =
	    why->setting != NULL && strcmp(why->setting, "trust-store") == 0;

	faults_add(faults, FAULT_ERROR, at, "%s%s%s%s%s", everywhere ? "" : leg,
	    why->setting != NULL && !everywhere ? "." : "",
	    why->setting != NULL ? why->setting : "", ": ", why->text);
}

// One that is not there among others that are is passed over by both engines.
static void
tell_suite(struct faults *faults, struct origin at, const char *leg,
    struct text_list ciphers)
{
	const char *unknown = tls_unknown_suite(ciphers);

	if (unknown != NULL)
		faults_add(faults, FAULT_WARNING, at,
		    "%s.ciphers: %s is no suite that OpenSSL or the legacy "
		    "engine has; it is left out",
		    leg, unknown);
}

static void
edition_prepare_senders(
    struct edition *edition, size_t listener, struct faults *faults)
{
	const struct policy *policy = edition->policy;
	const struct sender_settings *sender;

	for (size_t i = 0;
	     (sender = policy_sender_settings(policy, listener, i)) != NULL;
	     i++) {
		struct tls_error why = {.setting = NULL};

		if (!tls_server_prepare(edition->server, sender, &why))
			tell(faults,
			    policy_sender_at(policy, listener, i, why.setting),
			    "sender", &why);
		else
			tell_suite(faults,
			    policy_sender_at(policy, listener, i, "ciphers"),
			    "sender", sender->ciphers);
	}
}

static void
edition_prepare_receivers(
    struct edition *edition, size_t listener, struct faults *faults)
{
	const struct policy *policy = edition->policy;
	const struct receiver_settings *receiver;

	for (size_t i = 0;
	     (receiver = policy_receiver_settings(policy, listener, i)) != NULL;
	     i++) {
		struct tls_error why = {.setting = NULL};

		if (!tls_client_prepare(edition->client, receiver, &why))
			tell(faults,
			    policy_receiver_at(
				policy, listener, i, why.setting),
			    "receiver", &why);
		else
			tell_suite(faults,
			    policy_receiver_at(policy, listener, i, "ciphers"),
			    "receiver", receiver->ciphers);
	}
}

static void
edition_prepare(struct edition *edition, bool keeps, struct faults *faults)
{
	const struct policy *policy = edition->policy;
	const struct process_settings *process = policy_process(policy);
	const char *trust_store = process->trust_store;
	struct tls_error why = {.setting = NULL};

	edition->server = tls_server_new(NULL, edition->hostname, &why);
	edition->client = tls_client_new(NULL, trust_store, &why);
	if (edition->server == NULL || edition->client == NULL) {
		faults_add(faults, FAULT_ERROR, (struct origin){.file = NULL},
		    "%s", why.text);
		return;
	}
	if (keeps)
		tls_server_keep(edition->server, process->state_directory);
	for (size_t i = 0; i < policy_listener_count(policy); i++) {
		edition->legacy |= policy_listener(policy, i)->admits_legacy;
		edition_prepare_senders(edition, i, faults);
		edition_prepare_receivers(edition, i, faults);
	}
	if (tls_server_trouble(edition->server) != NULL)
		faults_add(faults, FAULT_WARNING,
		    policy_process_at(policy, "state-directory"),
		    "state-directory: %s", tls_server_trouble(edition->server));
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

static void
edition_make_dnssec(
    struct edition *edition, struct loop *loop, struct faults *faults)
{
	const char *config = policy_process(edition->policy)->resolver;
	char why[256];
	bool asks = config != NULL && loop != NULL;

	for (size_t i = 0; i < policy_listener_count(edition->policy); i++)
		asks = asks || edition_asks_dnssec(edition, i);
	if (!asks)
		return;
	edition->dnssec = dnssec_new(loop, config, why, sizeof why);
	if (edition->dnssec != NULL)
		return;
	if (config != NULL)
		faults_add(faults, FAULT_ERROR,
		    policy_process_at(edition->policy, "resolver"),
		    "resolver: %s: %s", config, why);
	else
		faults_add(faults, FAULT_ERROR,
		    policy_process_at(edition->policy, NULL),
		    "the levels dane and dane-only cannot ask the DNS: %s",
		    why);
}

// The name in our replies and certificates.
static void
edition_name(struct edition *edition, const char *hostname)
{
	const char *name = policy_process(edition->policy)->hostname;
	size_t room = sizeof edition->hostname;

	if (hostname == NULL)
		hostname = name;
	if (hostname != NULL)
		bytes_copy_text(edition->hostname, room, hostname);
	else if (gethostname(edition->hostname, room) != 0 ||
		 edition->hostname[0] == '\0')
		bytes_copy_text(edition->hostname, room, "localhost");
	edition->hostname[room - 1] = '\0';
}

struct edition *
edition_new(struct policy *policy, const struct edition_means *means,
    struct faults *faults)
{
	struct edition *edition = calloc(1, sizeof *edition);
	struct faults found;

	if (edition == NULL) {
		faults_add(faults, FAULT_ERROR, (struct origin){.file = NULL},
		    "memory is out");
		return NULL;
	}
	edition->holders = 1;
	edition->policy = policy_hold(policy);
	edition_name(edition, means->hostname);
	policy_check(policy, faults);
	faults_init(&found);
	edition_prepare(edition, means->keeps, &found);
	edition_make_dnssec(edition, means->loop, &found);
	faults_join(faults, &found);
	if (found.errors > 0 || faults->errors > 0)
		edition_release(&edition);
	faults_free(&found);
	faults_sort(faults);
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
