// SPDX-License-Identifier: ISC
//
// Sections are those of the pcapng specification (draft-ietf-opsawg-pcapng).

#include "watch/pcapng.h"

#include <string.h>

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BLOCK_SECRETS = 10
};

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_SECTION_APPLICATION = 4,
	OPTION_INTERFACE_NAME = 2,
	OPTION_INTERFACE_DESCRIPTION = 3,
	OPTION_INTERFACE_RESOLUTION = 9,
	OPTION_PACKET_FLAGS = 2,
	OPTION_PACKET_LOST = 4
};

enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	SECRETS_TLS = 0x544c534b, // "TLSK"
	INBOUND = 1,
	OUTBOUND = 2,
	MICROSECONDS = 6
};

static void
pad(struct writer *out, size_t size)
{
	static const uint8_t zero[3];

	writer_bytes(out, zero, (4 - size % 4) % 4);
}

// 3.1: a block begins and ends with its own length. Returns where it begins.
static size_t
block_open(struct writer *out, enum block_type type)
{
	size_t start = out->size;

	writer_u32(out, (uint32_t)type);
	writer_u32(out, 0);
	return start;
}

static void
block_close(struct writer *out, size_t start)
{
	uint32_t size = (uint32_t)(out->size - start + 4);

	writer_u32(out, size);
	if (out->failed)
		return;
	struct writer length = writer_over(out->bytes + start + 4, 4);
	writer_u32(&length, size);
}

static void
option(struct writer *out, enum option code, const void *value, size_t size)
{
	writer_u16(out, (uint16_t)code);
	writer_u16(out, (uint16_t)size);
	writer_bytes(out, value, size);
	pad(out, size);
}

static void
option_text(struct writer *out, enum option code, const char *text)
{
	size_t size = text != NULL ? strlen(text) : 0;

	if (size > PCAPNG_TEXT_MOST)
		size = PCAPNG_TEXT_MOST;
	if (size > 0)
		option(out, code, text, size);
}

static void
option_end(struct writer *out)
{
	option(out, OPTION_END, NULL, 0);
}

void
pcapng_section(struct writer *out, const char *application, const char *comment)
{
	size_t start = block_open(out, BLOCK_SECTION);

	writer_u32(out, BYTE_ORDER_MAGIC);
	writer_u16(out, 1);
	writer_u16(out, 0);
	// The section's length is not known (4.1).
	writer_u32(out, UINT32_MAX);
	writer_u32(out, UINT32_MAX);
	option_text(out, OPTION_COMMENT, comment);
	option_text(out, OPTION_SECTION_APPLICATION, application);
	option_end(out);
	block_close(out, start);
}

void
pcapng_interface(struct writer *out, enum pcapng_link link, const char *name,
    const char *description)
{
	static const uint8_t resolution = MICROSECONDS;
	size_t start = block_open(out, BLOCK_INTERFACE);

	writer_u16(out, (uint16_t)link);
	writer_u16(out, 0);
	writer_u32(out, 0); // packets are never cut
	option_text(out, OPTION_INTERFACE_NAME, name);
	option_text(out, OPTION_INTERFACE_DESCRIPTION, description);
	option(out, OPTION_INTERFACE_RESOLUTION, &resolution, 1);
	option_end(out);
	block_close(out, start);
}

static void
packet_options(struct writer *out, const struct pcapng_packet *packet)
{
	uint8_t bytes[8];
	struct writer value = writer_over(bytes, sizeof bytes);

	option_text(out, OPTION_COMMENT, packet->comment);
	writer_u32(&value, packet->outbound ? OUTBOUND : INBOUND);
	option(out, OPTION_PACKET_FLAGS, bytes, value.size);
	if (packet->lost > 0) {
		value = writer_over(bytes, sizeof bytes);
		writer_u32(&value, (uint32_t)(packet->lost >> 32));
		writer_u32(&value, (uint32_t)packet->lost);
		option(out, OPTION_PACKET_LOST, bytes, value.size);
	}
	option_end(out);
}

void
pcapng_packet(struct writer *out, const struct pcapng_packet *packet)
{
	size_t start = block_open(out, BLOCK_PACKET);
	size_t size = packet->head_size + packet->size;

	writer_u32(out, packet->interface);
	writer_u32(out, (uint32_t)(packet->time >> 32));
	writer_u32(out, (uint32_t)packet->time);
	writer_u32(out, (uint32_t)size); // captured
	writer_u32(out, (uint32_t)size); // there was
	writer_bytes(out, packet->head, packet->head_size);
	writer_bytes(out, packet->bytes, packet->size);
	pad(out, size);
	packet_options(out, packet);
	block_close(out, start);
}

void
pcapng_secrets(struct writer *out, const char *lines, size_t size)
{
	size_t start = block_open(out, BLOCK_SECRETS);

	writer_u32(out, SECRETS_TLS);
	writer_u32(out, (uint32_t)size);
	writer_bytes(out, lines, size);
	pad(out, size);
	option_end(out);
	block_close(out, start);
}
