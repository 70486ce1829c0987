// SPDX-License-Identifier: ISC

#include "session/table.h"

#include "base/clock.h"
#include "base/contract.h"

#include <string.h>
#include <strings.h>

enum { MINUTE = 60000 };

// The bytes of an address that name its network: IPv4 /24, IPv6 /64.
static size_t
network_bytes(const struct address *address)
{
	return address->kind == ADDRESS_IPV6 ? 8 : 3;
}

static size_t
hash(const struct address *address, size_t bytes, size_t size)
{
	uint32_t sum = 2166136261u; // FNV-1a

	for (size_t i = 0; i < bytes; i++)
		sum = (sum ^ address->bytes[i]) * 16777619u;
	return sum % size;
}

static bool
same_network(const struct address *one, const struct address *other)
{
	return one->kind == other->kind &&
	       memcmp(one->bytes, other->bytes, network_bytes(one)) == 0;
}

void
table_enter(struct table *table, struct table_entry *entry, void *owner)
{
	struct table_entry **chain = &table->chains[hash(
	    &entry->client, network_bytes(&entry->client), TABLE_CHAINS)];

	REQUIRE(entry->link == NULL);
	entry->owner = owner;
	entry->next = table->first;
	entry->link = &table->first;
	if (entry->next != NULL)
		entry->next->link = &entry->next;
	table->first = entry;
	entry->chain_next = *chain;
	entry->chain_link = chain;
	if (*chain != NULL)
		(*chain)->chain_link = &entry->chain_next;
	*chain = entry;
	table->count++;
}

void
table_leave(struct table *table, struct table_entry *entry)
{
	if (entry->link == NULL)
		return;
	table_hold(table, entry, 0);
	*entry->link = entry->next;
	if (entry->next != NULL)
		entry->next->link = entry->link;
	*entry->chain_link = entry->chain_next;
	if (entry->chain_next != NULL)
		entry->chain_next->chain_link = entry->chain_link;
	entry->link = NULL;
	table->count--;
}

static size_t
rate_place(const struct address *client)
{
	return hash(client, sizeof client->bytes, TABLE_RATES);
}

static uint64_t
rate_count(const struct table *table, const struct address *client)
{
	const struct table_rate *rate = &table->rates[rate_place(client)];

	if (!address_equal(&rate->client, client) ||
	    clock_monotonic() - rate->since > MINUTE)
		return 0;
	return rate->count;
}

void
table_handshake(struct table *table, const struct address *client)
{
	struct table_rate *rate = &table->rates[rate_place(client)];

	// Two addresses in one place: the later one counts anew. Somebody
	// with many addresses can do as much with any counting.
	if (rate_count(table, client) == 0)
		*rate = (struct table_rate){
		    .client = *client, .since = clock_monotonic()};
	rate->count++;
}

enum own_reply
table_admits(const struct table *table, const struct limits *limits,
    const struct address *client)
{
	uint64_t of_client = 0, of_network = 0;
	const struct table_entry *entry =
	    table->chains[hash(client, network_bytes(client), TABLE_CHAINS)];

	if (table->count >= limits->sessions || table->held > limits->memory)
		return OWN_OVERLOADED;
	for (; entry != NULL; entry = entry->chain_next) {
		of_network += same_network(&entry->client, client);
		of_client += address_equal(&entry->client, client);
	}
	if (limits->sessions_per_client > 0 &&
	    of_client >= limits->sessions_per_client)
		return OWN_TOO_MANY_CONNECTIONS;
	if (limits->sessions_per_network > 0 &&
	    of_network >= limits->sessions_per_network)
		return OWN_TOO_MANY_CONNECTIONS;
	if (limits->handshakes_per_client > 0 &&
	    rate_count(table, client) >= limits->handshakes_per_client)
		return OWN_TOO_MANY_CONNECTIONS;
	return OWN_COUNT;
}

// All sessions are looked at, and only where there is such a limit: what they
// are hashed by is the client.
enum own_reply
table_admits_receiver(const struct table *table, const struct limits *limits,
    const char *host, uint16_t port)
{
	uint64_t with_it = 0;

	if (limits->sessions_per_receiver == 0)
		return OWN_COUNT;
	for (const struct table_entry *entry = table->first; entry != NULL;
	     entry = entry->next)
		with_it += entry->host != NULL && entry->port == port &&
			   strcasecmp(entry->host, host) == 0;
	return with_it < limits->sessions_per_receiver ? OWN_COUNT
						       : OWN_RECEIVER_BUSY;
}

void
table_hold(struct table *table, struct table_entry *entry, uint64_t held)
{
	table->held += held - entry->held;
	entry->held = held;
}
