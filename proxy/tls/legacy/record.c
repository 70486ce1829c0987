// SPDX-License-Identifier: ISC

#include "tls/legacy/record.h"

// The least that says what a record is: its header, or the first three bytes
// and the version of an SSLv2-format hello.
enum { V2_HEADER_SIZE = 2, V2_HELLO_TYPE = 1 };

void
record_init(struct record_layer *layer, struct buffer *out)
{
	*layer = (struct record_layer){.out = out, .first = true};
	buffer_init(&layer->input, RECORD_HEADER_SIZE + RECORD_MAX_SEALED);
}

void
record_free(struct record_layer *layer)
{
	buffer_free(&layer->input);
	protection_free(&layer->receive);
	protection_free(&layer->send);
}

static enum record_result
record_refuse(struct record_layer *layer, enum alert alert,
    enum tls_failure failure, const char *detail)
{
	layer->fault = (struct fault){alert, failure, detail};
	return RECORD_REFUSED;
}

// Moves bytes to the input until it holds size of them.
static bool
record_fill(struct record_layer *layer, struct reader *bytes, size_t size)
{
	size_t missing = size - layer->input.size;

	if (layer->input.size >= size)
		return true;
	if (missing > bytes->left)
		missing = bytes->left;
	return buffer_append(
	    &layer->input, reader_bytes(bytes, missing), missing);
}

static enum record_result
record_next_v2(
    struct record_layer *layer, struct reader *bytes, struct record *record)
{
	const uint8_t *header = buffer_bytes(&layer->input);
	size_t size = ((size_t)(header[0] & 0x7f) << 8) | header[1];

	if (layer->said == 0)
		layer->said = VERSION_SSL3;
	if (header[3] < 3)
		return record_refuse(layer, ALERT_NONE, TLS_FAILURE_PROTOCOL,
		    "the client offers SSL 2.0 only");
	if (header[3] > 3 || size > RECORD_MAX_PLAIN ||
	    size < RECORD_HEADER_SIZE - V2_HEADER_SIZE)
		return record_refuse(layer, ALERT_NONE, TLS_FAILURE_NOT_TLS,
		    "the first bytes are no hello");
	if (!record_fill(layer, bytes, V2_HEADER_SIZE + size))
		return record_refuse(layer, ALERT_INTERNAL_ERROR,
		    TLS_FAILURE_INTERNAL, "memory is out");
	if (layer->input.size < V2_HEADER_SIZE + size)
		return RECORD_WANTED;
	layer->first = false;
	layer->in_use = V2_HEADER_SIZE + size;
	*record = (struct record){
	    .type = RECORD_HANDSHAKE,
	    .v2_hello = true,
	    .content = {buffer_bytes(&layer->input) + V2_HEADER_SIZE, size},
	};
	return RECORD_WHOLE;
}

static enum record_result
record_check_header(struct record_layer *layer, const uint8_t *header)
{
	uint16_t version = (uint16_t)(header[1] << 8 | header[2]);
	bool known = header[0] >= RECORD_CHANGE_CIPHER_SPEC &&
		     header[0] <= RECORD_APPLICATION;

	if (layer->first && (header[1] != 3 || (header[0] != RECORD_HANDSHAKE &&
						   header[0] != RECORD_ALERT)))
		return record_refuse(layer, ALERT_NONE, TLS_FAILURE_NOT_TLS,
		    "the first bytes are no TLS record");
	// Until a version is agreed on, alerts speak the peer's.
	if (layer->first && layer->said == 0)
		layer->said =
		    version < VERSION_TLS1_1 ? version : VERSION_TLS1_1;
	if (!known)
		return record_refuse(layer, ALERT_UNEXPECTED_MESSAGE,
		    TLS_FAILURE_RECORD, "a record of unknown type");
	// Before protection an alert may still have the version of a hello
	// that was not to the peer's liking.
	if (header[1] != 3 ||
	    (layer->version != 0 && version != layer->version &&
		(header[0] != RECORD_ALERT || layer->receive.suite != NULL)))
		return record_refuse(layer, ALERT_PROTOCOL_VERSION,
		    TLS_FAILURE_RECORD, "a record of another version");
	return RECORD_WHOLE;
}

static enum record_result
record_check_content(struct record_layer *layer, const struct record *record)
{
	if (record->content.size > RECORD_MAX_PLAIN)
		return record_refuse(layer, ALERT_RECORD_OVERFLOW,
		    TLS_FAILURE_RECORD, "a record above 16384 bytes");
	if (record->content.size > 0) {
		layer->empty = 0;
		return RECORD_WHOLE;
	}
	// RFC 5246 section 6.2.1: only application data may be empty.
	if (record->type != RECORD_APPLICATION ||
	    ++layer->empty > RECORD_MAX_EMPTY)
		return record_refuse(layer, ALERT_UNEXPECTED_MESSAGE,
		    TLS_FAILURE_RECORD,
		    record->type == RECORD_APPLICATION
			? "too many empty records"
			: "an empty record");
	return RECORD_WHOLE;
}

