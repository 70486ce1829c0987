// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/own_addresses.h"

#include "base/bytes.h"
#include "net/sockaddr.h"
#include "policy/network.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <uv.h>

bool
own_addresses_add(
    struct own_addresses *own, const struct sockaddr_storage *address)
{
	struct sockaddr_storage *list =
	    realloc(own->list, (own->count + 1) * sizeof *list);

	if (list == NULL)
		return false;
	own->list = list;
	own->list[own->count++] = *address;
	return true;
}

void
own_addresses_free(struct own_addresses *own)
{
	free(own->list);
	*own = (struct own_addresses){0};
}

// Whether an interface of this host has the address.
static bool
own_is_here(const struct sockaddr_storage *address)
{
	uv_interface_address_t *list;
	int count = 0;
	bool here = sockaddr_is_any(address);

	if (here || uv_interface_addresses(&list, &count) != 0)
		return here;
	for (int i = 0; i < count && !here; i++) {
		struct sockaddr_storage one = {0};
		bytes_copy(
		    &one, sizeof one, &list[i].address, sizeof list[i].address);
		here = sockaddr_equal_host(&one, address);
	}
	uv_free_interface_addresses(list, count);
	return here;
}

// 127.0.0.0/8 is here as a whole, though an interface has but one of it.
static bool
own_is_loopback(const struct sockaddr_storage *address)
{
	struct address host;

	return address_from_sockaddr(
		   &host, NULL, (const struct sockaddr *)address) &&
	       address_is_loopback(&host);
}

bool
own_addresses_has(void *context, const struct sockaddr_storage *address)
{
	const struct own_addresses *own = context;

	for (size_t i = 0; i < own->count; i++) {
		const struct sockaddr_storage *one = &own->list[i];
		if (sockaddr_port(one) != sockaddr_port(address))
			continue;
		if (sockaddr_equal_host(one, address))
			return true;
		// Connecting to 0.0.0.0 or :: is connecting to loopback.
		if (sockaddr_is_any(address))
			return true;
		if (sockaddr_is_any(one) &&
		    one->ss_family == address->ss_family &&
		    (own_is_loopback(address) || own_is_here(address)))
			return true;
	}
	return false;
}
