// SPDX-License-Identifier: ISC
//
// How a session begins: whose it is, and whether it may.

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/clock.h"
#include "net/arrival.h"
#include "net/connection.h"
#include "net/outgoing.h"
#include "net/syn.h"
#include "watch/log.h"
#include "watch/metrics.h"
#include "watch/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// RFC 5321 6.3: we are calling ourselves. What a rule redirected comes with
// the address that we called.
static bool
session_is_loop(const struct session *session)
{
	const struct outgoing_table *outgoing =
	    loop_outgoing(session->front->options.loop);

	return session->echo ||
	       outgoing_has(outgoing, &session->from, &session->to) ||
	       outgoing_has(
		   outgoing, &session->from, &session->destination.address);
}

// What a receiver that takes long keeps is not all that there is.
static enum own_reply
session_crowding(struct session *session)
{
	const struct limits *limits =
	    policy_limits(edition_policy(session->edition));
	const struct connector_target *target = session->targets;

	enum own_reply refusal;

	if (session_find_targets(session) == 0)
		return OWN_COUNT;
	refusal = table_admits_receiver(
	    &session->front->table, limits, target->host, target->port);
	// Who is turned away takes no place, however long it stays.
	if (refusal == OWN_COUNT) {
		session->entry.host = target->host;
		session->entry.port = target->port;
	}
	return refusal;
}

// Why the sender is not let in, or OWN_COUNT.
static enum own_reply
session_refusal(struct session *session, enum reason *reason)
{
	struct front *front = session->front;
	const struct policy *policy = edition_policy(session->edition);
	const struct address *client = &session->facts.client;
	enum own_reply refusal;

	session->entry.host = NULL;
	*reason = REASON_SHUTDOWN;
	if (front->stopping)
		return OWN_SHUTTING_DOWN;
	*reason = REASON_NOT_A_CLIENT;
	if (!policy_admits(policy, session->listener, client))
		return OWN_NOT_A_CLIENT;
	*reason = REASON_LOOP;
	if (session_is_loop(session))
		return OWN_LOOP;
	*reason = REASON_LIMIT;
	refusal = table_admits(&front->table, policy_limits(policy), client);
	if (refusal != OWN_COUNT)
		return refusal;
	*reason = REASON_NONE;
	if (!session_decide(session, &refusal, reason))
		return refusal;
	refusal = session_crowding(session);
	if (refusal != OWN_COUNT)
		*reason = REASON_LIMIT;
	return refusal;
}

// Everything but the legs; false: memory is out.
static bool
session_init(struct session *session, struct front *front, size_t listener)
{
	session->front = front;
	session->edition = edition_hold(front->edition);
	session->listener = listener;
	session->facts.listener = listener;
	session->began = clock_monotonic();
	session->end =
	    (struct loop_task){.run = session_free, .owner = session};
	session->failing =
	    (struct loop_task){.run = session_fail, .owner = session};
	snprintf(session->id, sizeof session->id, "%06llx",
	    (unsigned long long)(++front->last_id & 0xffffff));
	leg_init(&session->legs[SENDER], SENDER, front->options.loop,
	    &session_leg_events, session);
	leg_init(&session->legs[RECEIVER], RECEIVER, front->options.loop,
	    &session_leg_events, session);
	return session_make_alarms(session);
}

// Memory is out: nobody was told of the session yet.
static void
session_discard(struct session *session, struct connection *connection)
{
	session_free_alarms(session);
	edition_release(&session->edition);
	free(session);
	connection_abort(&connection);
}

// From now on the session counts.
static void
session_enter(struct session *session)
{
	struct front *front = session->front;

	table_enter(&front->table, &session->entry, session);
	metrics_add(front->options.metrics, METRIC_SESSIONS, 1);
	metrics_add(front->options.metrics, METRIC_SESSIONS_NOW, 1);
	session_set_alarms(session);
}

// The sender is as its connection, or what came before it, says.
static void
session_know_sender(struct session *session)
{
	sockaddr_text(&session->from, session->client);
	address_from_sockaddr(&session->facts.client, NULL,
	    (const struct sockaddr *)&session->from);
}

// Where the sender meant to go: a loop may show in it, whatever policy wants.
static void
session_find_destination(struct session *session)
{
	struct destination *destination = &session->destination;
	const struct destination_clues clues = {
	    .socket = connection_descriptor(session->legs[SENDER].connection),
	    .local = &session->to,
	    .own = &session->front->own,
	    .told = session->told ? &session->to : NULL,
	};

	session->facts.destination = (struct address){.kind = ADDRESS_NONE};
	destination_find(&clues, destination);
	if (destination->method == DESTINATION_FIXED)
		return;
	address_from_sockaddr(&session->facts.destination, NULL,
	    (const struct sockaddr *)&destination->address);
	address_print(&session->facts.destination, session->destination_host,
	    sizeof session->destination_host);
}

// Of whom the configuration lets sessions be watched; a reload changes it.
static bool
session_may_be_watched(const struct session *session)
{
	const struct policy *policy = edition_policy(session->edition);
	const struct log_settings *log = policy_log(policy);
	const char *listener = policy_listener(policy, session->listener)->name;
	bool client = log->trace_client.count == 0;
	bool named = log->trace_listener.count == 0;

	for (size_t i = 0; i < log->trace_client.count && !client; i++)
		client = network_contains(
		    &log->trace_client.items[i], &session->facts.client);
	for (size_t i = 0; i < log->trace_listener.count && !named; i++)
		named = strcmp(log->trace_listener.items[i], listener) == 0;
	return client && named;
}

