// SPDX-License-Identifier: ISC
//
// The questions put to policy, and what the sequencer needs of its answers.

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/tls_version.h"
#include "net/dane.h"
#include "net/receivers.h"
#include "tls/engines.h"

#include <stdlib.h>
#include <string.h>

static enum sender_need
sender_need(const struct sender_settings *sender)
{
	static const enum sender_need needs[] = {
	    [SENDER_TLS_NONE] = SENDER_NO_TLS,
	    [SENDER_TLS_OFFER] = SENDER_MAY_TLS,
	    [SENDER_TLS_REQUIRE] = SENDER_MUST_TLS,
	};

	return needs[sender->tls];
}

// At the level dane TLS may be missing only of a receiver that is known to
// have no TLSA records (RFC 7672 section 2.2).
static enum receiver_need
receiver_need(const struct session *session)
{
	enum level level = session->verdict.receiver->tls;

	if (level == LEVEL_NONE)
		return RECEIVER_NO_TLS;
	if (level == LEVEL_MAY ||
	    (level == LEVEL_DANE && session->claim != NULL &&
		session->claim->count == 0))
		return RECEIVER_MAY_TLS;
	return RECEIVER_MUST_TLS;
}

static unsigned
bounded(uint64_t count)
{
	return count < 1000000 ? (unsigned)count : 1000000;
}

static bool
asks(const struct session *session, enum policy_question question)
{
	return policy_asks(
	    edition_policy(session->edition), session->listener, question);
}

// Lays what policy said out for the sequencer, in the place that it does not
// look at now.
static const struct sequencer_settings *
translate(struct session *session)
{
	const struct sender_settings *sender = session->verdict.sender;
	const struct receiver_settings *receiver = session->verdict.receiver;
	const struct limits *limits =
	    policy_limits(edition_policy(session->edition));
	struct sequencer_settings *settings;
	static const enum introduction introductions[] = {
	    [IDENTITY_NONE] = INTRODUCE_NOT,
	    [IDENTITY_SPOOF] = INTRODUCE_NOT,
	    [IDENTITY_PROXY_V1] = INTRODUCE_HEADER,
	    [IDENTITY_PROXY_V2] = INTRODUCE_HEADER,
	    [IDENTITY_XCLIENT] = INTRODUCE_XCLIENT,
	    [IDENTITY_XFORWARD] = INTRODUCE_XFORWARD,
	};

	session->settings_in_hand ^= 1;
	settings = &session->settings[session->settings_in_hand];
	*settings = (struct sequencer_settings){
	    .sender_implicit = sender->implicit_tls,
	    .sender_need = sender_need(sender),
	    .tolerate_missing_handshake =
		sender->missing_handshake == MISSING_HANDSHAKE_TOLERATE,
	    .early_starttls = sender->early_starttls,
	    .auth_without_tls = sender->auth_without_tls,
	    .reject_bare_newline = sender->bare_newline == BARE_NEWLINE_REJECT,
	    .lf_end_of_data = sender->lf_end_of_data,
	    .reject_early_pipelining =
		sender->early_pipelining == EARLY_PIPELINING_REJECT,
	    .receiver_implicit = receiver->implicit_tls,
	    .receiver_need = receiver_need(session),
	    .receivers = (unsigned)session_find_targets(session),
	    .rungs =
		tls_client_rungs(edition_client(session->edition), receiver),
	    .fallback_plain = receiver->fallback == FALLBACK_PLAIN,
	    .try_unoffered = receiver->try_unoffered,
	    .forgetful_redial = receiver->forgetful == FORGETFUL_REDIAL,
	    .introduction = introductions[session->identity],
	    .dial_after_tls = session->identity == IDENTITY_PROXY_V2,
	    .take_xclient = policy_trusts(edition_policy(session->edition),
		session->listener, POLICY_TRUSTS_XCLIENT,
		&session->facts.client),
	    .headroom = sender->received_header ? RECEIVED_MOST : 0,
	    .ask_at_hello = asks(session, POLICY_ASKS_HELO),
	    .ask_when_secured = asks(session, POLICY_ASKS_SENDER),
	    // A sender without TLS is judged when it begins a message.
	    .ask_at_mail = asks(session, POLICY_ASKS_MAIL) ||
			   asks(session, POLICY_ASKS_SENDER),
	    .ask_at_rcpt = asks(session, POLICY_ASKS_RCPT),
	    .error_limit = bounded(limits->errors),
	    .command_limit = bounded(limits->commands),
	    .recipient_limit = bounded(limits->recipients),
	    .loop_keyword = session->front->loop_keyword[0] != '\0'
				? session->front->loop_keyword
				: NULL,
	    .helo_name = receiver->helo_name,
	    .hide = sender->hide_keywords.items,
	    .hide_count = sender->hide_keywords.count,
	    .show = sender->show_keywords.items,
	    .show_count = sender->show_keywords.count,
	};
	if (leg_is_open(&session->legs[RECEIVER]))
		session_know_receiver(session);
	return settings;
}

