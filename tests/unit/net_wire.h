// SPDX-License-Identifier: ISC
//
// A loop and plain sockets of the test's own at the far end, in one process:
// the loop runs one turn at a time while the test plays the peer.

#ifndef UNIT_NET_WIRE_H
#define UNIT_NET_WIRE_H

#include "unit.h"

#include "base/clock.h"
#include "net/connection.h"
#include "net/listener.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { WIRE_PATIENCE = 5000 }; // milliseconds, then a test has failed

struct wire {
	struct loop *loop;
	struct listener *listener;
	struct connection *connection; // our end, until a test takes it
	int peer;                      // the far end
};

static inline void
wire_accepted(void *owner, struct connection *connection)
{
	struct wire *wire = owner;

	connection_close(&wire->connection);
	wire->connection = connection;
}

static inline void
wire_failed(void *owner, const char *why)
{
	(void)owner;
	fail_msg("accept: %s", why);
}

// Runs the loop until *what is true; false: patience ended.
static inline bool
wire_until(struct loop *loop, const bool *what)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;

	while (!*what && clock_monotonic() < end) {
		loop_turn(loop, false);
		if (!*what)
			poll(NULL, 0, 1);
	}
	return *what;
}

// Runs the loop for a while in which nothing is expected to happen.
static inline void
wire_idle(struct loop *loop, unsigned milliseconds)
{
	uint64_t end = clock_monotonic() + milliseconds;

	do {
		loop_turn(loop, false);
		poll(NULL, 0, 1);
	} while (clock_monotonic() < end);
}

static inline struct sockaddr_storage
wire_loopback(uint16_t port)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in *in = (void *)&address;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static inline int
wire_connect(const struct sockaddr_storage *to)
{
	int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(peer >= 0);
	assert_int_equal(connect(peer, (const struct sockaddr *)to,
			     sizeof(struct sockaddr_in)),
	    0);
	assert_int_equal(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
	return peer;
}

static inline void
wire_open(struct wire *wire)
{
	static const struct listener_events events = {
	    .accepted = wire_accepted, .failed = wire_failed};
	struct sockaddr_storage any = wire_loopback(0);
	char error[256] = "";

	*wire = (struct wire){.loop = loop_new()};
	assert_non_null(wire->loop);
	int descriptor = listener_bind(&any, error, sizeof error);
	assert_string_equal(error, "");
	wire->listener = listener_start(wire->loop, descriptor, &events, wire);
	assert_non_null(wire->listener);
	wire->peer = wire_connect(listener_address(wire->listener));
	for (int i = 0; i < 1000 && wire->connection == NULL; i++)
		loop_turn(wire->loop, false);
	assert_non_null(wire->connection);
}

static inline void
wire_close(struct wire *wire)
{
	if (wire->peer >= 0)
		close(wire->peer);
	connection_close(&wire->connection);
	listener_stop(&wire->listener);
	loop_free(&wire->loop);
}

static inline void
wire_say(const struct wire *wire, const void *bytes, size_t size)
{
	assert_int_equal(send(wire->peer, bytes, size, MSG_NOSIGNAL), size);
}

// Reads exactly size bytes at the far end while the loop runs.
static inline void
wire_hear(const struct wire *wire, void *bytes, size_t size)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;
	size_t had = 0;

	while (had < size && clock_monotonic() < end) {
		loop_turn(wire->loop, false);
		ssize_t got =
		    recv(wire->peer, (char *)bytes + had, size - had, 0);
		if (got > 0)
			had += (size_t)got;
		else if (got == 0)
			break;
	}
	assert_int_equal(had, size);
}

// What the far end sees next: 0 for FIN, ECONNRESET for RST, -1 for bytes.
static inline int
wire_hear_end(const struct wire *wire)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;
	char byte;

	while (clock_monotonic() < end) {
		loop_turn(wire->loop, false);
		ssize_t got = recv(wire->peer, &byte, 1, 0);
		if (got > 0)
			return -1;
		if (got == 0)
			return 0;
		if (errno != EAGAIN)
			return errno;
	}
	fail_msg("the connection did not end");
	return -1;
}

static inline void
wire_reset(struct wire *wire)
{
	struct linger at_once = {.l_onoff = 1};

	setsockopt(wire->peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(wire->peer);
	wire->peer = -1;
}

#endif
