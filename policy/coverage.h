// SPDX-License-Identifier: ISC
//
// What several networks hold together: two halves are a whole.

#ifndef POLICY_COVERAGE_H
#define POLICY_COVERAGE_H

#include "policy/network.h"

// Whether every address of network is in one of the list. Of lists whose
// pieces are too many to look at, false: it is not known.
bool networks_hold(
    const struct network_list *list, const struct network *network);
// The same for every network of narrow.
bool networks_hold_all(
    const struct network_list *wide, const struct network_list *narrow);

// Whether they hold half of the Internet or more, of IPv4 or of IPv6
// (2000::/3, all that is given out): that is anybody.
bool networks_hold_anybody(const struct network_list *list);

#endif
