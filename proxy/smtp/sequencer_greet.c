// SPDX-License-Identifier: ISC
//
// Dialling the receiver, its banner, and the hello of the sender.

#include "base/bytes.h"
#include "base/contract.h"
#include "smtp/sequencer_parts.h"

unsigned
step_reply_class(const struct step *step)
{
	return step->event->reply->code / 100;
}

void
on_start(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (step->event->refusal != OWN_COUNT) {
		step_answer(step, step->event->refusal, "refused");
		step_finish(step, step->event->reason);
		return;
	}
	if (sequencer->settings->sender_implicit) {
		step_action(step, ACTION_SECURE, SENDER, 0);
		sequencer_enter(step, STATE_S_TLS_FIRST);
		if (sequencer->settings->dial_after_tls)
			return;
	} else {
		sequencer_enter(step, STATE_S_GREETING);
	}
	step_action(step, ACTION_CONNECT, RECEIVER, 0);
	sequencer_enter(step, STATE_R_DIALLING);
}

void
step_redial(struct step *step, const char *why)
{
	struct sequencer *sequencer = step->sequencer;

	sequencer->strength[RECEIVER] = STRENGTH_NONE;
	sequencer->authenticated = false;
	sequencer->kept_reply = false;
	sequencer->introduced = false;
	sequencer->offered = (struct extensions){0};
	struct action *connect =
	    step_action(step, ACTION_CONNECT, RECEIVER, sequencer->rung);

	connect->why = why;
	connect->size = sequencer->target;
	sequencer_enter(step, STATE_R_DIALLING);
}

bool
step_next_receiver(struct step *step, enum drop how)
{
	struct sequencer *sequencer = step->sequencer;
	bool waits = sequencer->state[SENDER] == STATE_S_GREETING ||
		     sequencer->state[SENDER] == STATE_S_HELLO;

	if (!waits || sequencer->mail_said || sequencer->auth_said ||
	    sequencer->target + 1 >= sequencer->settings->receivers)
		return false;
	step_leave_receiver(step, how);
	step_note(step, NOTE_NEXT_RECEIVER);
	sequencer->target++;
	sequencer->rung = 0;
	sequencer->attempt = ATTEMPT_TLS;
	step_redial(step, "the next of the receivers");
	return true;
}

void
step_receiver_fails(
    struct step *step, enum drop how, enum own_reply own, enum reason reason)
{
	if (step_next_receiver(step, how))
		return;
	step_leave_receiver(step, how);
	step_fault(step, own, reason);
}

void
on_connected(struct step *step)
{
	REQUIRE(step->event->target >= step->sequencer->target);
	step->sequencer->target = step->event->target;
	if (step->sequencer->settings->introduction == INTRODUCE_HEADER)
		step_action(step, ACTION_INTRODUCE, RECEIVER, 0);
	step->sequencer->told_tls =
	    step->sequencer->strength[SENDER] != STRENGTH_NONE;
	if (step->sequencer->settings->receiver_implicit) {
		step_action(step, ACTION_SECURE, RECEIVER, 0);
		sequencer_enter(step, STATE_R_TLS_FIRST);
		return;
	}
	sequencer_enter(step, STATE_R_BANNER);
}

void
on_unreachable(struct step *step)
{
	step_leave_receiver(step, DROP_ABORT);
	if (step->event->reason == REASON_LOOP)
		step_fault(step, OWN_LOOP, REASON_LOOP);
	else if (step->event->unverified)
		step_fault(step, OWN_NOT_PROVEN, REASON_RECEIVER_NOT_VERIFIED);
	else
		step_fault(
		    step, OWN_CANNOT_CONNECT, REASON_RECEIVER_UNREACHABLE);
}

void
on_redial(struct step *step)
{
	step_leave_receiver(step, DROP_GRACEFUL);
	step_redial(step, "whether it leads back here");
}

void
step_say_hello(struct step *step, enum own_command command, enum state state)
{
	step_say(step, command, "our own ladder");
	sequencer_enter(step, state);
}

void
step_meet_itself(struct step *step)
{
	step_leave_receiver(step, DROP_GRACEFUL);
	step_fault(step, OWN_LOOP, REASON_LOOP);
}

// The banner of a redialled receiver: the sender has seen the first.
static void
on_banner_again(struct step *step)
{
	if (step->event->reply->code != 220) {
		step_receiver_fails(step, DROP_GRACEFUL, OWN_RECEIVER_LOST,
		    REASON_RECEIVER_REFUSED);
		return;
	}
	if (step->sequencer->attempt == ATTEMPT_HELO)
		step_say_hello(step, SAY_HELO, STATE_R_HELO);
	else
		step_say_hello(step, SAY_EHLO, STATE_R_EHLO);
}

