// SPDX-License-Identifier: ISC
//
// The listening sockets of a policy's listeners: handed over by the service
// manager, kept from the policy before, or bound here.

#ifndef HOST_PORTS_H
#define HOST_PORTS_H

#include "host/service.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct listener;
struct loop;
struct connection;
struct ports;

// Told from the loop. listener: the index in the policy that ports_take was
// last given.
struct ports_events {
	void (*accepted)(
	    void *owner, size_t listener, struct connection *connection);
	void (*failed)(void *owner, const char *why);
};

// NULL: memory is out. events and owner outlive it.
struct ports *ports_new(
    struct loop *loop, const struct ports_events *events, void *owner);
// Stops listening, frees and clears; NULL is let pass.
void ports_free(struct ports **ports);

// Listens where the policy's listeners say, and nowhere else. A socket of the
// service manager is taken where its name is the listener's, or else where
// its address is; one that fits no listener is a fault. False, with error
// filled in and all as it was, when one cannot be had.
bool ports_take(struct ports *ports, const struct policy *policy,
    struct service *service, char *error, size_t room);
// Makes the listeners that may be given intercepted connections fit for TPROXY.
// False: this process may not (it needs CAP_NET_ADMIN or CAP_NET_RAW).
bool ports_intercept(const struct ports *ports, const struct policy *policy);
// No new senders; what waits in the kernel's queue is reset.
void ports_close(struct ports *ports);

// For the log and the loop check: each address, and the listener's index.
size_t ports_count(const struct ports *ports);
const struct sockaddr_storage *ports_address(
    const struct ports *ports, size_t index, size_t *listener);
// Whether the address is every IPv6 address, and takes IPv4 senders too.
bool ports_takes_both(const struct ports *ports, size_t index);

#endif
