// SPDX-License-Identifier: ISC
//
// A file that holds what others must not read: a key log, a capture. Made for
// its owner alone, never reached through a link, written to by a thread of
// its own (watch/spool.h). What goes wrong is told to the log once, and mail
// goes on.

#ifndef WATCH_SECRET_FILE_H
#define WATCH_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct secret_file;

// What a file begins with, where it is not merely lines.
struct secret_file_kind {
	const char *name; // "--pcap": who is named in the log
	// Looks at a file that exists and is not empty: whether more may be
	// written behind what is there. False: error says why not. May be NULL.
	bool (*continues)(int file, char *error, size_t room);
	const uint8_t *head; // written whenever the file is opened
	size_t head_size;
	// Another process that writes to it too would spoil it: whoever opens
	// it second is refused.
	bool alone;
};

// Opens or creates. kind, path and log are not copied; log may be NULL. NULL:
// error says what failed and what to change.
struct secret_file *secret_file_new(const struct secret_file_kind *kind,
    const char *path, const struct log *log, char *error, size_t room);
// Waits some seconds for the disk, closes, frees and clears; NULL is let pass.
void secret_file_free(struct secret_file **file);

// Opens the path again, after a rotation or a full disk; does nothing while
// it is still the file that is being written to without trouble. False: error
// says why, and all is as it was.
bool secret_file_reopen(struct secret_file *file, char *error, size_t room);

// As spool_reserve and spool_commit.
uint8_t *secret_file_reserve(
    struct secret_file *file, size_t size, bool important);
void secret_file_commit(struct secret_file *file, size_t size);
// How many reservations were lost since this was last asked.
uint64_t secret_file_lost(struct secret_file *file);

#endif
