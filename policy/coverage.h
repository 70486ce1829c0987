// SPDX-License-Identifier: ISC
//
// What several networks hold together: two halves are a whole.

#ifndef POLICY_COVERAGE_H
#define POLICY_COVERAGE_H

#include "policy/arena.h"
#include "policy/network.h"

// By address; of networks that begin alike the wider one comes first. Less
// than, equal to or more than 0, as of memcmp.
int networks_compare(const struct network *one, const struct network *other);

// Of a list in that order the first that is not before network: what network
// holds begins there.
size_t networks_first(
    const struct network_list *sorted, const struct network *network);

// The same addresses in as few networks as hold them, in that order. What one
// of them does not hold alone, all of them do not. Where memory is out the
// arena failed, and nothing is held.
struct network_list networks_join(
    struct arena *arena, const struct network_list *list);

// Whether every address of network, or of each network of narrow, is in a
// joined list.
bool networks_hold(
    const struct network_list *joined, const struct network *network);
bool networks_hold_all(
    const struct network_list *joined, const struct network_list *narrow);

// Whether any address is in both lists.
bool networks_overlap(
    const struct network_list *some, const struct network_list *others);

// Which part of all addresses of their kind they hold; what two of them hold
// counts twice.
struct network_share {
	double ipv4, ipv6;
};
struct network_share networks_share(const struct network_list *list);

// Whether they hold half of the Internet or more, of IPv4 or of IPv6
// (2000::/3, all that is given out): that is anybody.
bool networks_hold_anybody(const struct network_list *list);

#endif
