// SPDX-License-Identifier: ISC

#include "policy/reading.h"

#include <stdlib.h>
#include <string.h>

static bool
same_path(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
take_in(struct reading *reading)
{
	struct certificate *certificate = &reading->certificate;
	const char *path = reading->path;

	switch (reading->kind) {
	case READING_PAIR:
		return certificate_read(
		    certificate, path, reading->key_path, reading->error);
	case READING_AUTHORITIES:
		return certificate_count(
			   path, &certificate->not_after, reading->error) > 0;
	case READING_REVOCATIONS:
		return revocation_count(
			   path, &certificate->not_after, reading->error) > 0;
	}
	return false;
}

const struct reading *
reading_of(struct reading **all, enum reading_kind kind, const char *path,
    const char *key_path)
{
	struct reading *reading;

	for (reading = *all; reading != NULL; reading = reading->next)
		if (reading->kind == kind && same_path(reading->path, path) &&
		    same_path(reading->key_path, key_path))
			return reading;
	reading = calloc(1, sizeof *reading);
	if (reading == NULL)
		return NULL;
	reading->kind = kind;
	reading->path = path;
	reading->key_path = key_path;
	reading->good = take_in(reading);
	reading->next = *all;
	*all = reading;
	return reading;
}

void
readings_free(struct reading **all)
{
	while (*all != NULL) {
		struct reading *reading = *all;

		*all = reading->next;
		certificate_free(&reading->certificate);
		free(reading);
	}
}
