// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/connector.h"

#include "base/bytes.h"
#include "net/alarm.h"
#include "net/connection.h"
#include "net/dane.h"
#include "net/dial_error.h"
#include "net/loop.h"
#include "net/resolve.h"
#include "net/sockaddr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct attempt {
	struct connector *connector;
	struct connection *connection; // NULL: not begun, or failed
	struct alarm *alarm;
};

struct connector {
	struct loop *loop;
	const struct connector_request *request;
	void (*done)(void *owner, const struct connected *);
	void *owner;
	struct loop_task begin;
	struct resolve *resolve;
	struct dane *dane;        // asked before the system's resolver is
	struct dane_claim *claim; // of the target in hand
	struct alarm *alarm;      // of an address, or of a lookup by DNSSEC
	struct resolved resolved; // of the target in hand
	struct attempt attempt[RESOLVE_MOST]; // of its addresses
	size_t target;
	size_t begun;    // attempts of this target
	size_t running;  // of these
	bool distrusted; // some target was not, for want of proof
	size_t own;      // addresses of all targets that were ours
	size_t others;   // and those that were not, names unresolved included
	char failures[CONNECTOR_TEXT];
};

static void connector_target(struct connector *connector);
static void connector_go_on(struct connector *connector);

static void
attempt_end(struct attempt *attempt)
{
	alarm_free(&attempt->alarm);
	connection_close(&attempt->connection);
}

static void
connector_free(struct connector *connector)
{
	for (size_t i = 0; i < RESOLVE_MOST; i++)
		attempt_end(&connector->attempt[i]);
	resolve_cancel(&connector->resolve);
	dane_cancel(&connector->dane);
	dane_claim_free(&connector->claim);
	alarm_free(&connector->alarm);
	loop_forget(&connector->begin);
	free(connector);
}

static const struct connector_target *
connector_in_hand(const struct connector *connector)
{
	return &connector->request->targets[connector->target];
}

// Adds one failure to the text that the log gets: "mx.example.com
// [2001:db8::2]:25: connection refused".
static void
connector_note(struct connector *connector,
    const struct sockaddr_storage *address, const char *why)
{
	const char *host = connector_in_hand(connector)->host;
	size_t size = strlen(connector->failures);
	char text[SOCKADDR_TEXT] = "";
	struct sockaddr_storage literal;
	bool named = !sockaddr_parse(host, 0, &literal);

	if (address != NULL)
		sockaddr_text(address, text);
	snprintf(connector->failures + size, sizeof connector->failures - size,
	    "%s%s%s%s: %s", size > 0 ? "; " : "",
	    named || address == NULL ? host : "",
	    named && address != NULL ? " " : "", text, why);
}

static void
connector_finish(struct connector *connector, struct connected *connected)
{
	void (*done)(void *, const struct connected *) = connector->done;
	void *owner = connector->owner;
	char failures[CONNECTOR_TEXT];

	connected->own = connector->own > 0 && connector->others == 0;
	bytes_copy_text(failures, sizeof failures, connector->failures);
	connected->failures = failures;
	connector_free(connector);
	done(owner, connected);
}

static void
attempt_succeeded(struct attempt *attempt)
{
	struct connector *connector = attempt->connector;
	size_t index = (size_t)(attempt - connector->attempt);
	struct connected connected = {.connection = attempt->connection,
	    .target = connector->target,
	    .address = connector->resolved.address[index],
	    .claim = connector->claim};

	connection_own(attempt->connection, NULL, NULL);
	attempt->connection = NULL;
	connector->claim = NULL;
	connector_finish(connector, &connected);
}

static void
attempt_failed(struct attempt *attempt, const char *why)
{
	struct connector *connector = attempt->connector;
	size_t index = (size_t)(attempt - connector->attempt);

	attempt_end(attempt);
	connector->running--;
	connector_note(connector, &connector->resolved.address[index], why);
	connector_go_on(connector);
}

static void
attempt_dialled(void *owner, int error)
{
	if (error == 0)
		attempt_succeeded(owner);
	else
		attempt_failed(owner, dial_error_text(error));
}

static void
attempt_late(void *owner)
{
	attempt_failed(owner, dial_error_text(UV_ETIMEDOUT));
}

static const struct connection_events attempt_events = {
    .dialled = attempt_dialled};

// Dials the address; NULL, or why that is not even begun.
static const char *
attempt_begin(struct attempt *attempt, const struct sockaddr_storage *address)
{
	struct connector *connector = attempt->connector;
	const struct connector_request *request = connector->request;
	const struct sockaddr_storage *source = request->source;

	if (request->is_own != NULL &&
	    request->is_own(request->context, address)) {
		connector->own++;
		return "that is sallyport itself";
	}
	connector->others++;
	if (source != NULL && source->ss_family != address->ss_family)
		return "source-address is of the other family";
	if (request->sender != NULL &&
	    request->sender->ss_family != address->ss_family)
		return "the sender's address, to come from, is of the other "
		       "family (identity = spoof): name a receiver of both";
	attempt->connection = connection_new(connector->loop);
	attempt->alarm = alarm_new(connector->loop, attempt_late, attempt);
	if (attempt->connection == NULL || attempt->alarm == NULL)
		return "memory is out";
	connection_own(attempt->connection, &attempt_events, attempt);
	const struct connection_way way = {
	    .to = (const struct sockaddr *)address,
	    .source = (const struct sockaddr *)source,
	    .sender = request->sender,
	};
	int error = connection_dial(attempt->connection, &way);
	if (error == UV_EPERM && request->sender != NULL)
		return "identity = spoof needs CAP_NET_RAW";
	if (error != 0)
		return dial_error_text(error);
	alarm_set(attempt->alarm, request->timeout);
	return NULL;
}

