// SPDX-License-Identifier: ISC

#define _DEFAULT_SOURCE
#include "base/bytes.h"

#include "base/contract.h"

#include <string.h>

struct reader
reader_over(const void *bytes, size_t size)
{
	return (struct reader){.at = bytes, .left = size};
}

const uint8_t *
reader_bytes(struct reader *reader, size_t size)
{
	if (reader->failed || reader->left < size) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *bytes = reader->at;
	// An empty reader may stand on NULL; NULL + 0 is not C.
	if (size > 0)
		reader->at += size;
	reader->left -= size;
	return bytes;
}

static uint32_t
reader_integer(struct reader *reader, unsigned size)
{
	const uint8_t *bytes = reader_bytes(reader, size);
	uint32_t value = 0;

	if (bytes == NULL)
		return 0;
	for (unsigned i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

uint8_t
reader_u8(struct reader *reader)
{
	return (uint8_t)reader_integer(reader, 1);
}

uint16_t
reader_u16(struct reader *reader)
{
	return (uint16_t)reader_integer(reader, 2);
}

uint32_t
reader_u24(struct reader *reader)
{
	return reader_integer(reader, 3);
}

uint32_t
reader_u32(struct reader *reader)
{
	return reader_integer(reader, 4);
}

struct reader
reader_vector(struct reader *reader, unsigned length_bytes)
{
	REQUIRE(length_bytes >= 1 && length_bytes <= 3);
	size_t size = reader_integer(reader, length_bytes);
	const uint8_t *bytes = reader_bytes(reader, size);

	if (reader->failed)
		return (struct reader){.failed = true};
	return reader_over(bytes, size);
}

bool
reader_done(const struct reader *reader)
{
	return !reader->failed && reader->left == 0;
}

struct writer
writer_over(void *bytes, size_t room)
{
	return (struct writer){.bytes = bytes, .room = room};
}

void
writer_bytes(struct writer *writer, const void *bytes, size_t size)
{
	if (writer->failed || writer->room - writer->size < size) {
		writer->failed = true;
		return;
	}
	if (size > 0)
		memcpy(writer->bytes + writer->size, bytes, size);
	writer->size += size;
}

static void
writer_integer(struct writer *writer, uint32_t value, unsigned size)
{
	uint8_t bytes[4];

	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
	writer_bytes(writer, bytes, size);
}

void
writer_u8(struct writer *writer, uint8_t value)
{
	writer_integer(writer, value, 1);
}

void
writer_u16(struct writer *writer, uint16_t value)
{
	writer_integer(writer, value, 2);
}

void
writer_u24(struct writer *writer, uint32_t value)
{
	writer_integer(writer, value, 3);
}

void
writer_u32(struct writer *writer, uint32_t value)
{
	writer_integer(writer, value, 4);
}

void
writer_text(struct writer *writer, const char *text)
{
	writer_bytes(writer, text, strlen(text));
}

size_t
writer_open(struct writer *writer, unsigned length_bytes)
{
	size_t position = writer->size;

	writer_integer(writer, 0, length_bytes);
	return position;
}

void
writer_close(struct writer *writer, size_t position, unsigned length_bytes)
{
	if (writer->failed)
		return;
	REQUIRE(length_bytes >= 1 && length_bytes <= 3);
	REQUIRE(position + length_bytes <= writer->size);
	size_t size = writer->size - position - length_bytes;

	if (size >= (size_t)1 << (8 * length_bytes)) {
		writer->failed = true;
		return;
	}
	struct writer length =
	    writer_over(writer->bytes + position, length_bytes);
	writer_integer(&length, (uint32_t)size, length_bytes);
}

void
bytes_copy(void *to, size_t room, const void *from, size_t size)
{
	REQUIRE(size <= room);
	if (size > 0)
		memcpy(to, from, size);
}

bool
bytes_copy_text(char *to, size_t room, const char *from)
{
	REQUIRE(room > 0);
	size_t size = strlen(from);
	bool whole = size < room;

	if (!whole)
		size = room - 1;
	memcpy(to, from, size);
	to[size] = '\0';
	return whole;
}

void
bytes_wipe(void *bytes, size_t size)
{
	if (size > 0)
		explicit_bzero(bytes, size);
}

uint8_t
bytes_upper(uint8_t byte)
{
	return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

bool
bytes_equal_text(const uint8_t *bytes, size_t size, const char *text)
{
	if (strlen(text) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (bytes_upper(bytes[i]) != bytes_upper((uint8_t)text[i]))
			return false;
	return true;
}
