// SPDX-License-Identifier: ISC

#include "host/rights.h"

#include "net/destination.h"

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
rights_suffice(const struct policy *policy, const char *configuration,
    struct faults *faults)
{
	const struct origin at = {
	    configuration != NULL ? configuration : "command line", 0};
	struct policy_needs needs;

	policy_needs(policy, &needs);
	if (!needs.spoofing || destination_may_be_foreign())
		return true;
	faults_add(faults, FAULT_ERROR, at,
	    "receiver.identity: spoof needs CAP_NET_RAW, which this process "
	    "does not have, or gave up at its start; restart it as root, or "
	    "with that right in its unit, as systemd-intercept.conf among the "
	    "examples gives it");
	return false;
}
