// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "unit.h"

#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

// More than a pipe holds, so that both ends have to wait for each other.
enum { SIZE = 1 << 20, STEP = 50000, NAP = 4000000 };

static uint8_t wanted[SIZE], got[SIZE];
static volatile sig_atomic_t interrupted;

static void
interrupt(int number)
{
	(void)number;
	interrupted++;
}

// A signal every millisecond, after which calls are not begun again.
static void
interrupts(bool on)
{
	const struct sigaction action = {.sa_handler = interrupt};
	const struct timeval often = {.tv_usec = on ? 1000 : 0};

	if (on)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){often, often}, NULL);
}

static void
nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = NAP}, NULL);
}

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		wanted[i] = (uint8_t)(i * 7 + i / 256);
	memset(got, 0, sizeof got);
	interrupted = 0;
	return 0;
}

static bool
ended_well(pid_t child)
{
	int status = 1;

	return waitpid(child, &status, 0) == child && status == 0;
}

static void
a_write_is_whole_although_interrupted(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();

	if (child == 0) {
		size_t size = 0;
		ssize_t more = 1;

		close(pipes[1]);
		while (more > 0) {
			nap();
			more = read(pipes[0], got + size,
			    SIZE - size < STEP ? SIZE - size : STEP);
			size += more > 0 ? (size_t)more : 0;
		}
		_exit(size == SIZE && memcmp(got, wanted, SIZE) == 0 ? 0 : 1);
	}
	close(pipes[0]);
	interrupts(true);
	size_t done = descriptor_write(pipes[1], wanted, SIZE);
	interrupts(false);
	close(pipes[1]);
	assert_int_equal(done, SIZE);
	assert_true(interrupted > 0);
	assert_true(ended_well(child));
}

static void
a_read_is_whole_although_interrupted(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();

	if (child == 0) {
		close(pipes[0]);
		for (size_t done = 0; done < SIZE; done += STEP) {
			size_t left = SIZE - done;

			nap();
			if (write(pipes[1], wanted + done,
				left < STEP ? left : STEP) < 0)
				_exit(1);
		}
		_exit(0);
	}
	close(pipes[1]);
	interrupts(true);
	size_t done = descriptor_read(pipes[0], got, SIZE);
	interrupts(false);
	assert_int_equal(done, SIZE);
	assert_memory_equal(got, wanted, SIZE);
	assert_true(interrupted > 0);
	assert_true(ended_well(child));
	assert_int_equal(descriptor_read(pipes[0], got, 1), 0);
	assert_int_equal(errno, 0);
	close(pipes[0]);
}

static void
the_end_and_a_failure_are_told_apart(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(descriptor_write(pipes[1], "abc", 3), 3);
	close(pipes[1]);
	assert_int_equal(descriptor_read(pipes[0], got, 10), 3);
	assert_int_equal(errno, 0);
	assert_memory_equal(got, "abc", 3);
	assert_int_equal(descriptor_write(pipes[0], "abc", 3), 0);
	assert_int_equal(errno, EBADF);
	close(pipes[0]);
	assert_int_equal(descriptor_read(pipes[0], got, 10), 0);
	assert_int_equal(errno, EBADF);
}

static void
what_was_taken_before_a_failure_is_told(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	size_t done = descriptor_write(pipes[1], wanted, SIZE);

	assert_int_equal(errno, EAGAIN);
	assert_in_range(done, 1, SIZE - 1);
	assert_int_equal(descriptor_read(pipes[0], got, SIZE), done);
	assert_int_equal(errno, EAGAIN);
	assert_memory_equal(got, wanted, done);
	close(pipes[0]);
	close(pipes[1]);
}

static void
a_full_disk_is_told(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (full < 0)
		skip();
	assert_int_equal(descriptor_write(full, "abc", 3), 0);
	assert_int_equal(errno, ENOSPC);
	close(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(
		a_write_is_whole_although_interrupted, setup),
	    cmocka_unit_test_setup(a_read_is_whole_although_interrupted, setup),
	    cmocka_unit_test(the_end_and_a_failure_are_told_apart),
	    cmocka_unit_test_setup(
		what_was_taken_before_a_failure_is_told, setup),
	    cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
