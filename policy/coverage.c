// SPDX-License-Identifier: ISC

#include "policy/coverage.h"

#include <stdlib.h>
#include <string.h>

int
networks_compare(const struct network *one, const struct network *other)
{
	int order = (int)one->address.kind - (int)other->address.kind;

	if (order == 0)
		order = memcmp(one->address.bytes, other->address.bytes,
		    sizeof one->address.bytes);
	return order != 0 ? order : (int)one->prefix - (int)other->prefix;
}

static int
compare_items(const void *one, const void *other)
{
	return networks_compare(one, other);
}

// The network that lower and upper are the halves of, if they are.
static bool
join(struct network *lower, const struct network *upper)
{
	struct network whole = *lower;

	if (lower->prefix == 0 || lower->prefix != upper->prefix)
		return false;
	whole.prefix--;
	network_trim(&whole);
	if (!network_covers(&whole, upper))
		return false;
	*lower = whole;
	return true;
}

struct network_list
networks_join(struct arena *arena, const struct network_list *list)
{
	struct network *items = arena_take(arena, list->count, sizeof *items);
	size_t count = 0;

	if (items == NULL)
		return (struct network_list){.items = NULL};
	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	qsort(items, list->count, sizeof *items, compare_items);
	for (size_t i = 0; i < list->count; i++) {
		if (count > 0 && network_covers(&items[count - 1], &items[i]))
			continue;
		items[count++] = items[i];
		while (count > 1 && join(&items[count - 2], &items[count - 1]))
			count--;
	}
	return (struct network_list){items, count};
}

size_t
networks_first(const struct network_list *sorted, const struct network *network)
{
	size_t from = 0, to = sorted->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (networks_compare(&sorted->items[middle], network) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool
networks_hold(const struct network_list *joined, const struct network *network)
{
	size_t first = networks_first(joined, network);

	return (first < joined->count &&
		   network_covers(&joined->items[first], network)) ||
	       (first > 0 &&
		   network_covers(&joined->items[first - 1], network));
}

bool
networks_hold_all(
    const struct network_list *joined, const struct network_list *narrow)
{
	for (size_t i = 0; i < narrow->count; i++)
		if (!networks_hold(joined, &narrow->items[i]))
			return false;
	return true;
}

bool
networks_overlap(
    const struct network_list *some, const struct network_list *others)
{
	for (size_t i = 0; i < some->count; i++)
		for (size_t j = 0; j < others->count; j++)
			if (network_covers(
				&some->items[i], &others->items[j]) ||
			    network_covers(&others->items[j], &some->items[i]))
				return true;
	return false;
}

struct network_share
networks_share(const struct network_list *list)
{
	struct network_share all = {0, 0};

	for (size_t i = 0; i < list->count; i++) {
		double part = 1;

		for (unsigned bit = 0; bit < list->items[i].prefix; bit++)
			part /= 2;
		if (list->items[i].address.kind == ADDRESS_IPV4)
			all.ipv4 += part;
		else
			all.ipv6 += part;
	}
	return all;
}

bool
networks_hold_anybody(const struct network_list *list)
{
	static const struct network given_out = {
	    {.kind = ADDRESS_IPV6, .bytes = {0x20}}, 3};
	struct arena arena = {.pieces = NULL};
	struct network_list joined = networks_join(&arena, list);
	bool anybody = networks_share(&joined).ipv4 >= 1.0 / 2 ||
		       networks_hold(&joined, &given_out);
	struct network_list given = {.count = 0};

	for (size_t i = networks_first(&joined, &given_out);
	     i < joined.count && network_covers(&given_out, &joined.items[i]);
	     i++) {
		if (given.count++ == 0)
			given.items = &joined.items[i];
	}
	anybody = anybody || networks_share(&given).ipv6 >= 1.0 / 8 / 2;
	arena_free(&arena);
	return anybody;
}
