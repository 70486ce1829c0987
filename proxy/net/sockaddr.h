// SPDX-License-Identifier: ISC
//
// What the system calls an address: its host and port, as text and compared.
// An IPv4 address inside an IPv6 one is that IPv4 address (policy/network.h).

#ifndef NET_SOCKADDR_H
#define NET_SOCKADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

// "[2001:db8::1%eth0]:65535" with room to spare.
enum { SOCKADDR_TEXT = 96 };

// "192.0.2.7" or "2001:db8::7", no name: false for anything else.
bool sockaddr_parse(
    const char *host, uint16_t port, struct sockaddr_storage *address);
// "192.0.2.7:1034", "[2001:db8::7]:1034"; "unknown" for other families.
void sockaddr_text(
    const struct sockaddr_storage *address, char text[SOCKADDR_TEXT]);
uint16_t sockaddr_port(const struct sockaddr_storage *address);
// Of an IPv4 or IPv6 address.
void sockaddr_set_port(struct sockaddr_storage *address, uint16_t port);
// Changes ::ffff:192.0.2.1 to 192.0.2.1.
void sockaddr_unmap(struct sockaddr_storage *address);
bool sockaddr_equal_host(
    const struct sockaddr_storage *one, const struct sockaddr_storage *other);
bool sockaddr_equal(
    const struct sockaddr_storage *one, const struct sockaddr_storage *other);
// Any address of the family: 0.0.0.0 or ::.
bool sockaddr_is_any(const struct sockaddr_storage *address);

#endif
