// SPDX-License-Identifier: ISC
//
// What systemd gives a service and wants to hear from it: sockets
// (LISTEN_FDS), readiness and state (NOTIFY_SOCKET), a watchdog. Both are
// plain protocols over the environment and a datagram socket, spoken here
// directly: see sd_listen_fds(3) and sd_notify(3). Without them, nothing is
// said and no sockets are given.

#ifndef HOST_SERVICE_H
#define HOST_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVICE_SOCKETS_MOST = 64, SERVICE_NAME_MOST = 64 };

struct service_socket {
	int file; // -1: taken
	char name[SERVICE_NAME_MOST];
};

struct service {
	int notify;        // a connected datagram socket; -1: nobody listens
	uint64_t watchdog; // milliseconds between signs of life; 0: none
	struct service_socket sockets[SERVICE_SOCKETS_MOST];
	size_t socket_count;
};

// Reads the environment, and clears what it found there, so that no child
// takes it for its own. False: sockets are given that cannot be used; error
// says why. True with error not empty: a warning, nobody will be told
// anything (a NOTIFY_SOCKET may be left over from somebody else's service).
bool service_init(struct service *service, char *error, size_t room);
void service_free(struct service *service);

// Messages to the service manager; without one they do nothing.
void service_ready(struct service *service);
void service_reloading(struct service *service); // then service_ready again
void service_stopping(struct service *service);
void service_alive(struct service *service); // every service->watchdog
// One line that "systemctl status" shows.
void service_status(struct service *service, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
