// SPDX-License-Identifier: ISC
//
// Addresses, networks and host:port as text and as values. An IPv4 address
// inside an IPv6 one (::ffff:192.0.2.1) is that IPv4 address, everywhere:
// nobody passes a list of networks by writing an address the other way.

#ifndef POLICY_NETWORK_H
#define POLICY_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum address_kind { ADDRESS_NONE, ADDRESS_IPV4, ADDRESS_IPV6 };

// bytes: 4 or 16 in network order, the rest zero. A link-local IPv6 address
// keeps its interface in scope (0: none).
struct address {
	enum address_kind kind;
	uint32_t scope;
	uint8_t bytes[16];
};

struct endpoint {
	struct address address; // ADDRESS_NONE: every address ("*")
	uint16_t port;
};

struct network {
	struct address address; // bits beyond prefix are zero
	unsigned prefix;
};

// Lists; items is NULL where count is 0.
struct network_list {
	const struct network *items;
	size_t count;
};

struct endpoint_list {
	const struct endpoint *items;
	size_t count;
};

enum { ADDRESS_TEXT_MOST = 64, ENDPOINT_TEXT_MOST = 80 };

struct sockaddr;
struct sockaddr_storage;

// From and to the kernel's form; false for a family that is neither. The
// port may be NULL.
bool address_from_sockaddr(
    struct address *address, uint16_t *port, const struct sockaddr *from);

// The size of what was written; 0 for ADDRESS_NONE.
unsigned address_to_sockaddr(
    const struct address *address, uint16_t port, struct sockaddr_storage *to);

// "192.0.2.1", "2001:db8::1", "fe80::1%eth0", with or without brackets.
bool address_parse(struct address *address, const char *text);
// Always ends with NUL; to has room for ADDRESS_TEXT_MOST.
void address_print(const struct address *address, char *to, size_t room);
bool address_equal(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *address);
// A link-local one (RFC 4291 2.5.6) without its interface: nobody can tell
// which host that is.
bool address_lacks_scope(const struct address *address);

// "192.0.2.1:25", "[2001:db8::1]:25", "*:25".
bool endpoint_parse(struct endpoint *endpoint, const char *text);
void endpoint_print(const struct endpoint *endpoint, char *to, size_t room);

// "192.0.2.0/24", "2001:db8::/32", or an address alone. False also where bits
// beyond the prefix are set; *stray tells that apart (may be NULL).
bool network_parse(struct network *network, const char *text, bool *stray);
// Clears what is set beyond the prefix.
void network_trim(struct network *network);
bool network_contains(
    const struct network *network, const struct address *address);

// Whether every address of narrow is one of wide.
bool network_covers(const struct network *wide, const struct network *narrow);

// Whether text is a host name (RFC 1123, underscores let pass); or that or an
// address.
bool host_name_is_valid(const char *text);
// What to write instead of text, which is no host name, where that can be
// told: "; write ..."; else "". Static text.
const char *host_name_hint(const char *text);
bool host_is_valid(const char *text);

// Cuts "host:port", "[v6]:port", "host" (then port is preset): host, which has
// room for room bytes, without brackets. False if it is none of these, or the
// host is no name (RFC 1123, underscores let pass) and no address.
bool host_port_parse(
    const char *text, uint16_t preset, char *host, size_t room, uint16_t *port);

#endif
