// SPDX-License-Identifier: ISC
//
// What happens on the legs, brought to the bridge.

#include "session/session_parts.h"

#include "watch/metrics.h"

enum {
	// A leg of fewer bits counts as plaintext for passwords.
	STRONG_BITS = 112
};

static enum strength
strength_of(const struct tls_facts *facts)
{
	return facts->bits >= STRONG_BITS ? STRENGTH_STRONG : STRENGTH_WEAK;
}

static bool
is_authenticated(const struct tls_facts *facts)
{
	return facts->verified >= TLS_VERIFIED_FINGERPRINT;
}

static void
keep_facts(
    struct session *session, enum side side, const struct tls_facts *facts)
{
	struct session_tls *tls = &session->tls[side];

	bytes_copy_text(tls->protocol, sizeof tls->protocol, facts->protocol);
	bytes_copy_text(tls->suite, sizeof tls->suite, facts->suite);
	tls->bits = facts->bits;
	tls->verified = facts->verified;
	if (facts->verified >= TLS_VERIFIED_FINGERPRINT)
		bytes_copy_text(tls->names, sizeof tls->names, facts->names);
	session_report_tls(session, side, facts);
}

static void
on_secured(struct session *session, enum side side)
{
	struct metrics *metrics = session->front->options.metrics;
	const struct tls_facts *facts = leg_facts(&session->legs[side]);
	struct event event = {.kind = EVENT_SECURED,
	    .side = side,
	    .strength = strength_of(facts),
	    .authenticated = is_authenticated(facts)};

	keep_facts(session, side, facts);
	if (side == SENDER) {
		metrics_add(metrics, METRIC_SENDER_HANDSHAKES, 1);
		if (facts->legacy)
			metrics_add(
			    metrics, METRIC_SENDER_HANDSHAKES_LEGACY, 1);
	} else {
		metrics_add(metrics, METRIC_RECEIVER_HANDSHAKES, 1);
		session_remember_receiver(session);
		session_expect_close(session, facts);
	}
	bridge_event(&session->bridge, &event);
}

static void
on_insecure(struct session *session, enum side side)
{
	struct metrics *metrics = session->front->options.metrics;
	const struct tls_facts *facts = leg_facts(&session->legs[side]);
	struct event event = {.kind = EVENT_INSECURE,
	    .side = side,
	    .unverified = tls_unverified(facts),
	    .certificate_refused = tls_certificate_refused(facts)};

	metrics_add(metrics,
	    side == SENDER ? METRIC_SENDER_HANDSHAKES_FAILED
			   : METRIC_RECEIVER_HANDSHAKES_FAILED,
	    1);
	session_report_tls(session, side, facts);
	bridge_event(&session->bridge, &event);
}

static void
on_event(struct session *session, enum side side, enum event_kind kind)
{
	bridge_event(
	    &session->bridge, &(struct event){.kind = kind, .side = side});
}

// A leg whose TLS was open when it failed: the other end may have refused
// our certificate only now (TLS 1.3), which is a failed handshake to us.
static void
on_broken(struct session *session, enum side side)
{
	const struct tls_facts *facts = leg_facts(&session->legs[side]);

	if (side == RECEIVER && facts->failure == TLS_FAILURE_ALERT)
		on_insecure(session, side);
	else
		on_event(session, side, EVENT_BROKEN);
}

static void
session_happened(void *owner, enum side side, enum leg_event event)
{
	struct session *session = owner;

	switch (event) {
	case LEG_DRAINED:
		bridge_drained(&session->bridge, side);
		break;
	case LEG_ROOM:
		bridge_pump(&session->bridge);
		break;
	case LEG_SECURED:
		on_secured(session, side);
		break;
	case LEG_INSECURE:
		on_insecure(session, side);
		break;
	case LEG_PLAINTEXT:
		on_event(session, side, EVENT_PLAINTEXT);
		break;
	case LEG_ENDED:
		bridge_end(&session->bridge, side);
		break;
	case LEG_BROKEN:
		on_broken(session, side);
		break;
	case LEG_LOST:
		on_event(
		    session, side, side == SENDER ? EVENT_BROKEN : EVENT_LOST);
		break;
	case LEG_STALLED:
		session_timed_out(session, side, REASON_NONE);
		return;
	}
	session_flow(session);
}

static void
session_received(void *owner, enum side side, const uint8_t *bytes, size_t size)
{
	struct session *session = owner;

	if (side == SENDER)
		session->bytes_in += size;
	else
		sounding_heard(session);
	if (!bridge_receive(&session->bridge, side, bytes, size))
		session_finish(session, REASON_MEMORY);
	session_flow(session);
}

const struct leg_events session_leg_events = {
    .received = session_received, .happened = session_happened};

void
session_timed_out(struct session *session, enum side side, enum reason reason)
{
	leg_handshake_late(&session->legs[side]);
	if (session->timer[side] == TIMER_HANDSHAKE &&
	    leg_facts(&session->legs[side]) != NULL)
		session_report_tls(
		    session, side, leg_facts(&session->legs[side]));
	bridge_event(&session->bridge,
	    &(struct event){
		.kind = EVENT_TIMED_OUT, .side = side, .reason = reason});
	session_flow(session);
}

static size_t
session_held(const struct session *session)
{
	return bridge_waiting(&session->bridge, SENDER) +
	       bridge_waiting(&session->bridge, RECEIVER) +
	       bridge_kept(&session->bridge) +
	       leg_queued(&session->legs[SENDER]) +
	       leg_queued(&session->legs[RECEIVER]);
}

void
session_flow(struct session *session)
{
	struct front *front = session->front;
	const struct bridge *bridge = &session->bridge;
	size_t held = session_held(session);

	if (session->reason != REASON_NONE)
		return;
	table_hold(&front->table, &session->entry, held);
	front_memory(front, policy_limits(edition_policy(session->edition)));
	if (leg_room(&session->legs[RECEIVER]) == 0)
		session->rate_excused = true;
	// A sender that does not read its replies is given no more of them.
	bool sender_reads = leg_room(&session->legs[SENDER]) > 0;
	// With memory short, whoever holds little may go on: its message may
	// be what frees memory.
	bool memory = !front->short_of_memory || held < LEG_LOW;

	leg_read(&session->legs[SENDER],
	    sender_reads && memory && !bridge_full(bridge, SENDER));
	leg_read(&session->legs[RECEIVER],
	    sender_reads && !bridge_full(bridge, RECEIVER));
}
