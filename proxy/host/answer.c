// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "host/answer.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// What a datagram begins with; behind the second stands why.
enum { TAKEN = '+', REFUSED = '-' };

// How often it is looked whether the process is still there.
enum { LOOK_INTERVAL = 500 };

static bool
find_place(struct sockaddr_un *place)
{
	const char *folders = getenv("RUNTIME_DIRECTORY");
	int size;

	if (folders == NULL || *folders != '/')
		return false;
	*place = (struct sockaddr_un){.sun_family = AF_UNIX};
	// The first, where there are several.
	size = snprintf(place->sun_path, sizeof place->sun_path, "%.*s/reload",
	    (int)strcspn(folders, ":"), folders);
	return size > 0 && (size_t)size < sizeof place->sun_path;
}

static bool
bind_to(int file, const struct sockaddr_un *place)
{
	static const int on = 1;

	unlink(place->sun_path); // of one that was killed
	if (setsockopt(file, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
	    bind(file, (const struct sockaddr *)place, sizeof *place) != 0)
		return false;
	// What root began may run as another user by now. Otherwise nobody
	// else may come near: one could fill the queue, so that the answer
	// has no room.
	return geteuid() != 0 || chmod(place->sun_path, 0666) == 0;
}

int
answer_open(char *error, size_t room)
{
	struct sockaddr_un place;
	int file;

	if (!find_place(&place)) {
		snprintf(error, room,
		    "RUNTIME_DIRECTORY names no folder for the answer; in a "
		    "unit, RuntimeDirectory= does");
		return -1;
	}
	file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (file >= 0 && bind_to(file, &place))
		return file;
	snprintf(error, room, "cannot listen for the answer at %s: %s",
	    place.sun_path, strerror(errno));
	if (file >= 0)
		close(file);
	return -1;
}

void
answer_close(int file)
{
	struct sockaddr_un place;

	if (file < 0)
		return;
	close(file);
	if (find_place(&place))
		unlink(place.sun_path);
}

// Takes one datagram, with an end to its text; false if it is not the
// process's own, whoever else could reach the socket.
static bool
take(int file, pid_t service, char *text, size_t room)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr aligned;
	} control;
	struct iovec into = {.iov_base = text, .iov_len = room - 1};
	struct msghdr message = {.msg_iov = &into,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control};
	ssize_t size = recvmsg(file, &message, MSG_DONTWAIT);
	const struct cmsghdr *header =
	    size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	struct ucred from;

	text[size > 0 ? size : 0] = '\0';
	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_CREDENTIALS ||
	    header->cmsg_len < CMSG_LEN(sizeof from))
		return false;
	bytes_copy(&from, sizeof from, CMSG_DATA(header), sizeof from);
	return from.pid == service;
}

bool
answer_await(
    int file, pid_t service, uint64_t milliseconds, char *error, size_t room)
{
	uint64_t end = clock_monotonic() + milliseconds, now;
	struct pollfd readable = {.fd = file, .events = POLLIN};
	char text[1024] = "";

	while ((now = clock_monotonic()) < end) {
		bool gone = kill(service, 0) != 0 && errno == ESRCH;
		uint64_t pause = gone ? 0 : end - now;

		if (pause > LOOK_INTERVAL)
			pause = LOOK_INTERVAL;
		if (poll(&readable, 1, (int)pause) > 0 &&
		    take(file, service, text, sizeof text)) {
			snprintf(error, room, "the old configuration stays: %s",
			    text + 1);
			return text[0] == TAKEN;
		}
		if (gone) {
			snprintf(error, room, "process %ld has ended",
			    (long)service);
			return false;
		}
	}
	snprintf(error, room, "process %ld did not answer in %llu seconds",
	    (long)service, (unsigned long long)(milliseconds / 1000));
	return false;
}

void
answer_tell(const char *refused)
{
	struct sockaddr_un place;
	char text[1024];
	int file;

	if (!find_place(&place))
		return;
	file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file < 0)
		return;
	snprintf(text, sizeof text, "%c%s", refused == NULL ? TAKEN : REFUSED,
	    refused == NULL ? "" : refused);
	(void)!sendto(file, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&place, sizeof place);
	close(file);
}
