// SPDX-License-Identifier: ISC
//
// What a session tells whoever watches it, and the log at its level debug,
// beyond what its bridge and legs say by themselves: decisions, and handshakes
// in words.

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "watch/log.h"
#include "watch/trace.h"

#include <stdio.h>
#include <string.h>

static const char *
refusal_words(enum policy_refusal refusal)
{
	switch (refusal) {
	case POLICY_ACCEPTED:
		return "applies";
	case POLICY_REFUSED:
		return "refuses";
	case POLICY_NOWHERE:
		return "knows no receiver";
	case POLICY_SENDER_PLAIN:
		return "demands TLS of the sender";
	case POLICY_SENDER_WEAK:
		return "demands stronger TLS of the sender";
	case POLICY_RECEIVER_WEAK:
		return "demands stronger TLS of the receiver";
	}
	return "applies";
}

static void
tell_sender(struct session *session)
{
	const struct sender_settings *sender = session->verdict.sender;
	static const char *const levels[] = {
	    [SENDER_TLS_NONE] = "none",
	    [SENDER_TLS_OFFER] = "offered",
	    [SENDER_TLS_REQUIRE] = "required",
	};

	if (sender->tls == SENDER_TLS_NONE)
		trace_say(session->trace, SENDER, "  TLS for the sender: none");
	else
		trace_say(session->trace, SENDER,
		    "  TLS for the sender: %s%s, %s to %s, %llu bits or more",
		    levels[sender->tls],
		    sender->implicit_tls ? " from the first byte" : "",
		    protocol_word(sender->min_protocol),
		    protocol_word(sender->max_protocol),
		    (unsigned long long)sender->min_bits);
}

static void
tell_receiver(struct session *session)
{
	const struct receiver_settings *receiver = session->verdict.receiver;

	if (receiver->tls == LEVEL_NONE)
		trace_say(
		    session->trace, SENDER, "  TLS for the receiver: none");
	else
		trace_say(session->trace, SENDER,
		    "  TLS for the receiver: %s%s, %s to %s, %llu bits or more",
		    level_word(receiver->tls),
		    receiver->implicit_tls ? " from the first byte" : "",
		    protocol_word(receiver->min_protocol),
		    protocol_word(receiver->max_protocol),
		    (unsigned long long)receiver->min_bits);
}

void
session_tell_policy(struct session *session, const char *asked)
{
	const struct policy_verdict *verdict = &session->verdict;
	const char *listener =
	    policy_listener(edition_policy(session->edition), session->listener)
		->name;
	bool refused = verdict->refusal != POLICY_ACCEPTED;
	char where[160] = "";

	// The same again is not worth a line.
	if (session->told_rule == verdict->rule && !refused)
		return;
	session->told_rule = verdict->rule;
	if (verdict->at.file != NULL && verdict->at.line > 0)
		snprintf(where, sizeof where, " (%s:%u)", verdict->at.file,
		    verdict->at.line);
	else if (verdict->at.file != NULL)
		snprintf(where, sizeof where, " (%s)", verdict->at.file);
	log_event(session->front->options.log,
	    refused ? SEVERITY_INFO : SEVERITY_DEBUG, session->id,
	    "policy, at %s: listener %s, rule \"%s\"%s %s", asked, listener,
	    verdict->rule, where, refusal_words(verdict->refusal));
	trace_say(session->trace, SENDER,
	    "policy, at %s: listener %s, rule \"%s\"%s %s", asked, listener,
	    verdict->rule, where, refusal_words(verdict->refusal));
	if (refused || session->trace == NULL)
		return;
	tell_sender(session);
	tell_receiver(session);
}

void
session_tell_dialled(struct session *session, const char *failures)
{
	char text[CONNECTOR_TEXT];
	char *rest = text;
	const struct log *log = session->front->options.log;

	if (failures[0] != '\0')
		log_event(log, SEVERITY_WARNING, session->id,
		    "cannot connect to %s", failures);
	if (leg_is_open(&session->legs[RECEIVER]))
		log_event(log, SEVERITY_DEBUG, session->id,
		    "the receiver is %s, at %s",
		    session->targets[session->target].host, session->receiver);
	if (session->trace == NULL)
		return;
	bytes_copy_text(text, sizeof text, failures);
	while (*rest != '\0') {
		char *next = strstr(rest, "; ");

		if (next != NULL)
			*next = '\0';
		trace_trouble(
		    session->trace, RECEIVER, "cannot connect to %s", rest);
		rest = next != NULL ? next + 2 : rest + strlen(rest);
	}
}

// How far the peer's certificate was believed, and why not further.
static void
verified_words(const struct session *session, enum side side,
    const struct tls_facts *facts, char *text, size_t room)
{
	const char *name = tls_verified_name(facts->verified);
	const char *wrong = tls_verdict_sentence(facts->verdict);

	switch (facts->verified) {
	case TLS_VERIFIED_NONE:
		bytes_copy_text(text, room, name);
		return;
	case TLS_VERIFIED_UNTRUSTED:
		if (facts->failure == TLS_FAILURE_NONE)
			snprintf(text, room, "%s: %s; %s asks for no proof",
			    name, wrong[0] != '\0' ? wrong : "no name proved",
			    side == RECEIVER
				? level_word(session->verdict.receiver->tls)
				: "client-certificate");
		else
			bytes_copy_text(text, room, name);
		return;
	case TLS_VERIFIED_FINGERPRINT:
		snprintf(text, room, "%s: its digest is configured", name);
		return;
	case TLS_VERIFIED_NAME:
		snprintf(
		    text, room, "%s: a trusted authority vouches for it", name);
		return;
	case TLS_VERIFIED_DANE:
		snprintf(text, room, "%s: a TLSA record matches it", name);
		return;
	}
}

static const char *
alert_text(int alert)
{
	return alert >= 0 ? tls_alert_name(alert) : NULL;
}

void
session_tell_tls(struct session *session, enum side side,
    const struct tls_facts *facts, bool with_advice)
{
	bool failed = facts->failure != TLS_FAILURE_NONE;
	struct tls_cause cause;
	char verified[256] = "";
	struct tap_handshake tap = {
	    .protocol = facts->protocol,
	    .suite = facts->suite,
	    .bits = facts->bits,
	    .legacy = facts->legacy,
	    .resumed = facts->resumed,
	    .server_name = facts->server_name,
	    .subject = facts->subject,
	    .issuer = facts->issuer,
	    .names = facts->names,
	    .not_after = facts->not_after,
	    .key = facts->key,
	    .fingerprint = facts->fingerprint,
	    .verified = verified,
	    .certificate_missing = facts->certificate_missing,
	    .failure = failed ? tls_failure_sentence(facts->failure) : NULL,
	    .cause = cause.sentence,
	    .alert_sent = alert_text(facts->alert_sent),
	    .alert_received = alert_text(facts->alert_received),
	};

	if (session->trace == NULL)
		return;
	tls_explain(facts, side, &cause);
	tap.detail = cause.exactly;
	// Said once is enough.
	if (failed && strcmp(cause.sentence, tap.failure) == 0)
		tap.cause = NULL;
	tap.advice = with_advice ? cause.advice : NULL;
	verified_words(session, side, facts, verified, sizeof verified);
	trace_handshake(session->trace, side, &tap);
}
