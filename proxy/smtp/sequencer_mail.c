// SPDX-License-Identifier: ISC
//
// Commands of the envelope and AUTH, which go to a receiver that is ready.

#include "base/bytes.h"
#include "base/contract.h"
#include "smtp/sequencer_parts.h"

static void
on_auth(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct command *command = step->event->command;
	struct extension_view view = sequencer_view(sequencer);
	struct extensions allowed =
	    extension_filter(&sequencer->offered, &view);
	enum mechanism mechanism =
	    mechanism_find(command->mechanism, command->mechanism_size);

	if (command->mechanism_size == 0) {
		step_answer_error(step, OWN_BAD_ARGUMENT, "no mechanism");
		return;
	}
	if (!mechanism_has(&allowed, mechanism)) {
		bool needs_tls = mechanism_is_plaintext(mechanism) &&
				 sequencer->strength[SENDER] != STRENGTH_STRONG;
		step_answer_error(step,
		    needs_tls ? OWN_AUTH_NEEDS_TLS : OWN_BAD_MECHANISM,
		    "not offered to this sender");
		return;
	}
	sequencer->auth_said = true;
	step_forward(step, EXPECT_AUTH);
}

// "... REQUIRETLS" among the parameters of MAIL (RFC 8689 2): any word of it,
// since what stands in an address is the receiver's to judge.
static bool
asks_requiretls(const struct command *command)
{
	static const char word[] = "REQUIRETLS";
	const uint8_t *bytes = command->argument;
	size_t start = 0;

	for (size_t i = 0; i <= command->argument_size; i++) {
		bool blank = i == command->argument_size || bytes[i] == ' ' ||
			     bytes[i] == '\t';

		if (!blank)
			continue;
		if (bytes_equal_text(bytes + start, i - start, word))
			return true;
		start = i + 1;
	}
	return false;
}

bool
step_shows(const struct sequencer *sequencer, enum extension extension)
{
	struct extension_view view = sequencer_view(sequencer);
	struct extensions shown = extension_filter(&sequencer->offered, &view);

	return extension_has(&shown, extension);
}

static bool
requiretls_refused(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (!asks_requiretls(step->event->command) ||
	    step_shows(sequencer, EXTENSION_REQUIRETLS))
		return false;
	step_answer_error(step,
	    sequencer->strength[SENDER] == STRENGTH_NONE
		? OWN_REQUIRETLS_NEEDS_TLS
		: OWN_REQUIRETLS_UNSUPPORTED,
	    "not shown to this sender");
	return true;
}

// Whether a message is open for the receiver, after all that it was told.
static bool
mail_is_open(const struct sequencer *sequencer)
{
	for (size_t i = sequencer->expected_count; i > 0; i--) {
		enum expected expected = sequencer->expected[i - 1];

		if (expected == EXPECT_MAIL)
			return true;
		if (expected == EXPECT_CHUNK_LAST || expected == EXPECT_RSET)
			return false;
	}
	return sequencer->in_mail;
}

static void
on_mail(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct sequencer_settings *settings = sequencer->settings;

	if (settings->ask_at_mail && step->event->verdict == NULL) {
		step_action(step, ACTION_ASK, SENDER, ASK_MAIL);
		return;
	}
	if (step_refused(step) || requiretls_refused(step))
		return;
	if (mail_is_open(sequencer)) {
		step_forward(step, EXPECT_NESTED);
		// What comes behind it is judged by what becomes of it.
		if (settings->ask_at_mail)
			sequencer_enter(step, STATE_S_BARRIER);
		return;
	}
	if (step_xforward(step)) {
		step_hold(step, SENDER, "the receiver is told who sends it");
		return;
	}
	// It tells of one message.
	if (settings->introduction == INTRODUCE_XFORWARD)
		sequencer->introduced = false;
	if (sequencer->no_ehlo_yet)
		step_note(step, NOTE_NO_EHLO_AFTER_TLS);
	sequencer->no_ehlo_yet = false;
	sequencer->in_mail = true;
	sequencer->misjudged = false;
	sequencer->recipients = 0;
	// The first MAIL of a connection goes alone, so that it can be said
	// again to a receiver that forgot its TLS; but what was promised of
	// this receiver (REQUIRETLS) may not hold of the one dialled again.
	if (settings->forgetful_redial && !sequencer->mail_said &&
	    !sequencer->auth_said && !asks_requiretls(step->event->command)) {
		sequencer->mail_said = true;
		sequencer->kept_mail = true;
		step_action(step, ACTION_KEEP, SENDER, 0);
		step_forward(step, EXPECT_MAIL);
		sequencer_enter(step, STATE_S_BARRIER);
		return;
	}
	sequencer->mail_said = true;
	step_forward(step, EXPECT_MAIL);
}

