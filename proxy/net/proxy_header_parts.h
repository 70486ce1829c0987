// SPDX-License-Identifier: ISC
//
// What reading and writing PROXY headers share, and nobody else includes.

#ifndef NET_PROXY_HEADER_PARTS_H
#define NET_PROXY_HEADER_PARTS_H

#include "net/proxy_header.h"

// Version 2 begins with bytes that no text protocol begins with.
#define PROXY_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

enum { PROXY_SIGNATURE_SIZE = sizeof PROXY_SIGNATURE - 1 };

enum proxy_command { PROXY_COMMAND_LOCAL = 0x20, PROXY_COMMAND_PROXY = 0x21 };

enum proxy_family {
	PROXY_FAMILY_UNSPEC = 0x00,
	PROXY_FAMILY_TCP4 = 0x11,
	PROXY_FAMILY_TCP6 = 0x21,
	PROXY_FAMILY_UNIX = 0x31
};

// Of the extras behind the addresses: a type, a length of two bytes, a value.
enum proxy_extra {
	PROXY_EXTRA_AUTHORITY = 0x02,
	PROXY_EXTRA_CRC32C = 0x03,
	PROXY_EXTRA_TLS = 0x20,
	PROXY_EXTRA_TLS_VERSION = 0x21,
	PROXY_EXTRA_TLS_CN = 0x22,
	PROXY_EXTRA_TLS_CIPHER = 0x23
};

#endif
