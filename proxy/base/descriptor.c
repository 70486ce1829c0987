// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "base/descriptor.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

size_t
descriptor_read(int descriptor, void *bytes, size_t size)
{
	uint8_t *at = bytes;
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(descriptor, at + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = 0;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

size_t
descriptor_write(int descriptor, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(descriptor, at + done, size - done);

		if (put < 0 && errno == EINTR)
			continue;
		// Nothing taken and no error: a device that is full.
		if (put == 0)
			errno = ENOSPC;
		if (put <= 0)
			break;
		done += (size_t)put;
	}
	return done;
}
