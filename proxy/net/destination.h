// SPDX-License-Identifier: ISC
//
// Where a sender meant to go before its connection came to us: interception,
// seen from the accepted socket. What is found was said by this host's own
// kernel, or by a peer that the configuration trusts; never by the sender.

#ifndef NET_DESTINATION_H
#define NET_DESTINATION_H

#include <stdbool.h>
#include <sys/socket.h>

struct own_addresses;

enum destination_method {
#define METHOD(id, word, find, sentence) DESTINATION_##id,
#include "net/destination.def"
#undef METHOD
	DESTINATION_METHODS
};

// What the methods look at.
struct destination_clues {
	int socket; // the accepted one
	// Its own end, not mapped (sockaddr_unmap).
	const struct sockaddr_storage *local;
	struct own_addresses *own; // where our listeners listen
	// As a PROXY header or XCLIENT of a trusted peer says; NULL: none does.
	const struct sockaddr_storage *told;
};

struct destination {
	enum destination_method method;
	// Not set for DESTINATION_FIXED; not mapped otherwise.
	struct sockaddr_storage address;
};

void destination_find(
    const struct destination_clues *clues, struct destination *destination);
// "redirect", for the log; static text.
const char *destination_word(enum destination_method method);

// Lets a socket have an address that is not this host's: one that listens, to
// be given by TPROXY what goes elsewhere; one that dials, to come from a
// sender's. False: errno says why; EPERM: the process
// has neither CAP_NET_ADMIN nor CAP_NET_RAW. REDIRECT needs nothing.
bool destination_transparent(int socket, int family);
// Whether this process may do that.
bool destination_may_be_foreign(void);

#endif
