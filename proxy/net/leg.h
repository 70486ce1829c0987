// SPDX-License-Identifier: ISC
//
// One leg of a session: a connection and its engine. Plaintext in, plaintext
// out, whatever is on the wire. Both sides are this one code.
//
//	socket --> engine --> received()      leg_write() --> engine --> socket
//
// A leg is part of its session's struct and may be opened again after it was
// closed (a receiver that is dialled again): what the old connection still
// has to send leaves without it.

#ifndef NET_LEG_H
#define NET_LEG_H

#include "base/buffer.h"
#include "base/side.h"
#include "net/loop.h"
#include "tls/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct trace_session;

enum {
	LEG_HIGH = 65536, // bytes queued for the peer: who fills it should stop
	LEG_LOW = LEG_HIGH / 2 // and may go on
};

enum leg_event {
	LEG_DRAINED, // everything written was handed to the kernel
	LEG_ROOM,    // the queue was above LEG_LOW, and is not any more
	LEG_SECURED, // the TLS handshake is done; what came of it: leg_facts
	// It failed, or the connection ended in it; likewise. An alert may
	// still be queued. Nothing more comes.
	LEG_INSECURE,
	// The sender goes on in plaintext, where a hello was expected: the leg
	// is a plaintext one again, and what came is received next.
	LEG_PLAINTEXT,
	// The peer sends no more: FIN, or the closing message of TLS.
	LEG_ENDED,
	// The connection was reset, or a TLS record is wrong, or TLS ended
	// without its closing message (truncation attack: such an end is none
	// that the peer is known to mean). Nothing more comes.
	LEG_BROKEN,
	// The peer takes no bytes any more; what it had said before may still
	// be received, and then LEG_ENDED or LEG_BROKEN is told.
	LEG_LOST,
	LEG_STALLED // it took no byte of the queue for too long
};

// Told from the loop alone, never from inside a call of this module. Each may
// close the leg.
struct leg_events {
	// Plaintext; valid during the call.
	void (*received)(
	    void *owner, enum side side, const uint8_t *bytes, size_t size);
	void (*happened)(void *owner, enum side side, enum leg_event event);
};

struct leg {
	enum side side;
	struct loop *loop;
	const struct leg_events *events;
	void *owner;
	struct trace_session *trace;   // not owned; NULL: nobody watches
	struct connection *connection; // NULL: closed
	struct engine *engine;
	struct buffer plaintext; // of the engine's; empty between two reads
	struct loop_task look;   // tells what an engine came to
	bool tls;                // the engine is another than plaintext
	bool awaits_hello;       // no byte came since leg_secure, as a server
	bool handshaking;
	bool crowded; // LEG_ROOM is to be told
	bool over;    // the last event of reading was told
	bool ended;   // the connection was read to its end
};

// loop, events and owner outlive the leg.
void leg_init(struct leg *leg, enum side side, struct loop *loop,
    const struct leg_events *events, void *owner);

// Takes a connection over; its bytes are plaintext until leg_secure. Reading
// is stopped. False: memory is out, and the connection is still the caller's.
bool leg_open(struct leg *leg, struct connection *connection);
bool leg_is_open(const struct leg *leg);

// Starts or stops reading; of a closed leg: nothing.
void leg_read(struct leg *leg, bool on);

// Queues plaintext; it leaves before the loop sleeps. Dropped where nothing
// can be said any more: the leg is closed or lost, its TLS not open.
void leg_write(struct leg *leg, const uint8_t *bytes, size_t size);
size_t leg_queued(const struct leg *leg);
// How much may be queued until LEG_HIGH.
size_t leg_room(const struct leg *leg);
void leg_limit_stall(struct leg *leg, uint64_t milliseconds);

// Where an engine that is made for leg_secure puts what it makes.
struct buffer *leg_records(struct leg *leg);
struct buffer *leg_plaintext(struct leg *leg);
// TLS begins with the next byte, in both directions, behind what is queued.
// Takes the engine over and starts it. Whatever came in plaintext must have
// been received by now and be of no further use to the owner (command and
// response injection, CVE-2011-0411, CVE-2021-38371).
void leg_secure(struct leg *leg, struct engine *engine);
// What came of TLS; NULL: the leg is closed. Valid until the leg is closed
// or secured.
const struct tls_facts *leg_facts(const struct leg *leg);
// The handshake took too long: from now on its facts say so.
void leg_handshake_late(struct leg *leg);

// Plaintext that the kernel holds unread; 0 under TLS.
size_t leg_unread(const struct leg *leg);
// Whether the peer reset the connection by now.
bool leg_broken(const struct leg *leg);

// Ends the leg properly: what is queued leaves, then TLS's closing message,
// then FIN; nothing is told any more. Any number of times.
void leg_close(struct leg *leg);
// Ends it at once with RST and without a closing message: the peer must not
// take an unfinished message for a whole one.
void leg_abort(struct leg *leg);

#endif
