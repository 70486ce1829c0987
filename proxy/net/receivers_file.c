// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/receivers_file.h"

#include "base/bytes.h"
#include "base/descriptor.h"
#include "net/alarm.h"
#include "net/loop.h"
#include "net/receivers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <uv.h>

enum {
	SOON = 1000, // milliseconds: what changes together is written together
	WHY_MOST = 512,
	MODE = 0600
};

static const char name[] = "receivers", new_name[] = "receivers.new",
		  lock_name[] = "receivers.lock";

// One writing, by a thread that shares nothing with the loop meanwhile. It
// outlives its file where that is closed before it is done.
struct keeping {
	uv_work_t uv;
	struct receivers_file *file; // NULL: closed
	char directory[4096];
	struct receivers *all; // what the worker knows, then the file's too
	bool busy;             // another worker writes just now
	char why[WHY_MOST];    // what failed; empty: nothing
};

struct receivers_file {
	struct loop *loop;
	struct receivers *receivers;
	void (*told)(void *owner, const char *text);
	void *owner;
	struct alarm *alarm;
	struct keeping *keeping; // NULL: none is being written
	bool owing;              // what was last to be written was not
	bool failing;            // that was told
	char directory[4096];
};

static uint8_t *
text_room(void)
{
	return malloc(RECEIVERS_TEXT_MOST);
}

