// SPDX-License-Identifier: ISC
//
// Text held against a file of tests/snapshots/, so that a change is seen as a
// difference. SNAPSHOTS=write writes them anew, to be read before they are
// committed.

#ifndef UNIT_SNAPSHOT_H
#define UNIT_SNAPSHOT_H

#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

// The folder of the source.
static inline const char *
snapshot_source(void)
{
	const char *directory = getenv("srcdir");

	return directory != NULL ? directory : ".";
}

// A file below tests/; static, until the next call.
static inline const char *
snapshot_path(const char *folder, const char *name, const char *end)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof full, "%s/tests/%s/%s%s", snapshot_source(),
	    folder, name, end);
	return full;
}

// The whole of a file, or NULL; the caller frees it.
static inline char *
snapshot_whole(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static inline void
snapshot_held(const char *name, const char *text)
{
	const char *path = snapshot_path("snapshots", name, ".txt");
	char *kept;

	if (getenv("SNAPSHOTS") != NULL) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	kept = snapshot_whole(path);
	if (kept == NULL || strcmp(kept, text) != 0)
		fail_msg("%s differs; now it is:\n%s", path, text);
	free(kept);
}

#endif
