// SPDX-License-Identifier: ISC
//
// Commands of the sender: what is answered here, what must wait, what may go
// to the receiver.

#include "smtp/sequencer_parts.h"

void
step_answer_error(struct step *step, enum own_reply own, const char *why)
{
	step_answer_in_turn(step, own, why);
	step_count_error(step);
}

void
step_wait_for_replies(struct step *step, const char *why)
{
	step_hold(step, SENDER, why);
	sequencer_enter(step, STATE_S_BARRIER);
}

void
step_count_error(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	unsigned limit = sequencer->settings->error_limit;

	sequencer->errors++;
	if (limit != 0 && sequencer->errors >= limit)
		step_fault_later(
		    step, OWN_TOO_MANY_ERRORS, REASON_SENDER_ERRORS);
}

void
step_slow_down(struct step *step, unsigned errors_before)
{
	struct sequencer *sequencer = step->sequencer;
	unsigned limit = sequencer->settings->error_limit;

	if (sequencer->errors > errors_before && limit != 0 &&
	    sequencer->errors >= limit - limit / 2 &&
	    sequencer->fault == OWN_COUNT &&
	    sequencer->state[SENDER] == STATE_S_COMMAND)
		sequencer_enter(step, STATE_S_DELAYED);
}

void
on_delay_over(struct step *step)
{
	if (step->event->reason != REASON_NONE)
		on_sender_timeout(step);
	else
		sequencer_enter(step, STATE_S_COMMAND);
}

// A command that brings no message nearer.
void
step_count_command(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	unsigned limit = sequencer->settings->command_limit;

	sequencer->commands++;
	if (limit != 0 && sequencer->commands >= limit)
		step_fault_later(
		    step, OWN_TOO_MANY_COMMANDS, REASON_SENDER_COMMANDS);
}

bool
step_refused(struct step *step)
{
	const struct verdict *verdict = step->event->verdict;

	if (verdict == NULL)
		return false;
	step->sequencer->settings = verdict->settings;
	if (!verdict->refuse)
		return false;
	if (verdict->close)
		step_fault_later(step, verdict->refusal, REASON_REFUSED);
	if (verdict->close && !step_owes(step->sequencer))
		step_tell_fault(step);
	else
		step_answer_error(step, verdict->refusal, "policy refuses");
	return true;
}

void
step_end_with(struct step *step, enum own_reply own, enum reason reason)
{
	step_leave_receiver(step, DROP_GRACEFUL);
	step_answer(step, own, reason_sentence(reason));
	step_finish(step, reason);
}

void
on_not_smtp(struct step *step)
{
	step_end_with(step, OWN_NOT_SMTP, REASON_SENDER_NOT_SMTP);
}

// Passes the line on and expects its reply; where the receiver takes one
// command at a time, or the command must be the last of its group, the
// sender waits for that.
void
step_forward(struct step *step, enum expected expected)
{
	struct sequencer *sequencer = step->sequencer;
	enum verb verb = step->event->command->verb;

	// The line of AUTH may carry the password itself.
	step_action(step, ACTION_FORWARD, RECEIVER, expected)->secret =
	    expected == EXPECT_AUTH;
	step_expect(step, expected);
	if (command_ends_group(verb) ||
	    !extension_has(&sequencer->offered, EXTENSION_PIPELINING))
		sequencer_enter(step, STATE_S_BARRIER);
}

// True when the line itself cannot be a command.
static bool
line_unusable(struct step *step)
{
	const struct line *line = step->event->line;
	const struct sequencer *sequencer = step->sequencer;

	if (line->overlong)
		step_answer_error(step, OWN_LINE_TOO_LONG, "line too long");
	else if (line->bare_lf && sequencer->settings->reject_bare_newline)
		step_end_with(
		    step, OWN_BARE_NEWLINE, REASON_SENDER_BARE_NEWLINE);
	else if (line->control || line->bare_cr)
		// A receiver might take a bare CR for the end of a line.
		step_answer_error(
		    step, OWN_BAD_CHARACTERS, "control characters");
	else
		return false;
	return true;
}

// Replies that end the session, or depend on all before: not while others
// are owed.
static bool
must_be_alone(const struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;
	const struct command *command = step->event->command;
	const struct line *line = step->event->line;

	if (sequencer->fault != OWN_COUNT || sequencer->stopping)
		return true;
	if (line->bare_lf && sequencer->settings->reject_bare_newline)
		return true;
	if (command_class(command->verb) == COMMAND_FOREIGN)
		return true;
	if (command_class(command->verb) == COMMAND_TRUSTED)
		return sequencer->settings->take_xclient;
	if (command->verb == VERB_BDAT)
		return command->bad_chunk ||
		       !step_shows(sequencer, EXTENSION_CHUNKING) ||
		       !extension_has(
			   &sequencer->offered, EXTENSION_PIPELINING);
	if (sequencer->settings->reject_early_pipelining &&
	    command->verb == VERB_DATA && step->event->behind > 0)
		return true;
	return command->verb == VERB_EHLO || command->verb == VERB_HELO ||
	       command->verb == VERB_STARTTLS;
}

