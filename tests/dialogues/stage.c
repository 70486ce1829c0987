// SPDX-License-Identifier: ISC

#include "stage.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "shell.h"

#include <stdio.h>
#include <string.h>

// What the defaults of the configuration come to.
static const struct sequencer_settings defaults = {
    .sender_need = SENDER_MAY_TLS,
    .early_starttls = true,
    .receiver_need = RECEIVER_MUST_TLS,
    .rungs = 1,
    .fallback_plain = true,
    .error_limit = 20,
    .command_limit = 100,
    .recipient_limit = 1000,
};

void
stage_init(struct stage *stage)
{
	*stage = (struct stage){.settings = defaults, .refusal = OWN_COUNT};
	buffer_init(&stage->kernel[SENDER], KERNEL_MOST);
	buffer_init(&stage->kernel[RECEIVER], KERNEL_MOST);
}

void
stage_free(struct stage *stage)
{
	bridge_free(&stage->bridge);
	buffer_free(&stage->kernel[SENDER]);
	buffer_free(&stage->kernel[RECEIVER]);
	record_free(&stage->record);
}

static bool
deliver(struct stage *stage, enum side side)
{
	struct buffer *kernel = &stage->kernel[side];

	if (kernel->size == 0 || stage->finished ||
	    bridge_full(&stage->bridge, side))
		return false;
	// A leg reads at most so much at once.
	size_t size = kernel->size < 65536 ? kernel->size : 65536;
	uint8_t bytes[65536];

	bytes_copy(bytes, sizeof(bytes), buffer_bytes(kernel), size);
	buffer_consume(kernel, size);
	if (!bridge_receive(&stage->bridge, side, bytes, size))
		stage->fault = "the bridge's queue is over its limit";
	return true;
}

// What a loop does until nothing is left to do: sockets drain, what the
// kernel holds is read.
static void
settle(struct stage *stage)
{
	bool busy = true;

	while (busy && !stage->finished && stage->fault == NULL) {
		busy = deliver(stage, SENDER) || deliver(stage, RECEIVER);
		for (enum side side = SENDER; side <= RECEIVER; side++)
			if (stage->written[side] && !stage->stalled[side] &&
			    !stage->queueing[side]) {
				stage->written[side] = false;
				bridge_drained(&stage->bridge, side);
				busy = true;
			}
	}
	if (stage->finished || stage->fault != NULL)
		return;
	if (stage->timer[SENDER] == TIMER_NONE &&
	    stage->timer[RECEIVER] == TIMER_NONE)
		stage->fault = "no timer runs: the session could hang";
}

void
stage_start(struct stage *stage)
{
	bridge_init(&stage->bridge, &stage->settings, "relay.example",
	    stage->unwatched ? &stage_shell : &stage_traced_shell, stage);
	bridge_start(&stage->bridge, stage->refusal, stage->refusal_reason);
	settle(stage);
}

void
stage_receive(
    struct stage *stage, enum side side, const uint8_t *bytes, size_t size)
{
	if (stage->finished)
		stage->fault = "the session is over";
	else if (stage->securing[side])
		stage->fault = "TLS has begun: say what came of it first";
	else if (!buffer_append(&stage->kernel[side], bytes, size))
		stage->fault = "too many bytes wait";
	else
		settle(stage);
}

static void
bring(struct stage *stage, struct event event)
{
	bridge_event(&stage->bridge, &event);
	settle(stage);
}

void
stage_stop(struct stage *stage)
{
	bring(stage, (struct event){.kind = EVENT_STOP, .side = SENDER});
}

// As the session does, which closes both legs by itself.
void
stage_cut(struct stage *stage)
{
	bridge_cut(&stage->bridge);
	stage_shell.finish(stage, REASON_SHUTDOWN);
}

