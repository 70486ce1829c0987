// SPDX-License-Identifier: ISC
//
// The ladder that the receiver is led up alone before the sender's hello is
// answered: EHLO, STARTTLS, handshake, EHLO (and XCLIENT, EHLO); and what is
// tried when a rung breaks. Nothing of a message was said yet, so it may be
// dialled again.

#include "smtp/sequencer_parts.h"

// The receiver's leg meets its policy and was greeted: what waited for that
// is answered now.
void
step_receiver_ready(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	enum pending pending = sequencer->pending;
	// What it says now is no list where it refused STARTTLS.
	bool from_kept = sequencer->state[RECEIVER] == STATE_R_STARTTLS;

	sequencer->pending = PENDING_NONE;
	sequencer_enter(step, STATE_R_READY);
	if (pending == PENDING_MAIL) {
		if (step_xforward(step)) {
			sequencer->pending = pending;
			return;
		}
		step_action(step, ACTION_FORWARD_KEPT, RECEIVER, 0);
		step_expect(step, EXPECT_MAIL);
		sequencer_enter(step, STATE_S_BARRIER);
		return;
	}
	if (sequencer->settings->introduction == INTRODUCE_XFORWARD &&
	    sequencer->offered.xforward == 0)
		step_note(step, NOTE_NO_XFORWARD);
	bool extended = pending == PENDING_EHLO;
	step_action(step, extended ? ACTION_SHOW_EHLO : ACTION_SHOW_HELO,
	    SENDER, from_kept ? 1 : 0);
	sequencer->hello = extended ? HELLO_EHLO : HELLO_HELO;
	sequencer_enter(step, STATE_S_COMMAND);
}

void
step_keep_list(struct step *step)
{
	step_action(step, ACTION_KEEP_REPLY, RECEIVER, 0);
	step->sequencer->kept_reply = true;
	step->sequencer->offered = extension_read(step->event->reply);
}

// No leg that meets the policy can be had, but the connection is well.
static void
no_starttls(struct step *step)
{
	step_receiver_fails(step, DROP_GRACEFUL, OWN_TLS_NOT_OFFERED,
	    REASON_RECEIVER_NO_STARTTLS);
}

// Without TLS there is no session with it.
static bool
insists_on_tls(const struct sequencer_settings *settings)
{
	return settings->receiver_need == RECEIVER_MUST_TLS ||
	       (settings->receiver_need == RECEIVER_MAY_TLS &&
		   settings->defer_stripped);
}

static void
choose_tls(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct sequencer_settings *settings = sequencer->settings;
	bool offered = extension_has(&sequencer->offered, EXTENSION_STARTTLS);

	if (sequencer->strength[RECEIVER] != STRENGTH_NONE ||
	    settings->receiver_need == RECEIVER_NO_TLS ||
	    sequencer->attempt == ATTEMPT_PLAIN) {
		step_climbed(step);
		return;
	}
	if (offered || settings->try_unoffered) {
		step_say_hello(step, SAY_STARTTLS, STATE_R_STARTTLS);
		return;
	}
	step_note(step, NOTE_STRIPPED);
	if (insists_on_tls(settings))
		no_starttls(step);
	else
		step_climbed(step);
}

// A 4yz or 5yz to a hello: the sender's hello has its answer. (Nothing else
// that waits could be answered with it.)
static void
hello_refused(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (step_next_receiver(step, DROP_GRACEFUL))
		return;
	if (step->event->reply->code == 421 ||
	    sequencer->pending == PENDING_MAIL) {
		step_leave_receiver(step, DROP_GRACEFUL);
		if (sequencer->pending == PENDING_MAIL) {
			step_fault(
			    step, OWN_RECEIVER_LOST, REASON_RECEIVER_REFUSED);
			return;
		}
		step_relay(step, EXPECT_EHLO, "the receiver's word");
		step_finish(step, REASON_RECEIVER_REFUSED);
		return;
	}
	step_relay(step, EXPECT_EHLO, "the receiver's word");
	sequencer->pending = PENDING_NONE;
	sequencer_enter(step, STATE_S_COMMAND);
	sequencer_enter(step, STATE_R_GREETED);
}

// Who can blot STARTTLS out can as well refuse EHLO, or close at it.
static void
note_no_list(struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;

	if (sequencer->strength[RECEIVER] == STRENGTH_NONE &&
	    sequencer->attempt == ATTEMPT_TLS &&
	    sequencer->settings->receiver_need == RECEIVER_MAY_TLS)
		step_note(step, NOTE_STRIPPED);
}

