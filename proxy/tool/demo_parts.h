// SPDX-License-Identifier: ISC
//
// What the files of the demo share, and nobody else includes:
//   demo.c           the play: who is started, in which order, what it came to
//   demo_peer.c      one end of an SMTP connection, with blocking I/O
//   demo_sender.c    the old sender
//   demo_receiver.c  the strict receiver
//   demo_message.c   what is sent

#ifndef TOOL_DEMO_PARTS_H
#define TOOL_DEMO_PARTS_H

#include "base/buffer.h"
#include "tls/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { DEMO_LINE = 2048, DEMO_PATIENCE = 20 }; // bytes; seconds

// --- One end of a connection ---

struct peer {
	int socket;
	struct engine *engine;
	struct buffer records, plaintext;
	const char *label; // before each line that is shown; NULL: none is
};

// Takes the socket over. False: memory is out.
bool peer_open(struct peer *peer, int socket, const char *label);
void peer_close(struct peer *peer);
// Replaces the engine and runs its handshake; takes engine over, which
// writes to peer->records and peer->plaintext. False: it failed.
bool peer_secure(struct peer *peer, struct engine *engine);
// The next line, without its end; false when there is none any more.
bool peer_line(struct peer *peer, char line[DEMO_LINE]);
// Sends bytes; says a line: text and CRLF, shown.
bool peer_send(struct peer *peer, const void *bytes, size_t size);
bool peer_say(struct peer *peer, const char *text);

// --- The processes ---

// What a leg of theirs was protected with.
struct demo_leg {
	char protocol[16]; // empty: plaintext
	char suite[64];
	unsigned bits;
};

// What the sender reports over its pipe when it is done.
struct demo_sent {
	bool accepted;   // 250 to the end of data
	char reply[128]; // the one that decided
	struct demo_leg leg;
};

// What the receiver reports for each message it took, followed by size bytes
// of content.
struct demo_received {
	struct demo_leg leg;
	uint64_t size;
};

struct demo_process {
	pid_t id;
	int report; // our end of its pipe
};

// Each forks; id is -1 where that fails. shown: its dialogue is printed.
struct demo_process demo_sender_start(uint16_t port, bool shown);
struct demo_process demo_receiver_start(int listening);

void demo_leg_of(const struct peer *peer, struct demo_leg *leg);

// --- The message ---

// Its text, with CRLF, as it is to arrive; static.
const char *demo_message(size_t *size);

#endif