// Reads the text of the file, all of it or none; false: it cannot be used,
// and why says why. No file is an empty one.
static bool
read_text(int directory, uint8_t *text, size_t *size, char *why)
{
	int file = openat(
	    directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool whole = false;

	*size = 0;
	if (file < 0 && errno == ENOENT)
		return true;
	if (file >= 0)
		*size = descriptor_read(file, text, RECEIVERS_TEXT_MOST);
	if (file >= 0 && *size == RECEIVERS_TEXT_MOST)
		snprintf(why, WHY_MOST, "is larger than sallyport makes it");
	else if (file < 0 || errno != 0)
		snprintf(why, WHY_MOST, "cannot be read: %s", strerror(errno));
	else
		whole = true;
	if (file >= 0)
		close(file);
	return whole;
}

// Another file first, then its name: whoever reads sees the old or the new.
static bool
write_text(int directory, const uint8_t *text, size_t size, char *why)
{
	int file = openat(directory, new_name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
	bool done = file >= 0 && descriptor_write(file, text, size) == size &&
		    fsync(file) == 0 &&
		    renameat(directory, new_name, directory, name) == 0;

	if (!done)
		snprintf(
		    why, WHY_MOST, "cannot be written: %s", strerror(errno));
	if (file >= 0)
		close(file);
	return done;
}

static void
keep_locked(struct keeping *keeping, int directory)
{
	uint8_t *text = text_room();
	size_t size, wrong;

	if (text == NULL) {
		snprintf(keeping->why, WHY_MOST, "memory is out");
		return;
	}
	// One that cannot be used is replaced; that was told when it was read
	// at the start.
	if (read_text(directory, text, &size, keeping->why))
		receivers_read(keeping->all, reader_over(text, size), &wrong);
	keeping->why[0] = '\0';
	struct writer out = writer_over(text, RECEIVERS_TEXT_MOST);

	receivers_write(keeping->all, &out);
	write_text(directory, text, out.size, keeping->why);
	free(text);
}

static void
keep(struct keeping *keeping)
{
	int directory =
	    open(keeping->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int lock = directory < 0
		       ? -1
		       : openat(directory, lock_name,
			     O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);

	if (lock < 0)
		snprintf(keeping->why, WHY_MOST, "cannot be written: %s",
		    strerror(errno));
	else if (flock(lock, LOCK_EX | LOCK_NB) != 0)
		keeping->busy = true;
	else
		keep_locked(keeping, directory);
	if (lock >= 0)
		close(lock);
	if (directory >= 0)
		close(directory);
}

static void
keep_work(uv_work_t *uv)
{
	keep(uv->data);
}

static void
file_tell(struct receivers_file *file, const char *what)
{
	char text[WHY_MOST + sizeof file->directory + 64];

	snprintf(text, sizeof text, "%s/%s %s", file->directory, name, what);
	file->told(file->owner, text);
}

static void
keeping_free(struct keeping *keeping)
{
	receivers_free(&keeping->all);
	free(keeping);
}

static void
kept(uv_work_t *uv, int status)
{
	struct keeping *keeping = uv->data;
	struct receivers_file *file = keeping->file;

	(void)status;
	if (file != NULL) {
		file->keeping = NULL;
		if (keeping->why[0] != '\0' && !file->failing)
			file_tell(file, keeping->why);
		file->failing = keeping->why[0] != '\0';
		file->owing = file->failing || keeping->busy;
		if (file->owing || receivers_changed(file->receivers))
			alarm_set(file->alarm, SOON * (file->failing ? 60 : 1));
	}
	keeping_free(keeping);
}

// A copy of what is to be kept, for the thread; NULL: memory is out.
static struct keeping *
keeping_new(struct receivers_file *file)
{
	struct keeping *keeping = calloc(1, sizeof *keeping);
	uint8_t *text = text_room();

	if (keeping != NULL)
		keeping->all = receivers_new();
	if (keeping == NULL || text == NULL || keeping->all == NULL) {
		free(text);
		if (keeping != NULL)
			keeping_free(keeping);
		return NULL;
	}
	struct writer out = writer_over(text, RECEIVERS_TEXT_MOST);
	size_t wrong;

	receivers_write(file->receivers, &out);
	receivers_read(keeping->all, reader_over(text, out.size), &wrong);
	free(text);
	bytes_copy_text(
	    keeping->directory, sizeof keeping->directory, file->directory);
	keeping->file = file;
	keeping->uv.data = keeping;
	return keeping;
}

static void
file_due(void *owner)
{
	struct receivers_file *file = owner;

	if (file->keeping != NULL)
		return;
	file->keeping = keeping_new(file);
	if (file->keeping == NULL)
		alarm_set(file->alarm, SOON);
	else // fails only without the function
		uv_queue_work(
		    loop_uv(file->loop), &file->keeping->uv, keep_work, kept);
}

static void
file_load(struct receivers_file *file)
{
	int directory =
	    open(file->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint8_t *text = text_room();
	char why[WHY_MOST] = "";
	size_t size = 0, wrong = 0;

	if (directory < 0 || text == NULL)
		snprintf(why, sizeof why, "cannot be read: %s",
		    text == NULL ? "memory is out" : strerror(errno));
	else if (read_text(directory, text, &size, why) &&
		 !receivers_read(
		     file->receivers, reader_over(text, size), &wrong))
		snprintf(why, sizeof why,
		    "is damaged, or of another version of sallyport: it is "
		    "not read, and will be replaced");
	if (wrong > 0)
		snprintf(why, sizeof why,
		    "has %zu lines that are not understood and are left out",
		    wrong);
	if (why[0] != '\0')
		file_tell(file, why);
	if (directory >= 0)
		close(directory);
	free(text);
}

struct receivers_file *
receivers_file_open(struct loop *loop, struct receivers *receivers,
    const char *directory, void (*told)(void *owner, const char *text),
    void *owner)
{
	struct receivers_file *file = calloc(1, sizeof *file);

	if (file == NULL)
		return NULL;
	file->loop = loop;
	file->receivers = receivers;
	file->told = told;
	file->owner = owner;
	bytes_copy_text(file->directory, sizeof file->directory, directory);
	file->alarm = alarm_new(loop, file_due, file);
	if (file->alarm == NULL) {
		free(file);
		return NULL;
	}
	file_load(file);
	return file;
}

const char *
receivers_file_directory(const struct receivers_file *file)
{
	return file->directory;
}

void
receivers_file_touch(struct receivers_file *file)
{
	if (receivers_changed(file->receivers) && file->keeping == NULL)
		alarm_set(file->alarm, SOON);
}

void
receivers_file_close(struct receivers_file **pointer)
{
	struct receivers_file *file = *pointer;

	*pointer = NULL;
	if (file == NULL)
		return;
	// What is being written stays so; another worker that writes just now
	// may win over what came last.
	if (file->keeping != NULL)
		file->keeping->file = NULL;
	if (file->owing || receivers_changed(file->receivers)) {
		struct keeping *keeping = keeping_new(file);

		if (keeping != NULL) {
			keep(keeping);
			if (keeping->why[0] != '\0')
				file_tell(file, keeping->why);
			keeping_free(keeping);
		}
	}
	alarm_free(&file->alarm);
	free(file);
}