static bool
happen_to_tls(struct stage *stage, enum side side, const char *what)
{
	struct event event = {.side = side};

	if (strcmp(what, "secured weak") == 0 ||
	    strcmp(what, "secured strong") == 0 ||
	    strcmp(what, "secured authenticated") == 0) {
		event.kind = EVENT_SECURED;
		event.authenticated = what[8] == 'a';
		event.strength =
		    what[8] == 'w' ? STRENGTH_WEAK : STRENGTH_STRONG;
	} else if (strcmp(what, "plaintext") == 0) {
		event.kind = EVENT_PLAINTEXT;
	} else if (strncmp(what, "insecure", 8) == 0 ||
		   strncmp(what, "unverified", 10) == 0 ||
		   strncmp(what, "uncertified", 11) == 0) {
		const char *detail = strchr(what, ' ');

		event.kind = EVENT_INSECURE;
		event.unverified = what[2] == 'v';
		event.certificate_refused = what[2] == 'c';
		if (detail != NULL)
			bytes_copy_text(
			    stage->detail, sizeof(stage->detail), detail + 1);
	} else {
		return false;
	}
	stage->securing[side] = false;
	bring(stage, event);
	return true;
}

static bool
happen_to_socket(struct stage *stage, enum side side, const char *what)
{
	if (strcmp(what, "closed") == 0) {
		bridge_end(&stage->bridge, side);
	} else if (strcmp(what, "stalled") == 0) {
		stage->stalled[side] = true;
	} else if (strcmp(what, "queueing") == 0) {
		stage->queueing[side] = true;
	} else if (strcmp(what, "flowing") == 0) {
		stage->stalled[side] = false;
		stage->queueing[side] = false;
		bridge_pump(&stage->bridge);
	} else if (strcmp(what, "doomed") == 0) {
		stage->doomed = true;
	} else if (strcmp(what, "unread") == 0) {
		stage->unread[side] = 1;
	} else {
		return false;
	}
	settle(stage);
	return true;
}

// "unreachable WHY", or "unproven WHY" for want of proof by DNSSEC.
static bool
happen_to_dialling(struct stage *stage, enum side side, const char *what)
{
	size_t size = strcspn(what, " ");
	bool unproven = strncmp(what, "unproven", size) == 0;

	if (!unproven && strncmp(what, "unreachable", size) != 0)
		return false;
	if (what[size] == ' ')
		bytes_copy_text(
		    stage->detail, sizeof(stage->detail), what + size + 1);
	bring(stage, (struct event){.kind = EVENT_UNREACHABLE,
			 .side = side,
			 .unverified = unproven});
	return true;
}

bool
stage_happen(struct stage *stage, enum side side, const char *what)
{
	static const struct {
		const char *what;
		enum event_kind kind;
		enum reason reason;
	} events[] = {
	    {"connected", EVENT_CONNECTED, REASON_NONE},
	    {"in doubt", EVENT_REDIAL, REASON_NONE},
	    {"leads back", EVENT_UNREACHABLE, REASON_LOOP},
	    {"reset", EVENT_BROKEN, REASON_NONE},
	    {"too slow", EVENT_TIMED_OUT, REASON_SENDER_SLOW},
	    {"too long", EVENT_TIMED_OUT, REASON_SESSION_TIMEOUT},
	};

	if (stage->finished) {
		stage->fault = "the session is over";
		return true;
	}
	if (happen_to_tls(stage, side, what) ||
	    happen_to_socket(stage, side, what))
		return true;
	if (happen_to_dialling(stage, side, what))
		return true;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].what, what) == 0) {
			bring(stage, (struct event){.kind = events[i].kind,
					 .side = side,
					 .target = stage->first,
					 .reason = events[i].reason});
			return true;
		}
	return false;
}

static bool
next_timer(const struct stage *stage, uint64_t until, enum side *side)
{
	bool found = false;

	for (enum side one = SENDER; one <= RECEIVER; one++) {
		if (stage->timer[one] == TIMER_NONE ||
		    stage->deadline[one] > until)
			continue;
		if (!found || stage->deadline[one] < stage->deadline[*side])
			*side = one;
		found = true;
	}
	return found;
}

void
stage_wait(struct stage *stage, uint64_t milliseconds)
{
	uint64_t until = stage->now + milliseconds;
	enum side side = SENDER;

	while (!stage->finished && stage->fault == NULL &&
	       next_timer(stage, until, &side)) {
		stage->now = stage->deadline[side];
		stage->timer[side] = TIMER_NONE;
		stage->securing[side] = false;
		bring(stage,
		    (struct event){.kind = EVENT_TIMED_OUT, .side = side});
	}
	stage->now = until;
}
