// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/connection_parts.h"

#include "base/bytes.h"
#include "base/contract.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static void connection_write(void *owner);

struct connection *
connection_new(struct loop *loop)
{
	struct connection *connection = calloc(1, sizeof *connection);

	if (connection == NULL)
		return NULL;
	// Neither can fail: no socket is made yet.
	REQUIRE(uv_tcp_init(loop_uv(loop), &connection->tcp) == 0);
	REQUIRE(uv_timer_init(loop_uv(loop), &connection->timer) == 0);
	connection->handles = 2;
	connection->tcp.data = connection;
	connection->timer.data = connection;
	connection->loop = loop;
	loop_began(loop);
	connection->flush.run = connection_write;
	connection->flush.owner = connection;
	buffer_init(&connection->queue, CONNECTION_QUEUE_LIMIT);
	buffer_init(&connection->flying, CONNECTION_QUEUE_LIMIT);
	return connection;
}

void
connection_own(struct connection *connection,
    const struct connection_events *events, void *owner)
{
	connection->events = events;
	connection->owner = owner;
}

struct connection *
connection_accept(struct loop *loop, struct uv_stream_s *listening, int *error)
{
	struct connection *connection = connection_new(loop);

	*error = UV_ENOMEM;
	if (connection == NULL)
		return NULL;
	*error = uv_accept(listening, connection_stream(connection));
	if (*error != 0) {
		connection_destroy(connection);
		return NULL;
	}
	// Each reply is one segment of its own; Nagle's wait for the peer's
	// acknowledgement would only delay the next.
	uv_tcp_nodelay(&connection->tcp, 1);
	connection->connected = true;
	return connection;
}

static void
connection_room(uv_handle_t *handle, size_t hint, uv_buf_t *room)
{
	struct connection *connection = handle->data;

	(void)hint;
	*room = uv_buf_init((char *)loop_input(connection->loop),
	    connection->read_most > 0 ? (unsigned)connection->read_most
				      : LOOP_READ_MOST);
}

static void
connection_read_done(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct connection *connection = stream->data;

	if (size == 0)
		return;
	if (size > 0) {
		if (connection->events != NULL)
			connection->events->received(connection->owner,
			    (const uint8_t *)room->base, (size_t)size);
		return;
	}
	connection_read(connection, false);
	connection->ended = true;
	if (connection->events != NULL)
		connection->events->ended(
		    connection->owner, size == UV_EOF ? 0 : (int)size);
	else if (connection->life == LIFE_LINGERING || size != UV_EOF)
		connection_destroy(connection);
}

void
connection_read(struct connection *connection, bool on)
{
	uv_stream_t *stream = connection_stream(connection);

	if (on == connection->reading || connection->ended)
		return;
	connection->reading = on;
	if (on)
		// It can only fail when it reads, or is not connected.
		REQUIRE(uv_read_start(stream, connection_room,
			    connection_read_done) == 0);
	else
		uv_read_stop(stream);
}

void
connection_read_most(struct connection *connection, size_t most)
{
	REQUIRE(most <= LOOP_READ_MOST);
	connection->read_most = most;
}

struct buffer *
connection_queue(struct connection *connection)
{
	return &connection->queue;
}

size_t
connection_queued(const struct connection *connection)
{
	return connection->queue.size + connection->flying.size;
}

void
connection_flush(struct connection *connection)
{
	loop_soon(connection->loop, &connection->flush);
}

void
connection_limit_stall(struct connection *connection, uint64_t milliseconds)
{
	connection->stall_limit = milliseconds;
}

// The peer takes no more, or never will.
static void
connection_refuse(struct connection *connection, int error)
{
	uv_timer_stop(&connection->timer);
	buffer_free(&connection->queue);
	if (connection->events == NULL) {
		connection_destroy(connection);
		return;
	}
	if (connection->refused)
		return;
	connection->refused = true;
	connection->events->refused(connection->owner, error);
}

