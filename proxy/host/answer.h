// SPDX-License-Identifier: ISC
//
// What became of a reload, told to who asked for it by SIGHUP: a datagram to a
// socket in the service's runtime directory, which both ends know by
// RUNTIME_DIRECTORY (systemd.exec(5)). The asking end makes it before the
// signal, and there is one at a time.

#ifndef HOST_ANSWER_H
#define HOST_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The asking end: a descriptor, or -1 with error filled in.
int answer_open(char *error, size_t room);
// Waits for what the process tells, milliseconds at most. True: the
// configuration was taken. False: error is why not, in the service's own
// words, or why nothing is known of it.
bool answer_await(
    int file, pid_t service, uint64_t milliseconds, char *error, size_t room);
// Takes the socket away again; -1: there is none.
void answer_close(int file);

// The telling end. refused: why; NULL: the configuration was taken. Does
// nothing where nobody asks.
void answer_tell(const char *refused);

#endif
