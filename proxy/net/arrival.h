// SPDX-License-Identifier: ISC
//
// Reads the PROXY header that a connection must begin with, and not one byte
// more: what comes behind it, SMTP or a TLS hello, is still the kernel's when
// the header is whole.

#ifndef NET_ARRIVAL_H
#define NET_ARRIVAL_H

#include "net/proxy_header.h"

struct arrival;
struct connection;
struct loop;

enum { ARRIVAL_TIME = 10000 }; // milliseconds that a header may take

// What came of it; pointers are valid during the call.
struct arrived {
	struct connection *connection; // the caller's now; NULL: it is closed
	struct proxy_header header;
	const char *wrong; // connection is NULL: why; NULL: it was closed
			   // before its first byte
};

// Takes the connection over. done is called once, from the loop, unless
// arrival_cancel came first; the arrival is gone then. NULL: memory is out,
// and the connection is still the caller's.
struct arrival *arrival_start(struct loop *loop, struct connection *connection,
    void (*done)(void *owner, const struct arrived *), void *owner);
// Closes the connection; NULL is let pass; clears.
void arrival_cancel(struct arrival **arrival);

#endif
