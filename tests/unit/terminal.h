// SPDX-License-Identifier: ISC

#ifndef UNIT_TERMINAL_H
#define UNIT_TERMINAL_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
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

#endif
