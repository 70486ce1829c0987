// SPDX-License-Identifier: ISC
//
// What the process gives up, so that whoever takes it over gains little: its
// user, its privileges, core files with keys in them, and system calls that
// no mail proxy needs.

#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

// Before anything secret is read, and before the first loop is made: no core
// files, no debugger of other processes of the same user, files for the owner
// alone, no io_uring.
void sandbox_begin(void);

// What of root's rights is kept.
struct sandbox_rights {
	bool low_ports;         // to bind ports below 1024: for a reload
	bool foreign_addresses; // to have addresses that are not this host's
};

// Once sockets are bound and keys are loaded: becomes user (and group; NULL:
// the user's own; both NULL: stays who it is) and gives up all rights but
// those, which it keeps where it has them; root that stays root is then no
// more than the owner of root's files. Of this thread and those that it
// starts; there must be no other yet. False: error says why.
bool sandbox_drop(const char *user, const char *group,
    const struct sandbox_rights *rights, char *error, size_t room);

// Forbids system calls in all threads, for good. False: error says why.
// True and does nothing when built without libseccomp.
bool sandbox_filter(char *error, size_t room);

// What of it this program was built with, for --version; static text.
const char *sandbox_features(void);

#endif
