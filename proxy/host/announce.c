// SPDX-License-Identifier: ISC
//
// What the log says when a worker begins: where it listens, and what was made
// because nothing was given.

#include "host/ports.h"
#include "host/worker_parts.h"
#include "net/sockaddr.h"
#include "session/edition.h"

static void
tell_listener(const struct worker *worker,
    const struct policy_listener *listener,
    const struct sockaddr_storage *address)
{
	const struct policy_receivers *to = &listener->forward_to;
	char text[SOCKADDR_TEXT];

	sockaddr_text(address, text);
	if (to->original)
		log_event(worker->start.log, SEVERITY_INFO, NULL,
		    "listener %s is open at %s and forwards redirected "
		    "connections to where they were going",
		    listener->name, text);
	else
		log_event(worker->start.log, SEVERITY_INFO, NULL,
		    "listener %s is open at %s and forwards to %s:%u%s",
		    listener->name, text, to->items[0].host, to->items[0].port,
		    to->count > 1 ? " and others" : "");
}

static void
tell_listeners(const struct worker *worker)
{
	const struct policy *policy = edition_policy(worker->edition);

	for (size_t i = 0; i < ports_count(worker->ports); i++) {
		size_t index;
		const struct sockaddr_storage *address =
		    ports_address(worker->ports, i, &index);

		tell_listener(worker, policy_listener(policy, index), address);
	}
}

// What was made because nothing was given is no secret.
static void
tell_certificates(const struct worker *worker)
{
	const struct policy *policy = edition_policy(worker->edition);
	const char *kept = policy_process(policy)->state_directory != NULL
			       ? " and is kept in state-directory"
			       : "";

	for (size_t i = 0; i < policy_listener_count(policy); i++) {
		const struct policy_listener *listener =
		    policy_listener(policy, i);
		const struct sender_settings *sender = listener->sender;

		if (sender->tls == SENDER_TLS_NONE && !sender->implicit_tls)
			continue;
		if (sender->certificate.count == 0)
			log_event(worker->start.log, SEVERITY_INFO, NULL,
			    "listener %s has no certificate: one was made for "
			    "%s, signed by itself%s; senders that check "
			    "certificates need a real one (sender.certificate)",
			    listener->name, edition_hostname(worker->edition),
			    kept);
		if (listener->admits_legacy &&
		    sender->legacy_certificate == NULL)
			log_event(worker->start.log, SEVERITY_INFO, NULL,
			    "listener %s admits the legacy engine and has no "
			    "legacy-certificate: one was made%s",
			    listener->name, kept);
	}
}

void
worker_announce(const struct worker *worker)
{
	tell_listeners(worker);
	tell_certificates(worker);
}
