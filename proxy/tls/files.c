// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "tls/files.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Far above any chain or list of authorities; a system's whole trust store
// is a quarter of it.
enum { FILE_LIMIT = 1 << 20 };

static char *
read_whole(FILE *file, size_t *size)
{
	char *text = malloc(FILE_LIMIT);

	if (text == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	// No buffer of stdio's keeps a copy of a key.
	setvbuf(file, NULL, _IONBF, 0);
	errno = 0;
	*size = fread(text, 1, FILE_LIMIT, file);
	if (ferror(file) == 0 && *size < FILE_LIMIT)
		return text;
	if (*size == FILE_LIMIT)
		errno = EFBIG;
	bytes_wipe(text, FILE_LIMIT);
	free(text);
	return NULL;
}

// A pipe would be waited for, for ever.
static FILE *
open_file(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *stream = NULL;
	struct stat status;

	if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode))
		stream = fdopen(file, "rb");
	else if (file >= 0)
		errno = EINVAL;
	if (file >= 0 && stream == NULL) {
		int error = errno;

		close(file);
		errno = error;
	}
	return stream;
}

bool
file_read(const char *path, struct pem *pem, struct tls_error *error)
{
	FILE *file = open_file(path);
	size_t size = 0;
	char *text = file != NULL ? read_whole(file, &size) : NULL;

	// Rights that were there at the start are gone at a reload.
	if (text == NULL)
		tls_error_set(error, "%s: %s%s", path,
		    errno == EINVAL ? "is no file" : strerror(errno),
		    errno == EACCES
			? "; the user that sallyport runs as must be able to "
			  "read it: by its group (chgrp, chmod g+r), or as a "
			  "credential of systemd (LoadCredential=)"
			: "");
	if (file != NULL)
		fclose(file);
	*pem = (struct pem){.name = path, .text = text, .size = size};
	return text != NULL;
}

void
file_free(struct pem *pem)
{
	union {
		const char *read;
		char *owned;
	} text = {.read = pem->text};

	if (text.owned != NULL)
		bytes_wipe(text.owned, pem->size);
	free(text.owned);
	*pem = (struct pem){.name = pem->name};
}

bool
files_read(struct text_list paths, struct files *files, struct tls_error *error)
{
	*files = (struct files){0};
	if (paths.count == 0)
		return true;
	files->items = calloc(paths.count, sizeof *files->items);
	if (files->items == NULL) {
		tls_error_set(error, "out of memory");
		return false;
	}
	for (size_t i = 0; i < paths.count; i++) {
		if (!file_read(paths.items[i], &files->items[i], error)) {
			files_free(files);
			return false;
		}
		files->count++;
	}
	return true;
}

void
files_free(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		file_free(&files->items[i]);
	free(files->items);
	*files = (struct files){0};
}

bool
credentials_add(struct credentials *credentials, struct credential *credential)
{
	struct credential **items = realloc(credentials->items,
	    (credentials->count + 1) * sizeof *credentials->items);

	if (items == NULL) {
		credential_free(&credential);
		return false;
	}
	credentials->items = items;
	items[credentials->count++] = credential;
	return true;
}

static struct credential *
read_credential(
    const char *certificate, const char *key, struct tls_error *error)
{
	struct pem chain;
	struct pem secret = {0};
	struct credential *credential = NULL;

	if (!file_read(certificate, &chain, error))
		return NULL;
	if (key == NULL || file_read(key, &secret, error))
		credential = credential_new(chain, secret, error);
	file_free(&secret);
	file_free(&chain);
	return credential;
}

bool
credentials_read(struct text_list certificates, struct text_list keys,
    struct credentials *credentials, struct tls_error *error)
{
	*credentials = (struct credentials){0};
	for (size_t i = 0; i < certificates.count; i++) {
		const char *key = i < keys.count ? keys.items[i] : NULL;
		struct credential *one =
		    read_credential(certificates.items[i], key, error);

		if (one == NULL) {
			credentials_free(credentials);
			return false;
		}
		if (!credentials_add(credentials, one)) {
			tls_error_set(error, "out of memory");
			credentials_free(credentials);
			return false;
		}
	}
	return true;
}

void
credentials_free(struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->count; i++)
		credential_free(&credentials->items[i]);
	free(credentials->items);
	*credentials = (struct credentials){0};
}
