// SPDX-License-Identifier: ISC
//
// What a worker remembers of receivers, from one session to the next: which
// TLS hello worked last, and whether TLS ever came about at all. The latter
// may be kept as text, from one start to the next (receivers_file.h).

#ifndef NET_RECEIVERS_H
#define NET_RECEIVERS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECEIVERS_MOST = 1024, // the one not used for longest makes room
	// For so long a humbler hello is said first; then the best is tried
	// again, so that one disturbed handshake is not a downgrade for good.
	RECEIVERS_HELLO_KEPT = 3600000,
	// Bytes of the largest text.
	RECEIVERS_TEXT_MOST = 128 + RECEIVERS_MOST * 288
};

struct receivers;

// NULL: memory is out.
struct receivers *receivers_new(void);
void receivers_free(struct receivers **receivers);

// When memory is out they remember nothing.

// The rung of its hellos to begin with; 0: the best.
unsigned receivers_hello(
    struct receivers *receivers, const char *host, uint16_t port);
// TLS came about with the hello of this rung.
void receivers_secured(struct receivers *receivers, const char *host,
    uint16_t port, unsigned rung);
// Whether TLS ever came about with it: where it is not offered any more,
// somebody may be stripping it.
bool receivers_offered(
    const struct receivers *receivers, const char *host, uint16_t port);

// Whether receivers_write would write something else than it last did, but
// for times of the same day.
bool receivers_changed(const struct receivers *receivers);
// Writes as text those with whom TLS came about: a line "host port time"
// each, in seconds since 1970. Room for RECEIVERS_TEXT_MOST bytes suffices.
void receivers_write(struct receivers *receivers, struct writer *out);
// Remembers, beside what is remembered, what such a text says; where there
// are too many, the latest. The text may be anything: lines that are not
// understood are passed over, and counted.
size_t receivers_read(struct receivers *receivers, struct reader text);

#endif
