// SPDX-License-Identifier: ISC
//
// The header of the PROXY protocol, versions 1 and 2: the first bytes of a
// connection, in which somebody who passes it on tells whose it is. Pure:
// bytes in, ends out, and the other way round. Who may be believed is asked
// elsewhere (policy_trusts).

#ifndef NET_PROXY_HEADER_H
#define NET_PROXY_HEADER_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	PROXY_LINE_MOST = 107,   // bytes of version 1, CRLF included
	PROXY_HEADER_MOST = 8192 // that are taken of version 2
};

enum proxy_status {
	PROXY_HEADER_MORE,
	PROXY_HEADER_WHOLE,
	PROXY_HEADER_WRONG // and so it stays, whatever comes behind
};

// What version 2 can tell of a client's TLS. Texts are not owned.
struct proxy_tls {
	const char *protocol;    // "TLSv1.2"
	const char *suite;       // IANA name
	const char *server_name; // SNI; empty: none
	const char *name;        // of the client's certificate; empty: none
	bool certificate;        // one was shown in this handshake
	bool resumed;            // or in the session that this one resumes
	bool verified;           // and is trusted
};

struct proxy_header {
	// WHOLE: whoever sent the header speaks for itself (a health check,
	// LOCAL), or knows no addresses (UNKNOWN): those of the connection
	// hold, and the two below are empty.
	bool local;
	struct sockaddr_storage source, destination; // not v4-mapped
	size_t size;       // WHOLE: bytes of the header
	size_t wants;      // MORE: so many bytes belong to it in any case
	const char *wrong; // WRONG: what is; static text
};

// Reads the header that bytes begin with. It is wrong at the first byte that
// shows it. Who reads no more than wants from a connection never has a byte
// in hand that is not the header's. With no bytes: MORE.
enum proxy_status proxy_header_read(
    const uint8_t *bytes, size_t size, struct proxy_header *header);

// Writes one of version 1 or 2. An end of family AF_UNSPEC makes it one
// without addresses; ends of two families are told as IPv6, with the IPv4 one
// mapped. tls is told by version 2 alone; NULL: the client uses none. out
// must have PROXY_WRITTEN_MOST bytes of room.
enum { PROXY_WRITTEN_MOST = 1024 };
void proxy_header_write(unsigned version, const struct sockaddr_storage *source,
    const struct sockaddr_storage *destination, const struct proxy_tls *tls,
    struct writer *out);

#endif
