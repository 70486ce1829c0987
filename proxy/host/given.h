// SPDX-License-Identifier: ISC
//
// Which listener a socket is for that the service manager handed over.

#ifndef HOST_GIVEN_H
#define HOST_GIVEN_H

#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct given {
	const char *name; // as the service manager calls it
	const struct sockaddr_storage *address;
};

// Whether the socket is what this endpoint would have been bound to. One that
// is for every host covers every address of its port: it may be for both
// families (BindIPv6Only=both).
bool given_covers(
    const struct sockaddr_storage *address, const struct endpoint *endpoint);

// The listener of the socket's name, or else the first with an address that
// it covers. False: there is none.
bool given_listener(const struct policy *policy, const struct given *given,
    size_t *listener, bool *by_name);

#endif
