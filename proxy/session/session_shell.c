// SPDX-License-Identifier: ISC
//
// What the bridge asks, done in the world: one small function each.

#include "session/session_parts.h"

#include "base/contract.h"
#include "net/alarm.h"
#include "net/connection.h"
#include "net/dane.h"
#include "tls/engines.h"
#include "watch/log.h"
#include "watch/trace.h"

#include <stdio.h>

// All addresses of all receivers together may take this many times
// timeouts.connect, which is for one address.
enum { DIALLING_TIMES = 4 };

static void
shell_write(void *shell, enum side side, const uint8_t *bytes, size_t size)
{
	struct session *session = shell;

	leg_write(&session->legs[side], bytes, size);
}

static size_t
shell_room(void *shell, enum side side)
{
	const struct session *session = shell;

	return leg_room(&session->legs[side]);
}

static void
shell_connect(void *shell, unsigned first, unsigned rung)
{
	session_connect(shell, first, rung);
}

static struct engine *
session_make_engine(struct session *session, enum side side)
{
	struct leg *leg = &session->legs[side];
	const struct engine_observer *observer =
	    trace_wants_secrets(session->trace) ? &session->observer : NULL;

	if (side == SENDER) {
		table_handshake(&session->front->table, &session->facts.client);
		return tls_server_accept(edition_server(session->edition),
		    session->verdict.sender, leg_records(leg),
		    leg_plaintext(leg), observer);
	}
	struct tls_dial dial = {
	    .settings = session->verdict.receiver,
	    .name = session->targets[session->target].host,
	    .rung = session_choose_hello(session),
	};

	if (session->claim != NULL) {
		dial.records = session->claim->records;
		dial.record_count = session->claim->count;
		dial.base = session->claim->base;
	}

	return tls_client_connect(edition_client(session->edition), &dial,
	    leg_records(leg), leg_plaintext(leg), observer);
}

static void
shell_secure(void *shell, enum side side)
{
	struct session *session = shell;
	// Plaintext that waits must never be read as said under TLS: command
	// injection (CVE-2011-0411), response injection (CVE-2021-22947).
	REQUIRE(bridge_waiting(&session->bridge, side) == 0);
	struct engine *engine = session_make_engine(session, side);

	if (engine != NULL) {
		leg_secure(&session->legs[side], engine);
		return;
	}
	leg_read(&session->legs[side], false);
	session->failing_tls[side] = true;
	loop_soon(session->front->options.loop, &session->failing);
}

void
session_fail(void *owner)
{
	struct session *session = owner;

	if (session->failing_dial) {
		session->failing_dial = false;
		bridge_event(
		    &session->bridge, &(struct event){.kind = EVENT_UNREACHABLE,
					  .side = RECEIVER});
	}
	for (enum side side = SENDER; side <= RECEIVER; side++) {
		if (!session->failing_tls[side])
			continue;
		session->failing_tls[side] = false;
		log_event(session->front->options.log, SEVERITY_ERROR,
		    session->id, "TLS with the %s cannot begin",
		    side_name(side));
		bridge_event(&session->bridge,
		    &(struct event){.kind = EVENT_INSECURE, .side = side});
	}
	session_flow(session);
}

static uint64_t
session_time(const struct session *session, enum timer timer)
{
	static const uint64_t fixed_times[] = {
#define TIMER(id, setting, fixed) [TIMER_##id] = fixed,
#include "smtp/timer.def"
#undef TIMER
	};
	const struct timeouts *timeouts =
	    policy_timeouts(edition_policy(session->edition));
	const uint64_t times[TIMER_COUNT] = {
	    [TIMER_CONNECT] = timeouts->connect * DIALLING_TIMES,
	    [TIMER_HANDSHAKE] = timeouts->handshake,
	    [TIMER_GREETING] = timeouts->greeting,
	    [TIMER_COMMAND] = timeouts->idle,
	    [TIMER_REPLY] = timeouts->command,
	    [TIMER_DATA] = timeouts->content_block,
	    [TIMER_CONTENT] = timeouts->content_block,
	    [TIMER_END] = timeouts->end_of_content,
	};

	return fixed_times[timer] != 0 ? fixed_times[timer] : times[timer];
}

