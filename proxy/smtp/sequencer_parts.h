// SPDX-License-Identifier: ISC
//
// What the files of the sequencer share, and nobody else includes:
//   sequencer.c          tables, the step, the one setter, timers
//   sequencer_expected.c the queue of replies that are owed; small actions
//   sequencer_greet.c    dialling, banner, the sender's hello
//   sequencer_ladder.c   the receiver's way up: EHLO, STARTTLS, TLS, EHLO
//   sequencer_identity.c who the sender is: told to the receiver, or to us
//   sequencer_secure.c   STARTTLS and TLS on the sender's leg
//   sequencer_command.c  commands of the sender: what is answered here
//   sequencer_mail.c     commands of the envelope, AUTH
//   sequencer_reply.c    replies of the receiver once it is ready
//   sequencer_content.c  the content of messages and its end
//   sequencer_end.c      faults, timeouts, lost connections, farewells

#ifndef SMTP_SEQUENCER_PARTS_H
#define SMTP_SEQUENCER_PARTS_H

#include "smtp/sequencer.h"

struct step {
	struct sequencer *sequencer;
	const struct event *event;
	struct actions *actions;
};

// How a fault is told, by the sender's state (state.def).
enum told { TOLD_NOW, TOLD_OWED, TOLD_SWALLOW, TOLD_LATER, TOLD_NOBODY };
enum told state_told(enum state state);

// The only writer of sequencer->state.
void sequencer_enter(struct step *step, enum state state);

// Adds an action; the pointer is good until the next one is added.
struct action *step_action(
    struct step *step, enum action_kind kind, enum side side, unsigned value);
// Answers the sender at once; nothing else may be owed.
void step_answer(struct step *step, enum own_reply own, const char *why);
// Answers the sender when what is owed before it has been answered.
void step_answer_in_turn(
    struct step *step, enum own_reply own, const char *why);
void step_say(struct step *step, enum own_command command, const char *why);
void step_relay(struct step *step, enum expected expected, const char *why);
void step_hold(struct step *step, enum side side, const char *why);
void step_note(struct step *step, enum note note);
void step_finish(struct step *step, enum reason reason);

// The queue of expected replies. Full: sequencer_takes says NOTHING.
void step_expect(struct step *step, enum expected expected);
enum expected step_expected_first(const struct step *step);
enum expected step_expected_last(const struct step *step);
// Drops the first, and gives our own replies that were waiting behind it.
void step_answered(struct step *step);
// Nothing is owed any more: the sender may speak, if it was waiting for that.
void step_settle(struct step *step);

// Ends the receiver's leg: with QUIT where it is its turn, without where not.
void step_leave_receiver(struct step *step, enum drop how);
// The receiver is ourselves: ends the session so.
void step_meet_itself(struct step *step);
// From now on the session can only end, so: own is told to the sender as the
// reply that is owed, or to its next command. The first fault counts.
void step_fault(struct step *step, enum own_reply own, enum reason reason);
// The same, but what is owed is still answered by the receiver.
void step_fault_later(
    struct step *step, enum own_reply own, enum reason reason);
// Tells the fault to the command in hand and ends.
void step_tell_fault(struct step *step);

// Dials again with the attempt and rung that the sequencer holds.
void step_redial(struct step *step, const char *why);
// While nothing of a message was said, and its sender waits for the banner or
// for the reply to its hello: leaves the receiver in hand, so, and dials the
// next. False: there is none, or it is too late; nothing was done.
bool step_next_receiver(struct step *step, enum drop how);
// The next receiver, or the fault where there is none.
void step_receiver_fails(
    struct step *step, enum drop how, enum own_reply own, enum reason reason);
