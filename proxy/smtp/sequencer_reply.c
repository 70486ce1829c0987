// SPDX-License-Identifier: ISC
//
// Replies of the receiver once it is ready: each is the reply to the oldest
// command that is owed one (expected.def).

#include "base/contract.h"
#include "smtp/sequencer_parts.h"

enum fits { FITS_ANY, FITS_DATA, FITS_AUTH, FITS_UNKNOWN, FITS_NO };

static const struct {
	enum fits fits;
	void (*handler)(struct step *step);
} expectations[EXPECT_COUNT] = {
#define EXPECTED(id, timer, fits, handler)                                     \
	[EXPECT_##id] = {FITS_##fits, handler},
#include "smtp/expected.def"
#undef EXPECTED
};

static bool
reply_fits(enum fits fits, unsigned code)
{
	switch (fits) {
	case FITS_ANY:
		return code / 100 != 3;
	case FITS_DATA:
		return code / 100 != 2;
	case FITS_AUTH:
		return code / 100 != 3 || code == 334;
	case FITS_UNKNOWN:
		return code / 100 != 3 && code != 220;
	case FITS_NO:
		return code >= 400;
	}
	return false;
}

// The recipients of before are none of what comes now; those whose reply is
// still owed were said behind it already.
static void
recount_recipients(struct sequencer *sequencer)
{
	unsigned count = 0;

	for (size_t i = 0; i < sequencer->expected_count; i++) {
		enum expected expected = sequencer->expected[i];

		if (expected == EXPECT_RCPT)
			count++;
		else if (expected == EXPECT_MAIL)
			count = 0;
	}
	sequencer->recipients = count;
}

void
step_message_over(struct step *step)
{
	step->sequencer->in_mail = false;
	recount_recipients(step->sequencer);
	step->sequencer->commands = 0;
}

// The reply goes to the sender, whose turn it is when nothing else is owed.
static void
relay(struct step *step, enum expected expected)
{
	step_relay(step, expected, "the receiver's word");
	step_answered(step);
	if (step->event->reply->code >= 500)
		step_count_error(step);
	step_settle(step);
}

// 421 at any time: the receiver is going (RFC 5321 3.8).
static void
on_farewell(struct step *step, enum expected expected)
{
	struct sequencer *sequencer = step->sequencer;

	if (expected == EXPECT_END || expected == EXPECT_CHUNK_LAST ||
	    expected == EXPECT_SWALLOWED)
		step_note(step, NOTE_REJECTED);
	if (sequencer->kept_mail)
		step_action(step, ACTION_RELEASE, SENDER, 0);
	sequencer->kept_mail = false;
	step_relay(step, expected, "the receiver is going");
	step_leave_receiver(step, DROP_GRACEFUL);
	step_finish(step, REASON_RECEIVER_CLOSED);
}

void
on_bad_reply(struct step *step)
{
	step_leave_receiver(step, DROP_ABORT);
	step_fault(step, OWN_RECEIVER_PROTOCOL, REASON_RECEIVER_PROTOCOL);
}

// The first MAIL of a connection was refused as if TLS had never been: by a
// receiver that forgot it (Q279214), or by one that wants it after all.
// Nothing was accepted, so it may be said again, once.
static bool
was_forgotten(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	unsigned code = step->event->reply->code;
	struct reader text = reply_line(step->event->reply, 0);
	bool must_starttls =
	    text.left >= 5 && bytes_equal_text(text.at, 5, "5.7.0");

	if (!sequencer->kept_mail || sequencer->forgotten)
		return false;
	if (sequencer->strength[RECEIVER] != STRENGTH_NONE)
		return code == 505;
	return sequencer->settings->receiver_need == RECEIVER_MAY_TLS &&
	       (code == 505 || (code == 530 && must_starttls));
}

static void
say_mail_again(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	sequencer->forgotten = true;
	sequencer->in_mail = false;
	sequencer->pending = PENDING_MAIL;
	sequencer->attempt = ATTEMPT_TLS;
	step_note(step, NOTE_FORGOTTEN);
	step_answered(step);
	sequencer_enter(step, STATE_S_HELLO);
	if (sequencer->strength[RECEIVER] == STRENGTH_NONE) {
		step_say(step, SAY_STARTTLS, "it wants TLS after all");
		sequencer_enter(step, STATE_R_STARTTLS);
		return;
	}
	step_leave_receiver(step, DROP_GRACEFUL);
	step_redial(step, "the receiver forgot its TLS");
}

void
on_mail_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (was_forgotten(step)) {
		say_mail_again(step);
		return;
	}
	if (sequencer->kept_mail)
		step_action(step, ACTION_RELEASE, SENDER, 0);
	sequencer->kept_mail = false;
	sequencer->in_mail = step->event->reply->code < 300;
	if (!sequencer->in_mail)
		step_note(step, NOTE_REFUSED);
	relay(step, EXPECT_MAIL);
}

