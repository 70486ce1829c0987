// SPDX-License-Identifier: ISC
//
// What a worker remembers of receivers, from one session to the next: that
// TLS once came about, and which hello it took if not the best, for a few of
// the ladders that it was tried with. It may be kept as text, from one start
// to the next (receivers_file.h).

#ifndef NET_RECEIVERS_H
#define NET_RECEIVERS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECEIVERS_MOST = 1024, // the one not used for longest makes room
	// For so many seconds a humbler hello is said first; then the best is
	// tried again, so that one disturbed handshake is not a downgrade for
	// good.
	RECEIVERS_HELLO_KEPT = 3600,
	// Of so many ladders; the one noted longest ago makes room.
	RECEIVERS_LADDERS = 4,
	// Bytes of the name of a ladder or hello, with the NUL.
	RECEIVERS_NAME_SIZE = 32,
	// Bytes of the largest text.
	RECEIVERS_TEXT_MOST =
	    256 + RECEIVERS_MOST * (288 + RECEIVERS_LADDERS * 96)
};

struct receivers;

// NULL: memory is out.
struct receivers *receivers_new(void);
void receivers_free(struct receivers **receivers);

// When memory is out they remember nothing.

// The name of the hello of this ladder that worked where better ones of it had
// failed; empty: there is none. Valid until the next call. Not all rules have
// the same ladder for a receiver, and what one had to learn holds for no
// other: it might be a downgrade there.
const char *receivers_hello(const struct receivers *receivers, const char *host,
    uint16_t port, const char *ladder);
// TLS came about. hello is what that ladder is to begin with from now on,
// empty the best; NULL: that stays as it is. Neither name has a blank, and both
// are below RECEIVERS_NAME_SIZE.
void receivers_secured(struct receivers *receivers, const char *host,
    uint16_t port, const char *ladder, const char *hello);
// Whether TLS ever came about with it: where it is not offered any more,
// somebody may be stripping it.
bool receivers_offered(
    const struct receivers *receivers, const char *host, uint16_t port);

// Whether receivers_write would write something else than it last did, but
// for times of the same day.
bool receivers_changed(const struct receivers *receivers);
// Writes it as text: a line that says which version of it this is, then one
// "host port time" each, and behind it "ladder hello time" for every hello that
// was ever noted ("-" for the best); times are seconds since 1970. Room for
// RECEIVERS_TEXT_MOST bytes suffices.
void receivers_write(struct receivers *receivers, struct writer *out);
// Remembers, beside what is remembered, what such a text says; where there
// are too many, the latest. The text may be anything: lines that are not
// understood are passed over, and counted in *wrong. Of version 2 the hellos
// are left out, which were of no one ladder. False: it is of another version,
// or none; nothing of it is remembered. An empty text is a good one.
bool receivers_read(
    struct receivers *receivers, struct reader text, size_t *wrong);

#endif
