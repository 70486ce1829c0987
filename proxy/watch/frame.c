// SPDX-License-Identifier: ISC

#define _DEFAULT_SOURCE
#include "watch/frame.h"

#include "base/contract.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// Tags of an exported PDU, as Wireshark's wsutil/exported_pdu_tlvs.h has them.
enum tag {
	TAG_END = 0,
	TAG_DISSECTOR = 12,
	TAG_TABLE = 14, // of dissectors, with TAG_TABLE_VALUE
	TAG_IPV4_FROM = 20,
	TAG_IPV4_TO = 21,
	TAG_IPV6_FROM = 22,
	TAG_IPV6_TO = 23,
	TAG_PORT_TYPE = 24,
	TAG_PORT_FROM = 25,
	TAG_PORT_TO = 26,
	TAG_TABLE_VALUE = 32
};

enum {
	PORT_SMTP = 25,
	// Not TCP: what Wireshark remembers of the leg's wire is another
	// conversation's.
	PORT_TYPE_NONE = 0,
	PROTOCOL_TCP = 6,
	IPV4_HEADER = 20,
	TCP_HEADER = 20,
	TCP_OPTIONS = 8,
	HOP_LIMIT = 64,
	WINDOW = 65535
};

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

struct frame_end
frame_end_of(const struct sockaddr *address)
{
	struct frame_end end = {.port = 0};
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (address != NULL && address->sa_family == AF_INET) {
		bytes_copy(&four, sizeof four, address, sizeof four);
		bytes_copy(end.bytes, sizeof end.bytes, &four.sin_addr, 4);
		end.port = ntohs(four.sin_port);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		const uint8_t *bytes = six.sin6_addr.s6_addr;

		bytes_copy(&six, sizeof six, address, sizeof six);
		end.six = memcmp(bytes, mapped, sizeof mapped) != 0;
		if (end.six)
			bytes_copy(end.bytes, sizeof end.bytes, bytes, 16);
		else
			bytes_copy(end.bytes, sizeof end.bytes, bytes + 12, 4);
		end.port = ntohs(six.sin6_port);
	}
	return end;
}

static bool
way_is_six(const struct frame_way *way)
{
	return way->from.six || way->to.six;
}

static void
write_address(struct writer *out, const struct frame_end *end, bool six)
{
	if (six && !end->six) {
		writer_bytes(out, mapped, sizeof mapped);
		writer_bytes(out, end->bytes, 4);
	} else {
		writer_bytes(out, end->bytes, six ? 16 : 4);
	}
}

static void
tag_number(struct writer *out, enum tag tag, uint32_t value)
{
	writer_u16(out, (uint16_t)tag);
	writer_u16(out, 4);
	writer_u32(out, value);
}

// Padded with NULs: the tags' lengths are counted in fours.
static void
tag_text(struct writer *out, enum tag tag, const char *text)
{
	size_t size = strlen(text);

	writer_u16(out, (uint16_t)tag);
	writer_u16(out, (uint16_t)(size + (4 - size % 4) % 4));
	writer_text(out, text);
	for (; size % 4 != 0; size++)
		writer_u8(out, 0);
}

static void
tag_address(struct writer *out, enum tag four, enum tag six,
    const struct frame_end *end, bool as_six)
{
	writer_u16(out, (uint16_t)(as_six ? six : four));
	writer_u16(out, as_six ? 16 : 4);
	write_address(out, end, as_six);
}

static void
tag_ports(struct writer *out, uint16_t from, uint16_t to)
{
	tag_number(out, TAG_PORT_FROM, from);
	tag_number(out, TAG_PORT_TO, to);
}

void
frame_pdu(struct writer *out, const struct frame_way *way, enum frame_kind kind)
{
	bool six = way_is_six(way);

	if (kind == FRAME_SMTP) {
		tag_text(out, TAG_TABLE, "tcp.port");
		tag_number(out, TAG_TABLE_VALUE, PORT_SMTP);
	} else {
		tag_text(out, TAG_DISSECTOR, "syslog");
	}
	tag_address(out, TAG_IPV4_FROM, TAG_IPV6_FROM, &way->from, six);
	tag_address(out, TAG_IPV4_TO, TAG_IPV6_TO, &way->to, six);
	tag_number(out, TAG_PORT_TYPE, PORT_TYPE_NONE);
	tag_ports(out, way->from.port, way->to.port);
	if (kind == FRAME_SMTP)
		tag_ports(out, way->to_server ? way->from.port : PORT_SMTP,
		    way->to_server ? PORT_SMTP : way->to.port);
	writer_u16(out, TAG_END);
	writer_u16(out, 0);
}

