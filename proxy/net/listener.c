// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/listener.h"

#include "net/alarm.h"
#include "net/connection.h"
#include "net/destination.h"
#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/syn.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
	BACKLOG = 1024,
	AGAIN = 1000 // milliseconds until a sender that waits is tried again
};

struct listener {
	uv_tcp_t tcp;
	struct loop *loop;
	struct alarm *again;
	const struct listener_events *events;
	void *owner;
	struct sockaddr_storage address;
	bool takes_both;
};

static const char *
listener_advice(int error)
{
	if (error == EADDRINUSE)
		return "; another program listens there already";
	if (error == EACCES)
		return "; ports below 1024 need CAP_NET_BIND_SERVICE or a "
		       "socket unit of systemd; started as root, it keeps "
		       "that right only where a listener then has such a "
		       "port: restart it";
	if (error == EADDRNOTAVAIL)
		return "; no interface of this host has that address";
	return "";
}

// The step that failed, or NULL.
static const char *
listener_prepare(int descriptor, const struct sockaddr_storage *address)
{
	const int yes = 1;

	// A restart must not wait for the old connections' last minutes.
	if (setsockopt(
		descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
		return "set an option on";
	if (address->ss_family == AF_INET6 &&
	    setsockopt(
		descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0)
		return "set an option on";
	socklen_t size = address->ss_family == AF_INET6
			     ? sizeof(struct sockaddr_in6)
			     : sizeof(struct sockaddr_in);
	if (bind(descriptor, (const struct sockaddr *)address, size) != 0)
		return "bind";
	return listen(descriptor, BACKLOG) != 0 ? "listen on" : NULL;
}

int
listener_bind(const struct sockaddr_storage *address, char *error, size_t room)
{
	const char *step = "make a socket for";
	int descriptor = socket(
	    address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (descriptor >= 0)
		step = listener_prepare(descriptor, address);
	if (step == NULL)
		return descriptor;
	int cause = errno;
	char text[SOCKADDR_TEXT];

	sockaddr_text(address, text);
	snprintf(error, room, "cannot %s %s: %s%s", step, text, strerror(cause),
	    listener_advice(cause));
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

static void
listener_accept(struct listener *listener)
{
	int error = 0;
	struct connection *connection = connection_accept(
	    listener->loop, (uv_stream_t *)&listener->tcp, &error);

	if (connection != NULL) {
		listener->events->accepted(listener->owner, connection);
		return;
	}
	if (error == UV_EAGAIN)
		return;
	// libuv shows the next only when this one was taken.
	alarm_set(listener->again, AGAIN);
	listener->events->failed(listener->owner, uv_strerror(error));
}

static void
listener_again(void *owner)
{
	listener_accept(owner);
}

static void
listener_ready(uv_stream_t *stream, int error)
{
	struct listener *listener = stream->data;

	if (error == 0)
		listener_accept(listener);
	else
		listener->events->failed(listener->owner, uv_strerror(error));
}

static void
listener_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static bool
takes_both(int descriptor, const struct sockaddr_storage *address)
{
	int only = 1;
	socklen_t size = sizeof only;

	return address->ss_family == AF_INET6 && sockaddr_is_any(address) &&
	       getsockopt(
		   descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0 &&
	       only == 0;
}

struct listener *
listener_start(struct loop *loop, int descriptor,
    const struct listener_events *events, void *owner)
{
	struct listener *listener = calloc(1, sizeof *listener);

	if (listener == NULL)
		return NULL;
	listener->loop = loop;
	listener->events = events;
	listener->owner = owner;
	listener->tcp.data = listener;
	listener->again = alarm_new(loop, listener_again, listener);
	if (listener->again == NULL ||
	    uv_tcp_init(loop_uv(loop), &listener->tcp) != 0) {
		alarm_free(&listener->again);
		free(listener);
		return NULL;
	}
	int size = sizeof listener->address;

	if (uv_tcp_open(&listener->tcp, descriptor) != 0 ||
	    uv_tcp_getsockname(&listener->tcp,
		(struct sockaddr *)&listener->address, &size) != 0 ||
	    uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, listener_ready) !=
		0) {
		listener_stop(&listener);
		return NULL;
	}
	syn_keep(descriptor);
	sockaddr_unmap(&listener->address);
	listener->takes_both = takes_both(descriptor, &listener->address);
	return listener;
}

const struct sockaddr_storage *
listener_address(const struct listener *listener)
{
	return &listener->address;
}

bool
listener_takes_both(const struct listener *listener)
{
	return listener->takes_both;
}

bool
listener_intercept(const struct listener *listener)
{
	uv_os_fd_t descriptor;

	if (uv_fileno((const uv_handle_t *)&listener->tcp, &descriptor) == 0)
		return destination_transparent(
		    descriptor, listener->address.ss_family);
	errno = EBADF;
	return false;
}

void
listener_stop(struct listener **listener)
{
	if (*listener == NULL)
		return;
	alarm_free(&(*listener)->again);
	uv_close((uv_handle_t *)&(*listener)->tcp, listener_closed);
	*listener = NULL;
}
