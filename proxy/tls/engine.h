// SPDX-License-Identifier: ISC
//
// One end of one TLS connection, without I/O: records in, records out,
// plaintext in, plaintext out. Whoever owns the socket moves the bytes.
//
//	bytes from the socket --> engine_receive --> plaintext buffer
//	plaintext to send     --> engine_send    --> records buffer --> socket
//
// An engine is one of three: modern (libssl), legacy (our own SSL 3.0 and
// TLS 1.0) and none (plaintext, which is an engine too). Which one serves a
// client's hello is decided in engines.h.

#ifndef TLS_ENGINE_H
#define TLS_ENGINE_H

#include "base/buffer.h"
#include "tls/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What protecting size bytes adds at most: record headers, IVs, MACs and
// paddings, and a 1/n-1 split (BEAST).
#define ENGINE_OVERHEAD(size) (512 + (size) / 16384 * 512)

enum engine_status {
	ENGINE_HANDSHAKING, // plaintext can be neither sent nor received
	ENGINE_OPEN,        // both can
	ENGINE_CLOSED,      // the peer closed properly: nothing more comes, but
			    // it may still be sent to
	ENGINE_FAILED       // facts.failure says why; the first failure sticks.
			    // An alert for the peer may be queued in records
};

struct engine;

// What an implementation gives. Called only through the functions below.
struct engine_class {
	const char *name;
	bool plain; // the end of the socket is its proper close
	void (*start)(struct engine *engine);
	void (*receive)(
	    struct engine *engine, const uint8_t *bytes, size_t size);
	void (*send)(struct engine *engine, const uint8_t *bytes, size_t size);
	void (*close)(struct engine *engine);
	void (*free)(struct engine *engine);
};

// What sees the secrets of a connection for a key log: one line in NSS key
// log format, without newline, valid during the call.
struct engine_observer {
	void (*secret)(void *context, const char *line);
	void *context;
};

// The first member of every implementation's own struct.
struct engine {
	const struct engine_class *class;
	enum engine_status status;
	bool close_sent;          // engine_close was called
	struct buffer *records;   // where records for the peer go; not owned
	struct buffer *plaintext; // where the peer's plaintext goes; not owned
	const struct engine_observer *observer; // not owned; NULL: none
	struct tls_facts facts;
};

// Begins: a client queues its hello. Call once, before anything else.
enum engine_status engine_start(struct engine *engine);

// Takes in size bytes that the socket gave, all of them; they may be any
// fraction or multiple of records and are not kept by reference. Appends
// the plaintext found to engine->plaintext and answers (handshake, alerts)
// to engine->records. Plaintext may come in the same call that opens the
// engine; there is never more of it than size + 16384 bytes (a record may
// have begun earlier), and for that the plaintext buffer must have room.
// After ENGINE_CLOSED or ENGINE_FAILED bytes are dropped.
enum engine_status engine_receive(
    struct engine *engine, const uint8_t *bytes, size_t size);

// Protects size bytes and queues them to engine->records, which must have
// room for them and ENGINE_OVERHEAD. Only when open, or when the peer alone
// has closed, and not after engine_close; dropped when failed.
enum engine_status engine_send(
    struct engine *engine, const uint8_t *bytes, size_t size);

// The socket ended: without a proper close before it this is
// TLS_FAILURE_CLOSED in a handshake, TLS_FAILURE_TRUNCATED after it. (A
// truncated end never becomes the end of a message: truncation attack.)
// Plaintext has no other close.
enum engine_status engine_end(struct engine *engine);

// Queues the closing message (close_notify), once, if engine_send could send.
void engine_close(struct engine *engine);

// Frees and clears; NULL is let pass. Keys are wiped.
void engine_free(struct engine **engine);

// For implementations: everything but the own part of a new engine.
void engine_init(struct engine *engine, const struct engine_class *class,
    struct buffer *records, struct buffer *plaintext);
// For implementations: fails the engine, if it has not failed before; detail
// is copied.
void engine_fail(
    struct engine *engine, enum tls_failure failure, const char *detail);

// Plaintext: open from the start, passes bytes as they are. NULL: no memory.
struct engine *engine_none_new(
    struct buffer *records, struct buffer *plaintext);

#endif
