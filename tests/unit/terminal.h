// SPDX-License-Identifier: ISC

#ifndef UNIT_TERMINAL_H
#define UNIT_TERMINAL_H

#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

// The two ends of a terminal. False: a chroot where no devpts is mounted.
static inline bool
make_terminal(int *master, int *terminal)
{
	*terminal = -1;
	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0)
		return false;
	*terminal = grantpt(*master) == 0 && unlockpt(*master) == 0
			? open(ptsname(*master), O_RDWR | O_NOCTTY)
			: -1;
	if (*terminal < 0)
		close(*master);
	return *terminal >= 0;
}

static inline bool
has_terminals(void)
{
	int master = -1, terminal = -1;
	bool has = make_terminal(&master, &terminal);

	if (has) {
		close(terminal);
		close(master);
	}
	return has;
}

// A terminal of so many columns; what it is shown is in the file at path once
// it is closed.
static inline pid_t
open_terminal(unsigned short columns, const char *path, int *terminal)
{
	int master = -1;
	struct winsize size = {.ws_row = 50, .ws_col = columns};
	struct termios raw;
	char bytes[4096];
	pid_t reader;

	assert_true(make_terminal(&master, terminal));
	assert_int_equal(tcgetattr(*terminal, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(*terminal, TCSANOW, &raw), 0);
	assert_int_equal(ioctl(*terminal, TIOCSWINSZ, &size), 0);
	reader = fork();
	if (reader == 0) {
		FILE *file = fopen(path, "w");
		ssize_t got;

		close(*terminal);
		while ((got = read(master, bytes, sizeof bytes)) > 0)
			fwrite(bytes, 1, (size_t)got, file);
		_exit(fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	close(master);
	return reader;
}

static inline void
close_terminal(int terminal, pid_t reader)
{
	int status = -1;

	close(terminal);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
}

#endif
