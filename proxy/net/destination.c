// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/destination.h"

#include "base/contract.h"
#include "net/own_addresses.h"
#include "net/sockaddr.h"

#include <netinet/in.h>
#include <unistd.h>

// SO_ORIGINAL_DST of linux/netfilter_ipv4.h, and its twin for IPv6, whose
// headers do not get on with netinet/in.h.
enum { ORIGINAL_DESTINATION = 80 };

// The connection is the trusted peer's own: where that leads says nothing.
static bool
find_told(
    const struct destination_clues *clues, struct sockaddr_storage *address)
{
	*address = (struct sockaddr_storage){0};
	if (clues->told == NULL || clues->told->ss_family == AF_UNSPEC)
		return false;
	*address = *clues->told;
	return true;
}

// A socket for both families is asked for IPv4 where an IPv4 sender is on it.
// Without an entry in connection tracking, or without connection tracking,
// there was no redirection either; nor was there where it was going to where
// it came.
static bool
find_redirect(
    const struct destination_clues *clues, struct sockaddr_storage *address)
{
	socklen_t size = sizeof *address;
	int level =
	    clues->local->ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;

	*address = (struct sockaddr_storage){0};
	return getsockopt(clues->socket, level, ORIGINAL_DESTINATION, address,
		   &size) == 0 &&
	       !sockaddr_equal(address, clues->local);
}

// No listener of ours is where the connection ends: only TPROXY does that.
// Without a listener that is known nothing could be told from it.
static bool
find_tproxy(
    const struct destination_clues *clues, struct sockaddr_storage *address)
{
	*address = *clues->local;
	return clues->own->count > 0 && sockaddr_port(address) != 0 &&
	       !own_addresses_has(clues->own, address);
}

static bool
find_fixed(
    const struct destination_clues *clues, struct sockaddr_storage *address)
{
	(void)clues;
	*address = (struct sockaddr_storage){0};
	return true;
}

static const struct {
	bool (*find)(const struct destination_clues *clues,
	    struct sockaddr_storage *address);
	const char *word;
} methods[] = {
#define METHOD(id, word, find, sentence) [DESTINATION_##id] = {find, word},
#include "net/destination.def"
#undef METHOD
};

void
destination_find(
    const struct destination_clues *clues, struct destination *destination)
{
	enum destination_method method = DESTINATION_PROXY;

	while (!methods[method].find(clues, &destination->address)) {
		method++;
		REQUIRE(method < DESTINATION_METHODS);
	}
	destination->method = method;
	sockaddr_unmap(&destination->address);
}

const char *
destination_word(enum destination_method method)
{
	REQUIRE(method < DESTINATION_METHODS);
	return methods[method].word;
}

bool
destination_transparent(int socket, int family)
{
	const int yes = 1;

	if (family == AF_INET6)
		return setsockopt(socket, IPPROTO_IPV6, IPV6_TRANSPARENT, &yes,
			   sizeof yes) == 0;
	return setsockopt(
		   socket, IPPROTO_IP, IP_TRANSPARENT, &yes, sizeof yes) == 0;
}

bool
destination_may_be_foreign(void)
{
	int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool may = made >= 0 && destination_transparent(made, AF_INET);

	if (made >= 0)
		close(made);
	return may;
}
