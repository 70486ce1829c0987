// SPDX-License-Identifier: ISC
//
// Finds a connection to a receiver: all its addresses, and where there are
// several receivers, one after the other. The next address is tried when one
// has failed, or has not answered for a moment (RFC 8305 section 5); the
// first that answers is taken, and nothing was said to the others.

#ifndef NET_CONNECTOR_H
#define NET_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection;
struct connector;
struct loop;

enum {
	CONNECTOR_STAGGER = 250, // milliseconds between two addresses
	CONNECTOR_TEXT = 512
};

struct connector_target {
	const char *host; // name or address
	uint16_t port;
};

// Outlives the connector, with all that it points to.
struct connector_request {
	const struct connector_target *targets; // in the order to try
	size_t count;
	const struct sockaddr_storage *source; // to come from; NULL: any
	const struct sockaddr_storage *sender; // to come as; NULL: ourselves
	uint64_t timeout;                      // milliseconds, for each address
	// Whether an address is our own listener's; NULL: none is.
	bool (*is_own)(void *context, const struct sockaddr_storage *address);
	void *context;
};

// What came of it; pointers are valid during the call.
struct connected {
	struct connection *connection; // the caller's now; NULL: none
	size_t target;                 // which one was reached
	struct sockaddr_storage address;
	bool own; // nothing was dialled, for all addresses were our own
	// Why each that was tried failed, in words; empty: none did.
	const char *failures;
};

// done is called once, from the loop, unless connector_cancel came first; the
// connector is gone then. NULL: memory is out.
struct connector *connector_start(struct loop *loop,
    const struct connector_request *request,
    void (*done)(void *owner, const struct connected *), void *owner);
// NULL is let pass; clears.
void connector_cancel(struct connector **connector);

#endif