static void
on_quit(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->state[RECEIVER] == STATE_R_READY) {
		step_forward(step, EXPECT_QUIT);
		return;
	}
	enum reason reason = sequencer->fault != OWN_COUNT
				 ? sequencer->fault_reason
				 : REASON_QUIT;
	step_end_with(step, OWN_BYE, reason);
}

// NOOP and RSET before the receiver is ready: there is nothing to reset.
static void
on_idle_command(struct step *step, enum expected expected)
{
	step_count_command(step);
	if (step->sequencer->state[RECEIVER] == STATE_R_GREETED) {
		step_answer_in_turn(step, OWN_OK, "answered by us");
		return;
	}
	step_forward(step, expected);
}

static void
on_session_command(struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;
	enum verb verb = step->event->command->verb;

	if (verb == VERB_EHLO || verb == VERB_HELO) {
		if (sequencer->settings->reject_early_pipelining &&
		    step->event->behind > 0) {
			step_end_with(
			    step, OWN_EARLY_PIPELINING, REASON_SENDER_EARLY);
			return;
		}
		if (step->event->verdict == NULL)
			step_count_command(step);
		step_hello(step, verb == VERB_EHLO);
	} else if (verb == VERB_STARTTLS) {
		step_starttls(step);
	} else {
		on_idle_command(
		    step, verb == VERB_RSET ? EXPECT_RSET : EXPECT_OTHER);
	}
}

static void
dispatch(struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;
	enum verb verb = step->event->command->verb;

	switch (command_class(verb)) {
	case COMMAND_FOREIGN:
		step_end_with(step, OWN_NOT_SMTP, REASON_SENDER_NOT_SMTP);
		return;
	case COMMAND_REFUSED:
		step_answer_error(
		    step, OWN_NOT_IMPLEMENTED, "never goes through");
		return;
	case COMMAND_UNOFFERED:
		step_answer_error(step, OWN_UNRECOGNIZED, "never offered");
		return;
	case COMMAND_TRUSTED:
		step_trusted(step);
		return;
	case COMMAND_SESSION:
		on_session_command(step);
		return;
	case COMMAND_ENVELOPE:
		break;
	}
	// RFC 3207 4: before TLS nothing but NOOP, EHLO, STARTTLS and QUIT.
	if (sequencer->settings->sender_need == SENDER_MUST_TLS &&
	    sequencer->strength[SENDER] == STRENGTH_NONE)
		step_answer_error(
		    step, OWN_MUST_STARTTLS, "sender.tls is require");
	else if (verb == VERB_EMPTY)
		step_answer_error(step, OWN_UNRECOGNIZED, "empty line");
	else if (sequencer->hello == HELLO_NONE)
		step_answer_error(step, OWN_HELLO_FIRST, "no EHLO yet");
	else
		step_envelope(step);
}

bool
step_session_is_ending(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->state[RECEIVER] == STATE_R_LOST) {
		step_wait_for_replies(step, "the receiver is leaving");
		return true;
	}
	if (sequencer->fault != OWN_COUNT) {
		step_tell_fault(step);
		return true;
	}
	if (sequencer->state[RECEIVER] != STATE_R_LEAVING)
		return false;
	step_expect(step, EXPECT_FAREWELL);
	sequencer_enter(step, STATE_S_BARRIER);
	sequencer_enter(step, STATE_R_LOST);
	return true;
}

void
on_command(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (step_owes(sequencer) && must_be_alone(step)) {
		step_wait_for_replies(step, "waits for the replies before it");
		return;
	}
	if (sequencer->stopping && !sequencer->in_mail)
		step_fault_later(step, OWN_SHUTTING_DOWN, REASON_SHUTDOWN);
	bool leaves = step->event->command->verb == VERB_QUIT &&
		      sequencer->state[RECEIVER] != STATE_R_LOST;

	if (!leaves && step_session_is_ending(step))
		return;
	if (line_unusable(step))
		return;
	if (leaves)
		on_quit(step);
	else
		dispatch(step);
}

// The same answer to whatever it says, but not for ever.
static void
refuse_again(struct step *step, enum own_reply own, const char *why)
{
	struct sequencer *sequencer = step->sequencer;
	unsigned limit = sequencer->settings->error_limit;

	if (limit != 0 && ++sequencer->errors > limit)
		step_end_with(step, OWN_TOO_MANY_ERRORS, REASON_SENDER_ERRORS);
	else
		step_answer(step, own, why);
}

void
on_command_refused(struct step *step)
{
	if (step->event->command->verb == VERB_QUIT) {
		step_answer(step, OWN_BYE, "answered by us");
		step_finish(step, REASON_RECEIVER_REFUSED);
		return;
	}
	refuse_again(step, OWN_BAD_SEQUENCE, "the receiver refused");
}

void
on_refused_end(struct step *step)
{
	step_finish(step, REASON_RECEIVER_REFUSED);
}

void
on_command_too_weak(struct step *step)
{
	if (step->event->command->verb == VERB_QUIT) {
		step_end_with(step, OWN_BYE, REASON_REFUSED);
		return;
	}
	refuse_again(step, OWN_TLS_TOO_WEAK, "RFC 3207 4.1");
}