bool
session_decide(
    struct session *session, enum own_reply *refusal, enum reason *reason)
{
	const struct sender_settings *in_use = session->verdict.sender;

	policy_decide(edition_policy(session->edition), &session->facts,
	    &session->verdict);
	// A leg whose TLS has begun keeps the settings it began with.
	if (session->legs[SENDER].tls)
		session->verdict.sender = in_use;
	session->identity = session->verdict.receiver->identity;
	session->source_address = session->verdict.receiver->source_address;
	session_tell_policy(session, "the connection");
	translate(session);
	*refusal = OWN_COUNT;
	if (session->verdict.refusal == POLICY_NOWHERE) {
		*refusal = OWN_NO_RECEIVER;
		*reason = REASON_NOT_REDIRECTED;
	} else if (session->verdict.refusal != POLICY_ACCEPTED) {
		*refusal = OWN_REFUSED;
		*reason = REASON_REFUSED;
	} else if (session->verdict.forward_to.original &&
		   own_addresses_has(
		       &session->front->own, &session->destination.address)) {
		*refusal = OWN_LOOP;
		*reason = REASON_LOOP;
	}
	return *refusal == OWN_COUNT;
}

void
session_know_receiver(struct session *session)
{
	const struct connector_target *target =
	    &session->targets[session->target];
	struct sequencer_settings *settings =
	    &session->settings[session->settings_in_hand];

	// Between two steps of the sequencer, and before it said anything to
	// this receiver.
	settings->receiver_need = receiver_need(session);
	settings->defer_stripped =
	    session->verdict.receiver->stripping == STRIPPING_DEFER &&
	    receivers_offered(
		session->front->receivers, target->host, target->port);
}

// The level dane asks no more of the receiver's leg than it is.
static bool
dane_lets_pass(const struct session *session)
{
	const struct dane_claim *claim = session->claim;

	if (session->verdict.receiver->tls != LEVEL_DANE || claim == NULL)
		return false;
	return claim->count == 0 ||
	       (!claim->usable && session->tls[RECEIVER].protocol[0] != '\0');
}

// The strongest level that the receiver's leg satisfies as it is.
static enum level
level_reached(const struct session *session)
{
	const struct session_tls *tls = &session->tls[RECEIVER];

	if (dane_lets_pass(session))
		return LEVEL_DANE;
	if (tls->protocol[0] == '\0')
		return LEVEL_NONE;
	switch (tls->verified) {
	case TLS_VERIFIED_NONE:
	case TLS_VERIFIED_UNTRUSTED:
		break;
	case TLS_VERIFIED_FINGERPRINT:
		return LEVEL_FINGERPRINT;
	case TLS_VERIFIED_NAME:
		return session->verdict.receiver->tls == LEVEL_SECURE
			   ? LEVEL_SECURE
			   : LEVEL_VERIFY;
	case TLS_VERIFIED_DANE:
		return LEVEL_DANE_ONLY;
	}
	return LEVEL_ENCRYPT;
}

// The list that the engine gave is cut at its end where it is too long; so
// is this one.
static void
know_client_names(struct session *session)
{
	char *rest = session->client_name_text;
	size_t count = 0;

	bytes_copy_text(
	    rest, sizeof session->client_name_text, session->tls[SENDER].names);
	while (*rest != '\0' && count < SESSION_CLIENT_NAMES) {
		session->client_names[count++] = rest;
		rest += strcspn(rest, ",");
		if (*rest != '\0')
			*rest++ = '\0';
	}
	session->facts.client_names =
	    (struct text_list){.items = session->client_names, .count = count};
}

