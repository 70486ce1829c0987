// SPDX-License-Identifier: ISC

#include "policy/coverage.h"

#include <string.h>

enum { COMPARED_MOST = 100000, PARTS = 256, IPV4_WIDTH = 32, IPV6_WIDTH = 128 };

static unsigned
width_of(const struct network *network)
{
	return network->address.kind == ADDRESS_IPV4 ? IPV4_WIDTH : IPV6_WIDTH;
}

// One of the two halves of a network.
static struct network
half(const struct network *network, bool upper)
{
	struct network one = *network;

	if (upper)
		one.address.bytes[one.prefix / 8] |=
		    (uint8_t)(0x80u >> one.prefix % 8);
	one.prefix++;
	return one;
}

// Halves it until a piece is in one of the list, or has none of it. left
// bounds the comparisons; the depth is bounded by the width of an address.
static bool
hold(const struct network_list *list, const struct network *network,
    unsigned *left)
{
	bool any = false;

	for (size_t i = 0; i < list->count; i++) {
		if (*left == 0)
			return false;
		--*left;
		if (network_covers(&list->items[i], network))
			return true;
		any = any || network_covers(network, &list->items[i]);
	}
	if (!any || network->prefix >= width_of(network))
		return false;
	for (unsigned upper = 0; upper < 2; upper++) {
		struct network one = half(network, upper == 1);

		if (!hold(list, &one, left))
			return false;
	}
	return true;
}

bool
networks_hold(const struct network_list *list, const struct network *network)
{
	unsigned left = COMPARED_MOST;

	return hold(list, network, &left);
}

bool
networks_hold_all(
    const struct network_list *wide, const struct network_list *narrow)
{
	for (size_t i = 0; i < narrow->count; i++)
		if (!networks_hold(wide, &narrow->items[i]))
			return false;
	return true;
}

// Of PARTS of the same size, how many are held.
static unsigned
parts_held(const struct network_list *list, struct network whole)
{
	unsigned first = whole.prefix, held = 0;

	whole.prefix += 8;
	for (unsigned part = 0; part < PARTS; part++) {
		struct network one = whole;

		for (unsigned bit = 0; bit < 8; bit++)
			if ((part & 0x80u >> bit) != 0)
				one.address.bytes[(first + bit) / 8] |=
				    (uint8_t)(0x80u >> (first + bit) % 8);
		held += networks_hold(list, &one);
	}
	return held;
}

bool
networks_hold_anybody(const struct network_list *list)
{
	const struct network all_ipv4 = {{.kind = ADDRESS_IPV4}, 0};
	const struct network all_ipv6 = {
	    {.kind = ADDRESS_IPV6, .bytes = {0x20}}, 3};

	return parts_held(list, all_ipv4) >= PARTS / 2 ||
	       parts_held(list, all_ipv6) >= PARTS / 2;
}
