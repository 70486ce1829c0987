// SPDX-License-Identifier: ISC
//
// What a session tells the log, the counters and whoever watches.

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/clock.h"
#include "base/tls_version.h"
#include "net/dane.h"
#include "net/receivers.h"
#include "smtp/form.h"
#include "tls/engines.h"
#include "watch/log.h"
#include "watch/mask.h"
#include "watch/metrics.h"
#include "watch/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct log *
log_of(const struct session *session)
{
	return session->front->options.log;
}

static struct leg_report
leg_report(const struct session_tls *tls)
{
	return (struct leg_report){
	    .protocol = tls->protocol, .suite = tls->suite, .bits = tls->bits};
}

// session->detail is why; by is which hello, where others failed before.
static void
report_failure(struct session *session, enum side side, const char *by)
{
	log_event(log_of(session), SEVERITY_WARNING, session->id,
	    "TLS with the %s failed%s: %s", side_name(side), by,
	    session->detail);
}

// A receiver closed after the handshake: TLS that was up counts as failed.
static void
report_close(struct session *session)
{
	if (session->detail_due)
		report_failure(session, RECEIVER, "");
	session->detail_due = false;
}

void
session_report_end(struct session *session)
{
	const struct sequencer *sequencer = &session->bridge.sequencer;
	const struct bridge_counts *counts = &session->bridge.counts;
	const struct policy *policy = edition_policy(session->edition);
	struct session_report report = {
	    .session = session->id,
	    .listener = policy_listener(policy, session->listener)->name,
	    .client = session->client,
	    .helo = sequencer->name,
	    // A line glued on with a bare CR may be a password.
	    .helo_size = form_name_size(sequencer->name, sequencer->name_size),
	    .sender = leg_report(&session->tls[SENDER]),
	    .receiver = session->receiver,
	    .receiver_leg = leg_report(&session->tls[RECEIVER]),
	    .verified = tls_verified_name(session->tls[RECEIVER].verified),
	    .rule = session->verdict.rule,
	    .messages = counts->messages,
	    .recipients = counts->recipients,
	    .bytes = counts->bytes,
	    .reason = session->reason,
	    .duration = clock_monotonic() - session->began,
	};

	if (session->reason == REASON_RECEIVER_TLS_FAILED)
		report_close(session);
	log_session(log_of(session), &report);
}

static void
count_message(struct metrics *metrics, const struct bridge_message *message)
{
	if (message->outcome == NOTE_REJECTED)
		metrics_add(metrics, METRIC_MESSAGES_REJECTED, 1);
	if (message->outcome == NOTE_UNKNOWN)
		metrics_add(metrics, METRIC_MESSAGES_UNKNOWN, 1);
	if (message->outcome != NOTE_ACCEPTED &&
	    message->outcome != NOTE_UNACKNOWLEDGED)
		return;
	metrics_add(metrics, METRIC_MESSAGES_ACCEPTED, 1);
	metrics_add(metrics, METRIC_RECIPIENTS, message->recipients);
	metrics_add(metrics, METRIC_CONTENT_BYTES, message->bytes);
}

void
session_report_message(
    struct session *session, const struct bridge_message *message)
{
	const struct reply *reply = message->reply;
	struct message_report report = {
	    .session = session->id,
	    .number = ++session->messages,
	    .outcome = note_name(message->outcome),
	    .recipients = message->recipients,
	    .bytes = message->bytes,
	    .reply = reply != NULL ? reply->bytes : NULL,
	    .reply_size = reply != NULL ? mask_reply_shown(reply->bytes,
					      reply->size, message->secret)
					: 0,
	};

	count_message(session->front->options.metrics, message);
	log_message(log_of(session), &report);
}

void
session_report_claim(const struct session *session)
{
	const struct dane_claim *claim = session->claim;

	if (session->verdict.receiver->tls != LEVEL_DANE || claim == NULL ||
	    claim->count == 0 || claim->usable)
		return;
	log_event(log_of(session), SEVERITY_WARNING, session->id,
	    "none of the %zu TLSA records of %s can be used: at the level dane "
	    "TLS is demanded, and any certificate will do",
	    claim->count, claim->base);
}

// Whether TLS of this receiver came about before.
static bool
was_offered(const struct session *session)
{
	const struct connector_target *target =
	    &session->targets[session->target];

	return receivers_offered(
	    session->front->receivers, target->host, target->port);
}

