// SPDX-License-Identifier: ISC

#include "host/rights.h"

#include "net/destination.h"

#include <stdio.h>

struct sandbox_rights
rights_of(const struct policy *policy)
{
	struct policy_needs needs;

	policy_needs(policy, &needs);
	return (struct sandbox_rights){
	    .low_ports = needs.low_ports,
	    .foreign_addresses = needs.foreign_addresses,
	};
}

bool
rights_suffice(const struct policy *policy, char *error, size_t room)
{
	struct policy_needs needs;

	policy_needs(policy, &needs);
	if (!needs.spoofing || destination_may_be_foreign())
		return true;
	snprintf(error, room,
	    "receiver.identity: spoof needs CAP_NET_RAW or CAP_NET_ADMIN, "
	    "which this process does not have, or gave up at its start; "
	    "restart it as root, or with AmbientCapabilities=CAP_NET_RAW in "
	    "its unit");
	return false;
}