// Rings when the write in hand had one limit of time to move.
static void
connection_look(uv_timer_t *timer)
{
	struct connection *connection = timer->data;
	size_t left =
	    uv_stream_get_write_queue_size(connection_stream(connection));

	if (left < connection->stall_left)
		uv_timer_start(
		    timer, connection_look, connection->stall_limit, 0);
	else if (connection->events != NULL)
		connection->events->stalled(connection->owner);
	connection->stall_left = left;
}

static void
connection_flown(uv_write_t *write, int error)
{
	struct connection *connection = write->handle->data;

	buffer_free(&connection->flying);
	if (connection->life == LIFE_CLOSING)
		return;
	if (connection->life == LIFE_OWNED)
		uv_timer_stop(&connection->timer);
	if (error != 0)
		connection_refuse(connection, error);
	else
		connection_flush(connection);
}

// The kernel took less than all: the rest flies, and stays where it is until
// it has left; what is queued meanwhile waits behind it.
static int
connection_fly(struct connection *connection)
{
	struct buffer *flying = &connection->flying;

	*flying = connection->queue;
	buffer_init(&connection->queue, CONNECTION_QUEUE_LIMIT);
	uv_buf_t bytes = uv_buf_init(
	    (char *)flying->memory + flying->start, (unsigned)flying->size);

	connection->stall_left = flying->size;
	if (connection->life == LIFE_OWNED && connection->stall_limit > 0)
		uv_timer_start(&connection->timer, connection_look,
		    connection->stall_limit, 0);
	int error = uv_write(&connection->write, connection_stream(connection),
	    &bytes, 1, connection_flown);
	if (error != 0)
		buffer_free(flying);
	return error;
}

// Most writes fit the socket: no request, no copy, no callback.
static int
connection_try(struct connection *connection)
{
	struct buffer *queue = &connection->queue;
	uv_buf_t bytes = uv_buf_init(
	    (char *)queue->memory + queue->start, (unsigned)queue->size);
	int written = uv_try_write(connection_stream(connection), &bytes, 1);

	if (written < 0 && written != UV_EAGAIN)
		return written;
	if (written > 0)
		buffer_consume(queue, (size_t)written);
	return queue->size > 0 ? connection_fly(connection) : 0;
}

static void
connection_write(void *owner)
{
	struct connection *connection = owner;
	int error = 0;

	if (connection->flying.size > 0)
		return;
	if (connection->refused)
		buffer_free(&connection->queue);
	if (connection->queue.size > 0)
		error = connection_try(connection);
	if (error != 0)
		connection_refuse(connection, error);
	else if (connection->events != NULL)
		connection->events->written(connection->owner);
	else if (connection_queued(connection) == 0)
		connection_linger(connection);
}

size_t
connection_unread(const struct connection *connection)
{
	int size = 0;

	if (ioctl(connection_descriptor(connection), FIONREAD, &size) != 0)
		return 0;
	return (size_t)size;
}

bool
connection_broken(const struct connection *connection)
{
	struct pollfd look = {.fd = connection_descriptor(connection)};

	return poll(&look, 1, 0) == 1 &&
	       (look.revents & (POLLERR | POLLHUP)) != 0;
}

int
connection_descriptor(const struct connection *connection)
{
	uv_os_fd_t descriptor;

	if (uv_fileno((const uv_handle_t *)&connection->tcp, &descriptor) != 0)
		return -1;
	return descriptor;
}

int
connection_peer(
    const struct connection *connection, struct sockaddr_storage *address)
{
	int size = sizeof *address;

	return uv_tcp_getpeername(
	    &connection->tcp, (struct sockaddr *)address, &size);
}

int
connection_local(
    const struct connection *connection, struct sockaddr_storage *address)
{
	int size = sizeof *address;

	return uv_tcp_getsockname(
	    &connection->tcp, (struct sockaddr *)address, &size);
}
