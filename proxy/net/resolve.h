// SPDX-License-Identifier: ISC
//
// Names to addresses by the system's resolver, in a thread of libuv's, so
// that the loop never waits. An address as text needs no resolver.

#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct loop;
struct resolve;

enum { RESOLVE_MOST = 16 }; // addresses of one name that are used

// What came of it: addresses in the order to try, IPv6 and IPv4 in turn,
// beginning with the family that the system prefers (RFC 8305 section 4,
// RFC 6724). Valid during the call. error: NULL, or why there are none.
struct resolved {
	struct sockaddr_storage address[RESOLVE_MOST];
	size_t count;
	const char *error;
};

// host: a name or an address. done is called once, from the loop, unless
// resolve_cancel came first; the resolve is gone then. NULL: memory is out.
struct resolve *resolve_start(struct loop *loop, const char *host,
    uint16_t port, void (*done)(void *owner, const struct resolved *),
    void *owner);
// NULL is let pass; clears.
void resolve_cancel(struct resolve **resolve);

#endif
