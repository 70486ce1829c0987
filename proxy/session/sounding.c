// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/clock.h"
#include "net/alarm.h"
#include "watch/log.h"

#include <strings.h>

enum {
	ENOUGH_SILENT = 8, // sessions
	ENOUGH_ECHOES = 4,
	CLOSED_MOST = 10, // times, where one echo is not like another
	LOOKS_MOST = 3,
	TRIES_MOST = 6,
	// Milliseconds:
	LOOK = 150, // for so long no sender must leave
	// The times of a row at which it is closed differ by so much at least,
	// at whichever look it is: who stays for a fixed time is out by that.
	LOOK_LONGER = 100,
	LOOK_AGAIN = ENOUGH_ECHOES * LOOK_LONGER,
	BEGETS_MOST = 1000, // from dialling to the session that comes of it
	ECHO_VARIES = 40    // in coming and in leaving: both are less than that
};

// How much longer than the connection may its end take: milliseconds.
static uint64_t
echo_more(const struct sounding *sounding)
{
	static const uint64_t more[] = {100, 400, 1600};

	return more[sounding->tries % (sizeof more / sizeof *more)];
}

static bool
same_receiver(const struct session *one, const struct session *other)
{
	return one->entry.host != NULL && other->entry.host != NULL &&
	       one->entry.port == other->entry.port &&
	       strcasecmp(one->entry.host, other->entry.host) == 0;
}

static void
set_silent(struct session *session, bool silent)
{
	struct sounding *sounding = &session->front->sounding;

	if (silent && !session->sounded.silent)
		sounding->silent++;
	if (!silent && session->sounded.silent)
		sounding->silent--;
	session->sounded.silent = silent;
}

// None with this receiver counts any more.
static void
forget_silence(const struct session *of)
{
	const struct sounding *sounding = &of->front->sounding;
	struct table_entry *entry = of->front->table.first;

	for (; entry != NULL && sounding->silent > 0; entry = entry->next)
		if (same_receiver(entry->owner, of))
			set_silent(entry->owner, false);
}

// Decided from the loop: sessions may be on the stack.
static void
end_soon(struct sounding *sounding)
{
	sounding->on = NULL;
	sounding->state = SOUNDING_OVER;
	alarm_set(sounding->alarm, 0);
}

static void
end(struct front *front, bool leads_back)
{
	struct sounding *sounding = &front->sounding;
	struct table_entry *entry = front->table.first;
	const struct event event = {
	    .kind = EVENT_UNREACHABLE, .side = RECEIVER, .reason = REASON_LOOP};

	if (sounding->on != NULL && !leads_back) {
		forget_silence(sounding->on);
		sounding->on->sounded.tries = sounding->tries + 1;
	}
	sounding->on = NULL;
	sounding->state = SOUNDING_NOT;
	// Sessions leave the table from the loop, never from inside a call.
	for (; entry != NULL; entry = entry->next) {
		struct session *session = entry->owner;

		session->sounded.asked = false;
		if (!session->sounded.waits)
			continue;
		session->sounded.waits = false;
		if (leads_back) {
			bridge_event(&session->bridge, &event);
			session_flow(session);
		} else {
			session_dial(session);
		}
	}
}

static bool
begets(const struct session *session, const struct session *next)
{
	return next->began >= session->sounded.dialled &&
	       next->began - session->sounded.dialled <= BEGETS_MOST;
}

static bool
may_echo(const struct sounding *sounding, const struct session *session)
{
	return session != sounding->on && session->sounded.asked &&
	       begets(sounding->on, session);
}

// How long after it was dialled the other session came.
static uint64_t
took(const struct session *session, const struct session *next)
{
	return next->began - session->sounded.dialled;
}

static bool
is_about(uint64_t one, uint64_t other)
{
	return one <= other + ECHO_VARIES && other <= one + ECHO_VARIES;
}

static bool
can_be_closed(const struct session *session)
{
	return session->sounded.silent &&
	       sequencer_accepts(
		   &session->bridge.sequencer, EVENT_REDIAL, RECEIVER);
}

// Whether there is one to listen to; how long it took until the last came.
static bool
find_delay(struct front *front)
{
	struct sounding *sounding = &front->sounding;
	const struct table_entry *entry = front->table.first;

	while (entry != NULL && !may_echo(sounding, entry->owner))
		entry = entry->next;
	if (entry == NULL)
		return false;
	sounding->delay = took(sounding->on, entry->owner);
	return true;
}

// Its connection is made, or was before.
static void
look(struct sounding *sounding)
{
	sounding->state = SOUNDING_LISTENS;
	sounding->looks = 0;
	sounding->noise = 0;
	alarm_set(sounding->alarm,
	    LOOK + sounding->times % ENOUGH_ECHOES * LOOK_LONGER);
}

static void
listen_for_echo(struct front *front)
{
	struct sounding *sounding = &front->sounding;
	struct session *on = sounding->on;

	if (sounding->noise + LOOK > clock_monotonic() || !can_be_closed(on) ||
	    !find_delay(front)) {
		if (++sounding->looks < LOOKS_MOST)
			alarm_set(sounding->alarm, LOOK_AGAIN);
		else
			end(front, false);
		return;
	}
	sounding->state = SOUNDING_CLOSED;
	sounding->closed = clock_monotonic();
	sounding->echo = false;
	sounding->times++;
	alarm_set(sounding->alarm, sounding->delay + echo_more(sounding));
	bridge_event(&on->bridge,
	    &(struct event){.kind = EVENT_REDIAL, .side = RECEIVER});
	session_flow(on);
}

