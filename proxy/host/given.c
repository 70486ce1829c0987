// SPDX-License-Identifier: ISC

#include "host/given.h"

#include <string.h>

static bool
is_every_host(const struct address *address)
{
	static const uint8_t zero[sizeof address->bytes];

	return address->kind == ADDRESS_NONE ||
	       memcmp(address->bytes, zero, sizeof zero) == 0;
}

bool
given_covers(
    const struct sockaddr_storage *address, const struct endpoint *endpoint)
{
	struct address host;
	uint16_t port;

	if (!address_from_sockaddr(
		&host, &port, (const struct sockaddr *)address) ||
	    port != endpoint->port)
		return false;
	return address_equal(&host, &endpoint->address) || is_every_host(&host);
}

static bool
covers_one_of(const struct given *given, const struct policy_listener *listener)
{
	for (size_t i = 0; i < listener->address_count; i++) {
		if (given_covers(given->address, &listener->addresses[i]))
			return true;
	}
	return false;
}

bool
given_listener(const struct policy *policy, const struct given *given,
    size_t *listener, bool *by_name)
{
	size_t count = policy_listener_count(policy);

	*by_name = true;
	for (size_t i = 0; i < count; i++) {
		*listener = i;
		if (strcmp(policy_listener(policy, i)->name, given->name) == 0)
			return true;
	}
	*by_name = false;
	for (size_t i = 0; i < count; i++) {
		*listener = i;
		if (covers_one_of(given, policy_listener(policy, i)))
			return true;
	}
	return false;
}
