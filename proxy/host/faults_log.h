// SPDX-License-Identifier: ISC
//
// What is wrong with a configuration, told by a service.

#ifndef HOST_FAULTS_LOG_H
#define HOST_FAULTS_LOG_H

#include "policy/faults.h"

struct log;

// One line a fault. What is overdue is a warning: the service goes on.
void faults_log(const struct faults *faults, const struct log *log);
// At a start, on standard error: as sallyport check prints them; where the
// journal reads that, as lines of the log, each with its severity.
void faults_tell(const struct faults *faults);

#endif