// Begins the next address that can be begun; with none left and none
// running, the next receiver.
static void
connector_go_on(struct connector *connector)
{
	while (connector->begun < connector->resolved.count) {
		size_t index = connector->begun++;
		struct attempt *attempt = &connector->attempt[index];
		const struct sockaddr_storage *address =
		    &connector->resolved.address[index];
		const char *why = attempt_begin(attempt, address);
		if (why == NULL) {
			connector->running++;
			alarm_set(connector->alarm, CONNECTOR_STAGGER);
			return;
		}
		attempt_end(attempt);
		connector_note(connector, address, why);
	}
	alarm_stop(connector->alarm);
	if (connector->running > 0)
		return;
	connector->target++;
	connector_target(connector);
}

static void
connector_dial(struct connector *connector, const struct resolved *resolved)
{
	connector->resolved = *resolved;
	connector->begun = 0;
	connector_go_on(connector);
}

static void
connector_resolved(void *owner, const struct resolved *resolved)
{
	struct connector *connector = owner;

	connector->resolve = NULL;
	if (resolved->error != NULL) {
		connector->others++;
		connector_note(connector, NULL, resolved->error);
	}
	connector_dial(connector, resolved);
}

// The receiver in hand is not to be dialled.
static void
connector_pass_over(
    struct connector *connector, const char *why, bool distrusted)
{
	struct resolved nothing = {.count = 0};

	connector_note(connector, NULL, why);
	if (distrusted)
		connector->distrusted = true;
	else
		connector->others++;
	connector_dial(connector, &nothing);
}

// By the system's resolver, or at once where it is an address.
static void
connector_resolve(struct connector *connector)
{
	const struct connector_target *target = connector_in_hand(connector);

	connector->resolve = resolve_start(connector->loop, target->host,
	    target->port, connector_resolved, connector);
	if (connector->resolve == NULL)
		connector_pass_over(connector, "it cannot be looked up", false);
}

// What DNSSEC came to, or why to nothing.
static void
connector_proven(struct connector *connector, const struct dane_found *found)
{
	enum connector_proof proof = connector->request->proof;

	alarm_stop(connector->alarm);
	connector->claim = found->claim;
	if (found->resolved.error != NULL) {
		if (proof == PROOF_NONE)
			connector_resolve(connector);
		else
			connector_pass_over(connector, found->resolved.error,
			    found->distrusted);
	} else if (proof == PROOF_TLSA && !found->claim->usable) {
		connector_pass_over(connector,
		    "it has no TLSA record that can be used, as dane-only "
		    "demands",
		    true);
	} else {
		connector_dial(connector, &found->resolved);
	}
}

static void
connector_found(void *owner, const struct dane_found *found)
{
	struct connector *connector = owner;

	connector->dane = NULL;
	connector_proven(connector, found);
}

// The DNS took too long; or the next address is due.
static void
connector_rang(void *owner)
{
	struct connector *connector = owner;
	struct dane_found late = {
	    .resolved = {.error = "the DNS did not answer in time"}};

	if (connector->dane == NULL) {
		connector_go_on(connector);
		return;
	}
	dane_cancel(&connector->dane);
	connector_proven(connector, &late);
}

static void
connector_prove(struct connector *connector)
{
	const struct connector_request *request = connector->request;
	const struct connector_target *target = connector_in_hand(connector);
	struct dane_found none = {
	    .resolved = {.error = "it cannot be looked up"}};
	struct sockaddr_storage literal;

	if (sockaddr_parse(target->host, 0, &literal)) {
		connector->claim = dane_claim_nothing();
		if (request->proof == PROOF_TLSA)
			connector_pass_over(
			    connector, "an address has no TLSA record", true);
		else
			connector_resolve(connector);
		return;
	}
	connector->dane = dane_start(request->dnssec, target->host,
	    target->port, connector_found, connector);
	if (connector->dane != NULL)
		alarm_set(connector->alarm, request->timeout);
	else
		connector_proven(connector, &none);
}

// Looks the receiver in hand up, or tells that there is none left.
static void
connector_target(struct connector *connector)
{
	const struct connector_request *request = connector->request;
	struct connected nothing = {.connection = NULL,
	    .distrusted = connector->distrusted && connector->others == 0};

	dane_claim_free(&connector->claim);
	if (connector->target == request->count)
		connector_finish(connector, &nothing);
	else if (request->dnssec == NULL)
		connector_resolve(connector);
	else
		connector_prove(connector);
}

static void
connector_begin(void *owner)
{
	connector_target(owner);
}

struct connector *
connector_start(struct loop *loop, const struct connector_request *request,
    void (*done)(void *owner, const struct connected *), void *owner)
{
	struct connector *connector = calloc(1, sizeof *connector);

	if (connector == NULL)
		return NULL;
	connector->loop = loop;
	connector->request = request;
	connector->done = done;
	connector->owner = owner;
	connector->begin.run = connector_begin;
	connector->begin.owner = connector;
	for (size_t i = 0; i < RESOLVE_MOST; i++)
		connector->attempt[i].connector = connector;
	connector->alarm = alarm_new(loop, connector_rang, connector);
	if (connector->alarm == NULL) {
		connector_free(connector);
		return NULL;
	}
	// From the loop: done must not be called from in here.
	loop_soon(loop, &connector->begin);
	return connector;
}

void
connector_cancel(struct connector **connector)
{
	if (*connector != NULL)
		connector_free(*connector);
	*connector = NULL;
}