void
session_report_unlisted(void *shell, const uint8_t *keyword, size_t size)
{
	struct session *session = shell;

	if (!once_is_new(&session->front->unlisted, keyword, size))
		return;
	log_event(log_of(session), SEVERITY_INFO, session->id,
	    "the receiver offers %.*s, which is not known here and not shown "
	    "to senders; sender.show-keywords shows it, hide-keywords ends "
	    "this line",
	    size > ONCE_BYTES ? ONCE_BYTES : (int)size, (const char *)keyword);
}

void
session_report_note(struct session *session, enum note note)
{
	static const struct {
		enum severity severity;
		const char *sentence;
	} says[NOTE_COUNT] = {
	    [NOTE_MIXED_TLS] = {SEVERITY_WARNING,
		"the sender uses TLS, but its receiver is forwarded to in "
		"plaintext, as receiver.tls allows"},
	    [NOTE_IGNORED_220] = {SEVERITY_INFO,
		"the sender went on in plaintext after its STARTTLS was "
		"answered; missing-handshake and tls of the sender say "
		"whether it may"},
	    [NOTE_NO_EHLO_AFTER_TLS] = {SEVERITY_INFO,
		"the sender went on without a new EHLO after TLS began"},
	    [NOTE_STRIPPED] = {SEVERITY_WARNING,
		"the receiver offers or takes no STARTTLS, but once did "
		"TLS: something on the way may be stripping it; "
		"receiver.stripping = \"defer\" or a level above may refuses "
		"to go on"},
	    [NOTE_FORGOTTEN] = {SEVERITY_INFO,
		"the receiver refused the first MAIL as if there was no TLS; "
		"it is dialled again, as forgetful says"},
	    [NOTE_NEXT_RUNG] = {SEVERITY_INFO,
		"TLS with the receiver failed; it is dialled again, with less "
		"asked of it"},
	    [NOTE_NEXT_RECEIVER] = {SEVERITY_WARNING,
		"does not serve (its reply, or its TLS); the next of "
		"forward-to is dialled"},
	    [NOTE_NO_XFORWARD] = {SEVERITY_WARNING,
		"the receiver takes no XFORWARD from here: its log names "
		"sallyport as the client"},
	    [NOTE_NO_XCLIENT] = {SEVERITY_WARNING,
		"the receiver takes no XCLIENT from here, and gets no mail: "
		"the address that sallyport comes from must be admitted there "
		"(smtpd_authorized_xclient_hosts of Postfix), or "
		"receiver.identity be another"},
	    [NOTE_BAD_XCLIENT] = {SEVERITY_WARNING,
		"the receiver refused what XCLIENT tells of the client, and "
		"gets no mail of it; -d shows what it said"},
	};

	// Of several that are passed over, which this was.
	const char *whom = note == NOTE_NEXT_RECEIVER ? session->receiver : "";
	const char *blank = whom[0] != '\0' ? " " : "";

	if (says[note].sentence == NULL ||
	    (note == NOTE_STRIPPED && !was_offered(session)))
		return;
	if (note == NOTE_NEXT_RUNG)
		report_close(session);
	log_event(log_of(session), says[note].severity, session->id, "%s%s%s",
	    whom, blank, says[note].sentence);
	trace_say(
	    session->trace, SENDER, "%s%s%s", whom, blank, says[note].sentence);
}

// Two failures have a sentence of their own. The most common of all: the
// sender's hello ends below what this listener accepts. And where the engine
// that chose says whole what it offers, and what would admit that.
static bool
report_offer(struct session *session, const struct tls_facts *facts)
{
	uint16_t offered = tls_version_find(facts->offered_protocol);

	if (strncmp(facts->detail, "offers ", 7) == 0) {
		log_event(log_of(session), SEVERITY_WARNING, session->id,
		    "sender %s %s", session->client, facts->detail);
		return true;
	}
	if (offered < PROTOCOL_SSL3 || facts->failure != TLS_FAILURE_PROTOCOL)
		return false;
	log_event(log_of(session), SEVERITY_WARNING, session->id,
	    "sender %s offers %s at most, this listener's min-protocol is %s; "
	    "a rule for this client with min-protocol = %s would admit it",
	    session->client, tls_version_spoken(offered),
	    protocol_word(session->verdict.sender->min_protocol),
	    protocol_word((enum protocol)offered));
	return true;
}

// TLS with this receiver failed before by a better hello: what a humbler one
// comes to is mostly that it is humbler (an old version, few suites), and its
// advice would mislead. Certificates alone are told of better late.
static bool
is_artefact(const struct session *session, enum side side,
    const struct tls_facts *facts)
{
	return side == RECEIVER && session->best_detail != NULL &&
	       session->hello > session->best_hello && !tls_unverified(facts) &&
	       !tls_certificate_refused(facts);
}

