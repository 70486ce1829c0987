// SPDX-License-Identifier: ISC

#include "net/proxy_header_parts.h"

#include "net/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const char preface[6] = "PROXY ";

enum {
	LINE_LEAST = 15,  // "PROXY UNKNOWN" CRLF
	BINARY_FIXED = 16 // signature, version and command, family, length
};

static enum proxy_status
wrong(struct proxy_header *header, const char *why)
{
	*header = (struct proxy_header){.wrong = why};
	return PROXY_HEADER_WRONG;
}

static enum proxy_status
more(struct proxy_header *header, size_t wants)
{
	header->wants = wants;
	return PROXY_HEADER_MORE;
}

static bool
starts(const uint8_t *bytes, size_t size, const void *with, size_t most)
{
	return memcmp(bytes, with, size < most ? size : most) == 0;
}

// Up to the next blank or the end; false where it is empty or does not fit.
static bool
line_word(struct reader *line, char *word, size_t room)
{
	size_t size = 0;

	while (line->left > 0 && *line->at != ' ') {
		if (size + 1 >= room)
			return false;
		word[size++] = (char)reader_u8(line);
	}
	word[size] = '\0';
	if (line->left > 0)
		reader_u8(line);
	return size > 0;
}

// Digits without a sign or zeros before them.
static bool
line_port(struct reader *line, uint16_t *port)
{
	char word[6];
	unsigned value = 0;

	if (!line_word(line, word, sizeof word) ||
	    (word[0] == '0' && word[1] != '\0'))
		return false;
	for (const char *digit = word; *digit != '\0'; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		value = value * 10 + (unsigned)(*digit - '0');
	}
	*port = (uint16_t)value;
	return value <= UINT16_MAX;
}

static void
address_put(
    struct sockaddr_storage *to, int family, const void *address, uint16_t port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)to;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof *to);
	to->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		bytes_copy(&four->sin_addr, sizeof four->sin_addr, address, 4);
		four->sin_port = htons(port);
		return;
	}
	bytes_copy(&six->sin6_addr, sizeof six->sin6_addr, address, 16);
	six->sin6_port = htons(port);
	sockaddr_unmap(to);
}

static enum proxy_status
line_addresses(struct reader line, int family, struct proxy_header *header)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	uint8_t source_bytes[16], destination_bytes[16];
	uint16_t source_port, destination_port;
	// The line ends behind its last word; a blank there is one too many.
	bool ends_well = line.left > 0 && line.at[line.left - 1] != ' ';

	if (!ends_well || !line_word(&line, source, sizeof source) ||
	    !line_word(&line, destination, sizeof destination) ||
	    !line_port(&line, &source_port) ||
	    !line_port(&line, &destination_port) || line.left > 0)
		return wrong(header, "not two addresses and two ports");
	if (inet_pton(family, source, source_bytes) != 1 ||
	    inet_pton(family, destination, destination_bytes) != 1)
		return wrong(header, "an address that is none");
	address_put(&header->source, family, source_bytes, source_port);
	address_put(
	    &header->destination, family, destination_bytes, destination_port);
	return PROXY_HEADER_WHOLE;
}

static enum proxy_status
line_read(const uint8_t *bytes, size_t size, struct proxy_header *header)
{
	struct reader line =
	    reader_over(bytes + sizeof preface, size - 2 - sizeof preface);
	char family[12];

	header->size = size;
	if (!line_word(&line, family, sizeof family))
		return wrong(header, "no family of addresses");
	if (strcmp(family, "TCP4") == 0)
		return line_addresses(line, AF_INET, header);
	if (strcmp(family, "TCP6") == 0)
		return line_addresses(line, AF_INET6, header);
	if (strcmp(family, "UNKNOWN") != 0)
		return wrong(header, "an unknown family of addresses");
	header->local = true; // whatever stands behind it is not to be read
	return PROXY_HEADER_WHOLE;
}

// Version 1. A line feed alone ends no line here: who took it for one, and
// who does not, would disagree on where SMTP begins.
static enum proxy_status
line_find(const uint8_t *bytes, size_t size, struct proxy_header *header)
{
	size_t seen = size < PROXY_LINE_MOST ? size : PROXY_LINE_MOST;

	for (size_t i = sizeof preface; i < seen; i++) {
		bool after_cr = bytes[i - 1] == '\r';

		if (after_cr && bytes[i] == '\n')
			return line_read(bytes, i + 1, header);
		if (after_cr || (bytes[i] != '\r' && bytes[i] < ' ') ||
		    bytes[i] > '~')
			return wrong(header, "a byte that no line may hold");
	}
	size_t least = seen > 0 && bytes[seen - 1] == '\r' ? 1 : 2;

	if (seen + least > PROXY_LINE_MOST)
		return wrong(header, "a line without its end");
	return more(header, seen < LINE_LEAST ? LINE_LEAST - seen : least);
}