// A receiver says 503 to it, and still has the message that was open: what
// must not happen inside of one (STARTTLS, our XFORWARD) must not now either.
void
on_nested_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (step->event->reply->code < 300) {
		sequencer->in_mail = true;
		sequencer->misjudged = false;
		recount_recipients(sequencer);
	} else if (!sequencer->in_mail) {
		step_note(step, NOTE_REFUSED);
	} else {
		// Policy was asked about it: by its sender it would let
		// recipients pass that the open message may not have.
		sequencer->misjudged = sequencer->settings->ask_at_mail;
	}
	relay(step, EXPECT_NESTED);
}

void
on_data_reply(struct step *step)
{
	if (step->event->reply->code >= 400) {
		step_note(step, NOTE_REFUSED);
		relay(step, EXPECT_DATA);
		return;
	}
	step_relay(step, EXPECT_DATA, "content may come");
	step_answered(step);
	step_action(step, ACTION_CONTENT, SENDER, CONTENT_DATA);
	sequencer_enter(step, STATE_S_CONTENT);
}

void
on_final_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	bool accepted = step->event->reply->code < 300;
	bool gone = sequencer->state[SENDER] == STATE_S_GONE;

	if (!accepted)
		step_note(step, NOTE_REJECTED);
	else
		step_note(step, gone ? NOTE_UNACKNOWLEDGED : NOTE_ACCEPTED);
	step_message_over(step);
	relay(step, step_expected_first(step));
}

void
on_refusal_reply(struct step *step)
{
	step_note(step, NOTE_REJECTED);
	step_message_over(step);
	relay(step, EXPECT_SWALLOWED);
}

// Some receivers let themselves be greeted once alone (OpenSMTPD does), but a
// sender greets again after its own STARTTLS: what was said before holds still.
static bool
was_greeted_already(const struct step *step)
{
	const struct sequencer *sequencer = step->sequencer;

	return step->event->reply->code == 503 && !sequencer->in_mail;
}

void
on_hello_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	enum expected expected = step_expected_first(step);
	bool from_kept = was_greeted_already(step);

	if (step->event->reply->code >= 400 && !from_kept) {
		relay(step, expected);
		return;
	}
	sequencer->in_mail = false;
	sequencer->recipients = 0;
	if (expected == EXPECT_EHLO) {
		// Without a kept list HELO was said: its reply is no list.
		if (!from_kept && sequencer->kept_reply)
			step_keep_list(step);
		sequencer->hello = HELLO_EHLO;
		step_action(step, ACTION_SHOW_EHLO, SENDER, from_kept ? 1 : 0);
	} else {
		sequencer->hello = HELLO_HELO;
		step_action(step, ACTION_SHOW_HELO, SENDER, from_kept ? 1 : 0);
	}
	step_answered(step);
	step_settle(step);
}

void
on_auth_reply(struct step *step)
{
	bool challenge = step->event->reply->code == 334;

	if (step_reply_class(step) == 2)
		step->sequencer->logged_in = true;
	relay(step, EXPECT_AUTH);
	if (challenge && step->sequencer->state[SENDER] == STATE_S_COMMAND)
		sequencer_enter(step, STATE_S_AUTH);
}

void
on_rset_reply(struct step *step)
{
	if (step->event->reply->code < 300)
		step->sequencer->in_mail = false;
	relay(step, EXPECT_RSET);
}

void
on_quit_reply(struct step *step)
{
	step_relay(step, EXPECT_QUIT, "the receiver's word");
	step_action(step, ACTION_DROP, RECEIVER, DROP_GRACEFUL);
	step_finish(step, REASON_QUIT);
}

void
on_cancelled_reply(struct step *step)
{
	enum own_reply own = step->sequencer->expected_own[0];

	step_answer(step, own, "instead of the reply to our *");
	step_answered(step);
	step_count_error(step);
	step_settle(step);
}

void
on_other_reply(struct step *step)
{
	relay(step, step_expected_first(step));
}

// A reply that answers nothing: a 421 is kept for the sender's next command,
// anything else shifts every reply behind it.
static void
on_unasked_reply(struct step *step)
{
	if (step->event->reply->code != 421) {
		on_bad_reply(step);
		return;
	}
	step_hold(step, RECEIVER, "waits for the sender's next command");
	sequencer_enter(step, STATE_R_LEAVING);
	step_settle(step);
}

void
on_reply(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->state[SENDER] == STATE_S_CONTENT ||
	    (sequencer->state[SENDER] == STATE_S_ENDING &&
		step_expected_first(step) == EXPECT_END)) {
		step_early_reply(step);
		return;
	}
	if (sequencer->expected_count == 0) {
		on_unasked_reply(step);
		return;
	}
	enum expected expected = step_expected_first(step);
	if (step->event->reply->code == 421) {
		on_farewell(step, expected);
		return;
	}
	if (!reply_fits(
		expectations[expected].fits, step->event->reply->code)) {
		on_bad_reply(step);
		return;
	}
	expectations[expected].handler(step);
}
