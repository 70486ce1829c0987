// SPDX-License-Identifier: ISC
//
// What a worker remembers of receivers, from one session to the next: which
// TLS hello worked last, and whether one ever offered TLS at all.

#ifndef NET_RECEIVERS_H
#define NET_RECEIVERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RECEIVERS_MOST = 1024, // the one not used for longest makes room
	// For so long a humbler hello is said first; then the best is tried
	// again, so that one disturbed handshake is not a downgrade for good.
	RECEIVERS_HELLO_KEPT = 3600000
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

#endif