static enum record_result
record_open(struct record_layer *layer, size_t size, struct record *record)
{
	// Opened where it lies, in memory that is ours alone.
	uint8_t *memory = layer->input.memory + layer->input.start;
	struct record_header header = {
	    memory[0], (uint16_t)(memory[1] << 8 | memory[2])};

	*record = (struct record){.type = header.type};
	switch (protection_open(&layer->receive, header,
	    memory + RECORD_HEADER_SIZE, size, &record->content)) {
	case PROTECTION_GOOD:
		break;
	case PROTECTION_BAD:
		return record_refuse(layer, ALERT_BAD_RECORD_MAC,
		    TLS_FAILURE_RECORD, "a record's MAC does not match");
	case PROTECTION_FAILED:
		// The alert of a wrong MAC, so that there is no other one that
		// a peer might bring about.
		return record_refuse(layer, ALERT_BAD_RECORD_MAC,
		    TLS_FAILURE_INTERNAL, "memory is out, or libcrypto failed");
	case PROTECTION_WORN:
		return record_refuse(layer, ALERT_INTERNAL_ERROR,
		    TLS_FAILURE_RECORD,
		    "more came than one key of a 64-bit cipher may protect");
	}
	layer->first = false;
	layer->in_use = RECORD_HEADER_SIZE + size;
	return record_check_content(layer, record);
}

enum record_result
record_next(
    struct record_layer *layer, struct reader *bytes, struct record *record)
{
	buffer_consume(&layer->input, layer->in_use);
	layer->in_use = 0;
	if (!record_fill(layer, bytes, RECORD_HEADER_SIZE))
		return record_refuse(layer, ALERT_INTERNAL_ERROR,
		    TLS_FAILURE_INTERNAL, "memory is out");
	if (layer->input.size < RECORD_HEADER_SIZE)
		return RECORD_WANTED;
	const uint8_t *header = buffer_bytes(&layer->input);
	if (layer->first && layer->v2_hello && (header[0] & 0x80) != 0 &&
	    header[2] == V2_HELLO_TYPE)
		return record_next_v2(layer, bytes, record);
	enum record_result result = record_check_header(layer, header);
	if (result != RECORD_WHOLE)
		return result;
	size_t size = (size_t)(header[3] << 8 | header[4]);
	if (size > (layer->receive.suite == NULL ? RECORD_MAX_PLAIN
						 : RECORD_MAX_SEALED))
		return record_refuse(layer, ALERT_RECORD_OVERFLOW,
		    TLS_FAILURE_RECORD, "a record above its greatest size");
	if (!record_fill(layer, bytes, RECORD_HEADER_SIZE + size))
		return record_refuse(layer, ALERT_INTERNAL_ERROR,
		    TLS_FAILURE_INTERNAL, "memory is out");
	if (layer->input.size < RECORD_HEADER_SIZE + size)
		return RECORD_WANTED;
	return record_open(layer, size, record);
}

static bool
record_write_one(
    struct record_layer *layer, enum record_type type, struct piece content)
{
	struct record_header header = {(uint8_t)type, layer->said};
	size_t room = RECORD_HEADER_SIZE + content.size + PROTECTION_OVERHEAD;
	uint8_t *memory = buffer_reserve(layer->out, room);
	size_t sealed = 0;

	if (memory == NULL) {
		record_refuse(layer, ALERT_NONE, TLS_FAILURE_INTERNAL,
		    "the queue to the peer is full, or memory is out");
		return false;
	}
	uint8_t *body = memory + RECORD_HEADER_SIZE;
	size_t prefix = protection_prefix(&layer->send);
	bytes_copy(body + prefix, room - RECORD_HEADER_SIZE - prefix,
	    content.bytes, content.size);
	if (protection_seal(&layer->send, header, body, content.size,
		&sealed) != PROTECTION_GOOD) {
		bytes_wipe(memory, room);
		record_refuse(layer, ALERT_NONE, TLS_FAILURE_INTERNAL,
		    "a record could not be protected");
		return false;
	}
	struct writer writer = writer_over(memory, RECORD_HEADER_SIZE);
	writer_u8(&writer, header.type);
	writer_u16(&writer, header.version);
	writer_u16(&writer, (uint16_t)sealed);
	buffer_commit(layer->out, RECORD_HEADER_SIZE + sealed);
	return true;
}

// BEAST (CVE-2011-3389): the IV of a CBC record is the last block of the one
// before, which an attacker has seen; one byte alone in a record, with its
// MAC, makes the next IV unforeseeable.
static bool
record_splits(const struct record_layer *layer, enum record_type type)
{
	return layer->split && type == RECORD_APPLICATION &&
	       layer->send.suite != NULL &&
	       layer->send.version < VERSION_TLS1_1 &&
	       cipher_block(layer->send.suite->cipher) > 1;
}

bool
record_write(
    struct record_layer *layer, enum record_type type, struct piece content)
{
	struct reader reader = reader_over(content.bytes, content.size);
	size_t most = record_splits(layer, type) && content.size > 1
			  ? 1
			  : RECORD_MAX_PLAIN;

	while (reader.left > 0) {
		size_t size = reader.left < most ? reader.left : most;
		struct piece part = {reader_bytes(&reader, size), size};

		if (!record_write_one(layer, type, part))
			return false;
		most = RECORD_MAX_PLAIN;
	}
	return true;
}
