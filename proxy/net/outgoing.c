// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/outgoing.h"

#include "base/clock.h"
#include "base/contract.h"
#include "net/sockaddr.h"

#include <stddef.h>

enum { STAMP_WITHIN = 1000 }; // milliseconds in which a SYN arrives, sent once

static unsigned
outgoing_chain(const struct sockaddr_storage *address)
{
	return sockaddr_port(address) % OUTGOING_CHAINS;
}

void
outgoing_enter(struct outgoing_table *table, struct outgoing *outgoing)
{
	struct outgoing **chain =
	    &table->chains[outgoing_chain(&outgoing->from)];

	REQUIRE(outgoing->link == NULL);
	outgoing->next = *chain;
	outgoing->link = chain;
	if (*chain != NULL)
		(*chain)->link = &outgoing->next;
	*chain = outgoing;
	outgoing->older = table->newest;
	outgoing->newer_link = &table->newest;
	if (table->newest != NULL)
		table->newest->newer_link = &outgoing->older;
	table->newest = outgoing;
}

void
outgoing_leave(struct outgoing *outgoing)
{
	if (outgoing->link == NULL)
		return;
	*outgoing->link = outgoing->next;
	if (outgoing->next != NULL)
		outgoing->next->link = outgoing->link;
	outgoing->next = NULL;
	outgoing->link = NULL;
	*outgoing->newer_link = outgoing->older;
	if (outgoing->older != NULL)
		outgoing->older->newer_link = outgoing->newer_link;
	outgoing->older = NULL;
	outgoing->newer_link = NULL;
}

bool
outgoing_has(const struct outgoing_table *table,
    const struct sockaddr_storage *from, const struct sockaddr_storage *to)
{
	const struct outgoing *outgoing = table->chains[outgoing_chain(from)];

	while (outgoing != NULL && !(sockaddr_equal(&outgoing->from, from) &&
				       sockaddr_equal(&outgoing->to, to)))
		outgoing = outgoing->next;
	return outgoing != NULL;
}

static bool
is_stamped(const struct outgoing *outgoing, const struct sockaddr_storage *from,
    uint32_t stamp)
{
	return outgoing->stamped &&
	       outgoing->stamp - stamp <= outgoing->stamp_span &&
	       !sockaddr_equal_host(&outgoing->from, from);
}

// Asked at each accept: what began earlier is not looked at, however many
// there are.
bool
outgoing_stamped(const struct outgoing_table *table,
    const struct sockaddr_storage *from, uint32_t stamp)
{
	uint64_t now = clock_monotonic();
	const struct outgoing *outgoing = table->newest;

	while (outgoing != NULL && now - outgoing->began <= STAMP_WITHIN &&
	       !is_stamped(outgoing, from, stamp))
		outgoing = outgoing->older;
	return outgoing != NULL && now - outgoing->began <= STAMP_WITHIN;
}
