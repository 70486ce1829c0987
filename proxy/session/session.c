// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/clock.h"
#include "base/contract.h"
#include "net/alarm.h"
#include "net/arrival.h"
#include "net/dane.h"
#include "watch/metrics.h"
#include "watch/trace.h"

#include <stdlib.h>

enum {
	// How long a session that should end may take to say so.
	SESSION_LAST_WORD = 10000,
	RATE_WINDOW = 60000
};

// The only place where a session dies.
void
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
	dane_claim_free(&session->claim);
	free(session->helo);
	free(session->mail_from);
	free(session->told_client);
	free(session->forwarded);
	free(session->best_detail);
	table_leave(&front->table, &session->entry);
	metrics_drop(front->options.metrics, METRIC_SESSIONS_NOW);
	edition_release(&session->edition);
	free(session);
	front_left(front);
}

void
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
	sounding_ended(session);
	arrival_cancel(&session->arrival);
	connector_cancel(&session->connector);
	leg_close(&session->legs[SENDER]);
	// Content without its end must not be taken for whole.
	if (sequencer_has_half(&session->bridge.sequencer))
		leg_abort(&session->legs[RECEIVER]);
	else
		leg_close(&session->legs[RECEIVER]);
	bridge_cut(&session->bridge);
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
	struct session *session = owner;

	// It is not dialled yet, which is no fault of the receiver's.
	if (session->sounded.waits)
		session_wait_again(session);
	else
		session_timed_out(session, RECEIVER, REASON_NONE);
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

bool
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

void
session_set_alarms(struct session *session)
{
	const struct policy *policy = edition_policy(session->edition);

	session->rate_excused = true;
	alarm_set(session->whole, policy_timeouts(policy)->session);
	if (policy_limits(policy)->minimum_rate > 0)
		alarm_set(session->rate, RATE_WINDOW);
}

void
session_stop(struct session *session)
{
	if (session->reason != REASON_NONE)
		return;
	if (session->arrival != NULL) {
		session_finish(session, REASON_SHUTDOWN);
		return;
	}
	bridge_event(&session->bridge, &(struct event){.kind = EVENT_STOP});
	session_flow(session);
}
