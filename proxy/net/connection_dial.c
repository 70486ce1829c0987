// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/connection_parts.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "net/destination.h"
#include "net/sockaddr.h"
#include "net/syn.h"
#include "policy/network.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

static void
connection_dialled(uv_connect_t *dial, int error)
{
	struct connection *connection = dial->handle->data;

	connection->connected = error == 0;
	if (connection->events != NULL && connection->events->dialled != NULL)
		connection->events->dialled(connection->owner, error);
}

static socklen_t
address_size(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					      : sizeof(struct sockaddr_in);
}

// A port is chosen now, and is ours alone at that address, so that it can be
// compared: with the port that the sender itself came from, connection
// tracking would take ours for the sender's own connection.
static int
dial_as(int made, const struct sockaddr_storage *sender)
{
	struct sockaddr_storage address = *sender;
	socklen_t size = sizeof address;

	// From nowhere would be from ourselves, who may do more.
	if (sockaddr_is_any(sender))
		return -EADDRNOTAVAIL;
	if (!destination_transparent(made, sender->ss_family))
		return -errno;
	sockaddr_set_port(&address, 0);
	if (bind(made, (const struct sockaddr *)&address,
		address_size((const struct sockaddr *)&address)) != 0 ||
	    getsockname(made, (struct sockaddr *)&address, &size) != 0)
		return -errno;
	return sockaddr_equal(&address, sender) ? -EADDRINUSE : 0;
}

// The port is left to connect(), which may then use one for several
// receivers.
static int
dial_from(int made, const struct sockaddr *source)
{
	const int yes = 1;

	setsockopt(made, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
	return bind(made, source, address_size(source)) == 0 ? 0 : -errno;
}

// A socket that goes the way. The mark is what rules of the firewall can
// exempt us by (RFC 5321 6.3); without the right to set it, there is none.
static int
dial_socket(const struct connection_way *way)
{
	const unsigned mark = CONNECTION_MARK;
	int error = 0;
	int made = socket(
	    way->to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (made < 0)
		return -errno;
	(void)setsockopt(made, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
	if (way->sender != NULL)
		error = dial_as(made, way->sender);
	else if (way->source != NULL)
		error = dial_from(made, way->source);
	if (error == 0)
		return made;
	close(made);
	return error;
}

// The SYN left between began and now; either clock is cut to milliseconds.
static void
connection_stamp(struct outgoing *outgoing, int made)
{
	outgoing->stamped = syn_clock(made, &outgoing->stamp);
	outgoing->stamp += 1;
	outgoing->stamp_span =
	    (uint32_t)(clock_monotonic() - outgoing->began) + 2;
}

int
connection_dial(struct connection *connection, const struct connection_way *way)
{
	struct outgoing *outgoing = &connection->outgoing;
	struct endpoint to;
	int made, error;

	if (address_from_sockaddr(&to.address, &to.port, way->to) &&
	    to.port == 0)
		return UV_EDESTADDRREQ;
	made = dial_socket(way);
	if (made == -EADDRINUSE && way->sender != NULL)
		made = dial_socket(way); // another port
	if (made < 0)
		return made;
	error = uv_tcp_open(&connection->tcp, made);
	if (error != 0) {
		close(made);
		return error;
	}
	outgoing->began = clock_monotonic();
	error = uv_tcp_connect(
	    &connection->dial, &connection->tcp, way->to, connection_dialled);
	if (error != 0)
		return error;
	connection_stamp(outgoing, made);
	uv_tcp_nodelay(&connection->tcp, 1);
	// Now, not when it is there: our own listener may see it before us.
	bytes_copy(
	    &outgoing->to, sizeof outgoing->to, way->to, address_size(way->to));
	if (connection_local(connection, &outgoing->from) == 0)
		outgoing_enter(loop_outgoing(connection->loop), outgoing);
	return 0;
}
