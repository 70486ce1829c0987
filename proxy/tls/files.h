// SPDX-License-Identifier: ISC
//
// PEM files that settings name, read whole into memory that is wiped when it
// is freed: some hold keys.

#ifndef TLS_FILES_H
#define TLS_FILES_H

#include "policy/settings.h"
#include "tls/credential.h"
#include "tls/error.h"

#include <stdbool.h>
#include <stddef.h>

// name is the path, not copied. False: error says why; nothing is to be
// freed then.
bool file_read(const char *path, struct pem *pem, struct tls_error *error);
void file_free(struct pem *pem);

// Several; all or none.
struct files {
	struct pem *items;
	size_t count;
};
bool files_read(
    struct text_list paths, struct files *files, struct tls_error *error);
void files_free(struct files *files);

// The credentials of the settings certificate and key.
struct credentials {
	struct credential **items;
	size_t count;
};
bool credentials_read(struct text_list certificates, struct text_list keys,
    struct credentials *credentials, struct tls_error *error);
// Takes one over; false, with it freed, when memory is out.
bool credentials_add(
    struct credentials *credentials, struct credential *credential);
void credentials_free(struct credentials *credentials);

#endif
