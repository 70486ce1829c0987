// SPDX-License-Identifier: ISC
//
// One connection to a server, blocking, each wait bounded: commands out,
// replies in, and TLS under them once it is begun.

#ifndef TOOL_PROBE_LINK_H
#define TOOL_PROBE_LINK_H

#include "base/buffer.h"
#include "smtp/reply.h"
#include "tls/engine.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum link_status {
	LINK_GOOD,
	LINK_LATE,    // the wait was too long
	LINK_CLOSED,  // the server closed
	LINK_BROKEN,  // the connection broke: error has errno
	LINK_TLS,     // TLS failed: engine->facts say why
	LINK_GARBAGE, // what came is no reply
	LINK_HUGE     // a reply that is longer than any is read
};

struct link {
	int socket;              // -1: none
	int error;               // errno
	uint64_t wait;           // milliseconds of one step
	uint64_t end;            // no step goes beyond (clock_monotonic)
	struct engine *engine;   // owned; plaintext at first
	struct buffer records;   // to the server
	struct buffer plaintext; // from it
	struct reply_reader reader;
};

// LINK_GOOD, LATE or BROKEN; link_close in any case. host bytes of address
// and port are those of a numeric address.
enum link_status link_open(
    struct link *link, const struct sockaddr_storage *address);
void link_close(struct link *link);

enum link_status link_say(struct link *link, const char *line);
// *reply lies in the link until link_done, which drops it.
enum link_status link_hear(struct link *link, struct reply *reply);
void link_done(struct link *link, const struct reply *reply);

// Whether there is anything unread, here or in the socket, without waiting.
bool link_has_more(struct link *link);

// The buffers that a new engine is to write to are those of the link.
// Handshakes; takes the engine over, in any case. LINK_TLS if it is NULL.
enum link_status link_secure(struct link *link, struct engine *engine);

#endif
