// SPDX-License-Identifier: ISC
//
// A listening socket: made here, or handed to us (socket activation, a master
// process). When descriptors run out libuv accepts and closes with one it
// keeps in reserve, so that senders see a close and not a hanging connection;
// listener_events.failed tells.

#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct connection;
struct listener;
struct loop;

// Told from the loop alone.
struct listener_events {
	// A sender is there: the connection is the owner's now.
	void (*accepted)(void *owner, struct connection *connection);
	// A sender could not be accepted; why is static text. Listening goes
	// on.
	void (*failed)(void *owner, const char *why);
};

// Makes a socket bound to the address (an IPv6 address takes IPv6 alone) and
// listening. Returns its descriptor, or -1 with error filled in: what failed,
// why, and what to change.
int listener_bind(
    const struct sockaddr_storage *address, char *error, size_t room);

// Accepts from a listening socket, which the listener closes in the end. NULL:
// memory is out, or that is no listening socket; it is closed then.
struct listener *listener_start(struct loop *loop, int descriptor,
    const struct listener_events *events, void *owner);
// Where it listens.
const struct sockaddr_storage *listener_address(
    const struct listener *listener);
// Whether it takes IPv4 senders at its IPv6 address of any host, as sockets of
// a service manager may.
bool listener_takes_both(const struct listener *listener);
// Lets TPROXY hand it connections to any address. False: errno says why, as
// destination_transparent does.
bool listener_intercept(const struct listener *listener);
// Stops and closes; NULL is let pass; clears.
void listener_stop(struct listener **listener);

#endif
