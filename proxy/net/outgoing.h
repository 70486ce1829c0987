// SPDX-License-Identifier: ISC
//
// Our own connections, by both their ends. A sender whose connection is one of
// them is ourselves: the receiver we dial leads back here (RFC 5321 6.3: loops
// must be stopped). Its own end alone proves nothing: a sender on this host
// may have the port that we have towards somebody else. Each connection
// enters and leaves by itself.

#ifndef NET_OUTGOING_H
#define NET_OUTGOING_H

#include <stdbool.h>
#include <sys/socket.h>

enum { OUTGOING_CHAINS = 256 };

// Part of a connection; all zero at the start.
struct outgoing {
	struct sockaddr_storage from, to;
	struct outgoing *next, **link; // the table's; NULL: in none
};

// One a worker; all zero at the start.
struct outgoing_table {
	struct outgoing *chains[OUTGOING_CHAINS];
};

// Enters, by what from is; not twice.
void outgoing_enter(struct outgoing_table *table, struct outgoing *outgoing);
// Any number of times.
void outgoing_leave(struct outgoing *outgoing);
bool outgoing_has(const struct outgoing_table *table,
    const struct sockaddr_storage *from, const struct sockaddr_storage *to);

#endif
