// SPDX-License-Identifier: ISC
//
// Reads the files of tests/vectors/recordings/: only what comes after the
// STARTTLS dialogue of each connection.

#ifndef UNIT_LEGACY_RECORDING_H
#define UNIT_LEGACY_RECORDING_H

#include "legacy_pair.h"

#include "tls/legacy/keys.h"

enum {
	RECORDING_SEGMENTS = 256,
	RECORDING_CONNECTIONS = 2,
	RECORDING_BYTES = 65536
};

struct segment {
	enum party from;
	const uint8_t *bytes;
	size_t size;
};

struct connection {
	struct segment segments[RECORDING_SEGMENTS];
	size_t count;
};

struct recording {
	char key[64]; // the file in keys/
	struct connection connections[RECORDING_CONNECTIONS];
	size_t count;
	uint8_t bytes[RECORDING_BYTES];
	size_t used;
};

static inline unsigned
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	assert_true(c >= 'a' && c <= 'f');
	return (unsigned)(c - 'a' + 10);
}

static inline struct segment
recording_hex(struct recording *recording, enum party from, const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t *bytes = recording->bytes + recording->used;

	assert_true(recording->used + size <= RECORDING_BYTES);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 |
				     hex_digit(hex[2 * i + 1]));
	recording->used += size;
	return (struct segment){from, bytes, size};
}

// TLS begins with the client's first record, not before.
static inline bool
segment_is_hello(const struct segment *segment)
{
	return segment->from == CLIENT && segment->size > 5 &&
	       (segment->bytes[0] == 22 || (segment->bytes[0] & 0x80) != 0);
}

static inline void
recording_line(struct recording *recording, const char *line)
{
	const char *key = strstr(line, ".pem");

	if (line[0] == '#' && strstr(line, "# connection ") == line) {
		recording->count = (size_t)(line[13] - '0');
		assert_in_range(recording->count, 1, RECORDING_CONNECTIONS);
		return;
	}
	if (line[0] == '#' && key != NULL) {
		const char *start = key;

		while (start[-1] != ' ')
			start--;
		snprintf(recording->key, sizeof recording->key,
		    "recordings/keys/%.*s", (int)(key + 4 - start), start);
		return;
	}
	if (line[0] == '#' || line[0] == '\0' || strstr(line, "close") != NULL)
		return;
	struct connection *connection =
	    &recording->connections[recording->count - 1];
	struct segment segment = recording_hex(
	    recording, line[0] == 'C' ? CLIENT : SERVER, line + 2);

	if (connection->count == 0 && !segment_is_hello(&segment))
		return;
	assert_true(connection->count < RECORDING_SEGMENTS);
	connection->segments[connection->count++] = segment;
}

static inline void
recording_read(struct recording *recording, const char *name)
{
	static char text[PAIR_FILE];
	char path[128];
	char *line = text;

	memset(recording, 0, sizeof *recording);
	recording->count = 1;
	snprintf(path, sizeof path, "recordings/%s.hex", name);
	vector_read(path, text, sizeof text);
	while (*line != '\0') {
		char *end = line + strcspn(line, "\n");
		bool last = *end == '\0';

		*end = '\0';
		recording_line(recording, line);
		line = last ? end : end + 1;
	}
	for (size_t i = 0; i < recording->count; i++)
		assert_true(recording->connections[i].count > 0);
	assert_true(recording->key[0] != '\0');
}

#endif
