// SPDX-License-Identifier: ISC
//
// How sessions end: faults that the sender is told when it can be told,
// timeouts, connections that close or break.

#include "base/contract.h"
#include "smtp/sequencer_parts.h"

void
step_leave_receiver(struct step *step, enum drop how)
{
	const struct sequencer *sequencer = step->sequencer;
	enum state state = sequencer->state[RECEIVER];

	if (state == STATE_R_GONE || state == STATE_R_NONE)
		return;
	// Whatever is left open of a message must not be taken for its end.
	if (step_in_content(sequencer))
		how = DROP_ABORT;
	bool just_spoke = step->event->side == RECEIVER &&
			  step->event->kind == EVENT_REPLY &&
			  state != STATE_R_LOST;
	bool its_turn =
	    !step_owes(sequencer) &&
	    (just_spoke || state == STATE_R_GREETED || state == STATE_R_READY);
	// Where it waits for a SASL response, QUIT would be one: a wrong
	// password, counted against whose it is (RFC 4954 4).
	bool in_auth = sequencer->state[SENDER] == STATE_S_AUTH;

	if (how == DROP_GRACEFUL && its_turn)
		step_say(step, in_auth ? SAY_CANCEL : SAY_QUIT, "leaving");
	step_action(step, ACTION_DROP, RECEIVER, how);
	sequencer_enter(step, STATE_R_GONE);
}

void
step_fault_later(struct step *step, enum own_reply own, enum reason reason)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->fault != OWN_COUNT)
		return;
	sequencer->fault = own;
	sequencer->fault_reason = reason;
}

void
step_tell_fault(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	REQUIRE(sequencer->fault != OWN_COUNT);
	step_leave_receiver(step, DROP_GRACEFUL);
	step_answer(
	    step, sequencer->fault, reason_sentence(sequencer->fault_reason));
	step_finish(step, sequencer->fault_reason);
}

static enum own_reply
message_fault(enum own_reply fault)
{
	if (fault == OWN_RECEIVER_TIMEOUT)
		return OWN_END_TIMEOUT;
	if (fault == OWN_RECEIVER_PROTOCOL)
		return OWN_END_PROTOCOL;
	return OWN_END_UNKNOWN;
}

// The replies that are owed, now that the receiver gives none: a message
// whose outcome nobody knows is answered 451, so that it comes again
// (RFC 1047: it may come twice, it cannot be lost); anything else ends the
// session with the fault.
static void
answer_owed(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	while (sequencer->expected_count > 0) {
		enum expected expected = step_expected_first(step);

		if (expected != EXPECT_END && expected != EXPECT_CHUNK &&
		    expected != EXPECT_CHUNK_LAST &&
		    expected != EXPECT_SWALLOWED) {
			step_tell_fault(step);
			return;
		}
		if (expected != EXPECT_CHUNK)
			step_note(step, NOTE_UNKNOWN);
		step_answer(step, message_fault(sequencer->fault),
		    "the receiver gave no reply");
		step_answered(step);
		sequencer->in_mail = false;
	}
	step_settle(step);
}

static void
release_kept_mail(struct step *step)
{
	if (step->sequencer->kept_mail)
		step_action(step, ACTION_RELEASE, SENDER, 0);
	step->sequencer->kept_mail = false;
}

void
step_fault(struct step *step, enum own_reply own, enum reason reason)
{
	struct sequencer *sequencer = step->sequencer;

	step_fault_later(step, own, reason);
	switch (state_told(sequencer->state[SENDER])) {
	case TOLD_NOW:
		release_kept_mail(step);
		step_tell_fault(step);
		return;
	case TOLD_OWED:
		release_kept_mail(step);
		if (sequencer->state[SENDER] == STATE_S_ENDING) {
			step_swallow_last(step);
			sequencer_enter(step, STATE_S_BARRIER);
		}
		answer_owed(step);
		return;
	case TOLD_SWALLOW:
		step_action(step, ACTION_SWALLOW, SENDER, 0);
		sequencer_enter(step, STATE_S_SWALLOW);
		return;
	case TOLD_NOBODY:
		step_note(step, NOTE_UNKNOWN);
		step_finish(step, REASON_SENDER_LOST);
		return;
	case TOLD_LATER:
		return;
	}
}

// It has refused the chunk that goes on, or more of what it was sent, and
// reads no further: what it said is the answer.
static bool
has_spoken(const struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;

	return step->event->behind > 0 &&
	       (step_in_content(sequencer) ||
		   sequencer->state[SENDER] == STATE_S_ENDING);
}

