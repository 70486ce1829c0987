// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "watch/secret_file.h"

#include "base/descriptor.h"
#include "watch/log.h"
#include "watch/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAST_WAIT = 5000 }; // milliseconds for the disk, at the end

struct secret_file {
	const struct secret_file_kind *kind;
	const char *path;
	const struct log *log;
	struct spool *spool;
	int descriptor;     // the spool's
	struct stat status; // of the file that is open
	bool broken;        // writing failed
	bool told_lost;
};

// Whoever planted a link to another file of ours, symbolic or hard, or a pipe,
// or kept a file of that name open for reading, gets nothing.
static bool
is_ours_alone(int file, struct stat *status)
{
	return fstat(file, status) == 0 && S_ISREG(status->st_mode) &&
	       status->st_uid == geteuid() && (status->st_mode & 077) == 0 &&
	       status->st_nlink == 1;
}

static int
open_path(const char *path, char *error, size_t room)
{
	static const int flags =
	    O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
	int file = open(path, flags | O_CREAT | O_EXCL, 0600);

	if (file < 0 && errno == EEXIST)
		file = open(path, flags);
	if (file < 0)
		snprintf(error, room, "cannot open %s: %s", path,
		    errno == ELOOP ? "it is a symbolic link, which is never "
				     "followed; name the file itself"
				   : strerror(errno));
	return file;
}

// Processes that were forked share the lock; what was opened anew does not.
static bool
take_alone(const struct secret_file_kind *kind, int file)
{
	return !kind->alone || flock(file, LOCK_EX | LOCK_NB) == 0 ||
	       errno != EWOULDBLOCK;
}

static bool
write_head(const struct secret_file_kind *kind, int file)
{
	return kind->head_size == 0 || descriptor_write(file, kind->head,
					   kind->head_size) == kind->head_size;
}

// The descriptor, or -1.
static int
open_file(const struct secret_file_kind *kind, const char *path,
    struct stat *status, char *error, size_t room)
{
	char why[256] = "";
	int file = open_path(path, error, room);

	if (file < 0)
		return -1;
	if (!is_ours_alone(file, status))
		snprintf(error, room,
		    "%s exists, and is no regular file that this user alone "
		    "may read; remove it, or name another",
		    path);
	else if (!take_alone(kind, file))
		snprintf(error, room,
		    "another process writes to %s; name another file, or end "
		    "that first",
		    path);
	else if (status->st_size > 0 && kind->continues != NULL &&
		 !kind->continues(file, why, sizeof why))
		snprintf(error, room, "%s %s; remove it, or name another", path,
		    why);
	else if (!write_head(kind, file))
		snprintf(error, room, "cannot write to %s: %s", path,
		    strerror(errno));
	else
		return file;
	close(file);
	return -1;
}

// Opens the path into *opened; false: error says why not.
static bool
open_spool(struct secret_file *opened, char *error, size_t room)
{
	int file =
	    open_file(opened->kind, opened->path, &opened->status, error, room);
	struct spool *spool = file >= 0 ? spool_new(file) : NULL;

	if (file >= 0 && spool == NULL) {
		snprintf(error, room, "memory is out");
		close(file);
	}
	opened->descriptor = file;
	opened->spool = spool;
	return spool != NULL;
}

struct secret_file *
secret_file_new(const struct secret_file_kind *kind, const char *path,
    const struct log *log, char *error, size_t room)
{
	struct secret_file *file = calloc(1, sizeof *file);

	if (file == NULL) {
		snprintf(error, room, "memory is out");
		return NULL;
	}
	file->kind = kind;
	file->path = path;
	file->log = log;
	if (!open_spool(file, error, room))
		secret_file_free(&file);
	return file;
}

void
secret_file_free(struct secret_file **file)
{
	struct secret_file *freed = *file;

	*file = NULL;
	if (freed == NULL)
		return;
	spool_free(&freed->spool, LAST_WAIT);
	free(freed);
}

static bool
is_same_file(const struct secret_file *file)
{
	struct stat now;

	return lstat(file->path, &now) == 0 &&
	       now.st_dev == file->status.st_dev &&
	       now.st_ino == file->status.st_ino;
}

bool
secret_file_reopen(struct secret_file *file, char *error, size_t room)
{
	struct secret_file again = {
	    .kind = file->kind, .path = file->path, .log = file->log};

	if (!file->broken && is_same_file(file))
		return true;
	// Our own lock would be in our way.
	if (file->kind->alone)
		(void)flock(file->descriptor, LOCK_UN);
	if (!open_spool(&again, error, room)) {
		(void)take_alone(file->kind, file->descriptor);
		return false;
	}
	spool_free(&file->spool, 0);
	*file = again;
	return true;
}

static void
tell(struct secret_file *file)
{
	int trouble = spool_trouble(file->spool);

	if (trouble != 0) {
		file->broken = true;
		if (file->log != NULL)
			log_event(file->log, SEVERITY_ERROR, NULL,
			    "cannot write to %s: %s; %s ends here and mail "
			    "goes on; SIGUSR1 opens it again",
			    file->path, strerror(trouble), file->kind->name);
	} else if (!file->broken && !file->told_lost) {
		file->told_lost = true;
		if (file->log != NULL)
			log_event(file->log, SEVERITY_WARNING, NULL,
			    "%s cannot be written as fast as mail comes; %s "
			    "lacks what there is no room for",
			    file->path, file->kind->name);
	}
}

uint8_t *
secret_file_reserve(struct secret_file *file, size_t size, bool important)
{
	uint8_t *bytes = spool_reserve(file->spool, size, important);

	if (bytes == NULL)
		tell(file);
	return bytes;
}

void
secret_file_commit(struct secret_file *file, size_t size)
{
	spool_commit(file->spool, size);
}

uint64_t
secret_file_lost(struct secret_file *file)
{
	return spool_lost(file->spool);
}
