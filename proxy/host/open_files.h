// SPDX-License-Identifier: ISC
//
// How many files the kernel lets this process have open, and how many its
// sessions need.

#ifndef HOST_OPEN_FILES_H
#define HOST_OPEN_FILES_H

#include "policy/policy.h"

// Raises the limit, as far as this process may, to what limits.sessions needs;
// never lowers it. A warning where that is not enough.
void open_files_allow(const struct policy *policy, struct faults *faults);

#endif