// RFC 1071: the one's complement sum of 16-bit words, before its complement.
static uint32_t
sum(uint32_t so_far, const uint8_t *bytes, size_t size)
{
	uint64_t total = so_far;

	for (size_t i = 0; i + 1 < size; i += 2)
		total += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (size % 2 != 0)
		total += (uint32_t)bytes[size - 1] << 8;
	while (total > 0xffff)
		total = (total & 0xffff) + (total >> 16);
	return (uint32_t)total;
}

static void
put_checksum(uint8_t *at, uint32_t total)
{
	struct writer out = writer_over(at, 2);

	writer_u16(&out, (uint16_t)~total);
}

static void
write_ipv4(struct writer *out, const struct frame_way *way, size_t length)
{
	size_t start = out->size;

	writer_u16(out, 0x4500); // version, header of five words
	writer_u16(out, (uint16_t)(length + IPV4_HEADER));
	writer_u16(out, 0);
	writer_u16(out, 0x4000); // don't fragment
	writer_u8(out, HOP_LIMIT);
	writer_u8(out, PROTOCOL_TCP);
	writer_u16(out, 0);
	write_address(out, &way->from, false);
	write_address(out, &way->to, false);
	put_checksum(
	    out->bytes + start + 10, sum(0, out->bytes + start, IPV4_HEADER));
}

static void
write_ipv6(struct writer *out, const struct frame_way *way, size_t length)
{
	writer_u32(out, 0x60000000); // version
	writer_u16(out, (uint16_t)length);
	writer_u8(out, PROTOCOL_TCP);
	writer_u8(out, HOP_LIMIT);
	write_address(out, &way->from, true);
	write_address(out, &way->to, true);
}

// So large a window that the few acknowledgements of a capture suffice.
static void
write_syn_options(struct writer *out)
{
	writer_u16(out, 0x0204); // the largest segment
	writer_u16(out, FRAME_PIECE);
	writer_u8(out, 1);       // padding
	writer_u16(out, 0x0303); // window scale
	writer_u8(out, 14);
}

static void
write_tcp(struct writer *out, const struct frame_way *way,
    const struct frame_segment *segment)
{
	bool syn = (segment->flags & FRAME_SYN) != 0;
	size_t words = (TCP_HEADER + (syn ? TCP_OPTIONS : 0)) / 4;

	writer_u16(out, way->from.port);
	writer_u16(out, way->to.port);
	writer_u32(out, segment->sequence);
	writer_u32(out, segment->acknowledged);
	writer_u8(out, (uint8_t)(words << 4));
	writer_u8(out, segment->flags);
	writer_u16(out, WINDOW);
	writer_u32(out, 0); // checksum, urgent pointer
	if (syn)
		write_syn_options(out);
}

void
frame_tcp(struct writer *out, const struct frame_way *way,
    const struct frame_segment *segment)
{
	bool six = way_is_six(way);
	bool syn = (segment->flags & FRAME_SYN) != 0;
	size_t header = TCP_HEADER + (syn ? TCP_OPTIONS : 0);
	size_t length = header + segment->size;
	size_t addresses = six ? 32 : 8;
	uint32_t total;

	REQUIRE(segment->size <= FRAME_PIECE);
	REQUIRE(out->room - out->size >= FRAME_HEAD);
	if (six)
		write_ipv6(out, way, length);
	else
		write_ipv4(out, way, length);
	// The addresses are the last of either header, and begin the sum
	// (RFC 9293 3.1, RFC 8200 8.1).
	total = sum(PROTOCOL_TCP + (uint32_t)length,
	    out->bytes + out->size - addresses, addresses);
	size_t start = out->size;
	write_tcp(out, way, segment);
	total = sum(total, out->bytes + start, header);
	total = sum(total, segment->payload, segment->size);
	put_checksum(out->bytes + start + 16, total);
}
