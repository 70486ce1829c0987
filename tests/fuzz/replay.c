// SPDX-License-Identifier: ISC
//
// The main of a fuzz harness where it is not built for fuzzing: gives it
// every file of its corpus, and each of them cut short and with one byte
// changed, at places spread over the file. Prints TAP: one case a harness,
// that is missed when the harness crashes.
//
//	fuzz_NAME [FILE-OR-FOLDER...]
//
// Without arguments the corpus is tests/fuzz/corpus/NAME under $srcdir.

#define _POSIX_C_SOURCE 200809L
#include "harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	LARGEST = 1 << 20,
	PLACES = 256, // of a file, that are cut or changed
};

static unsigned long files, variants;

static void
fail(const char *what, const char *path)
{
	printf("1..1\nnot ok 1 - %s %s\n", what, path);
	exit(EXIT_FAILURE);
}

// A copy of exactly this size, so that the address sanitizer sees a read
// one byte past its end.
static void
try_exactly(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		fail("no memory for", "a variant");
	for (size_t i = 0; i < size; i++)
		copy[i] = bytes[i];
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
try_with_variants(uint8_t *bytes, size_t size)
{
	size_t step = size / PLACES + 1;

	try_exactly(bytes, size);
	for (size_t at = 0; at < size; at += step) {
		try_exactly(bytes, at);
		bytes[at] ^= 0x80;
		try_exactly(bytes, size);
		bytes[at] ^= 0x81;
		try_exactly(bytes, size);
		bytes[at] ^= 0x01;
		variants += 3;
	}
}

static void
replay_file(const char *path)
{
	static uint8_t bytes[LARGEST];
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		fail("cannot open", path);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	if (ferror(file) || (size == sizeof bytes && fgetc(file) != EOF))
		fail("cannot read, or too large:", path);
	fclose(file);
	files++;
	try_with_variants(bytes, size);
}

static void
replay(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		fail("cannot find", path);
	if (!S_ISDIR(status.st_mode)) {
		replay_file(path);
		return;
	}
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		fail("cannot list", path);
	for (int i = 0; i < count; i++) {
		char inside[4096];
		int size = snprintf(
		    inside, sizeof inside, "%s/%s", path, entries[i]->d_name);

		if (size < 0 || (size_t)size >= sizeof inside)
			fail("the name is too long of a file in", path);
		if (entries[i]->d_name[0] != '.')
			replay(inside);
		free(entries[i]);
	}
	free(entries);
}

static void
replay_own_corpus(const char *program)
{
	const char *folder = getenv("srcdir");
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;
	char path[4096];

	if (strncmp(name, "fuzz_", 5) != 0)
		fail("not named fuzz_NAME:", name);
	int size = snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s",
	    folder != NULL ? folder : ".", name + 5);
	if (size < 0 || (size_t)size >= sizeof path)
		fail("the name is too long of the corpus of", name);
	replay(path);
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		replay_own_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (files == 0)
		fail("there is no file in the corpus of", argv[0]);
	printf("1..1\nok 1 - %lu files and %lu variants of them\n", files,
	    variants);
	return EXIT_SUCCESS;
}
