// SPDX-License-Identifier: ISC
//
// One policy with what TLS needs of it. Sessions hold the edition they began
// with; a reload makes another, and the old one goes with the last session
// that holds it.

#ifndef SESSION_EDITION_H
#define SESSION_EDITION_H

#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

struct dnssec;
struct edition;
struct loop;
struct tls_client;
struct tls_server;

// What an edition is made with.
struct edition_means {
	const char *hostname; // copied; NULL: the policy's, or this host's
	// For lookups by DNSSEC; outlives the edition. NULL, where no level
	// asks for them.
	struct loop *loop;
	bool keeps; // certificates that are made, in state-directory
};

// Makes what every session could need, so that what is wrong with a
// certificate is told now and not to a sender, and looks at all that the
// configuration names in the world (policy_check): who checks, starts and
// reloads is told the same. The policy is held. NULL: faults has errors, all
// that there are.
struct edition *edition_new(struct policy *policy,
    const struct edition_means *means, struct faults *faults);
struct edition *edition_hold(struct edition *edition);
// NULL is let pass; clears.
void edition_release(struct edition **edition);

const struct policy *edition_policy(const struct edition *edition);
const char *edition_hostname(const struct edition *edition);
struct tls_server *edition_server(struct edition *edition);
struct tls_client *edition_client(struct edition *edition);
// For the sessions of a listener; NULL: none of its levels asks for it.
struct dnssec *edition_dnssec(struct edition *edition, size_t listener);
// Whether any listener admits the legacy engine, whose keys are to be
// refreshed then (tls_server_refresh).
bool edition_admits_legacy(const struct edition *edition);

#endif
