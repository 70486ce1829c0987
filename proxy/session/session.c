// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/clock.h"
#include "base/contract.h"
#include "net/alarm.h"
#include "net/connection.h"
#include "net/outgoing.h"
#include "watch/log.h"
#include "watch/metrics.h"
#include "watch/trace.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	// How long a session that should end may take to say so.
	SESSION_LAST_WORD = 10000,
	RATE_WINDOW = 60000
};

// Of the sender's connection.
struct ends {
	struct sockaddr_storage peer, ours;
};

// The only place where a session dies.
static void
session_free(void *owner)
{
	struct session *session = owner;
	struct front *front = session->front;

	REQUIRE(session->connector == NULL);
	REQUIRE(!leg_is_open(&session->legs[SENDER]));
	REQUIRE(!leg_is_open(&session->legs[RECEIVER]));
	loop_forget(&session->failing);
	trace_end(&session->trace, session->reason);
	bridge_free(&session->bridge);
	free(session->helo);
	free(session->mail_from);
	table_leave(&front->table, &session->entry);
	metrics_drop(front->options.metrics, METRIC_SESSIONS_NOW);
	edition_release(&session->edition);
	free(session);
	front_left(front);
}

static void
session_free_alarms(struct session *session)
{
	alarm_free(&session->alarm[SENDER]);
	alarm_free(&session->alarm[RECEIVER]);
	alarm_free(&session->whole);
	alarm_free(&session->rate);
}

void
session_finish(struct session *session, enum reason reason)
{
	if (session->reason != REASON_NONE)
		return;
	REQUIRE(reason != REASON_NONE);
	session->reason = reason;
	session_free_alarms(session);
	connector_cancel(&session->connector);
	leg_close(&session->legs[SENDER]);
	// Content without its end must not be taken for whole.
	if (sequencer_has_half(&session->bridge.sequencer))
		leg_abort(&session->legs[RECEIVER]);
	else
		leg_close(&session->legs[RECEIVER]);
	metrics_ended(session->front->options.metrics, reason);
	session_report_end(session);
	// Not here: the bridge may be on the stack.
	loop_soon(session->front->options.loop, &session->end);
}

static void
session_sender_late(void *owner)
{
	session_timed_out(owner, SENDER, REASON_NONE);
}

static void
session_receiver_late(void *owner)
{
	session_timed_out(owner, RECEIVER, REASON_NONE);
}

static void
session_too_long(void *owner)
{
	struct session *session = owner;

	if (clock_monotonic() - session->began >=
	    policy_timeouts(edition_policy(session->edition))->session +
		SESSION_LAST_WORD) {
		session_finish(session, REASON_SESSION_TIMEOUT);
		return;
	}
	alarm_set(session->whole, SESSION_LAST_WORD);
	session_timed_out(session, SENDER, REASON_SESSION_TIMEOUT);
}

// Looks once a minute whether content came fast enough. A minute in which
// the receiver was the slow one does not count.
static void
session_look_at_rate(void *owner)
{
	struct session *session = owner;
	const struct limits *limits =
	    policy_limits(edition_policy(session->edition));
	enum takes takes = sequencer_takes(&session->bridge.sequencer, SENDER);
	uint64_t came = session->bytes_in - session->rate_bytes;
	bool slow = takes == TAKES_CONTENT && !session->rate_excused &&
		    came < limits->minimum_rate * (RATE_WINDOW / 1000);

	session->rate_bytes = session->bytes_in;
	session->rate_excused = takes != TAKES_CONTENT;
	alarm_set(session->rate, RATE_WINDOW);
	if (slow)
		session_timed_out(session, SENDER, REASON_SENDER_SLOW);
}

static bool
session_make_alarms(struct session *session)
{
	struct loop *loop = session->front->options.loop;

	session->alarm[SENDER] = alarm_new(loop, session_sender_late, session);
	session->alarm[RECEIVER] =
	    alarm_new(loop, session_receiver_late, session);
	session->whole = alarm_new(loop, session_too_long, session);
	session->rate = alarm_new(loop, session_look_at_rate, session);
	return session->alarm[SENDER] != NULL &&
	       session->alarm[RECEIVER] != NULL && session->whole != NULL &&
	       session->rate != NULL;
}

static void
session_set_alarms(struct session *session)
{
	const struct policy *policy = edition_policy(session->edition);

	session->rate_excused = true;
	alarm_set(session->whole, policy_timeouts(policy)->session);
	if (policy_limits(policy)->minimum_rate > 0)
		alarm_set(session->rate, RATE_WINDOW);
}

