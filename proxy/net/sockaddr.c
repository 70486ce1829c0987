// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/sockaddr.h"

#include "base/bytes.h"
#include "policy/network.h"

#include <netinet/in.h>
#include <string.h>
#include <uv.h>

// False for another family.
static bool
endpoint_of(const struct sockaddr_storage *address, struct endpoint *endpoint)
{
	return address_from_sockaddr(&endpoint->address, &endpoint->port,
	    (const struct sockaddr *)address);
}

bool
sockaddr_parse(
    const char *host, uint16_t port, struct sockaddr_storage *address)
{
	*address = (struct sockaddr_storage){0};
	if (uv_ip4_addr(host, port, (void *)address) != 0 &&
	    uv_ip6_addr(host, port, (void *)address) != 0)
		return false;
	sockaddr_unmap(address);
	return true;
}

uint16_t
sockaddr_port(const struct sockaddr_storage *address)
{
	struct endpoint endpoint;

	return endpoint_of(address, &endpoint) ? endpoint.port : 0;
}

void
sockaddr_set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)address)->sin_port = htons(port);
}

void
sockaddr_text(const struct sockaddr_storage *address, char text[SOCKADDR_TEXT])
{
	struct endpoint endpoint;

	if (endpoint_of(address, &endpoint))
		endpoint_print(&endpoint, text, SOCKADDR_TEXT);
	else
		bytes_copy_text(text, SOCKADDR_TEXT, "unknown");
}

void
sockaddr_unmap(struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *mapped = (const void *)address;

	if (address->ss_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&mapped->sin6_addr))
		return;
	struct sockaddr_in plain = {
	    .sin_family = AF_INET, .sin_port = mapped->sin6_port};

	bytes_copy(&plain.sin_addr, sizeof plain.sin_addr,
	    &mapped->sin6_addr.s6_addr[12], 4);
	*address = (struct sockaddr_storage){0};
	bytes_copy(address, sizeof *address, &plain, sizeof plain);
}

bool
sockaddr_equal_host(
    const struct sockaddr_storage *one, const struct sockaddr_storage *other)
{
	struct endpoint a, b;

	return endpoint_of(one, &a) && endpoint_of(other, &b) &&
	       address_equal(&a.address, &b.address);
}

bool
sockaddr_equal(
    const struct sockaddr_storage *one, const struct sockaddr_storage *other)
{
	return sockaddr_port(one) == sockaddr_port(other) &&
	       sockaddr_equal_host(one, other);
}

bool
sockaddr_is_any(const struct sockaddr_storage *address)
{
	static const uint8_t any[16];
	struct endpoint endpoint;

	return endpoint_of(address, &endpoint) &&
	       memcmp(endpoint.address.bytes, any, sizeof any) == 0;
}
