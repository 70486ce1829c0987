// SPDX-License-Identifier: ISC
//
// Who the sender is: told to the receiver by XCLIENT or XFORWARD, and told to
// us by a sender that speaks for others.

#include "base/bytes.h"
#include "smtp/client.h"
#include "smtp/sequencer_parts.h"

void
step_climbed(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	bool takes_it = (sequencer->offered.xclient >> ATTRIBUTE_ADDR & 1) != 0;

	if (sequencer->settings->introduction != INTRODUCE_XCLIENT ||
	    sequencer->introduced) {
		step_receiver_ready(step);
		return;
	}
	// Unsaid, the receiver would take the sender for us, and let it do
	// what we may (an open relay).
	if (!takes_it) {
		step_note(step, NOTE_NO_XCLIENT);
		step_leave_receiver(step, DROP_GRACEFUL);
		step_fault(
		    step, OWN_NOT_INTRODUCED, REASON_RECEIVER_NO_XCLIENT);
		return;
	}
	step_say_hello(step, SAY_XCLIENT, STATE_R_XCLIENT);
}

// What the receiver says of the client it was told of is its banner: the
// sender is told so.
static void
client_refused(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	bool for_good = step_reply_class(step) == 5;

	if (sequencer->pending == PENDING_MAIL) {
		step_leave_receiver(step, DROP_GRACEFUL);
		step_fault(step, OWN_RECEIVER_LOST, REASON_RECEIVER_REFUSED);
		return;
	}
	step_relay(step, EXPECT_EHLO, "what it says of the sender");
	step_leave_receiver(step, DROP_GRACEFUL);
	sequencer->pending = PENDING_NONE;
	if (for_good) // RFC 5321 3.1: wait for QUIT
		sequencer_enter(step, STATE_S_REFUSED);
	else
		step_finish(step, REASON_RECEIVER_REFUSED);
}

void
on_xclient_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	unsigned code = step->event->reply->code;

	if (step->event->behind > 0 || (code < 400 && code != 220)) {
		on_bad_reply(step);
		return;
	}
	// Of the command, not of the client: nothing that the sender did.
	if (code >= 500 && code <= 504) {
		step_note(step, NOTE_BAD_XCLIENT);
		step_leave_receiver(step, DROP_GRACEFUL);
		step_fault(
		    step, OWN_NOT_INTRODUCED, REASON_RECEIVER_NO_XCLIENT);
		return;
	}
	if (code >= 400) {
		client_refused(step);
		return;
	}
	// It is as if it had just greeted; TLS stays.
	sequencer->introduced = true;
	sequencer->kept_reply = false;
	sequencer->offered = (struct extensions){0};
	step_say_hello(step, SAY_EHLO, STATE_R_EHLO_CLIENT);
}

bool
step_xforward(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->settings->introduction != INTRODUCE_XFORWARD ||
	    sequencer->introduced || sequencer->offered.xforward == 0)
		return false;
	if (!step_owes(sequencer)) {
		step_say(step, SAY_XFORWARD, "who the sender is");
		step_expect(step, EXPECT_XFORWARD);
	}
	sequencer_enter(step, STATE_S_BARRIER);
	return true;
}

// It is for the receiver's log alone: a message does not hang on it.
void
on_xforward_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	bool again = sequencer->pending == PENDING_MAIL;

	if (step->event->reply->code >= 400)
		step_note(step, NOTE_NO_XFORWARD);
	sequencer->introduced = !again;
	sequencer->pending = PENDING_NONE;
	step_answered(step);
	if (again) {
		step_action(step, ACTION_FORWARD_KEPT, RECEIVER, 0);
		step_expect(step, EXPECT_MAIL);
		return;
	}
	step_settle(step);
}

static void
on_xforward(struct step *step)
{
	if (step->sequencer->in_mail) {
		step_answer_error(step, OWN_BAD_SEQUENCE, "inside a message");
		return;
	}
	step_action(step, ACTION_FORWARDED, SENDER, 0);
	step_answer_in_turn(step, OWN_OK, "answered by us");
}

// As Postfix does: from now on all is as if the client that was named had
// just connected. So the receiver is dialled for it, and its banner is the
// reply.
static void
begin_again(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	step_leave_receiver(step, DROP_GRACEFUL);
	sequencer->hello = HELLO_NONE;
	bytes_wipe(sequencer->name, sizeof(sequencer->name));
	sequencer->name_size = 0;
	sequencer->attempt = ATTEMPT_TLS;
	sequencer->rung = 0;
	sequencer->target = 0;
	sequencer->greeted = false;
	sequencer->no_ehlo_yet = false;
	sequencer->forgotten = false;
	sequencer_enter(step, STATE_S_GREETING);
	step_redial(step, "for the client that XCLIENT names");
}

static void
on_xclient(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct verdict *verdict = step->event->verdict;

	// A receiver that knows something of one client must not be given
	// another's.
	if (sequencer->mail_said || sequencer->auth_said) {
		step_answer_error(
		    step, OWN_BAD_SEQUENCE, "after a message or AUTH");
		return;
	}
	if (verdict == NULL) {
		step_action(step, ACTION_ASK, SENDER, ASK_CLIENT);
		return;
	}
	enum reason reason =
	    verdict->reason != REASON_NONE ? verdict->reason : REASON_REFUSED;

	sequencer->settings = verdict->settings;
	if (verdict->refuse && verdict->close)
		step_end_with(step, verdict->refusal, reason);
	else if (verdict->refuse)
		step_answer_error(step, verdict->refusal, "no such client");
	else
		begin_again(step);
}

void
step_trusted(struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;
	const struct command *command = step->event->command;
	bool xclient = command->verb == VERB_XCLIENT;
	struct client read = {.size = 0};

	// From anybody else it would be believed by nobody but a receiver.
	if (!sequencer->settings->take_xclient) {
		step_answer_error(
		    step, OWN_NOT_AUTHORIZED, "not a trusted sender");
		return;
	}
	if (sequencer->settings->sender_need == SENDER_MUST_TLS &&
	    sequencer->strength[SENDER] == STRENGTH_NONE) {
		step_answer_error(
		    step, OWN_MUST_STARTTLS, "sender.tls is require");
		return;
	}
	if (!client_read(xclient ? CLIENT_XCLIENT : CLIENT_XFORWARD,
		command->argument, command->argument_size, &read)) {
		step_answer_error(step, OWN_BAD_ARGUMENT, "not to be believed");
		return;
	}
	step_count_command(step);
	if (xclient)
		on_xclient(step);
	else
		on_xforward(step);
}