static void
look_at_echo(struct front *front)
{
	struct sounding *sounding = &front->sounding;
	struct session *on = sounding->on;

	if (sounding->echo && ++sounding->echoes == ENOUGH_ECHOES) {
		log_event(front->options.log, SEVERITY_WARNING, on->id,
		    "%s leads back here: whenever this session's connection "
		    "to it is closed, the sender of another leaves",
		    on->receiver);
		end(front, true);
		return;
	}
	if (!sounding->echo || sounding->times == CLOSED_MOST) {
		end(front, false);
		return;
	}
	look(sounding);
	on->sounded.waits = false;
	session_dial(on);
}

void
sounding_rings(void *owner)
{
	struct front *front = owner;

	switch (front->sounding.state) {
	case SOUNDING_NOT:
		break;
	case SOUNDING_LISTENS:
		listen_for_echo(front);
		break;
	case SOUNDING_CLOSED:
		look_at_echo(front);
		break;
	case SOUNDING_OVER:
		end(front, false);
		break;
	}
}

// The newest that was dialled before this one came, if enough are silent.
static struct session *
find_silent(const struct session *session)
{
	const struct table_entry *entry = session->front->table.first;
	struct session *newest = NULL;
	size_t count = 0;

	for (; entry != NULL && count < ENOUGH_SILENT; entry = entry->next) {
		struct session *other = entry->owner;

		if (!other->sounded.silent || !same_receiver(other, session))
			continue;
		count++;
		if (newest == NULL && can_be_closed(other) &&
		    begets(other, session))
			newest = other;
	}
	return count == ENOUGH_SILENT ? newest : NULL;
}

// How often it was tried with this receiver, by sessions that still wait.
static unsigned
find_tries(const struct session *session)
{
	const struct table_entry *entry = session->front->table.first;
	unsigned most = 0;

	for (; entry != NULL; entry = entry->next) {
		const struct session *other = entry->owner;
		if (other->sounded.tries > most &&
		    !other->bridge.sequencer.greeted &&
		    same_receiver(other, session))
			most = other->sounded.tries;
	}
	return most;
}

static bool
begins(struct session *session)
{
	struct sounding *sounding = &session->front->sounding;

	if (sounding->silent < ENOUGH_SILENT)
		return false;
	sounding->tries = find_tries(session);
	if (sounding->tries < TRIES_MOST)
		sounding->on = find_silent(session);
	if (sounding->on == NULL)
		return false;
	log_event(session->front->options.log, SEVERITY_DEBUG, session->id,
	    "%s greets nobody: the connection of session %s is closed to see "
	    "whether it leads back here",
	    sounding->on->receiver, sounding->on->id);
	sounding->echoes = sounding->times = 0;
	look(sounding);
	return true;
}

bool
sounding_holds(struct session *session)
{
	const struct sounding *sounding = &session->front->sounding;

	if (session->bridge.sequencer.greeted)
		return false;
	switch (sounding->state) {
	case SOUNDING_NOT:
		session->sounded.waits = begins(session);
		break;
	case SOUNDING_LISTENS:
	case SOUNDING_CLOSED:
		session->sounded.waits = same_receiver(session, sounding->on);
		break;
	case SOUNDING_OVER:
		break;
	}
	// Who comes after it is closed, and leaves, does not leave for that.
	session->sounded.asked =
	    session->sounded.waits && sounding->state == SOUNDING_LISTENS;
	return session->sounded.waits;
}

void
sounding_dials(struct session *session)
{
	session->sounded.dialled = clock_monotonic();
}

void
sounding_connected(struct session *session)
{
	if (session->reason == REASON_NONE &&
	    !session->bridge.sequencer.greeted)
		set_silent(session, true);
}

void
sounding_heard(struct session *session)
{
	struct sounding *sounding = &session->front->sounding;

	if (session->bridge.sequencer.greeted)
		return;
	forget_silence(session);
	if (sounding->on != NULL && same_receiver(session, sounding->on))
		end_soon(sounding);
}

void
sounding_dropped(struct session *session)
{
	struct sounding *sounding = &session->front->sounding;

	// Not when it is closed to be listened to: it waits only after that.
	if (session == sounding->on &&
	    (sounding->state == SOUNDING_LISTENS || session->sounded.waits))
		end_soon(sounding);
	set_silent(session, false);
	session->sounded.waits = false;
}

// In a loop it takes the same time each time; senders that leave by chance
// seldom do. One that is late, on a busy machine, is the first of others.
static void
leaves(struct sounding *sounding, const struct session *session)
{
	const uint64_t now = clock_monotonic();
	const uint64_t came = took(sounding->on, session);
	const uint64_t left = now - sounding->closed;

	if (sounding->state == SOUNDING_LISTENS) {
		sounding->noise = now;
		return;
	}
	if (sounding->echo || left > came + echo_more(sounding))
		return;
	if (sounding->echoes == 0 || !is_about(came, sounding->came) ||
	    !is_about(left, sounding->left)) {
		sounding->came = came;
		sounding->left = left;
		sounding->echoes = 0;
	}
	sounding->echo = true;
	alarm_set(sounding->alarm, 0);
}

void
sounding_ended(struct session *session)
{
	struct sounding *sounding = &session->front->sounding;

	if (session == sounding->on) {
		end_soon(sounding);
	} else if (sounding->on != NULL && may_echo(sounding, session) &&
		   reason_whose(session->reason) == REASON_BY_SENDER) {
		leaves(sounding, session);
	}
	set_silent(session, false);
	session->sounded.waits = false;
}