// RFC 7507: the receiver does a newer version, so the better hellos may have
// failed for their suites; then one that is no fallback is what it would take.
static const char *
advice_late(const struct tls_facts *facts)
{
	enum { ALERT_INAPPROPRIATE_FALLBACK = 86 };

	return facts->alert_received == ALERT_INAPPROPRIATE_FALLBACK
		   ? "if old suites are all that it has, "
		     "receiver.hello-profile "
		     "= \"schannel\" in a rule for this receiver alone offers "
		     "them at first"
		   : "";
}

static void
explain(struct session *session, enum side side, const struct tls_facts *facts)
{
	struct tls_cause cause;
	char by[64] = "";

	tls_explain(facts, side, &cause);
	if (is_artefact(session, side, facts)) {
		snprintf(by, sizeof by, " by the hello %s too",
		    tls_client_rung_name(edition_client(session->edition),
			session->verdict.receiver, session->hello));
		cause.advice = advice_late(facts);
	}
	snprintf(session->detail, sizeof session->detail, "%s: %s%s%s%s%s%s",
	    side == SENDER ? session->client : session->receiver,
	    cause.sentence, cause.exactly[0] != '\0' ? " (" : "", cause.exactly,
	    cause.exactly[0] != '\0' ? ")" : "",
	    cause.advice[0] != '\0' ? "; " : "", cause.advice);
	report_failure(session, side, by);
}

void
session_forget_detail(struct session *session)
{
	free(session->best_detail);
	session->best_detail = NULL;
}

// Of all hellos that failed, the best one's cause goes on to the sender.
static void
keep_best(
    struct session *session, enum side side, const struct tls_facts *facts)
{
	if (side == SENDER)
		return;
	if (is_artefact(session, side, facts)) {
		bytes_copy_text(session->detail, sizeof session->detail,
		    session->best_detail);
		return;
	}
	session_forget_detail(session);
	session->best_detail = strdup(session->detail);
	session->best_hello = session->hello;
}

void
session_expect_close(struct session *session, const struct tls_facts *facts)
{
	snprintf(session->detail, sizeof session->detail,
	    "%s: it closed the connection after the handshake%s",
	    session->receiver,
	    facts->certificate_missing
		? ", in which it asked for a certificate and was given none; "
		  "give it one that it accepts (receiver.certificate, "
		  "receiver.key)"
		: "; look at its log");
	session_forget_detail(session);
	session->best_detail = strdup(session->detail);
	session->best_hello = session->hello;
	session->detail_due = true;
}

// Each handshake that policy admitted although nobody should need it today.
static void
warn_of_weakness(
    struct session *session, enum side side, const struct tls_facts *facts)
{
	bool weak = facts->bits < 112;
	bool old = strcmp(facts->protocol, "TLSv1.2") != 0 &&
		   strcmp(facts->protocol, "TLSv1.3") != 0;

	if (!weak && !old)
		return;
	log_event(log_of(session), SEVERITY_WARNING, session->id,
	    "%s %s uses %s with %s, %u bits: %s", side_name(side),
	    side == SENDER ? session->client : session->receiver,
	    facts->protocol, facts->suite, facts->bits,
	    weak ? "whoever wants to read this leg can"
		 : "a protocol that is obsolete (RFC 7568, RFC 8996)");
}

static void
tell_tls(struct session *session, enum side side, const struct tls_facts *facts)
{
	bool shown = facts->subject[0] != '\0';

	log_event(log_of(session), SEVERITY_DEBUG, session->id,
	    "TLS with the %s %s is up: %s, %s, %u bits%s, verified=%s%s%s",
	    side_name(side),
	    side == SENDER ? session->client : session->receiver,
	    facts->protocol, facts->suite, facts->bits,
	    facts->resumed ? ", resumed" : "",
	    tls_verified_name(facts->verified),
	    shown ? ", certificate of " : "", shown ? facts->subject : "");
}

void
session_report_tls(
    struct session *session, enum side side, const struct tls_facts *facts)
{
	session_tell_tls(
	    session, side, facts, !is_artefact(session, side, facts));
	if (facts->failure == TLS_FAILURE_NONE) {
		tell_tls(session, side, facts);
		warn_of_weakness(session, side, facts);
		return;
	}
	if (side == SENDER && report_offer(session, facts))
		return;
	explain(session, side, facts);
	session->detail_due = false;
	keep_best(session, side, facts);
}
