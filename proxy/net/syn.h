// SPDX-License-Identifier: ISC
//
// The clock in the SYN that a connection began with: its time stamp (RFC 7323
// 3). The kernel of who sent it moves that by a secret of its own for each
// pair of addresses, and a translation of addresses leaves it as it is. So a
// connection of ours that comes back (RFC 5321 6.3) is known by it, though
// nothing else of it tells, before anybody has said a word.

#ifndef NET_SYN_H
#define NET_SYN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The time stamp in the headers of IP and TCP that a SYN consists of. False:
// there is none, or they are not what they say.
bool syn_read(const uint8_t *bytes, size_t size, uint32_t *stamp);

// Connections that this listening socket accepts keep their SYN until
// syn_stamp; where the kernel cannot, none has one.
void syn_keep(int listening);
// That of an accepted socket, once.
bool syn_stamp(int socket, uint32_t *stamp);

// What a SYN of this socket would say now, in milliseconds of its clock; call
// it when connect() has sent one. False: the kernel does not tell, or does not
// move its clock, so that it says nothing.
bool syn_clock(int socket, uint32_t *stamp);

#endif
