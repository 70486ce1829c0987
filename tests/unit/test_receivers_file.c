// SPDX-License-Identifier: ISC
//
// What is kept of receivers in a file, from one start to the next.

#define _GNU_SOURCE
#include "unit.h"

#include "base/clock.h"
#include "net/loop.h"
#include "net/receivers.h"
#include "net/receivers_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION "sallyport-receivers 3\n"

static char directory[PATH_MAX];
static char told[8192];
static unsigned times_told;

static void
note(void *owner, const char *text)
{
	(void)owner;
	times_told++;
	snprintf(told, sizeof told, "%s", text);
}

static const char *
path(const char *name)
{
	static char text[PATH_MAX + 32];

	snprintf(text, sizeof text, "%s/%s", directory, name);
	return text;
}

static int
make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/receivers-XXXXXX");
	told[0] = '\0';
	times_told = 0;
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	unlink(path("receivers"));
	rmdir(path("receivers"));
	unlink(path("receivers.new"));
	unlink(path("receivers.lock"));
	return rmdir(directory);
}

struct world {
	struct loop *loop;
	struct receivers *receivers;
	struct receivers_file *file;
};

static struct world
begin(void)
{
	struct world world = {.loop = loop_new(), .receivers = receivers_new()};

	world.file = receivers_file_open(
	    world.loop, world.receivers, directory, note, NULL);
	assert_non_null(world.file);
	return world;
}

static void
secured(struct world *world, const char *host)
{
	receivers_secured(world->receivers, host, 25, "it", "");
	receivers_file_touch(world->file);
}

static void
end(struct world *world)
{
	receivers_file_close(&world->file);
	loop_free(&world->loop);
	receivers_free(&world->receivers);
}

static bool
is_kept(const char *host)
{
	struct world world = begin();
	bool known = receivers_offered(world.receivers, host, 25);

	end(&world);
	return known;
}

static void
write_down(const char *text)
{
	FILE *file = fopen(path("receivers"), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
a_restart_forgets_nothing(void **state)
{
	struct world world = begin();
	struct stat status;

	(void)state;
	assert_false(receivers_offered(world.receivers, "mx.test", 25));
	secured(&world, "mx.test");
	end(&world);
	assert_true(is_kept("mx.test"));
	assert_false(is_kept("other.test"));
	assert_string_equal(told, "");
	assert_int_equal(stat(path("receivers"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

// It is not only written at the end, which may not come.
static void
it_is_written_soon(void **state)
{
	struct world world = begin();
	uint64_t patience = clock_monotonic() + 10000;

	(void)state;
	secured(&world, "mx.test");
	while (access(path("receivers"), F_OK) != 0 &&
	       clock_monotonic() < patience) {
		loop_turn(world.loop, false);
		poll(NULL, 0, 5);
	}
	assert_true(is_kept("mx.test"));
	end(&world);
}

static void
workers_keep_one_file(void **state)
{
	struct world one = begin(), other = begin();

	(void)state;
	secured(&one, "one.test");
	secured(&other, "other.test");
	end(&one);
	end(&other);
	assert_true(is_kept("one.test"));
	assert_true(is_kept("other.test"));
}

// Another that writes just now is waited for, by turns of the loop.
static void
a_lock_is_waited_for(void **state)
{
	struct world world = begin();
	int lock = open(path("receivers.lock"), O_WRONLY | O_CREAT, 0600);
	uint64_t end_of_lock = clock_monotonic() + 1500;

	(void)state;
	assert_int_equal(flock(lock, LOCK_EX), 0);
	secured(&world, "mx.test");
	while (clock_monotonic() < end_of_lock) {
		loop_turn(world.loop, false);
		poll(NULL, 0, 5);
	}
	assert_int_not_equal(access(path("receivers"), F_OK), 0);
	close(lock);
	end(&world);
	assert_true(is_kept("mx.test"));
	assert_string_equal(told, "");
}

static void
whatever_the_file_holds_is_told_and_survived(void **state)
{
	(void)state;
	write_down(VERSION "mx.test 25 1\nnonsense\n\x01\n");
	assert_true(is_kept("mx.test"));
	assert_non_null(strstr(told, "has 2 lines that are not understood"));

	FILE *file = fopen(path("receivers"), "w");

	fputs(VERSION, file);
	for (size_t i = 0; i < RECEIVERS_TEXT_MOST / 13 + 1; i++)
		fputs("mx.test 25 1\n", file);
	fclose(file);
	assert_false(is_kept("mx.test"));
	assert_non_null(strstr(told, "is larger than"));
	// What is learnt then takes its place.
	struct world world = begin();

	secured(&world, "new.test");
	end(&world);
	assert_true(is_kept("new.test"));
	write_down("mx.test 25 1\n");
	assert_false(is_kept("mx.test"));
	assert_non_null(strstr(told, "of another version"));
	world = begin();
	secured(&world, "newer.test");
	end(&world);
	assert_true(is_kept("newer.test"));
	assert_false(is_kept("mx.test"));
}

static void
what_cannot_be_used_is_told_once(void **state)
{
	struct world world;

	(void)state;
	assert_int_equal(mkdir(path("receivers"), 0700), 0);
	world = begin();
	assert_non_null(strstr(told, "cannot be read"));
	secured(&world, "mx.test");
	end(&world);
	assert_non_null(strstr(told, "cannot be written"));
	assert_int_equal(times_told, 2);
}

static void
a_directory_that_is_not_there(void **state)
{
	struct world world;

	(void)state;
	assert_int_equal(rmdir(directory), 0);
	world = begin();
	assert_non_null(strstr(told, "No such file or directory"));
	secured(&world, "mx.test");
	end(&world);
	assert_int_equal(mkdir(directory, 0700), 0);
}

int
main(void)
{
#define IN_DIRECTORY(test)                                                     \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
	    IN_DIRECTORY(a_restart_forgets_nothing),
	    IN_DIRECTORY(it_is_written_soon),
	    IN_DIRECTORY(workers_keep_one_file),
	    IN_DIRECTORY(a_lock_is_waited_for),
	    IN_DIRECTORY(whatever_the_file_holds_is_told_and_survived),
	    IN_DIRECTORY(what_cannot_be_used_is_told_once),
	    IN_DIRECTORY(a_directory_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
