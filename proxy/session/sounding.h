// SPDX-License-Identifier: ISC
//
// Whether a receiver leads back here, where nothing of a connection tells
// (RFC 5321 6.3: loops must be stopped). A program in between, such as a
// balancer or another sallyport, makes connections of its own; in such a loop
// nobody greets, and every session begets the next.
//
// What comes through any such program is the end of a connection. So when one
// session after another begins with a receiver that greets none of them, those
// that come now wait, and the newest of the others has its connection to the
// receiver closed, made anew, closed again, up to ten times. If four times in
// a row the sender of one that waits leaves at that, as soon as one had come
// and always after the same time, then they are one connection: those that
// wait are told that it is a loop. If not, nothing has happened: no sender was
// told anything, none waited for longer than 40 seconds, and a receiver that
// does not greet has seen a few connections more.
//
// Where what is in between is slow to pass the end on, that is waited for
// longer another time. After six times that came to nothing no more is tried
// while these sessions last: who closes one connection after another keeps a
// loop that he does not see from growing, and so from its end by the limits.
//
// It is closed only while no sender leaves by itself, as health checks do.
// While a receiver greets nobody a sender that knows these times can play a
// loop; all that comes of it is that it is taken for one, and others are told
// to come later.

#ifndef SESSION_SOUNDING_H
#define SESSION_SOUNDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alarm;
struct session;

enum sounding_state {
	SOUNDING_NOT,
	SOUNDING_LISTENS, // until no sender leaves by itself
	SOUNDING_CLOSED,  // the connection is: does a sender leave?
	SOUNDING_OVER,    // in a moment: there is nothing to learn any more
};

// One a worker; part of the front, which makes the alarm.
struct sounding {
	struct alarm *alarm;
	enum sounding_state state;
	struct session *on; // whose connection it is; NULL: it is gone
	unsigned looks;     // for a sender to listen to, in silence
	uint64_t noise;     // clock_monotonic, when one left by itself; 0: none
	unsigned tries;     // with this receiver, before, that came to nothing
	uint64_t delay;     // milliseconds in which a session begets the next
	uint64_t closed;    // clock_monotonic
	unsigned times;     // that it was closed
	unsigned echoes;    // of them in a row: alike, one left that was asked
	uint64_t came;      // the first of these: how long after the dialling,
	uint64_t left;      // and how long after the end
	bool echo;          // one left at the end of the connection
	size_t silent;      // sessions that are
};

// A session's part in it; all zero at the start.
struct sounded {
	uint64_t dialled; // clock_monotonic
	unsigned tries;   // with its receiver, up to that of its connection
	bool silent; // connected; since then nothing was heard of the receiver
	bool waits;  // to be dialled, or to be told that it is a loop
	bool asked;  // it waited before the end: does its sender leave?
};

// The alarm rings; the owner is the front.
void sounding_rings(void *owner);

// The session is to dial its receiver. True: it shall wait, and is dialled by
// session_dial, or told that its receiver leads back here.
bool sounding_holds(struct session *session);
// It is dialled; the receiver is connected; its first byte came; its leg was
// dropped; the session ends, for a reason that it knows.
void sounding_dials(struct session *session);
void sounding_connected(struct session *session);
void sounding_heard(struct session *session);
void sounding_dropped(struct session *session);
void sounding_ended(struct session *session);

#endif
