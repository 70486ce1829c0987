// SPDX-License-Identifier: ISC
//
// The queue of replies that are owed to the sender, and the small actions.

#include "base/contract.h"
#include "smtp/sequencer_parts.h"

#include <string.h>

struct action *
step_action(
    struct step *step, enum action_kind kind, enum side side, unsigned value)
{
	struct actions *actions = step->actions;

	REQUIRE(actions->count < ACTIONS_MOST);
	actions->list[actions->count++] = (struct action){
	    .kind = kind, .side = side, .own = OWN_COUNT, .value = value};
	return &actions->list[actions->count - 1];
}

void
step_answer(struct step *step, enum own_reply own, const char *why)
{
	if (step->sequencer->state[SENDER] == STATE_S_GONE)
		return;
	struct action *action = step_action(step, ACTION_ANSWER, SENDER, 0);
	action->own = own;
	action->why = why;
	action->detail = own == OWN_TLS_FAILED || own == OWN_NOT_VERIFIED ||
			 own == OWN_CANNOT_CONNECT || own == OWN_NOT_PROVEN;
}

void
step_answer_in_turn(struct step *step, enum own_reply own, const char *why)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->expected_count == 0) {
		step_answer(step, own, why);
		return;
	}
	step_expect(step, EXPECT_OWN);
	sequencer->expected_own[sequencer->expected_count - 1] = (uint8_t)own;
}

void
step_say(struct step *step, enum own_command command, const char *why)
{
	step_action(step, ACTION_SAY, RECEIVER, command)->why = why;
}

void
step_relay(struct step *step, enum expected expected, const char *why)
{
	if (step->sequencer->state[SENDER] == STATE_S_GONE)
		return;
	step_action(step, ACTION_RELAY, SENDER, expected)->why = why;
}

void
step_hold(struct step *step, enum side side, const char *why)
{
	step_action(step, ACTION_HOLD, side, 0)->why = why;
}

void
step_note(struct step *step, enum note note)
{
	step_action(step, ACTION_NOTE, SENDER, note);
}

void
step_finish(struct step *step, enum reason reason)
{
	step_action(step, ACTION_FINISH, SENDER, reason);
	sequencer_enter(step, STATE_R_GONE);
	sequencer_enter(step, STATE_S_CLOSED);
}

void
step_expect(struct step *step, enum expected expected)
{
	struct sequencer *sequencer = step->sequencer;

	REQUIRE(sequencer->expected_count < EXPECTED_MOST);
	sequencer->expected[sequencer->expected_count++] = (uint8_t)expected;
}

enum expected
step_expected_first(const struct step *step)
{
	REQUIRE(step->sequencer->expected_count > 0);
	return step->sequencer->expected[0];
}

enum expected
step_expected_last(const struct step *step)
{
	REQUIRE(step->sequencer->expected_count > 0);
	return step->sequencer->expected[step->sequencer->expected_count - 1];
}

static void
drop_first_expected(struct sequencer *sequencer)
{
	REQUIRE(sequencer->expected_count > 0);
	size_t left = --sequencer->expected_count;

	memmove(sequencer->expected, sequencer->expected + 1, left);
	memmove(sequencer->expected_own, sequencer->expected_own + 1, left);
	// What is behind the end stays zero: whole values are compared.
	sequencer->expected[left] = 0;
	sequencer->expected_own[left] = 0;
}

void
step_answered(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	drop_first_expected(sequencer);
	while (sequencer->expected_count > 0 &&
	       sequencer->expected[0] == EXPECT_OWN) {
		enum own_reply own = sequencer->expected_own[0];

		drop_first_expected(sequencer);
		step_answer(step, own, "in its turn");
	}
}

void
step_settle(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer->expected_count > 0)
		return;
	if (sequencer->state[SENDER] == STATE_S_BARRIER ||
	    sequencer->state[SENDER] == STATE_S_ENDED)
		sequencer_enter(step, STATE_S_COMMAND);
	if (sequencer->state[SENDER] == STATE_S_DONE ||
	    sequencer->state[SENDER] == STATE_S_GONE) {
		bool gone = sequencer->state[SENDER] == STATE_S_GONE;

		step_leave_receiver(step, DROP_GRACEFUL);
		step_finish(
		    step, gone ? REASON_SENDER_LOST : REASON_SENDER_CLOSED);
	}
}

void
step_swallow_last(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	REQUIRE(sequencer->expected_count > 0);
	sequencer->expected[sequencer->expected_count - 1] = EXPECT_SWALLOWED;
}

enum timer
step_expected_timer(enum expected expected)
{
	static const enum timer timers[EXPECT_COUNT] = {
#define EXPECTED(id, timer, fits, handler) [EXPECT_##id] = TIMER_##timer,
#include "smtp/expected.def"
#undef EXPECTED
	};

	REQUIRE(expected < EXPECT_COUNT);
	return timers[expected];
}
