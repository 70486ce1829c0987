// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "tool/probe_link.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 16384, QUEUE_LIMIT = 4 * REPLY_BYTES_MOST };

static uint64_t
step_end(const struct link *link)
{
	uint64_t end = clock_monotonic() + link->wait;

	return end < link->end ? end : link->end;
}

// Waits until the socket can be read or written.
static enum link_status
wait_for(struct link *link, short events, uint64_t end)
{
	struct pollfd watched = {.fd = link->socket, .events = events};

	for (;;) {
		uint64_t now = clock_monotonic();
		int ready;

		if (now >= end)
			return LINK_LATE;
		ready = poll(&watched, 1, (int)(end - now));
		if (ready > 0)
			return LINK_GOOD;
		if (ready < 0 && errno != EINTR) {
			link->error = errno;
			return LINK_BROKEN;
		}
	}
}

static enum link_status
connect_it(struct link *link, const struct sockaddr_storage *address)
{
	socklen_t size = address->ss_family == AF_INET
			     ? sizeof(struct sockaddr_in)
			     : sizeof(struct sockaddr_in6);
	socklen_t error_size = sizeof link->error;
	enum link_status status;
	int yes = 1;

	link->socket = socket(
	    address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->socket < 0)
		goto broken;
	(void)setsockopt(
	    link->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	if (connect(link->socket, (const struct sockaddr *)address, size) == 0)
		return LINK_GOOD;
	if (errno != EINPROGRESS)
		goto broken;
	status = wait_for(link, POLLOUT, step_end(link));
	if (status != LINK_GOOD)
		return status;
	if (getsockopt(link->socket, SOL_SOCKET, SO_ERROR, &link->error,
		&error_size) != 0)
		goto broken;
	return link->error == 0 ? LINK_GOOD : LINK_BROKEN;
broken:
	link->error = errno;
	return LINK_BROKEN;
}

enum link_status
link_open(struct link *link, const struct sockaddr_storage *address)
{
	link->socket = -1;
	link->error = 0;
	link->reader = (struct reply_reader){0};
	buffer_init(&link->records, QUEUE_LIMIT);
	buffer_init(&link->plaintext, QUEUE_LIMIT);
	link->engine = engine_none_new(&link->records, &link->plaintext);
	if (link->engine == NULL) {
		link->error = ENOMEM;
		return LINK_BROKEN;
	}
	engine_start(link->engine);
	return connect_it(link, address);
}

void
link_close(struct link *link)
{
	if (link->socket >= 0)
		close(link->socket);
	link->socket = -1;
	engine_free(&link->engine);
	buffer_free(&link->records);
	buffer_free(&link->plaintext);
}

// Sends what the engine has queued.
static enum link_status
flush(struct link *link, uint64_t end)
{
	while (link->records.size > 0) {
		ssize_t sent = send(link->socket, buffer_bytes(&link->records),
		    link->records.size, MSG_NOSIGNAL);
		enum link_status status;

		if (sent > 0) {
			buffer_consume(&link->records, (size_t)sent);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN) {
			link->error = errno;
			return LINK_BROKEN;
		}
		status = wait_for(link, POLLOUT, end);
		if (status != LINK_GOOD)
			return status;
	}
	return LINK_GOOD;
}

static enum link_status
status_of(struct link *link)
{
	switch (link->engine->status) {
	case ENGINE_FAILED:
		// The alert that says so is for the server's log.
		(void)flush(link, step_end(link));
		return LINK_TLS;
	case ENGINE_CLOSED:
		return LINK_CLOSED;
	case ENGINE_HANDSHAKING:
	case ENGINE_OPEN:
		break;
	}
	return LINK_GOOD;
}

// Reads once. Each step reads until it has what it waits for, and the queue
// is never more than one reply and one read.
static enum link_status
take(struct link *link, uint64_t end)
{
	uint8_t bytes[READ_SIZE];
	enum link_status status = wait_for(link, POLLIN, end);
	ssize_t size;

	if (status != LINK_GOOD)
		return status;
	size = recv(link->socket, bytes, sizeof bytes, 0);
	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return LINK_GOOD;
	if (size < 0) {
		link->error = errno;
		return LINK_BROKEN;
	}
	if (size > 0) {
		engine_receive(link->engine, bytes, (size_t)size);
		return status_of(link);
	}
	engine_end(link->engine);
	status = status_of(link);
	return status == LINK_GOOD ? LINK_CLOSED : status;
}

enum link_status
link_say(struct link *link, const char *line)
{
	if (link->engine->status != ENGINE_OPEN)
		return LINK_CLOSED;
	engine_send(link->engine, (const uint8_t *)line, strlen(line));
	return flush(link, step_end(link));
}

// What never ends a line may be anything, but for one that begins as replies
// do.
static enum link_status
no_reply(const struct link *link, enum reply_status heard)
{
	const uint8_t *bytes = buffer_bytes(&link->plaintext);

	if (heard != REPLY_TOO_LONG || link->plaintext.size < 4)
		return LINK_GARBAGE;
	for (unsigned i = 0; i < 3; i++)
		if (bytes[i] < '0' || bytes[i] > '9')
			return LINK_GARBAGE;
	return LINK_HUGE;
}

enum link_status
link_hear(struct link *link, struct reply *reply)
{
	uint64_t end = step_end(link);

	for (;;) {
		enum reply_status heard =
		    reply_next(&link->reader, buffer_bytes(&link->plaintext),
			link->plaintext.size, reply);
		enum link_status status;

		if (heard == REPLY_WHOLE)
			return LINK_GOOD;
		if (heard != REPLY_MORE)
			return no_reply(link, heard);
		status = take(link, end);
		if (status != LINK_GOOD && link->plaintext.size == 0)
			return status;
		if (status != LINK_GOOD)
			return reply_next(&link->reader,
				   buffer_bytes(&link->plaintext),
				   link->plaintext.size, reply) == REPLY_WHOLE
				   ? LINK_GOOD
				   : status;
	}
}

void
link_done(struct link *link, const struct reply *reply)
{
	buffer_consume(&link->plaintext, reply->size);
}

bool
link_has_more(struct link *link)
{
	struct pollfd watched = {.fd = link->socket, .events = POLLIN};
	uint8_t byte;

	return link->plaintext.size > 0 ||
	       (poll(&watched, 1, 0) > 0 &&
		   recv(link->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
}

enum link_status
link_secure(struct link *link, struct engine *engine)
{
	uint64_t end = step_end(link);
	enum link_status status = LINK_GOOD;

	if (engine == NULL)
		return LINK_TLS;
	engine_free(&link->engine);
	link->engine = engine;
	engine_start(engine);
	status = status_of(link);
	while (status == LINK_GOOD) {
		status = flush(link, end);
		if (status != LINK_GOOD || engine->status == ENGINE_OPEN)
			break;
		status = take(link, end);
	}
	return status;
}