// RFC 5321 6.3: we are calling ourselves. What a rule redirected comes with
// the address that we called.
static bool
session_is_loop(const struct session *session, const struct ends *ends)
{
	const struct outgoing_table *outgoing =
	    loop_outgoing(session->front->options.loop);

	return outgoing_has(outgoing, &ends->peer, &ends->ours) ||
	       outgoing_has(
		   outgoing, &ends->peer, &session->destination.address);
}

// Why the sender is not let in, or OWN_COUNT.
static enum own_reply
session_refusal(
    struct session *session, const struct ends *ends, enum reason *reason)
{
	struct front *front = session->front;
	const struct policy *policy = edition_policy(session->edition);
	const struct address *client = &session->facts.client;
	enum own_reply refusal;

	*reason = REASON_SHUTDOWN;
	if (front->stopping)
		return OWN_SHUTTING_DOWN;
	*reason = REASON_NOT_A_CLIENT;
	if (!policy_admits(policy, session->listener, client))
		return OWN_NOT_A_CLIENT;
	*reason = REASON_LOOP;
	if (session_is_loop(session, ends))
		return OWN_LOOP;
	*reason = REASON_LIMIT;
	refusal = table_admits(&front->table, policy_limits(policy), client);
	if (refusal != OWN_COUNT)
		return refusal;
	*reason = REASON_NONE;
	session_decide(session, &refusal, reason);
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
	session->trace = trace_begin(front->options.trace, session->id);
	session->legs[SENDER].trace = session->trace;
	session->legs[RECEIVER].trace = session->trace;
	session->observer = (struct engine_observer){
	    .secret = trace_secret, .context = session->trace};
	return session_make_alarms(session);
}

// Memory is out: nobody was told of the session yet.
static void
session_discard(struct session *session, struct connection *connection)
{
	session_free_alarms(session);
	trace_end(&session->trace, REASON_MEMORY);
	edition_release(&session->edition);
	free(session);
	connection_abort(&connection);
}

static void
session_start(struct session *session, const struct ends *ends)
{
	struct front *front = session->front;
	enum reason reason;
	enum own_reply refusal = session_refusal(session, ends, &reason);

	table_enter(&front->table, &session->entry, session);
	metrics_add(front->options.metrics, METRIC_SESSIONS, 1);
	metrics_add(front->options.metrics, METRIC_SESSIONS_NOW, 1);
	session_set_alarms(session);
	bridge_init(&session->bridge,
	    &session->settings[session->settings_in_hand],
	    edition_hostname(session->edition),
	    session->trace != NULL ? &session_traced_shell : &session_shell,
	    session);
	bridge_refuse_as(&session->bridge, session->verdict.reply);
	bridge_start(&session->bridge, refusal, reason);
	session_flow(session);
}

// Where the sender meant to go, if policy may want to know.
static void
session_find_destination(struct session *session,
    const struct connection *connection, const struct ends *ends)
{
	struct destination *destination = &session->destination;
	const struct destination_clues clues = {
	    .socket = connection_descriptor(connection),
	    .local = &ends->ours,
	    .own = &session->front->own,
	};

	destination->method = DESTINATION_FIXED;
	if (policy_listener(edition_policy(session->edition), session->listener)
		->intercepts)
		destination_find(&clues, destination);
	if (destination->method == DESTINATION_FIXED)
		return;
	address_from_sockaddr(&session->facts.destination, NULL,
	    (const struct sockaddr *)&destination->address);
	address_print(&session->facts.destination, session->destination_host,
	    sizeof session->destination_host);
}

void
session_begin(
    struct front *front, size_t listener, struct connection *connection)
{
	struct ends ends = {0};
	struct session *session = calloc(1, sizeof *session);

	if (session == NULL) {
		connection_abort(&connection);
		return;
	}
	if (!session_init(session, front, listener) ||
	    !leg_open(&session->legs[SENDER], connection)) {
		session_discard(session, connection);
		return;
	}
	// A connection that is gone already has no peer; it ends by itself.
	connection_peer(connection, &ends.peer);
	connection_local(connection, &ends.ours);
	sockaddr_unmap(&ends.peer);
	sockaddr_unmap(&ends.ours);
	sockaddr_text(&ends.peer, session->client);
	address_from_sockaddr(
	    &session->facts.client, NULL, (const struct sockaddr *)&ends.peer);
	session->entry.client = session->facts.client;
	session_find_destination(session, connection, &ends);
	trace_connected(session->trace, SENDER,
	    (const struct sockaddr *)&ends.ours,
	    (const struct sockaddr *)&ends.peer);
	leg_limit_stall(&session->legs[SENDER],
	    policy_timeouts(edition_policy(session->edition))->content_block);
	session_start(session, &ends);
}

void
session_stop(struct session *session)
{
	if (session->reason != REASON_NONE)
		return;
	bridge_event(&session->bridge, &(struct event){.kind = EVENT_STOP});
	session_flow(session);
}
