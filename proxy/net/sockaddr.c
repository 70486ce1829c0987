// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/sockaddr.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

// The storage as what it holds: memory made for any family's struct.
static const struct sockaddr_in *
address_4(const struct sockaddr_storage *address)
{
	return (const void *)address;
}

static const struct sockaddr_in6 *
address_6(const struct sockaddr_storage *address)
{
	return (const void *)address;
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
	if (address->ss_family == AF_INET)
		return ntohs(address_4(address)->sin_port);
	if (address->ss_family == AF_INET6)
		return ntohs(address_6(address)->sin6_port);
	return 0;
}

void
sockaddr_text(const struct sockaddr_storage *address, char text[SOCKADDR_TEXT])
{
	struct sockaddr_storage plain = *address;
	char host[64];
	char zone[20] = "";

	sockaddr_unmap(&plain);
	if (plain.ss_family == AF_INET &&
	    uv_ip4_name(address_4(&plain), host, sizeof host) == 0) {
		snprintf(text, SOCKADDR_TEXT, "%s:%u", host,
		    (unsigned)sockaddr_port(&plain));
		return;
	}
	if (plain.ss_family == AF_INET6 &&
	    uv_ip6_name(address_6(&plain), host, sizeof host) == 0) {
		unsigned scope = address_6(&plain)->sin6_scope_id;

		if (scope != 0)
			snprintf(zone, sizeof zone, "%%%u", scope);
		snprintf(text, SOCKADDR_TEXT, "[%s%s]:%u", host, zone,
		    (unsigned)sockaddr_port(&plain));
		return;
	}
	bytes_copy_text(text, SOCKADDR_TEXT, "unknown");
}

void
sockaddr_unmap(struct sockaddr_storage *address)
{
	if (address->ss_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&address_6(address)->sin6_addr))
		return;
	struct sockaddr_in plain = {
	    .sin_family = AF_INET, .sin_port = address_6(address)->sin6_port};

	bytes_copy(&plain.sin_addr, sizeof plain.sin_addr,
	    &address_6(address)->sin6_addr.s6_addr[12], 4);
	*address = (struct sockaddr_storage){0};
	bytes_copy(address, sizeof *address, &plain, sizeof plain);
}

size_t
sockaddr_host(const struct sockaddr_storage *address, uint8_t host[16])
{
	struct sockaddr_storage plain = *address;

	sockaddr_unmap(&plain);
	if (plain.ss_family == AF_INET) {
		bytes_copy(host, 16, &address_4(&plain)->sin_addr, 4);
		return 4;
	}
	if (plain.ss_family == AF_INET6) {
		bytes_copy(host, 16, &address_6(&plain)->sin6_addr, 16);
		return 16;
	}
	return 0;
}

bool
sockaddr_equal_host(
    const struct sockaddr_storage *one, const struct sockaddr_storage *other)
{
	uint8_t one_host[16], other_host[16];
	size_t size = sockaddr_host(one, one_host);

	return size > 0 && size == sockaddr_host(other, other_host) &&
	       memcmp(one_host, other_host, size) == 0;
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
	uint8_t host[16];
	size_t size = sockaddr_host(address, host);

	return size > 0 && memcmp(host, any, size) == 0;
}
