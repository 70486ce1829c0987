// SPDX-License-Identifier: ISC
//
// Which of root's rights a policy needs, and whether this process has them.

#ifndef HOST_RIGHTS_H
#define HOST_RIGHTS_H

#include "host/sandbox.h"
#include "policy/faults.h"
#include "policy/policy.h"

#include <stdbool.h>

struct sandbox_rights rights_of(const struct policy *policy);
// False: sessions of the policy would fail for want of a right; the fault says
// which, and how to give it. configuration: what the policy was loaded from;
// NULL: the command line. Low ports are not asked about: to bind tells.
bool rights_suffice(const struct policy *policy, const char *configuration,
    struct faults *faults);

#endif
