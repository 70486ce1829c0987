// SPDX-License-Identifier: ISC
//
// The live sessions of a worker: how many there are, of whom, and what they
// hold. A session enters before it is let in, and leaves when it is freed.

#ifndef SESSION_TABLE_H
#define SESSION_TABLE_H

#include "policy/network.h"
#include "policy/settings.h"
#include "smtp/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_CHAINS = 1024, TABLE_RATES = 1024 };

// A session's place; all zero at the start. client, and the receiver where
// it is known, are the session's to fill in before it enters.
struct table_entry {
	struct address client;
	const char *host; // of the receiver; not owned; NULL: not known
	uint16_t port;
	void *owner;
	uint64_t held;                                // bytes
	struct table_entry *next, **link;             // of all
	struct table_entry *chain_next, **chain_link; // of a network's hash
};

// TLS handshakes of an address in the minute in hand.
struct table_rate {
	struct address client;
	uint64_t since;
	uint64_t count;
};

// All zero at the start.
struct table {
	struct table_entry *first;
	struct table_entry *chains[TABLE_CHAINS];
	size_t count;
	uint64_t held; // bytes of all together
	struct table_rate rates[TABLE_RATES];
};

void table_enter(struct table *table, struct table_entry *entry, void *owner);
// Any number of times.
void table_leave(struct table *table, struct table_entry *entry);

// Whether one more session of this client is within the limits: OWN_COUNT,
// or what it is to be told.
enum own_reply table_admits(const struct table *table,
    const struct limits *limits, const struct address *client);
// Whether one more session with this receiver is: likewise.
enum own_reply table_admits_receiver(const struct table *table,
    const struct limits *limits, const char *host, uint16_t port);
// A handshake with the client begins.
void table_handshake(struct table *table, const struct address *client);

// The session holds so many bytes now.
void table_hold(struct table *table, struct table_entry *entry, uint64_t held);

#endif