// CRC-32C (RFC 3720 12.1) of the header, its own four bytes taken as zero.
static uint32_t
checksum(const uint8_t *bytes, size_t size, size_t own)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		sum ^= i >= own && i < own + 4 ? 0 : bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78u : 0);
	}
	return ~sum;
}

static enum proxy_status
binary_extras(
    struct reader extras, const uint8_t *bytes, struct proxy_header *header)
{
	while (extras.left > 0) {
		uint8_t type = reader_u8(&extras);
		struct reader value = reader_vector(&extras, 2);

		if (extras.failed)
			return wrong(header, "an extra that is cut off");
		if (type != PROXY_EXTRA_CRC32C)
			continue;
		size_t own = (size_t)(value.at - bytes);
		uint32_t sum = reader_u32(&value);

		if (!reader_done(&value) ||
		    sum != checksum(bytes, header->size, own))
			return wrong(header, "a checksum that does not match");
	}
	return PROXY_HEADER_WHOLE;
}

static enum proxy_status
binary_read(const uint8_t *bytes, struct reader rest, uint8_t family,
    struct proxy_header *header)
{
	bool six = family == PROXY_FAMILY_TCP6;
	size_t width = six ? 16 : 4;

	if (family == PROXY_FAMILY_UNSPEC || family == PROXY_FAMILY_UNIX) {
		header->local = true;
		return PROXY_HEADER_WHOLE;
	}
	const uint8_t *source = reader_bytes(&rest, width);
	const uint8_t *destination = reader_bytes(&rest, width);
	uint16_t source_port = reader_u16(&rest);
	uint16_t destination_port = reader_u16(&rest);

	if (rest.failed)
		return wrong(header, "addresses that are cut off");
	address_put(
	    &header->source, six ? AF_INET6 : AF_INET, source, source_port);
	address_put(&header->destination, six ? AF_INET6 : AF_INET, destination,
	    destination_port);
	return binary_extras(rest, bytes, header);
}

// Version 2.
static enum proxy_status
binary_find(const uint8_t *bytes, size_t size, struct proxy_header *header)
{
	struct reader rest = reader_over(bytes, size);

	reader_bytes(&rest, PROXY_SIGNATURE_SIZE);
	uint8_t command = reader_u8(&rest);
	uint8_t family = reader_u8(&rest);
	size_t length = reader_u16(&rest);

	if (size > PROXY_SIGNATURE_SIZE && command != PROXY_COMMAND_LOCAL &&
	    command != PROXY_COMMAND_PROXY)
		return wrong(header, "an unknown version or command");
	if (size > PROXY_SIGNATURE_SIZE + 1 && command == PROXY_COMMAND_PROXY &&
	    family != PROXY_FAMILY_UNSPEC && family != PROXY_FAMILY_TCP4 &&
	    family != PROXY_FAMILY_TCP6 && family != PROXY_FAMILY_UNIX)
		return wrong(header, "a family of addresses that is not TCP's");
	if (rest.failed)
		return more(header, BINARY_FIXED - size);
	if (length > PROXY_HEADER_MOST - BINARY_FIXED)
		return wrong(header, "too many bytes");
	if (rest.left < length)
		return more(header, length - rest.left);
	header->size = BINARY_FIXED + length;
	header->local = command == PROXY_COMMAND_LOCAL;
	if (header->local)
		return PROXY_HEADER_WHOLE;
	return binary_read(bytes, reader_over(rest.at, length), family, header);
}

enum proxy_status
proxy_header_read(
    const uint8_t *bytes, size_t size, struct proxy_header *header)
{
	*header = (struct proxy_header){.size = 0};
	if (size == 0)
		return more(header, LINE_LEAST);
	if (starts(bytes, size, PROXY_SIGNATURE, PROXY_SIGNATURE_SIZE))
		return binary_find(bytes, size, header);
	if (!starts(bytes, size, preface, sizeof preface))
		return wrong(header, "no PROXY header");
	return line_find(bytes, size, header);
}
