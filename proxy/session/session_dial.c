// SPDX-License-Identifier: ISC
//
// Dialling the receiver.

#include "session/session_parts.h"

#include "base/contract.h"
#include "net/connection.h"
#include "net/dane.h"
#include "watch/trace.h"

static void
session_dialled(void *owner, const struct connected *connected)
{
	struct session *session = owner;
	struct leg *leg = &session->legs[RECEIVER];
	struct connection *connection = connected->connection;
	struct sockaddr_storage ours = {0};
	struct event event = {.kind = EVENT_UNREACHABLE,
	    .side = RECEIVER,
	    .unverified = connected->distrusted,
	    .reason = connected->own ? REASON_LOOP : REASON_NONE};

	session->connector = NULL;
	session->claim = connected->claim;
	bytes_copy_text(
	    session->detail, sizeof session->detail, connected->failures);
	if (connection != NULL && leg_open(leg, connection)) {
		event.kind = EVENT_CONNECTED;
		session->target = session->first + connected->target;
		event.target = (unsigned)session->target;
		sockaddr_text(&connected->address, session->receiver);
		connection_local(connection, &ours);
		trace_connected(session->trace, RECEIVER,
		    (const struct sockaddr *)&ours,
		    (const struct sockaddr *)&connected->address);
		leg_limit_stall(
		    leg, policy_timeouts(edition_policy(session->edition))
			     ->content_block);
		session_know_receiver(session);
		session_report_claim(session);
	} else {
		connection_abort(&connection);
	}
	session_tell_dialled(session, connected->failures);
	bridge_event(&session->bridge, &event);
	if (event.kind == EVENT_CONNECTED)
		sounding_connected(session);
	session_flow(session);
}

static enum connector_proof
session_proof(const struct session *session)
{
	switch (session->verdict.receiver->tls) {
	case LEVEL_DANE_ONLY:
		return PROOF_TLSA;
	case LEVEL_DANE:
		return PROOF_DNS;
	case LEVEL_NONE:
	case LEVEL_MAY:
	case LEVEL_ENCRYPT:
	case LEVEL_FINGERPRINT:
	case LEVEL_VERIFY:
	case LEVEL_SECURE:
		break;
	}
	return PROOF_NONE;
}

size_t
session_find_targets(struct session *session)
{
	const struct policy_receivers *to = &session->verdict.forward_to;
	size_t count = 0;

	if (to->original)
		session->targets[count++] =
		    (struct connector_target){.host = session->destination_host,
			.port = sockaddr_port(&session->destination.address)};
	for (size_t i = 0; i < to->count && count < SESSION_TARGETS; i++)
		session->targets[count++] = (struct connector_target){
		    .host = to->items[i].host, .port = to->items[i].port};
	return count;
}

void
session_dial(struct session *session)
{
	sounding_dials(session);
	session_wait_again(session);
	session->connector = connector_start(session->front->options.loop,
	    &session->request, session_dialled, session);
	if (session->connector != NULL)
		return;
	session->failing_dial = true;
	loop_soon(session->front->options.loop, &session->failing);
}

void
session_connect(struct session *session, unsigned first, unsigned rung)
{
	const struct policy *policy = edition_policy(session->edition);
	const char *source = session->source_address;
	struct connector_request *request = &session->request;

	REQUIRE(session->connector == NULL);
	REQUIRE(!leg_is_open(&session->legs[RECEIVER]));
	session->rung = rung;
	session->first = first;
	if (rung == 0)
		session_forget_detail(session);
	session->tls[RECEIVER] = (struct session_tls){.bits = 0};
	dane_claim_free(&session->claim);
	*request = (struct connector_request){
	    .targets = session->targets + first,
	    .count = session_find_targets(session) - first,
	    .timeout = policy_timeouts(policy)->connect,
	    .dnssec = edition_dnssec(session->edition, session->listener),
	    .proof = session_proof(session),
	    .is_own = own_addresses_has,
	    .context = &session->front->own,
	};
	if (source != NULL && sockaddr_parse(source, 0, &session->source))
		request->source = &session->source;
	if (session->identity == IDENTITY_SPOOF)
		request->sender = &session->from;
	if (!sounding_holds(session))
		session_dial(session);
}