static void
know_sender(struct session *session)
{
	const struct session_tls *tls = &session->tls[SENDER];

	know_client_names(session);
	session->facts.sender_known = true;
	session->facts.sender_protocol = tls_version_find(tls->protocol);
	session->facts.sender_bits = tls->bits;
	if (tls->protocol[0] != '\0')
		session->facts.sender_settings = session->verdict.sender;
}

static void
know_message(struct session *session)
{
	const struct session_tls *tls = &session->tls[RECEIVER];

	know_sender(session);
	session->facts.receiver_known = true;
	session->facts.receiver_protocol = tls_version_find(tls->protocol);
	session->facts.receiver_bits = tls->bits;
	session->facts.receiver_level = level_reached(session);
	if (tls->protocol[0] != '\0')
		session->facts.receiver_settings = session->verdict.receiver;
}

// A copy of what the sender said, until the first byte that text cannot hold.
static char *
text_of(struct reader argument)
{
	return strndup((const char *)argument.at, argument.left);
}

// What of the answer still counts: a leg whose TLS has begun keeps the
// settings it began with, and the receiver that was dialled stays, as does the
// address that it is dialled from: it may let that one in alone. Whether it
// is told who the sender is has nothing to do with TLS; but one that was told
// as it was dialled is told so whenever it is dialled again. (Without, it
// would wait for the header, or let the sender do what we may.)
static void
take(struct session *session, const struct policy_verdict *answer)
{
	const struct policy_verdict before = session->verdict;

	session->verdict = *answer;
	session->verdict.forward_to = before.forward_to;
	if (!policy_told_first(session->identity) &&
	    !policy_told_first(answer->receiver->identity))
		session->identity = answer->receiver->identity;
	if (session->legs[SENDER].tls)
		session->verdict.sender = before.sender;
	if (session->legs[RECEIVER].tls)
		session->verdict.receiver = before.receiver;
}

static void
answer_refusal(struct session *session, struct verdict *verdict)
{
	switch (session->verdict.refusal) {
	case POLICY_ACCEPTED:
		return;
	case POLICY_NOWHERE: // known at accept, and does not change
		verdict->refusal = OWN_NO_RECEIVER;
		verdict->close = true;
		break;
	case POLICY_REFUSED:
		verdict->refusal = OWN_REFUSED;
		verdict->reply = session->verdict.reply;
		// RFC 5321 3.8: what says 421 must close.
		verdict->close = verdict->reply != NULL &&
				 strncmp(verdict->reply, "421", 3) == 0;
		break;
	case POLICY_SENDER_PLAIN:
		verdict->refusal = OWN_MUST_STARTTLS;
		break;
	case POLICY_SENDER_WEAK:
		verdict->refusal = OWN_TLS_TOO_WEAK;
		verdict->too_weak = true;
		break;
	case POLICY_RECEIVER_WEAK:
		verdict->refusal = OWN_RECEIVER_TOO_WEAK;
		break;
	}
	verdict->refuse = true;
}

static const char *
question_words(enum question question)
{
	static const char *const words[] = {
	    [ASK_HELLO] = "the sender's hello",
	    [ASK_SECURED] = "the sender's TLS",
	    [ASK_MAIL] = "MAIL",
	    [ASK_RCPT] = "RCPT",
	};

	return words[question];
}

void
session_ask(struct session *session, enum question question,
    struct reader argument, struct verdict *verdict)
{
	struct policy_facts *facts = &session->facts;
	struct policy_verdict answer;
	char *recipient = NULL;

	switch (question) {
	case ASK_HELLO:
		free(session->helo);
		facts->helo = session->helo = text_of(argument);
		break;
	case ASK_SECURED:
		know_sender(session);
		break;
	case ASK_MAIL:
		know_message(session);
		free(session->mail_from);
		facts->mail_from = session->mail_from = text_of(argument);
		break;
	case ASK_CLIENT:
		session_take_client(session, argument, verdict);
		return;
	case ASK_RCPT:
		know_message(session);
		facts->rcpt_to = recipient = text_of(argument);
		break;
	}
	policy_decide(edition_policy(session->edition), facts, &answer);
	facts->rcpt_to = NULL;
	free(recipient);
	take(session, &answer);
	verdict->settings = translate(session);
	session_tell_policy(session, question_words(question));
	answer_refusal(session, verdict);
}
