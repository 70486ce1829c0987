// SPDX-License-Identifier: ISC
//
// One TCP connection: bytes in, a queue of bytes out. It lives on the heap,
// and dies by itself: its owner lets go of it at any time, and what is queued
// still leaves, bounded in time. What the bytes mean is the leg's affair.

#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct loop;
struct sockaddr;
struct sockaddr_storage;
struct uv_stream_s;

enum {
	// The queue's hard limit. Reading stops long before; this is for
	// what a peer can make us say without our asking.
	CONNECTION_QUEUE_LIMIT = 512 * 1024,
	// How long what is queued may take to leave once nobody owns the
	// connection, and how long the peer may take to close its end.
	CONNECTION_FAREWELL = 10000,
	// The firewall mark of our own connections (sallyport(8)).
	CONNECTION_MARK = 0x5a11
};

// Told to the owner, from the loop alone: never from inside a call of this
// module. Each may close the connection.
struct connection_events {
	// The connection that connection_dial asked for is there (0), or is
	// not (an error of libuv).
	void (*dialled)(void *owner, int error);
	// Valid during the call.
	void (*received)(void *owner, const uint8_t *bytes, size_t size);
	// Nothing more comes: 0 for the peer's FIN, else an error of libuv.
	// Once.
	void (*ended)(void *owner, int error);
	// Some of the queue, or all, was handed to the kernel.
	void (*written)(void *owner);
	// The peer takes no bytes any more; the queue is dropped. What it had
	// sent before may still be received. Once.
	void (*refused)(void *owner, int error);
	// The peer took no byte of the queue for the time that
	// connection_limit_stall set.
	void (*stalled)(void *owner);
};

// Each gives NULL when memory or descriptors are out.
struct connection *connection_new(struct loop *loop);
// Takes a waiting connection of a listening socket. *error: libuv's.
struct connection *connection_accept(
    struct loop *loop, struct uv_stream_s *listening, int *error);

// Who is told. owner must outlive the connection or close it.
void connection_own(struct connection *connection,
    const struct connection_events *events, void *owner);

struct connection_way {
	const struct sockaddr *to;
	const struct sockaddr *source; // an address to come from; NULL: any
	// Come from the address of this sender, though it is none of this
	// host's, and never from its port; NULL: as ourselves.
	const struct sockaddr_storage *sender;
};

// Begins to connect, with CONNECTION_MARK on its packets where the process may
// set it. 0, or an error of libuv; then dialled is not told. UV_EPERM: to come
// from a sender's address needs CAP_NET_RAW or CAP_NET_ADMIN.
int connection_dial(
    struct connection *connection, const struct connection_way *way);

// Starts or stops receiving; it is stopped at the start.
void connection_read(struct connection *connection, bool on);
// No more than so many bytes are taken from the kernel, and received, at a
// time; 0: as many as the loop reads at once.
void connection_read_most(struct connection *connection, size_t most);

// The queue of bytes for the peer. Whoever appends to it calls
// connection_flush; it leaves before the loop sleeps.
struct buffer *connection_queue(struct connection *connection);
void connection_flush(struct connection *connection);
// Bytes that the kernel has not taken yet.
size_t connection_queued(const struct connection *connection);
// 0: no limit.
void connection_limit_stall(
    struct connection *connection, uint64_t milliseconds);

// Bytes that the kernel holds and nobody has read.
size_t connection_unread(const struct connection *connection);
// Whether the peer has reset the connection by now. A FIN is no reset.
bool connection_broken(const struct connection *connection);
// Its socket, to ask the kernel about it; -1: there is none.
int connection_descriptor(const struct connection *connection);
// 0, or an error of libuv.
int connection_peer(
    const struct connection *connection, struct sockaddr_storage *address);
int connection_local(
    const struct connection *connection, struct sockaddr_storage *address);

// Lets go, and clears; NULL is let pass. Nothing is told any more. The queue
// is written, FIN is sent, and what still comes is dropped until the peer
// closes, or until CONNECTION_FAREWELL is over: to close with bytes unread
// would reset the connection, and destroy our last reply on its way.
void connection_close(struct connection **connection);
// The same at once, with RST: the peer must not take what it has for whole
// (an unfinished message).
void connection_abort(struct connection **connection);

#endif
