// SPDX-License-Identifier: ISC

#include "base/contract.h"
#include "smtp/sequencer_parts.h"

#include <string.h>

static const struct {
	const char *name;
	enum side side;
	enum takes takes;
	enum timer timer;
	enum told told;
	const char *words;
} states[STATE_COUNT] = {
#define STATE(id, side, takes, timer, told, words)                             \
	[STATE_##id] = {                                                       \
	    #id, side, TAKES_##takes, TIMER_##timer, TOLD_##told, words},
#include "smtp/state.def"
#undef STATE
};

typedef void handler_function(struct step *step);

static handler_function *const transitions[STATE_COUNT][EVENT_COUNT] = {
#define ON(state, event, handler) [STATE_##state][EVENT_##event] = handler,
#include "smtp/transition.def"
#undef ON
};

void
sequencer_init(
    struct sequencer *sequencer, const struct sequencer_settings *settings)
{
	// Every byte, padding too: the path explorer compares whole values.
	memset(sequencer, 0, sizeof(*sequencer));
	sequencer->settings = settings;
	sequencer->state[SENDER] = STATE_S_NEW;
	sequencer->state[RECEIVER] = STATE_R_NONE;
	sequencer->fault = OWN_COUNT;
}

void
sequencer_enter(struct step *step, enum state state)
{
	struct sequencer *sequencer = step->sequencer;

	REQUIRE(sequencer->state[SENDER] != STATE_S_CLOSED);
	sequencer->state[states[state].side] = state;
}

bool
step_owes(const struct sequencer *sequencer)
{
	return sequencer->expected_count > 0;
}

bool
step_in_content(const struct sequencer *sequencer)
{
	return sequencer->state[SENDER] == STATE_S_CONTENT ||
	       sequencer->state[SENDER] == STATE_S_CHUNK;
}

// A chunk whose last byte was not written yet cannot have its reply taken:
// what the receiver says early waits in its queue (RFC 3030, and I2).
static bool
chunk_is_next(const struct sequencer *sequencer)
{
	bool moving = sequencer->state[SENDER] == STATE_S_CHUNK ||
		      sequencer->state[SENDER] == STATE_S_ENDING;

	return moving && sequencer->expected_count == 1 &&
	       sequencer->expected[0] != EXPECT_END;
}

static enum takes
receiver_takes(const struct sequencer *sequencer)
{
	enum state state = sequencer->state[RECEIVER];

	if (sequencer->state[SENDER] == STATE_S_SWALLOW)
		return TAKES_NOTHING;
	// A banner waits for the sender's own handshake (implicit TLS).
	if (sequencer->state[SENDER] == STATE_S_TLS_FIRST)
		return TAKES_NOTHING;
	// What comes unasked while the sender shakes hands is told after it.
	if (sequencer->state[SENDER] == STATE_S_STARTTLS)
		return TAKES_NOTHING;
	if (chunk_is_next(sequencer))
		return TAKES_NOTHING;
	return states[state].takes;
}

enum takes
sequencer_takes(const struct sequencer *sequencer, enum side side)
{
	if (side == RECEIVER)
		return receiver_takes(sequencer);
	enum takes takes = states[sequencer->state[SENDER]].takes;

	if (takes == TAKES_COMMAND &&
	    sequencer->expected_count >= EXPECTED_MOST - 1)
		return TAKES_NOTHING;
	return takes;
}

bool
sequencer_accepts(
    const struct sequencer *sequencer, enum event_kind kind, enum side side)
{
	enum state state = sequencer->state[side];

	if (transitions[state][kind] == NULL)
		return false;
	// What ends the session waits for the replies before it: a 521 for the
	// end of a message would bounce what the receiver took.
	if (kind == EVENT_NOT_SMTP)
		return !step_owes(sequencer);
	// The end of a stream comes in order, behind what is not taken yet.
	if (kind == EVENT_ENDED && side == RECEIVER)
		return receiver_takes(sequencer) == TAKES_REPLY;
	return true;
}

bool
sequencer_finished(const struct sequencer *sequencer)
{
	return sequencer->state[SENDER] == STATE_S_CLOSED;
}

bool
sequencer_has_half(const struct sequencer *sequencer)
{
	return step_in_content(sequencer) ||
	       sequencer->state[SENDER] == STATE_S_ENDING;
}

unsigned
sequencer_undecided(const struct sequencer *sequencer)
{
	size_t whole = sequencer->expected_count;
	unsigned count = 0;

	if (sequencer_finished(sequencer))
		return 0;
	// The reply to a chunk is expected before its bytes were read.
	if (sequencer->state[SENDER] == STATE_S_CHUNK)
		whole--;
	for (size_t i = 0; i < whole; i++)
		if (sequencer->expected[i] == EXPECT_END ||
		    sequencer->expected[i] == EXPECT_CHUNK_LAST)
			count++;
	return count;
}

static enum timer
receiver_reply_timer(const struct sequencer *sequencer)
{
	if (sequencer->state[SENDER] == STATE_S_ENDING)
		return TIMER_CONTENT;
	if (chunk_is_next(sequencer))
		return TIMER_NONE;
	if (sequencer->expected_count == 0)
		return sequencer->state[RECEIVER] == STATE_R_LOST &&
			       !step_in_content(sequencer)
			   ? TIMER_QUIT
			   : TIMER_NONE;
	return step_expected_timer(sequencer->expected[0]);
}

static enum timer
timer_of(const struct sequencer *sequencer, enum side side)
{
	enum state state = sequencer->state[side];

	if (side == SENDER)
		return state == STATE_S_COMMAND && step_owes(sequencer)
			   ? TIMER_NONE
			   : states[state].timer;
	if (state == STATE_R_READY || state == STATE_R_LOST)
		return receiver_reply_timer(sequencer);
	return states[state].timer;
}

// A timer starts when what is waited for changes, and again with everything
// that its side does.
static void
set_timers(struct step *step)
{
	struct sequencer *sequencer = step->sequencer;

	if (sequencer_finished(sequencer))
		return;
	for (enum side side = SENDER; side <= RECEIVER; side++) {
		enum timer timer = timer_of(sequencer, side);

		if (timer == sequencer->timer[side] &&
		    (timer == TIMER_NONE || step->event->side != side))
			continue;
		sequencer->timer[side] = timer;
		step_action(step, ACTION_TIMER, side, timer);
	}
}

void
sequencer_step(struct sequencer *sequencer, const struct event *event,
    struct actions *actions)
{
	struct step step = {sequencer, event, actions};

	actions->count = 0;
	if (sequencer_finished(sequencer))
		return;
	if (event->kind == EVENT_STOP) {
		on_stop(&step);
		return;
	}
	enum state state = sequencer->state[event->side];
	unsigned errors = sequencer->errors;
	handler_function *handler = transitions[state][event->kind];

	if (handler == NULL) {
		REQUIRE(
		    event->kind == EVENT_DRAINED || event->kind == EVENT_LOST);
		return;
	}
	handler(&step);
	step_slow_down(&step, errors);
	set_timers(&step);
}

struct extension_view
sequencer_view(const struct sequencer *sequencer)
{
	const struct sequencer_settings *settings = sequencer->settings;

	return (struct extension_view){
	    .show_starttls = sequencer->strength[SENDER] == STRENGTH_NONE &&
			     !settings->sender_implicit &&
			     settings->sender_need != SENDER_NO_TLS,
	    .sender_tls = sequencer->strength[SENDER] == STRENGTH_STRONG,
	    .receiver_tls = sequencer->strength[RECEIVER] == STRENGTH_STRONG,
	    .receiver_authenticated = sequencer->authenticated,
	    .auth_without_tls = settings->auth_without_tls,
	    .recipient_limit = settings->recipient_limit,
	    .headroom = settings->headroom,
	    .take_xclient = settings->take_xclient,
	    .hide = settings->hide,
	    .hide_count = settings->hide_count,
	    .show = settings->show,
	    .show_count = settings->show_count,
	};
}

const char *
state_name(enum state state)
{
	REQUIRE(state < STATE_COUNT);
	return states[state].name;
}

const char *
state_words(enum state state)
{
	REQUIRE(state < STATE_COUNT);
	return states[state].words;
}

enum told
state_told(enum state state)
{
	REQUIRE(state < STATE_COUNT);
	return states[state].told;
}
