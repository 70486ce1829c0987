// SPDX-License-Identifier: ISC
//
// The content of messages and its end: when the end of data may go, what
// becomes of content that nobody wants any more.

#include "smtp/sequencer_parts.h"

// A 2yz that comes before the last byte was written says yes to something
// that was not asked: a sign of smuggling, or of a broken receiver.
static void
on_early_success(struct step *step)
{
	step_leave_receiver(step, DROP_ABORT);
	step_fault(step, OWN_RECEIVER_PROTOCOL, REASON_RECEIVER_EARLY_SUCCESS);
}

void
step_early_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (step->event->reply->code < 400) {
		on_early_success(step);
		return;
	}
	if (sequencer->state[SENDER] == STATE_S_ENDING) {
		// The content was all read, but not all of it was written: its
		// word stands, but the connection cannot be used any more.
		step_note(step, NOTE_REJECTED);
		step_relay(step, EXPECT_SWALLOWED, "said before the end");
		step_answered(step);
		step_leave_receiver(step, DROP_ABORT);
		step_fault_later(
		    step, OWN_RECEIVER_LOST, REASON_RECEIVER_CLOSED);
		step_message_over(step);
		sequencer_enter(step, STATE_S_COMMAND);
		return;
	}
	// Its word waits in the queue until the sender can be told.
	step_hold(step, RECEIVER, "waits for the end of the content");
	step_action(step, ACTION_SWALLOW, SENDER, 0);
	step_action(step, ACTION_DROP, RECEIVER, DROP_ABORT);
	sequencer_enter(step, STATE_R_LOST);
	sequencer_enter(step, STATE_S_SWALLOW);
}

void
on_data_end(struct step *step)
{
	if (step->event->bare) {
		step_leave_receiver(step, DROP_ABORT);
		step_note(step, NOTE_REJECTED);
		step_answer(
		    step, OWN_NEWLINE_IN_CONTENT, "bare-newline is reject");
		step_finish(step, REASON_SENDER_BARE_NEWLINE);
		return;
	}
	step_action(step, ACTION_END_CONTENT, RECEIVER, 0);
	step_expect(step, EXPECT_END);
	sequencer_enter(step, STATE_S_ENDING);
}

void
on_chunk_end(struct step *step)
{
	sequencer_enter(step, STATE_S_ENDING);
}

void
on_drained(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->state[SENDER] != STATE_S_ENDING)
		return;
	if (step_expected_last(step) == EXPECT_END)
		sequencer_enter(step, STATE_S_ENDED);
	else if (extension_has(&sequencer->offered, EXTENSION_PIPELINING))
		sequencer_enter(step, STATE_S_COMMAND);
	else
		sequencer_enter(step, STATE_S_BARRIER);
}

void
on_swallow_end(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	// A chunk's reply was expected when it began, DATA's is not yet. Of
	// what was not all written no 2yz can be the answer.
	if (!step_owes(sequencer))
		step_expect(step, EXPECT_SWALLOWED);
	else
		step_swallow_last(step);
	sequencer_enter(step, STATE_S_BARRIER);
	if (sequencer->fault != OWN_COUNT)
		step_fault(step, sequencer->fault, sequencer->fault_reason);
}

void
on_swallow_timeout(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	enum reason reason = sequencer->fault != OWN_COUNT
				 ? sequencer->fault_reason
				 : REASON_RECEIVER_LOST_IN_MESSAGE;

	step_note(step, NOTE_UNKNOWN);
	step_answer(step, OWN_RECEIVER_LOST, "the content did not end");
	step_leave_receiver(step, DROP_ABORT);
	step_finish(step, reason);
}

// It takes no more bytes. What it said before is still taken, in order: its
// word wins over our own.
void
on_receiver_lost(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	sequencer_enter(step, STATE_R_LOST);
	if (sequencer->state[SENDER] == STATE_S_ENDING) {
		step_swallow_last(step);
		sequencer_enter(step, STATE_S_BARRIER);
		return;
	}
	if (!step_in_content(sequencer))
		return;
	step_action(step, ACTION_SWALLOW, SENDER, 0);
	sequencer_enter(step, STATE_S_SWALLOW);
}
