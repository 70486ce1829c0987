// SPDX-License-Identifier: ISC
//
// Where connections lead that must not be made: back to ourselves (RFC 5321
// 6.3). The other half of the check is outgoing.h.

#ifndef NET_OWN_ADDRESSES_H
#define NET_OWN_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

// Where a worker's listeners listen; all zero at the start.
struct own_addresses {
	struct sockaddr_storage *list;
	size_t count;
};

// False: memory is out.
bool own_addresses_add(
    struct own_addresses *own, const struct sockaddr_storage *address);
void own_addresses_free(struct own_addresses *own);
// Whether a connection to the address would come to one of the listeners:
// it is a listener's, or the listener's is any address and this is one of the
// host's. Fits connector_request: own is a struct own_addresses.
bool own_addresses_has(void *own, const struct sockaddr_storage *address);

#endif
