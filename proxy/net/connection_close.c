// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/connection_parts.h"

#include "base/contract.h"

#include <stdlib.h>
#include <sys/socket.h>

static void
connection_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;

	if (--connection->handles > 0)
		return;
	buffer_free(&connection->queue);
	buffer_free(&connection->flying);
	loop_ended(connection->loop);
	free(connection);
}

void
connection_destroy(struct connection *connection)
{
	if (connection->life == LIFE_CLOSING)
		return;
	connection->life = LIFE_CLOSING;
	connection->events = NULL;
	loop_forget(&connection->flush);
	outgoing_leave(&connection->outgoing);
	uv_close((uv_handle_t *)&connection->timer, connection_closed);
	uv_close((uv_handle_t *)&connection->tcp, connection_closed);
}

static void
connection_farewell_over(uv_timer_t *timer)
{
	connection_destroy(timer->data);
}

static void
connection_shut(uv_shutdown_t *shutdown, int error)
{
	struct connection *connection = shutdown->handle->data;

	if (error != 0 || connection->ended)
		connection_destroy(connection);
}

void
connection_linger(struct connection *connection)
{
	if (connection->life != LIFE_LEAVING)
		return;
	connection->life = LIFE_LINGERING;
	if (uv_shutdown(&connection->shutdown, connection_stream(connection),
		connection_shut) != 0)
		connection_destroy(connection);
}

void
connection_close(struct connection **pointer)
{
	struct connection *connection = *pointer;

	*pointer = NULL;
	if (connection == NULL)
		return;
	REQUIRE(connection->life == LIFE_OWNED);
	connection->events = NULL;
	if (!connection->connected || connection->refused) {
		connection_destroy(connection);
		return;
	}
	connection->life = LIFE_LEAVING;
	uv_timer_start(&connection->timer, connection_farewell_over,
	    CONNECTION_FAREWELL, 0);
	connection_read(connection, true);
	connection_flush(connection);
}

void
connection_abort(struct connection **pointer)
{
	struct connection *connection = *pointer;

	*pointer = NULL;
	if (connection == NULL)
		return;
	REQUIRE(connection->life == LIFE_OWNED);
	if (connection->connected) {
		// On close the kernel drops what it still holds, and says RST.
		struct linger at_once = {.l_onoff = 1, .l_linger = 0};
		setsockopt(connection_descriptor(connection), SOL_SOCKET,
		    SO_LINGER, &at_once, sizeof at_once);
	}
	connection_destroy(connection);
}