static void
shell_timer(void *shell, enum side side, enum timer timer)
{
	struct session *session = shell;

	session->timer[side] = timer;
	if (timer == TIMER_NONE)
		alarm_stop(session->alarm[side]);
	else
		alarm_set(session->alarm[side], session_time(session, timer));
}

void
session_wait_again(struct session *session)
{
	shell_timer(session, RECEIVER, session->timer[RECEIVER]);
}

static void
shell_drop(void *shell, enum side side, enum drop how)
{
	struct session *session = shell;

	if (side == RECEIVER) {
		sounding_dropped(session);
		connector_cancel(&session->connector);
	}
	if (how == DROP_ABORT)
		leg_abort(&session->legs[side]);
	else
		leg_close(&session->legs[side]);
}

static void
shell_ask(void *shell, enum question question, const uint8_t *argument,
    size_t size, struct verdict *verdict)
{
	session_ask(shell, question, reader_over(argument, size), verdict);
}

static void
shell_introduce(void *shell)
{
	session_introduce(shell);
}

static void
shell_client(void *shell, enum client_verb verb, struct client *client)
{
	session_fill_client(shell, verb, client);
}

static void
shell_forwarded(void *shell, const uint8_t *argument, size_t size)
{
	session_take_forwarded(shell, reader_over(argument, size));
}

static void
shell_received(void *shell, struct received *received)
{
	session_fill_received(shell, received);
}

static bool
shell_sender_broken(void *shell)
{
	const struct session *session = shell;

	return leg_broken(&session->legs[SENDER]);
}

static size_t
shell_unread(void *shell, enum side side)
{
	const struct session *session = shell;

	return leg_unread(&session->legs[side]);
}

static const char *
shell_detail(void *shell)
{
	const struct session *session = shell;

	return session->detail[0] != '\0' ? session->detail : NULL;
}

static void
shell_note(void *shell, enum note note)
{
	session_report_note(shell, note);
}

static void
shell_message(void *shell, const struct bridge_message *message)
{
	session_report_message(shell, message);
	session_drop_forwarded(shell);
}

static void
shell_trace(void *shell, const struct bridge_trace *trace)
{
	struct session *session = shell;
	static const enum tap_kind kinds[] = {
	    [TRACE_IN] = TAP_IN,
	    [TRACE_OUT] = TAP_OUT,
	    [TRACE_OWN] = TAP_OWN,
	    [TRACE_HELD] = TAP_HELD,
	    [TRACE_CONTENT] = TAP_CONTENT,
	    [TRACE_CONTENT_OUT] = TAP_CONTENT_OUT,
	    [TRACE_STATE] = TAP_STATE,
	    [TRACE_NOTE] = TAP_NOTE,
	};

	if (trace->kind == TRACE_RECORDS) {
		trace_records(session->trace, trace->side, TAP_FROM_PEER,
		    trace->text, trace->size);
		return;
	}
	trace_dialogue(
	    session->trace, &(struct tap_dialogue){.kind = kinds[trace->kind],
				.side = trace->side,
				.text = trace->text,
				.size = trace->size,
				.secret = trace->secret,
				.verb = trace->verb,
				.why = trace->why});
}

static void
shell_finish(void *shell, enum reason reason)
{
	session_finish(shell, reason);
}

#define SHELL                                                                  \
	.write = shell_write, .room = shell_room, .connect = shell_connect,    \
	.secure = shell_secure, .timer = shell_timer, .drop = shell_drop,      \
	.introduce = shell_introduce, .client = shell_client,                  \
	.forwarded = shell_forwarded, .received = shell_received,              \
	.ask = shell_ask, .sender_broken = shell_sender_broken,                \
	.unread = shell_unread, .detail = shell_detail, .note = shell_note,    \
	.unlisted = session_report_unlisted, .mirrored = session_mirrored,     \
	.message = shell_message, .finish = shell_finish

const struct bridge_shell session_shell = {SHELL};
// A session that nobody watches spares itself the making of what is told.
const struct bridge_shell session_traced_shell = {SHELL, .trace = shell_trace};
