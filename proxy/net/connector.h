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
struct dane_claim;
struct dnssec;
struct loop;

enum {
	CONNECTOR_STAGGER = 250, // milliseconds between two addresses
	CONNECTOR_TEXT = 1024
};

struct connector_target {
	const char *host; // name or address
	uint16_t port;
};

// What must be proven of a name before it is dialled.
enum connector_proof {
	PROOF_NONE, // where DNSSEC is of no help, the system's resolver is
	PROOF_DNS,  // nothing of what the DNS says is forged
	PROOF_TLSA  // and there is a TLSA record of use
};

// Outlives the connector, with all that it points to.
struct connector_request {
	const struct connector_target *targets; // in the order to try
	size_t count;
	const struct sockaddr_storage *source; // to come from; NULL: any
	const struct sockaddr_storage *sender; // to come as; NULL: ourselves
	uint64_t timeout; // milliseconds, for each address, and each lookup
			  // by DNSSEC
	struct dnssec *dnssec; // NULL: names go to the system's resolver
	enum connector_proof proof;
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
	// What the DNS says of its certificate, the caller's now; NULL: that
	// was not asked, or there was no answer.
	struct dane_claim *claim;
	// No connection was had for want of proof alone.
	bool distrusted;
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