// Takes a verdict's settings; true when it refused the command in hand.
bool step_refused(struct step *step);
// Counts an error of the sender; past the limit its next command is told so.
void step_count_error(struct step *step);
// A sender whose turn it is, and that made another error beyond half of what
// it may, has to wait: guessing and searching become slow.
void step_slow_down(struct step *step, unsigned errors_before);
// Begins a hello: the first runs the ladder, later ones are passed on.
void step_hello(struct step *step, bool extended);
void step_starttls(struct step *step);
bool step_in_content(const struct sequencer *sequencer);
// The receiver offers it, and the sender was shown it.
bool step_shows(const struct sequencer *sequencer, enum extension extension);
bool step_owes(const struct sequencer *sequencer);

// Shared between the files named in the comments above.
void step_say_hello(
    struct step *step, enum own_command command, enum state state);
// The receiver was greeted, and its leg meets its policy: what is left is to
// tell it who sends.
void step_climbed(struct step *step);
void step_receiver_ready(struct step *step);
// The EHLO reply in hand counts from now on, and a copy of it is kept.
void step_keep_list(struct step *step);
// Whether it is to be told so before the next MAIL, and is; it says XFORWARD.
bool step_xforward(struct step *step);
// Leaves the line in hand in its queue until every reply that is owed is in.
void step_wait_for_replies(struct step *step, const char *why);
// XCLIENT and XFORWARD of the sender.
void step_trusted(struct step *step);
void step_answer_error(struct step *step, enum own_reply own, const char *why);
void step_end_with(struct step *step, enum own_reply own, enum reason reason);
void step_forward(struct step *step, enum expected expected);
void step_count_command(struct step *step);
// True when the line in hand can only be told that the session ends: as the
// fault says, or as the receiver's own 421 does, which may still be unread.
bool step_session_is_ending(struct step *step);
void step_envelope(struct step *step);
void step_early_reply(struct step *step);
void step_message_over(struct step *step);
// What was not all written has no good reply any more.
void step_swallow_last(struct step *step);
unsigned step_reply_class(const struct step *step);
enum timer step_expected_timer(enum expected expected);

// The handlers of transition.def.
void on_start(struct step *step);
void on_sender_secured_first(struct step *step);
void on_sender_insecure(struct step *step);
void on_sender_broken(struct step *step);
void on_not_smtp(struct step *step);
void on_sender_left(struct step *step);
void on_sender_timeout(struct step *step);
void on_ladder_timeout(struct step *step);
void on_delay_over(struct step *step);
void on_command(struct step *step);
void on_sender_secured(struct step *step);
void on_sender_plaintext(struct step *step);
void on_response(struct step *step);
void on_data_end(struct step *step);
void on_sender_lost_content(struct step *step);
void on_chunk_end(struct step *step);
void on_sender_gone(struct step *step);
void on_swallow_end(struct step *step);
void on_swallow_timeout(struct step *step);
void on_command_refused(struct step *step);
void on_refused_end(struct step *step);
void on_command_too_weak(struct step *step);
void on_connected(struct step *step);
void on_unreachable(struct step *step);
void on_receiver_secured_first(struct step *step);
void on_receiver_insecure(struct step *step);
void on_redial(struct step *step);
void on_stop(struct step *step);
void on_banner(struct step *step);
void on_bad_reply(struct step *step);
void on_receiver_timeout(struct step *step);
void on_receiver_ended(struct step *step);
void on_reply(struct step *step);
void on_ehlo_reply(struct step *step);
void on_ehlo_ended(struct step *step);
void on_helo_reply(struct step *step);
void on_starttls_reply(struct step *step);
void on_receiver_secured(struct step *step);
void on_ehlo_tls_reply(struct step *step);
void on_xclient_reply(struct step *step);
void on_receiver_lost(struct step *step);
void on_drained(struct step *step);

// The handlers of expected.def.
void on_hello_reply(struct step *step);
void on_mail_reply(struct step *step);
void on_nested_reply(struct step *step);
void on_xforward_reply(struct step *step);
void on_other_reply(struct step *step);
void on_data_reply(struct step *step);
void on_final_reply(struct step *step);
void on_refusal_reply(struct step *step);
void on_auth_reply(struct step *step);
void on_rset_reply(struct step *step);
void on_quit_reply(struct step *step);
void on_cancelled_reply(struct step *step);

#endif
