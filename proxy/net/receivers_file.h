// SPDX-License-Identifier: ISC
//
// Keeps what is remembered of receivers in a file, so that a restart is no
// chance to strip STARTTLS unseen. Several workers may keep the same one:
// what is written is what both the file and this worker know. Written by a
// thread, at once whole or not at all.

#ifndef NET_RECEIVERS_FILE_H
#define NET_RECEIVERS_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct receivers;
struct receivers_file;

// The file is DIRECTORY/receivers; what it says is remembered now. told is
// called with what is wrong with it, now or from the loop; the text is valid
// during the call. loop, receivers and owner outlive the result. NULL: memory
// is out.
struct receivers_file *receivers_file_open(struct loop *loop,
    struct receivers *receivers, const char *directory,
    void (*told)(void *owner, const char *text), void *owner);
const char *receivers_file_directory(const struct receivers_file *file);
// Something may have changed: it is written soon.
void receivers_file_touch(struct receivers_file *file);
// Writes what is not written yet, and frees. NULL is let pass; clears.
void receivers_file_close(struct receivers_file **file);

#endif