static bool
session_is_watched(const struct session *session)
{
	const struct front_filter *watched = &session->front->options.watched;
	const struct policy *policy = edition_policy(session->edition);

	if (!session_may_be_watched(session))
		return false;
	return (watched->client.address.kind == ADDRESS_NONE ||
		   network_contains(
		       &watched->client, &session->facts.client)) &&
	       (watched->listener == NULL ||
		   strcmp(watched->listener,
		       policy_listener(policy, session->listener)->name) == 0);
}

static void
session_watch(struct session *session)
{
	if (!session_is_watched(session))
		return;
	session->trace =
	    trace_begin(session->front->options.trace, session->id);
	session->legs[SENDER].trace = session->trace;
	session->legs[RECEIVER].trace = session->trace;
	session->observer = (struct engine_observer){
	    .secret = trace_secret, .context = session->trace};
	trace_connected(session->trace, SENDER,
	    (const struct sockaddr *)&session->to,
	    (const struct sockaddr *)&session->from);
}

// Who it is from is known by now.
static void
session_start(struct session *session)
{
	struct front *front = session->front;
	enum reason reason = REASON_NONE;
	enum own_reply refusal;

	session_watch(session);
	session_find_destination(session);
	table_leave(&front->table, &session->entry);
	refusal = session_refusal(session, &reason);
	session->entry.client = session->facts.client;
	table_enter(&front->table, &session->entry, session);
	leg_limit_stall(&session->legs[SENDER],
	    policy_timeouts(edition_policy(session->edition))->content_block);
	bridge_init(&session->bridge,
	    &session->settings[session->settings_in_hand],
	    edition_hostname(session->edition),
	    session->trace != NULL ? &session_traced_shell : &session_shell,
	    session);
	bridge_refuse_as(&session->bridge, session->verdict.reply);
	bridge_start(&session->bridge, refusal, reason);
	session_flow(session);
}

void
session_begin_again(struct session *session, struct verdict *verdict)
{
	struct front *front = session->front;

	session_know_sender(session);
	session_find_destination(session);
	free(session->helo);
	session->facts.helo = session->helo = NULL;
	session->facts.receiver_known = false;
	table_leave(&front->table, &session->entry);
	verdict->refusal = session_refusal(session, &verdict->reason);
	session->entry.client = session->facts.client;
	table_enter(&front->table, &session->entry, session);
	verdict->refuse = verdict->refusal != OWN_COUNT;
	verdict->close = true;
	verdict->reply = session->verdict.reply;
	verdict->settings = &session->settings[session->settings_in_hand];
}

// Of a trusted peer: for whom it speaks.
static void
session_believe(struct session *session, const struct proxy_header *header)
{
	if (header->local)
		return;
	log_event(session->front->options.log, SEVERITY_DEBUG, session->id,
	    "%s tells in a PROXY header for whom it speaks", session->client);
	session->from = header->source;
	session->to = header->destination;
	session->told = true;
	session_know_sender(session);
}

// The PROXY header was read, or is not one.
static void
session_arrived(void *owner, const struct arrived *arrived)
{
	struct session *session = owner;
	struct connection *connection = arrived->connection;

	session->arrival = NULL;
	if (connection != NULL &&
	    leg_open(&session->legs[SENDER], connection)) {
		session_believe(session, &arrived->header);
		session_start(session);
		return;
	}
	if (connection != NULL) {
		connection_abort(&connection);
		session_finish(session, REASON_MEMORY);
		return;
	}
	if (arrived->wrong == NULL) {
		session_finish(session, REASON_SENDER_CLOSED);
		return;
	}
	log_event(session->front->options.log, SEVERITY_WARNING, session->id,
	    "%s must begin with a PROXY header, as proxy-protocol-from says; "
	    "what it sent: %s",
	    session->client, arrived->wrong);
	session_watch(session);
	trace_trouble(
	    session->trace, SENDER, "its PROXY header: %s", arrived->wrong);
	session_finish(session, REASON_SENDER_PROXY_HEADER);
}

// Takes the connection over; false: memory is out.
static bool
session_attach(struct session *session, struct connection *connection)
{
	bool speaks_for_others = policy_trusts(edition_policy(session->edition),
	    session->listener, POLICY_TRUSTS_PROXY, &session->facts.client);

	if (!speaks_for_others || session_is_loop(session))
		return leg_open(&session->legs[SENDER], connection);
	// Nothing of SMTP is said or read before its PROXY header is there.
	session->arrival = arrival_start(
	    session->front->options.loop, connection, session_arrived, session);
	return session->arrival != NULL;
}

// Once, for the kernel keeps the SYN no longer than it must.
static void
session_listen_for_echo(
    struct session *session, const struct connection *connection)
{
	uint32_t stamp;

	session->echo =
	    syn_stamp(connection_descriptor(connection), &stamp) &&
	    outgoing_stamped(loop_outgoing(session->front->options.loop),
		&session->from, stamp);
}

void
session_begin(
    struct front *front, size_t listener, struct connection *connection)
{
	struct session *session = calloc(1, sizeof *session);

	if (session == NULL) {
		connection_abort(&connection);
		return;
	}
	bool good = session_init(session, front, listener);
	bool gone = connection_peer(connection, &session->from) != 0;

	connection_local(connection, &session->to);
	sockaddr_unmap(&session->from);
	sockaddr_unmap(&session->to);
	session_listen_for_echo(session, connection);
	session_know_sender(session);
	if (!good || (!gone && !session_attach(session, connection))) {
		session_discard(session, connection);
		return;
	}
	session_enter(session);
	if (gone) {
		// Before it was taken, as a balancer that only checks: there
		// is nobody to be judged.
		connection_abort(&connection);
		session_finish(session, REASON_SENDER_LOST);
	} else if (session->arrival == NULL) {
		session_start(session);
	}
}
