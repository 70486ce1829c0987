// SPDX-License-Identifier: ISC
//
// What the files of a connection share, and nobody else includes:
//   connection.c        making, reading, writing
//   connection_dial.c   dialling
//   connection_close.c  how it ends

#ifndef NET_CONNECTION_PARTS_H
#define NET_CONNECTION_PARTS_H

#include "net/connection.h"
#include "net/loop.h"
#include "net/outgoing.h"

#include <uv.h>

enum life {
	LIFE_OWNED,
	LIFE_LEAVING,   // no owner; the queue is being written
	LIFE_LINGERING, // FIN was sent; the peer's is waited for
	LIFE_CLOSING    // the handles are being closed
};

struct connection {
	uv_tcp_t tcp;
	uv_timer_t timer; // owned: of a stall; else: the end of the farewell
	uv_connect_t dial;
	uv_write_t write;
	uv_shutdown_t shutdown;
	struct loop *loop;
	struct loop_task flush;
	const struct connection_events *events; // NULL: nobody is told
	void *owner;
	struct outgoing outgoing;
	enum life life;
	struct buffer queue;
	struct buffer flying; // what the write in hand stands on
	size_t read_most;     // 0: LOOP_READ_MOST
	uint64_t stall_limit;
	size_t stall_left; // bytes of flying at the last look
	unsigned handles;  // not closed yet
	bool connected;
	bool reading;
	bool ended, refused; // told once
};

// Nothing is queued any more, and nobody owns it: FIN.
void connection_linger(struct connection *connection);
// Closes the handles; their last callback frees.
void connection_destroy(struct connection *connection);

static inline uv_stream_t *
connection_stream(struct connection *connection)
{
	return (uv_stream_t *)&connection->tcp;
}

#endif