void
on_ehlo_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	bool plain = sequencer->strength[RECEIVER] == STRENGTH_NONE;

	if (step->event->ours) {
		step_meet_itself(step);
		return;
	}
	if (step->event->behind > 0 || step_reply_class(step) == 3) {
		on_bad_reply(step);
		return;
	}
	if (step_reply_class(step) == 2) {
		step_keep_list(step);
		choose_tls(step);
		return;
	}
	if (step_reply_class(step) == 4) {
		hello_refused(step);
		return;
	}
	note_no_list(step);
	if (plain && insists_on_tls(sequencer->settings))
		no_starttls(step);
	else
		step_say_hello(step, SAY_HELO, STATE_R_HELO);
}

// Some pure SMTP receivers hang up at EHLO.
void
on_ehlo_ended(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	note_no_list(step);
	if (insists_on_tls(sequencer->settings) ||
	    sequencer->attempt == ATTEMPT_HELO) {
		on_receiver_ended(step);
		return;
	}
	sequencer->attempt = ATTEMPT_HELO;
	step_leave_receiver(step, DROP_ABORT);
	step_redial(step, "it hung up at EHLO: HELO");
}

void
on_helo_reply(struct step *step)
{
	if (step->event->behind > 0 || step_reply_class(step) == 3) {
		on_bad_reply(step);
		return;
	}
	if (step_reply_class(step) != 2) {
		hello_refused(step);
		return;
	}
	step_action(step, ACTION_KEEP_REPLY, RECEIVER, 0); // for its name
	step->sequencer->offered = (struct extensions){0};
	step->sequencer->kept_reply = false;
	step_climbed(step);
}

void
on_starttls_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	// Response injection (CVE-2021-22947 and many more): what was sent in
	// plaintext behind the reply would be read as said under TLS.
	if (step->event->behind > 0) {
		step_leave_receiver(step, DROP_ABORT);
		step_fault(
		    step, OWN_RECEIVER_PROTOCOL, REASON_RECEIVER_INJECTION);
		return;
	}
	if (step->event->reply->code == 220) {
		step_action(step, ACTION_SECURE, RECEIVER, 0);
		sequencer_enter(step, STATE_R_HANDSHAKE);
		return;
	}
	if (step->event->reply->code == 421) {
		hello_refused(step);
		return;
	}
	// Who can blot STARTTLS out can as well answer it.
	step_note(step, NOTE_STRIPPED);
	if (sequencer->pending == PENDING_MAIL ||
	    insists_on_tls(sequencer->settings))
		no_starttls(step);
	else
		step_climbed(step);
}

void
on_receiver_secured_first(struct step *step)
{
	step->sequencer->strength[RECEIVER] = step->event->strength;
	step->sequencer->authenticated = step->event->authenticated;
	sequencer_enter(step, STATE_R_BANNER);
}

void
on_receiver_secured(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	sequencer->strength[RECEIVER] = step->event->strength;
	sequencer->authenticated = step->event->authenticated;
	// RFC 3207 4.2: everything known from before is forgotten.
	sequencer->offered = (struct extensions){0};
	sequencer->kept_reply = false;
	step_say_hello(step, SAY_EHLO, STATE_R_EHLO_TLS);
}

void
on_ehlo_tls_reply(struct step *step)
{
	if (step->event->behind > 0 || step_reply_class(step) == 3) {
		on_bad_reply(step);
		return;
	}
	if (step_reply_class(step) == 2) {
		step_keep_list(step);
		step_climbed(step);
		return;
	}
	if (step_reply_class(step) == 4) {
		hello_refused(step);
		return;
	}
	step_say_hello(step, SAY_HELO, STATE_R_HELO);
}

// TLS with the receiver failed. Nothing of a message was said on this
// connection, so it may be dialled again with a humbler hello, and where TLS
// is not demanded without it; but never because a certificate did not do. A
// receiver that misses a certificate of ours will miss it under any hello.
// The alert that tells it why is queued: no reset (RFC 8446 6.2).
void
on_receiver_insecure(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct sequencer_settings *settings = sequencer->settings;

	step_leave_receiver(step, DROP_GRACEFUL);
	if (step->event->unverified) {
		step_receiver_fails(step, DROP_GRACEFUL, OWN_NOT_VERIFIED,
		    REASON_RECEIVER_NOT_VERIFIED);
		return;
	}
	if (!step->event->certificate_refused &&
	    sequencer->rung + 1 < settings->rungs) {
		sequencer->rung++;
		step_note(step, NOTE_NEXT_RUNG);
		step_redial(step, "with a humbler hello");
		return;
	}
	if (settings->receiver_need == RECEIVER_MAY_TLS &&
	    settings->fallback_plain && !settings->receiver_implicit &&
	    !settings->defer_stripped && sequencer->pending != PENDING_MAIL) {
		sequencer->attempt = ATTEMPT_PLAIN;
		step_note(step, NOTE_NEXT_RUNG);
		step_redial(step, "in plaintext, which its level allows");
		return;
	}
	step_receiver_fails(
	    step, DROP_GRACEFUL, OWN_TLS_FAILED, REASON_RECEIVER_TLS_FAILED);
}
