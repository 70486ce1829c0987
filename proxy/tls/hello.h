// SPDX-License-Identifier: ISC
//
// Reads a ClientHello from the first bytes of a connection, without taking
// them: SSL 3.0 to TLS 1.3 records, however the message is cut over them, and
// the SSLv2 format of RFC 2246 appendix E. Only what the choice of an engine
// and the log need; whoever serves the hello parses it for itself.

#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HELLO_LIMIT = 65536,  // bytes of records that are looked at, at most
	HELLO_SUITES = 8192,  // suites that are kept
	HELLO_EXTENSIONS = 64 // extension numbers that are kept
};

enum hello_status {
	HELLO_MORE,      // all is well so far; hello->needed says how far
	HELLO_WHOLE,     // read; all other fields are valid
	HELLO_NOT_TLS,   // the first bytes are of no TLS or SSL whatever
	HELLO_MALFORMED, // TLS, but no well-formed ClientHello first
	HELLO_TOO_LONG   // more than HELLO_LIMIT
};

// A value: keeps nothing of the bytes.
struct hello {
	size_t needed;    // HELLO_MORE: with fewer bytes it will say so again
	size_t size;      // bytes of the records that hold it
	bool v2_format;   // in the SSLv2 format
	uint16_t version; // client_version, as written
	uint16_t highest; // highest of SSL 2.0 to TLS 1.3 that it offers
	uint16_t suites[HELLO_SUITES]; // as offered, in order
	size_t suite_count;
	uint16_t extensions[HELLO_EXTENSIONS]; // their numbers, in order
	size_t extension_count;
	bool fallback;         // TLS_FALLBACK_SCSV is among the suites
	char server_name[256]; // SNI's host name, lower case; empty: none
	bool alpn;             // application protocols are offered
	bool alpn_smtp;        // "smtp" is among them
};

enum hello_status hello_read(
    const uint8_t *bytes, size_t size, struct hello *hello);

bool hello_offers(const struct hello *hello, uint16_t suite);

#endif
