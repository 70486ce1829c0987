// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "host/service.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_FILE = 3 }; // SD_LISTEN_FDS_START

// A whole decimal number; false for anything else.
static bool
parse_number(const char *text, uint64_t most, uint64_t *number)
{
	char *end = NULL;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoumax(text, &end, 10);
	return errno == 0 && *end == '\0' && *number <= most;
}

static void
open_notify(struct service *service, char *error, size_t room)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t size = path != NULL ? strlen(path) : 0;
	socklen_t length;

	if (path == NULL)
		return;
	if ((path[0] != '/' && path[0] != '@') || size < 2 ||
	    size >= sizeof address.sun_path) {
		snprintf(error, room,
		    "NOTIFY_SOCKET is %s, which is no path and no abstract "
		    "name (@...) of a socket",
		    path);
		return;
	}
	bytes_copy(address.sun_path, sizeof address.sun_path, path, size);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	service->notify =
	    socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (service->notify >= 0 &&
	    connect(service->notify, (struct sockaddr *)&address, length) == 0)
		return;
	snprintf(error, room, "cannot connect to NOTIFY_SOCKET %s: %s", path,
	    strerror(errno));
	if (service->notify >= 0)
		close(service->notify);
	service->notify = -1;
}

// "a:b:c", one for each socket; shorter lists leave the rest unnamed.
static void
name_sockets(struct service *service, const char *names)
{
	for (size_t i = 0; i < service->socket_count && names != NULL; i++) {
		const char *end = strchr(names, ':');
		int size =
		    (int)(end != NULL ? (size_t)(end - names) : strlen(names));

		snprintf(service->sockets[i].name, SERVICE_NAME_MOST, "%.*s",
		    size, names);
		names = end != NULL ? end + 1 : NULL;
	}
}

static bool
take_sockets(struct service *service, char *error, size_t room)
{
	uint64_t process, count;

	if (getenv("LISTEN_FDS") == NULL)
		return true;
	// Another process's: a parent of ours forgot to clear them.
	if (!parse_number(getenv("LISTEN_PID"), INT32_MAX, &process) ||
	    process != (uint64_t)getpid())
		return true;
	if (!parse_number(getenv("LISTEN_FDS"), SERVICE_SOCKETS_MOST, &count)) {
		snprintf(error, room,
		    "LISTEN_FDS is %s, which is no number up to %d",
		    getenv("LISTEN_FDS"), SERVICE_SOCKETS_MOST);
		return false;
	}
	for (int i = 0; i < (int)count; i++) {
		int accepts = 0;
		socklen_t size = sizeof accepts;

		if (getsockopt(FIRST_FILE + i, SOL_SOCKET, SO_ACCEPTCONN,
			&accepts, &size) != 0 ||
		    !accepts) {
			snprintf(error, room,
			    "descriptor %d of LISTEN_FDS is no listening "
			    "socket; a .socket unit needs Accept=no and "
			    "ListenStream=",
			    FIRST_FILE + i);
			return false;
		}
		fcntl(FIRST_FILE + i, F_SETFD, FD_CLOEXEC);
		service->sockets[i].file = FIRST_FILE + i;
		service->socket_count++;
	}
	name_sockets(service, getenv("LISTEN_FDNAMES"));
	return true;
}

static void
find_watchdog(struct service *service)
{
	uint64_t process, interval;

	if (!parse_number(getenv("WATCHDOG_USEC"), INT64_MAX, &interval))
		return;
	if (getenv("WATCHDOG_PID") != NULL &&
	    (!parse_number(getenv("WATCHDOG_PID"), INT32_MAX, &process) ||
		process != (uint64_t)getpid()))
		return;
	// Twice as often as asked for: one may come late.
	service->watchdog = interval / 2000;
	if (interval > 0 && service->watchdog == 0)
		service->watchdog = 1;
}

bool
service_init(struct service *service, char *error, size_t room)
{
	static const char *const names[] = {"NOTIFY_SOCKET", "LISTEN_FDS",
	    "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"};
	bool good;

	*service = (struct service){.notify = -1};
	if (room > 0)
		error[0] = '\0';
	open_notify(service, error, room);
	good = take_sockets(service, error, room);
	find_watchdog(service);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
	return good;
}

void
service_free(struct service *service)
{
	if (service->notify >= 0)
		close(service->notify);
	for (size_t i = 0; i < service->socket_count; i++) {
		if (service->sockets[i].file >= 0)
			close(service->sockets[i].file);
	}
	*service = (struct service){.notify = -1};
}

// A lost message is not worth stopping mail for.
static void
tell(struct service *service, const char *text)
{
	if (service->notify >= 0)
		(void)!send(service->notify, text, strlen(text), MSG_NOSIGNAL);
}

void
service_ready(struct service *service)
{
	tell(service, "READY=1");
}

void
service_reloading(struct service *service)
{
	struct timespec now;
	char text[64];

	// Type=notify-reload wants to know which reload this answers.
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
	    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	tell(service, text);
}

void
service_stopping(struct service *service)
{
	tell(service, "STOPPING=1");
}

void
service_alive(struct service *service)
{
	tell(service, "WATCHDOG=1");
}

void
service_status(struct service *service, const char *format, ...)
{
	char text[512] = "STATUS=";
	size_t start = strlen(text);
	va_list arguments;

	if (service->notify < 0)
		return;
	va_start(arguments, format);
	vsnprintf(text + start, sizeof text - start, format, arguments);
	va_end(arguments);
	// A newline would begin a variable of its own.
	for (char *at = text; *at != '\0'; at++) {
		if (*at == '\n')
			*at = ' ';
	}
	tell(service, text);
}
