// SPDX-License-Identifier: ISC
//
// What all sessions of a worker have in common, and the door they come in by.
// One thread, one loop; the host makes one of these and brings it the
// connections that its listeners accept.

#ifndef SESSION_FRONT_H
#define SESSION_FRONT_H

#include "net/own_addresses.h"
#include "policy/network.h"
#include "session/sounding.h"
#include "session/table.h"
#include "smtp/mirror.h"
#include "watch/once.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alarm;
struct connection;
struct edition;
struct front;
struct log;
struct loop;
struct metrics;
struct receivers;
struct receivers_file;
struct trace;

// Which sessions are watched: both conditions hold.
struct front_filter {
	struct network client; // of kind ADDRESS_NONE: any
	const char *listener;  // its name; NULL: any
};

// Nothing is owned; all outlives the front. log and trace may change between
// two sessions (front_watch).
struct front_options {
	struct loop *loop;
	const struct log *log;
	struct metrics *metrics;
	struct trace *trace; // NULL: nobody watches
	struct front_filter watched;
	// Told when the last session has ended after front_stop; may be NULL.
	void (*drained)(void *owner);
	void *owner;
};

// Public for session.c; the host uses the functions below.
struct front {
	struct front_options options;
	struct edition *edition; // what new sessions begin with
	struct own_addresses own;
	struct receivers *receivers;
	struct receivers_file *file; // keeps them; NULL: nothing does
	struct alarm *refresh;       // of the legacy engine's keys
	struct table table;
	struct sounding sounding;
	uint64_t last_id;
	char loop_keyword[MIRROR_KEYWORD_ROOM]; // empty: none could be made
	struct once unlisted; // keywords of receivers that were told
	bool stopping;
	bool short_of_memory; // limits.memory is passed: senders wait
};

// NULL: memory is out.
struct front *front_new(const struct front_options *options);
// Every session must have ended, as after front_end. Clears.
void front_free(struct front **front);

// New sessions begin with this edition from now on; it is held. The addresses
// at which listeners are bound are to be told again (front_listens).
void front_adopt(struct front *front, struct edition *edition);
// A listener is bound to the address: it is never dialled (a loop).
bool front_listens(struct front *front, const struct sockaddr_storage *address);

// A sender came to the listener of this index in the policy: a session
// begins, or the sender is told why not. The connection is taken over.
void front_accept(
    struct front *front, size_t listener, struct connection *connection);

// Who watches sessions that begin from now on.
void front_watch(struct front *front, struct trace *trace);

size_t front_sessions(const struct front *front);
// Sessions end where nothing is lost by it: at their next command, or after
// the message in hand. Later senders get 421.
void front_stop(struct front *front);
// Ends all sessions now.
void front_end(struct front *front);

#endif