void
on_banner(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (step->event->ours) {
		step_meet_itself(step);
		return;
	}
	if (sequencer->greeted) {
		on_banner_again(step);
		return;
	}
	if (step_reply_class(step) == 3 ||
	    (step_reply_class(step) == 2 && step->event->reply->code != 220)) {
		on_bad_reply(step);
		return;
	}
	if (sequencer->settings->reject_early_pipelining &&
	    step->event->waiting > 0) {
		step_leave_receiver(step, DROP_GRACEFUL);
		step_answer(step, OWN_EARLY_TALKER, "it spoke before us");
		step_finish(step, REASON_SENDER_EARLY);
		return;
	}
	if (step->event->reply->code != 220 &&
	    step_next_receiver(step, DROP_GRACEFUL))
		return;
	step_relay(step, EXPECT_OTHER, "banner");
	sequencer->greeted = true;
	if (step->event->reply->code == 220) {
		sequencer_enter(step, STATE_R_GREETED);
		sequencer_enter(step, STATE_S_COMMAND);
		return;
	}
	step_leave_receiver(step, DROP_GRACEFUL);
	if (step_reply_class(step) == 5) // RFC 5321 3.1: wait for QUIT
		sequencer_enter(step, STATE_S_REFUSED);
	else
		step_finish(step, REASON_RECEIVER_REFUSED);
}

// A rule may name another identity for the name that is said now. A receiver
// that was told nothing yet is told before it hears of the hello.
static bool
is_to_be_introduced(const struct sequencer *sequencer)
{
	return sequencer->state[RECEIVER] == STATE_R_READY &&
	       sequencer->settings->introduction == INTRODUCE_XCLIENT &&
	       !sequencer->introduced;
}

// The receiver's header said nothing of TLS, for the sender began it since.
// Only another connection can have another header.
static bool
is_to_be_told_of_tls(const struct sequencer *sequencer)
{
	enum state state = sequencer->state[RECEIVER];

	return sequencer->settings->dial_after_tls && !sequencer->told_tls &&
	       sequencer->strength[SENDER] != STRENGTH_NONE &&
	       (state == STATE_R_READY || state == STATE_R_GREETED) &&
	       !sequencer->mail_said && !sequencer->auth_said;
}

// Until it is answered, no hello counts: the receiver knows none, or forgets
// what it knew.
static void
wait_for_ladder(struct step *step, bool extended)
{
	step->sequencer->hello = HELLO_NONE;
	step->sequencer->pending = extended ? PENDING_EHLO : PENDING_HELO;
	sequencer_enter(step, STATE_S_HELLO);
}

void
step_hello(struct step *step, bool extended)
{
	struct sequencer *sequencer = step->sequencer;
	const struct command *command = step->event->command;

	if (command->argument_size == 0 ||
	    command->argument_size > HELLO_MOST) {
		step_answer(step, OWN_BAD_ARGUMENT, "no name, or too long");
		step_count_error(step);
		return;
	}
	if (sequencer->settings->ask_at_hello && step->event->verdict == NULL) {
		step_action(step, ACTION_ASK, SENDER, ASK_HELLO);
		return;
	}
	if (step_refused(step))
		return;
	bool introduce = is_to_be_introduced(sequencer);

	// What it knows by now is of us: another connection is wanted.
	if (introduce && (sequencer->mail_said || sequencer->auth_said)) {
		step_end_with(
		    step, OWN_NOT_INTRODUCED, REASON_RECEIVER_NO_XCLIENT);
		return;
	}
	sequencer->no_ehlo_yet = false;
	bytes_wipe(sequencer->name, sizeof(sequencer->name));
	bytes_copy(sequencer->name, sizeof(sequencer->name), command->argument,
	    command->argument_size);
	sequencer->name_size = command->argument_size;
	if (is_to_be_told_of_tls(sequencer)) {
		wait_for_ladder(step, extended);
		step_leave_receiver(step, DROP_GRACEFUL);
		sequencer->attempt = ATTEMPT_TLS;
		sequencer->rung = 0;
		step_redial(step, "the sender's TLS is known");
		return;
	}
	if (sequencer->state[RECEIVER] == STATE_R_GREETED) {
		wait_for_ladder(step, extended);
		step_say_hello(step, SAY_EHLO, STATE_R_EHLO);
		return;
	}
	if (introduce) {
		wait_for_ladder(step, extended);
		step_climbed(step);
		return;
	}
	// A receiver that was greeted by HELO knows no EHLO now either, but
	// after its own STARTTLS a sender says EHLO again.
	bool knows_ehlo = sequencer->kept_reply;
	step_say(
	    step, extended && knows_ehlo ? SAY_EHLO : SAY_HELO, "forwarded");
	step_expect(step, extended ? EXPECT_EHLO : EXPECT_HELO);
	sequencer_enter(step, STATE_S_BARRIER);
}
