// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/outgoing.h"

#include "base/contract.h"
#include "net/sockaddr.h"

#include <stddef.h>

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
