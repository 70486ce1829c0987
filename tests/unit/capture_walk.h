// SPDX-License-Identifier: ISC
//
// A capture file, block by block: every length, padding and checksum, and the
// sequence numbers of the sender's TCP connection.

#ifndef UNIT_CAPTURE_WALK_H
#define UNIT_CAPTURE_WALK_H

#include "unit.h"

#include "base/bytes.h"

enum { PLAINTEXT = 0, WIRE = 2, EVENTS = 4 };

static inline uint32_t
walk_sum(uint32_t total, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		total += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

// What a walk over the blocks found; of the last section but for sections.
struct walk {
	unsigned sections, interfaces, secrets, packets[5];
	size_t payload[2]; // of the wire, by who sends (port 25: index 1)
	uint32_t next[2];
	bool begun[2];
};

static inline void
walk_segment(struct walk *walk, const uint8_t *packet, size_t size)
{
	bool six = packet[0] >> 4 == 6;
	size_t head = six ? 40 : 20;
	size_t addresses = six ? 32 : 8;
	struct reader tcp = reader_over(packet + head, size - head);
	uint16_t from = reader_u16(&tcp);
	uint16_t to = reader_u16(&tcp);
	uint32_t sequence = reader_u32(&tcp);
	uint32_t acknowledged = reader_u32(&tcp);
	size_t words = reader_u8(&tcp) >> 4;
	uint8_t flags = reader_u8(&tcp);
	unsigned who = from == 25 ? 1 : 0;
	size_t payload = size - head - words * 4;

	assert_true(from == 25 || to == 25);
	if (!six)
		assert_int_equal(walk_sum(0, packet, 20), 0xffff);
	assert_int_equal((size_t)packet[six ? 4 : 2] << 8 | packet[six ? 5 : 3],
	    six ? size - 40 : size);
	assert_int_equal(walk_sum(walk_sum(6 + (uint32_t)(size - head),
				      packet + head - addresses, addresses),
			     packet + head, size - head),
	    0xffff);
	if (walk->begun[who])
		assert_int_equal(sequence, walk->next[who]);
	if ((flags & 0x10) != 0)
		assert_int_equal(acknowledged, walk->next[1 - who]);
	walk->begun[who] = true;
	walk->next[who] =
	    sequence + (uint32_t)payload + ((flags & 3) != 0 ? 1 : 0);
	walk->payload[who] += payload;
}

static inline void
walk_packet(struct walk *walk, struct reader *body)
{
	uint32_t interface = reader_u32(body);

	reader_u32(body);
	reader_u32(body);
	uint32_t captured = reader_u32(body);
	uint32_t size = reader_u32(body);
	const uint8_t *bytes = reader_bytes(body, captured);

	assert_int_equal(captured, size);
	assert_true(interface <= EVENTS);
	assert_non_null(bytes);
	walk->packets[interface]++;
	reader_bytes(body, (4 - captured % 4) % 4);
	assert_int_equal(reader_u16(body), 1); // a comment comes first
	if (interface == WIRE)
		walk_segment(walk, bytes, size);
}

static inline struct walk
walk_blocks(const uint8_t *file_bytes, size_t file_size)
{
	struct walk walk = {.sections = 0};

	for (size_t at = 0; at < file_size;) {
		struct reader reader =
		    reader_over(file_bytes + at, file_size - at);
		uint32_t type = reader_u32(&reader);
		uint32_t size = reader_u32(&reader);

		assert_true(size >= 12 && size % 4 == 0);
		struct reader body =
		    reader_over(reader_bytes(&reader, size - 12), size - 12);
		assert_int_equal(reader_u32(&reader), size);
		assert_false(reader.failed);
		if (type == 0x0a0d0d0a)
			walk = (struct walk){.sections = walk.sections + 1};
		walk.interfaces += type == 1;
		walk.secrets += type == 10;
		if (type == 6)
			walk_packet(&walk, &body);
		assert_false(body.failed);
		at += size;
	}
	return walk;
}

#endif
