// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tls/kept.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "policy/certificate.h"
#include "tls/mint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RENEWED = 90 * 86400, // seconds before its end
	FILE_MOST = 65536,
	COMMON_NAME_MOST = 64, // as mint.c cuts it
	MODE = 0600
};

static const struct {
	const char *file;
	int bits; // of the key
	struct credential *(*mint)(
	    const char *hostname, struct tls_error *error);
} kinds[] = {
    [KEPT_MODERN] = {CERTIFICATE_KEPT, 2048, mint_modern},
    [KEPT_LEGACY] = {CERTIFICATE_KEPT_LEGACY, 1024, mint_legacy},
};

// Where it is kept, while it is looked for and put there.
struct place {
	const char *directory, *file;
	int at;    // the directory, open
	uid_t uid; // its owner
	gid_t gid;
};

static bool
place_open(
    struct place *place, const char *directory, struct tls_error *trouble)
{
	struct stat status;

	place->directory = directory;
	place->at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->at >= 0 && fstat(place->at, &status) == 0) {
		place->uid = status.st_uid;
		place->gid = status.st_gid;
		return true;
	}
	tls_error_set(trouble, "%s: %s", directory, strerror(errno));
	if (place->at >= 0)
		close(place->at);
	return false;
}

// Whoever else may write the file could choose our key, and whoever may read
// it has our key: neither is believed to be ours alone.
static const char *
mistrusted(int file, const struct place *place)
{
	struct stat status;

	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
		return "is no file";
	if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "is not for its owner alone";
	if (status.st_uid != geteuid() && status.st_uid != place->uid &&
	    status.st_uid != 0)
		return "belongs to somebody else";
	return NULL;
}

// The text of the file, to be freed wiped; NULL without trouble: there is none.
static char *
read_text(const struct place *place, size_t *size, struct tls_error *trouble)
{
	int file = openat(place->at, place->file,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *why = NULL;
	char *text = NULL;

	*size = 0;
	if (file < 0 && errno == ENOENT)
		return NULL;
	if (file < 0)
		why = strerror(errno);
	else
		why = mistrusted(file, place);
	if (why == NULL)
		text = malloc(FILE_MOST);
	if (text != NULL)
		*size = descriptor_read(file, text, FILE_MOST);
	if (text != NULL && (*size == FILE_MOST || errno != 0)) {
		bytes_wipe(text, FILE_MOST);
		free(text);
		text = NULL;
	}
	if (text == NULL)
		tls_error_set(trouble, "%s/%s %s; it is not used",
		    place->directory, place->file,
		    why != NULL ? why : "cannot be read");
	if (file >= 0)
		close(file);
	return text;
}

static bool
is_for(X509 *leaf, const char *hostname)
{
	char name[256];
	int size = X509_NAME_get_text_by_NID(
	    X509_get_subject_name(leaf), NID_commonName, name, sizeof name);

	return size >= 0 && strncmp(name, hostname, COMMON_NAME_MOST) == 0;
}

// One that begins later was made by a clock that ran ahead, and lasts too long.
static bool
lasts(const X509 *leaf)
{
	time_t now = (time_t)(clock_wall() / 1000000);
	time_t then = now + RENEWED;

	return X509_cmp_time(X509_get0_notBefore(leaf), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(leaf), &then) > 0;
}

// The kept one, where it still serves.
static struct credential *
find(const struct place *place, enum kept_kind kind, const char *hostname,
    struct tls_error *trouble)
{
	struct credential *kept = NULL;
	struct tls_error why;
	size_t size;
	char *text = read_text(place, &size, trouble);

	if (text == NULL)
		return NULL;
	kept = credential_new((struct pem){place->file, text, size},
	    (struct pem){.name = place->file}, &why);
	bytes_wipe(text, size);
	free(text);
	if (kept == NULL)
		tls_error_set(trouble, "%s/%s; it is made anew",
		    place->directory, why.text);
	else if (EVP_PKEY_get_bits(kept->key) != kinds[kind].bits ||
		 !is_for(kept->leaf, hostname) || !lasts(kept->leaf))
		credential_free(&kept);
	return kept;
}

// A file of its own first, which nobody prepared, then its name: whoever reads
// finds the old one or the new. At a start root writes it, at a reload the
// user that the directory belongs to must read it.
static bool
put_text(const struct place *place, const char *text)
{
	char name[64];
	size_t size = strlen(text);
	bool done = false;

	snprintf(name, sizeof name, "%s.%ld", place->file, (long)getpid());
	(void)unlinkat(place->at, name, 0);
	int file = openat(place->at, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);

	if (file < 0)
		return false;
	if ((geteuid() != 0 || fchown(file, place->uid, place->gid) == 0) &&
	    descriptor_write(file, text, size) == size && fsync(file) == 0)
		done = renameat(place->at, name, place->at, place->file) == 0;
	if (!done) {
		int error = errno;

		(void)unlinkat(place->at, name, 0);
		errno = error;
	}
	close(file);
	return done;
}

static void
put(const struct place *place, const struct credential *made,
    struct tls_error *trouble)
{
	char *text = credential_pem(made);

	errno = ENOMEM;
	if (text == NULL || !put_text(place, text))
		tls_error_set(trouble,
		    "%s/%s cannot be kept: %s; there will be another after a "
		    "restart",
		    place->directory, place->file, strerror(errno));
	pem_free(&text);
}

struct credential *
kept_certificate(enum kept_kind kind, const char *directory,
    const char *hostname, struct tls_error *trouble, struct tls_error *error)
{
	struct place place = {.file = kinds[kind].file, .at = -1};
	struct credential *one = NULL;

	if (directory != NULL && !place_open(&place, directory, trouble))
		directory = NULL;
	if (directory != NULL)
		one = find(&place, kind, hostname, trouble);
	if (one == NULL) {
		one = kinds[kind].mint(hostname, error);
		if (one != NULL && directory != NULL)
			put(&place, one, trouble);
	}
	if (directory != NULL)
		close(place.at);
	return one;
}