void
on_receiver_timeout(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (has_spoken(step)) {
		step_action(step, ACTION_DROP, RECEIVER, DROP_ABORT);
		on_receiver_lost(step);
		return;
	}

	if (sequencer->expected_count > 0 &&
	    step_expected_first(step) == EXPECT_QUIT) {
		step_action(step, ACTION_DROP, RECEIVER, DROP_GRACEFUL);
		step_answer(step, OWN_BYE, "the receiver says nothing");
		step_finish(step, REASON_QUIT);
		return;
	}
	step_receiver_fails(
	    step, DROP_ABORT, OWN_RECEIVER_TIMEOUT, REASON_RECEIVER_TIMEOUT);
}

void
on_receiver_ended(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	bool in_message = step_in_content(sequencer) ||
			  sequencer->state[SENDER] == STATE_S_ENDING ||
			  sequencer->state[SENDER] == STATE_S_ENDED;

	if (sequencer->expected_count > 0 &&
	    step_expected_first(step) == EXPECT_QUIT) {
		step_action(step, ACTION_DROP, RECEIVER, DROP_GRACEFUL);
		step_answer(step, OWN_BYE, "the receiver closed");
		step_finish(step, REASON_QUIT);
		return;
	}
	step_receiver_fails(step, DROP_ABORT, OWN_RECEIVER_LOST,
	    in_message ? REASON_RECEIVER_LOST_IN_MESSAGE
		       : REASON_RECEIVER_CLOSED);
}

void
on_sender_timeout(struct step *step)
{
	enum reason reason = step->event->reason;
	enum own_reply own = OWN_SENDER_TIMEOUT;

	if (reason == REASON_NONE)
		reason = REASON_SENDER_TIMEOUT;
	else if (reason == REASON_SENDER_SLOW)
		own = OWN_SENDER_SLOW;
	else
		own = OWN_SESSION_TIMEOUT;
	for (unsigned i = sequencer_undecided(step->sequencer); i > 0; i--)
		step_note(step, NOTE_UNKNOWN);
	step_leave_receiver(step, DROP_GRACEFUL);
	step_answer(step, own, reason_sentence(reason));
	step_finish(step, reason);
}

// Who waits for the banner still is told at once; others with their next
// command, or after the message in hand.
void
on_stop(struct step *step)
{
	step->sequencer->stopping = true;
	if (step->sequencer->state[SENDER] != STATE_S_GREETING)
		return;
	step_leave_receiver(step, DROP_GRACEFUL);
	step_answer(step, OWN_SHUTTING_DOWN, "stopping");
	step_finish(step, REASON_SHUTDOWN);
}

// Each step of the ladder has a timer of its own; together they may not take
// longer than a sender can be expected to wait for the reply to its hello.
void
on_ladder_timeout(struct step *step)
{
	if (step->event->reason != REASON_NONE) {
		on_sender_timeout(step);
		return;
	}
	step_leave_receiver(step, DROP_ABORT);
	step_fault(step, OWN_RECEIVER_TIMEOUT, REASON_RECEIVER_TIMEOUT);
}

// Why the session ends with the sender's leaving: where a fault waits to be
// told, it is that, and not who went first after it.
static enum reason
leaving_reason(const struct step *step, enum reason reason)
{
	const struct sequencer *sequencer = step->sequencer;

	return sequencer->fault != OWN_COUNT ? sequencer->fault_reason : reason;
}

void
on_sender_left(struct step *step)
{
	if (step_owes(step->sequencer)) {
		sequencer_enter(step, STATE_S_DONE);
		return;
	}
	step_leave_receiver(step, DROP_GRACEFUL);
	step_finish(step, leaving_reason(step, REASON_SENDER_CLOSED));
}

// Without a closing word: what it sent has no end. Only a message whose last
// byte went to the receiver has an outcome, and that is waited for.
void
on_sender_broken(struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;

	for (size_t i = 0; i < sequencer->expected_count; i++)
		if (sequencer->expected[i] == EXPECT_CHUNK_LAST) {
			sequencer_enter(step, STATE_S_GONE);
			return;
		}
	step_leave_receiver(step, DROP_ABORT);
	step_finish(step, leaving_reason(step, REASON_SENDER_LOST));
}

// RFC 5321 4.1.1.4: only the end of data commits. No terminator, no QUIT, no
// closing of TLS goes to the receiver: it must discard what it has.
void
on_sender_lost_content(struct step *step)
{
	step_leave_receiver(step, DROP_ABORT);
	step_finish(step, leaving_reason(step, REASON_SENDER_LOST_IN_MESSAGE));
}

void
on_sender_gone(struct step *step)
{
	sequencer_enter(step, STATE_S_GONE);
}
