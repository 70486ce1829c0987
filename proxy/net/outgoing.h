// SPDX-License-Identifier: ISC
//
// Our own connections, by both their ends. A sender whose connection is one of
// them is ourselves: the receiver we dial leads back here (RFC 5321 6.3: loops
// must be stopped). Where addresses are translated on the way, the clock in
// its SYN tells (syn.h). Its own end alone proves nothing: a sender on this
// host may have the port that we have towards somebody else. Each connection
// enters and leaves by itself.

#ifndef NET_OUTGOING_H
#define NET_OUTGOING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { OUTGOING_CHAINS = 256 };

// Part of a connection; all zero at the start.
struct outgoing {
	struct sockaddr_storage from, to;
	uint64_t began;      // clock_monotonic
	bool stamped;        // its SYN's time stamp (syn.h) is known:
	uint32_t stamp;      // the last that it can be,
	uint32_t stamp_span; // and how many milliseconds before is the first
	struct outgoing *next, **link; // the table's; NULL: in none
	struct outgoing *older, **newer_link;
};

// One a worker; all zero at the start.
struct outgoing_table {
	struct outgoing *chains[OUTGOING_CHAINS];
	struct outgoing *newest; // of all, in the order in which they entered
};

// Enters, by what from is; not twice, and when it has just begun.
void outgoing_enter(struct outgoing_table *table, struct outgoing *outgoing);
// Any number of times.
void outgoing_leave(struct outgoing *outgoing);
bool outgoing_has(const struct outgoing_table *table,
    const struct sockaddr_storage *from, const struct sockaddr_storage *to);
// Whether a SYN that came from there with this time stamp is that of a
// connection that began a moment ago. Who comes from the very address that it
// comes from is known by its port, above: another program of this host may
// well dial in the same millisecond.
bool outgoing_stamped(const struct outgoing_table *table,
    const struct sockaddr_storage *from, uint32_t stamp);

#endif
