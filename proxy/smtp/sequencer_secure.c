// SPDX-License-Identifier: ISC
//
// TLS on the sender's leg: STARTTLS, its handshake, and the sender that goes
// on in plaintext after our 220 (the second reading of Q279214).

#include "smtp/sequencer_parts.h"

static bool
starttls_misplaced(struct step *step, enum own_reply *own)
{
	const struct sequencer *sequencer = step->sequencer;
	const struct sequencer_settings *settings = sequencer->settings;

	if (step->event->command->argument_size > 0)
		*own = OWN_BAD_ARGUMENT; // RFC 3207 4: no parameters
	else if (sequencer->strength[SENDER] != STRENGTH_NONE)
		*own = OWN_TLS_ALREADY_ACTIVE;
	else if (settings->sender_need == SENDER_NO_TLS)
		*own = OWN_NOT_IMPLEMENTED;
	// RFC 3207 4.2: what is known of the sender is forgotten at TLS. The
	// receiver cannot be made to forget who logged in, and somebody between
	// could log in as himself in front of another's STARTTLS.
	else if (sequencer->in_mail || sequencer->logged_in)
		*own = OWN_BAD_SEQUENCE;
	else if (sequencer->hello == HELLO_NONE && !settings->early_starttls)
		*own = OWN_HELLO_FIRST;
	else
		return false;
	return true;
}

void
step_starttls(struct step *step)
{
	enum own_reply own;

	// Command injection (CVE-2011-0411, CVE-2014-3556): what was sent in
	// plaintext behind STARTTLS must never be read as said under TLS, and
	// a purge would race with bytes that are still on their way.
	if (step->event->behind > 0) {
		step_leave_receiver(step, DROP_GRACEFUL);
		step_answer(step, OWN_PIPELINED_STARTTLS, "injection");
		step_finish(step, REASON_SENDER_INJECTION);
		return;
	}
	if (starttls_misplaced(step, &own)) {
		step_answer(step, own, "STARTTLS out of place");
		step_count_error(step);
		return;
	}
	step_answer(step, OWN_STARTTLS_READY, "answered by us");
	step_action(step, ACTION_SECURE, SENDER, 0);
	sequencer_enter(step, STATE_S_STARTTLS);
}

// Policy may want a word now that the sender's TLS is known. True: it was
// asked, and the event comes again.
static bool
policy_is_asked(struct step *step)
{
	if (!step->sequencer->settings->ask_when_secured ||
	    step->event->verdict != NULL)
		return false;
	step_action(step, ACTION_ASK, SENDER, ASK_SECURED);
	return true;
}

// No reply is owed for a handshake: a refusal is told to the next command.
static void
heed_verdict(struct step *step)
{
	const struct verdict *verdict = step->event->verdict;

	if (verdict == NULL)
		return;
	step->sequencer->settings = verdict->settings;
	if (verdict->refuse)
		step_fault_later(step, verdict->refusal, REASON_REFUSED);
}

void
on_sender_secured_first(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (policy_is_asked(step))
		return;
	sequencer->strength[SENDER] = step->event->strength;
	heed_verdict(step);
	if (step->event->verdict != NULL && step->event->verdict->too_weak)
		step_fault_later(step, OWN_TLS_TOO_WEAK, REASON_REFUSED);
	sequencer_enter(step, STATE_S_GREETING);
	if (sequencer->fault != OWN_COUNT)
		step_tell_fault(step); // in the place of the banner
	else if (sequencer->state[RECEIVER] == STATE_R_NONE)
		step_redial(step, "the sender's TLS is known");
}

void
on_sender_secured(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (policy_is_asked(step))
		return;
	sequencer->strength[SENDER] = step->event->strength;
	heed_verdict(step);
	// A sender may go on with MAIL (Exchange 5.5 does): the receiver was
	// greeted in the name that it gave before TLS.
	sequencer->no_ehlo_yet = sequencer->hello != HELLO_NONE;
	if (sequencer->strength[RECEIVER] == STRENGTH_NONE &&
	    sequencer->state[RECEIVER] == STATE_R_READY)
		step_note(step, NOTE_MIXED_TLS);
	if (step->event->verdict != NULL && step->event->verdict->too_weak)
		sequencer_enter(step, STATE_S_TOO_WEAK);
	else
		sequencer_enter(step, STATE_S_COMMAND);
}

// No SMTP text can be delivered after a failed handshake; but the alert that
// says why is queued, and a reset would take it away (RFC 8446 6.2).
void
on_sender_insecure(struct step *step)
{
	step_leave_receiver(step, DROP_GRACEFUL);
	step_finish(step, REASON_SENDER_TLS_FAILED);
}

void
on_sender_plaintext(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct sequencer_settings *settings = sequencer->settings;

	step_note(step, NOTE_IGNORED_220);
	// Where TLS is required each command is told so: 530 5.7.0.
	if (settings->tolerate_missing_handshake ||
	    settings->sender_need == SENDER_MUST_TLS) {
		sequencer_enter(step, STATE_S_COMMAND);
		return;
	}
	step_leave_receiver(step, DROP_GRACEFUL);
	step_answer(step, OWN_NO_HANDSHAKE, "missing-handshake is refuse");
	step_finish(step, REASON_SENDER_NO_HANDSHAKE);
}