static void
on_rcpt(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct sequencer_settings *settings = sequencer->settings;

	if (sequencer->misjudged) {
		step_answer_error(
		    step, OWN_BAD_SEQUENCE, "judged by another MAIL");
		return;
	}
	if (settings->ask_at_rcpt && step->event->verdict == NULL) {
		step_action(step, ACTION_ASK, SENDER, ASK_RCPT);
		return;
	}
	if (step_refused(step))
		return;
	if (settings->recipient_limit != 0 &&
	    sequencer->recipients >= settings->recipient_limit) {
		step_answer_in_turn(
		    step, OWN_TOO_MANY_RECIPIENTS, "limits.recipients");
		return;
	}
	sequencer->recipients++;
	step_forward(step, EXPECT_RCPT);
}

static void
on_data(struct step *step)
{
	if (step->sequencer->settings->reject_early_pipelining &&
	    step->event->behind > 0) {
		step_end_with(step, OWN_EARLY_PIPELINING, REASON_SENDER_EARLY);
		return;
	}
	step->sequencer->mail_said = true;
	step_forward(step, EXPECT_DATA);
}

static void
on_bdat(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct command *command = step->event->command;

	// Its payload would be read as commands: hang up.
	if (command->bad_chunk) {
		step_end_with(step, OWN_BAD_CHUNK, REASON_SENDER_BAD_CHUNK);
		return;
	}
	if (!step_shows(sequencer, EXTENSION_CHUNKING)) {
		step_end_with(
		    step, OWN_CHUNK_NOT_OFFERED, REASON_SENDER_BAD_CHUNK);
		return;
	}
	sequencer->mail_said = true;
	step_forward(step, command->last ? EXPECT_CHUNK_LAST : EXPECT_CHUNK);
	step_action(step, ACTION_CONTENT, SENDER, CONTENT_CHUNK)->size =
	    command->chunk;
	sequencer_enter(step, STATE_S_CHUNK);
}

static void
on_burl(struct step *step)
{
	step->sequencer->mail_said = true;
	step_forward(step,
	    step->event->command->last ? EXPECT_CHUNK_LAST : EXPECT_CHUNK);
}

static void
on_other(struct step *step)
{
	step_count_command(step);
	step_forward(step, EXPECT_OTHER);
}

static void
on_unknown(struct step *step)
{
	step_count_command(step);
	step_forward(step, EXPECT_UNKNOWN);
}

// Commands of the envelope class: only now that the receiver is ready.
void
step_envelope(struct step *step)
{
	static void (*const handlers[VERB_COUNT])(struct step *) = {
	    [VERB_AUTH] = on_auth,
	    [VERB_MAIL] = on_mail,
	    [VERB_RCPT] = on_rcpt,
	    [VERB_DATA] = on_data,
	    [VERB_BDAT] = on_bdat,
	    [VERB_BURL] = on_burl,
	    [VERB_VRFY] = on_other,
	    [VERB_EXPN] = on_other,
	    [VERB_ETRN] = on_other,
	    [VERB_HELP] = on_other,
	    [VERB_UNKNOWN] = on_unknown,
	};
	enum verb verb = step->event->command->verb;

	REQUIRE(verb < VERB_COUNT && handlers[verb] != NULL);
	handlers[verb](step);
}

// A line of a SASL exchange goes through unparsed; one that no receiver
// could take as one line ends the exchange.
void
on_response(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;
	const struct line *line = step->event->line;
	bool unusable =
	    line->control || line->bare_cr ||
	    (line->bare_lf && sequencer->settings->reject_bare_newline);

	if (sequencer->fault != OWN_COUNT) {
		step_tell_fault(step);
		return;
	}
	if (sequencer->state[RECEIVER] == STATE_R_LOST) {
		step_hold(step, SENDER, "the receiver is leaving");
		sequencer_enter(step, STATE_S_BARRIER);
		return;
	}
	if (sequencer->state[RECEIVER] == STATE_R_LEAVING) {
		step_expect(step, EXPECT_FAREWELL);
		sequencer_enter(step, STATE_S_BARRIER);
		sequencer_enter(step, STATE_R_LOST);
		return;
	}
	if (line->overlong || unusable) {
		step_say(step, SAY_CANCEL, "the line cannot be passed on");
		step_expect(step, EXPECT_CANCELLED);
		sequencer->expected_own[sequencer->expected_count - 1] =
		    line->overlong ? OWN_AUTH_TOO_LONG : OWN_BAD_CHARACTERS;
	} else {
		step_action(step, ACTION_FORWARD, RECEIVER, EXPECT_AUTH)
		    ->secret = true;
		step_expect(step, EXPECT_AUTH);
	}
	sequencer_enter(step, STATE_S_BARRIER);
}
