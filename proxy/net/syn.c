// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "net/syn.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
	IPV4_FIXED = 20,
	IPV6_FIXED = 40,
	TCP_FIXED = 20,
	OPTION_END = 0,
	OPTION_NOTHING = 1,
	OPTION_STAMP = 8,
	OPTION_STAMP_SIZE = 10,
	SYN_MOST = 256, // bytes: both headers, with all options
	UNMOVED = 1000  // milliseconds by which two looks at a clock may differ
};

// To the header of TCP. An IPv6 header with others behind it is not looked
// into: no SYN of ours has them.
static bool
skip_ip(struct reader *headers)
{
	uint8_t first = reader_u8(headers);
	size_t rest = (size_t)(first & 0x0f) * 4;

	if (first >> 4 == 4 && rest >= IPV4_FIXED)
		return reader_bytes(headers, rest - 1) != NULL;
	if (first >> 4 != 6)
		return false;
	const uint8_t *fixed = reader_bytes(headers, IPV6_FIXED - 1);

	return fixed != NULL && fixed[5] == IPPROTO_TCP;
}

static bool
find_stamp(struct reader options, uint32_t *stamp)
{
	while (options.left > 0) {
		uint8_t kind = reader_u8(&options);

		if (kind == OPTION_END)
			return false;
		if (kind == OPTION_NOTHING)
			continue;
		uint8_t size = reader_u8(&options);

		const uint8_t *value =
		    size >= 2 ? reader_bytes(&options, size - 2u) : NULL;

		if (value == NULL)
			return false;
		if (kind == OPTION_STAMP && size == OPTION_STAMP_SIZE) {
			struct reader stamps = reader_over(value, size - 2u);

			*stamp = reader_u32(&stamps);
			return true;
		}
	}
	return false;
}

bool
syn_read(const uint8_t *bytes, size_t size, uint32_t *stamp)
{
	struct reader headers = reader_over(bytes, size);

	if (!skip_ip(&headers))
		return false;
	const uint8_t *fixed = reader_bytes(&headers, TCP_FIXED);
	size_t length = fixed != NULL ? (size_t)(fixed[12] >> 4) * 4 : 0;

	if (length < TCP_FIXED)
		return false;
	const uint8_t *options = reader_bytes(&headers, length - TCP_FIXED);

	return options != NULL &&
	       find_stamp(reader_over(options, length - TCP_FIXED), stamp);
}

void
syn_keep(int listening)
{
	const int yes = 1;

	(void)setsockopt(
	    listening, IPPROTO_TCP, TCP_SAVE_SYN, &yes, sizeof yes);
}

bool
syn_stamp(int socket, uint32_t *stamp)
{
	uint8_t bytes[SYN_MOST];
	socklen_t size = sizeof bytes;

	return getsockopt(socket, IPPROTO_TCP, TCP_SAVED_SYN, bytes, &size) ==
		   0 &&
	       syn_read(bytes, size, stamp);
}

// A clock that is not moved is everybody's on this host, and perhaps that of
// others that were started with it.
bool
syn_clock(int socket, uint32_t *stamp)
{
	int now = 0;
	socklen_t size = sizeof now;

	if (getsockopt(socket, IPPROTO_TCP, TCP_TIMESTAMP, &now, &size) != 0)
		return false;
	*stamp = (uint32_t)now;
	return *stamp - (uint32_t)clock_monotonic() + UNMOVED > 2 * UNMOVED;
}
