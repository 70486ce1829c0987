// SPDX-License-Identifier: ISC
//
// The systemd journal as a place for the log to go.

#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

struct iovec;

typedef int journal_send(const struct iovec *fields, int count);

// What log_options.journal is to be: NULL when built without libsystemd.
journal_send *journal_sink(void);

#endif
