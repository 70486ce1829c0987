// SPDX-License-Identifier: ISC
//
// Plays dialogues (README): each whole, as its lines come, and byte by byte,
// but for what it marks as arriving together; and whole with nobody watching.
// Prints TAP.
//
//	test_dialogues [FILE...]      without files, all beside this source;
//	                              those in wrong/ must fail
//	test_dialogues -s FILE        shows what happens, as a dialogue

#define _POSIX_C_SOURCE 200809L
#include "play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int played, failed;

static void
play_each(const char *path)
{
	static const char *const manners[] = {[WHOLE] = "whole",
	    [BYTE_BY_BYTE] = "byte by byte",
	    [UNWATCHED] = "unwatched"};
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	for (enum manner manner = WHOLE; manner <= UNWATCHED; manner++) {
		bool passed = play_file(path, manner);

		played++;
		failed += passed ? 0 : 1;
		printf("%s %d - %.*s, %s\n", passed ? "ok" : "not ok", played,
		    (int)strcspn(name, "."), name, manners[manner]);
	}
}

// A test that cannot fail proves nothing: these must.
static void
play_wrong(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	bool passed = play_file(path, WHOLE) || play_file(path, BYTE_BY_BYTE);

	played++;
	failed += passed ? 1 : 0;
	printf("%s %d - finds %.*s\n", passed ? "not ok" : "ok", played,
	    (int)strcspn(name, "."), name);
}

static int
is_dialogue(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".dialogue") == 0;
}

static bool
play_folder(const char *folder, void (*play)(const char *path))
{
	const char *source = getenv("srcdir");
	struct dirent **entries;
	char path[4096];

	if (source == NULL)
		source = ".";
	snprintf(path, sizeof(path), "%s/%s", source, folder);
	int count = scandir(path, &entries, is_dialogue, alphasort);
	if (count < 0)
		return false;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", source, folder,
		    entries[i]->d_name);
		play(path);
		free(entries[i]);
	}
	free(entries);
	return count > 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "-s") == 0)
		return play_show(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
	for (int i = 1; i < argc; i++)
		play_each(argv[i]);
	if (argc == 1 &&
	    !(play_folder("tests/dialogues", play_each) &&
		play_folder("tests/dialogues/wrong", play_wrong))) {
		printf("Bail out! There are no dialogues to play\n");
		return EXIT_FAILURE;
	}
	printf("1..%d\n", played);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
