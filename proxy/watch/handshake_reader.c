// SPDX-License-Identifier: ISC

#include "watch/handshake_reader.h"

#include "base/bytes.h"

enum {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	MESSAGE_HEADER = 4
};

void
handshake_reader_init(struct handshake_reader *reader)
{
	*reader = (struct handshake_reader){.over = false};
	buffer_init(&reader->bytes, HANDSHAKE_MOST + 16384 + MESSAGE_HEADER);
}

void
handshake_reader_free(struct handshake_reader *reader)
{
	buffer_free(&reader->bytes);
}

static void
end(struct handshake_reader *reader)
{
	reader->over = true;
	buffer_free(&reader->bytes);
}

static void
tell_messages(
    struct handshake_reader *reader, handshake_told *told, void *context)
{
	for (;;) {
		struct reader in = reader_over(
		    buffer_bytes(&reader->bytes), reader->bytes.size);
		uint8_t type = reader_u8(&in);
		struct reader body = reader_vector(&in, 3);

		if (!body.failed) {
			told(context, &(struct handshake_item){.type = type,
					  .body = body.at,
					  .size = body.left});
			buffer_consume(
			    &reader->bytes, MESSAGE_HEADER + body.left);
			continue;
		}
		in = reader_over(
		    buffer_bytes(&reader->bytes), reader->bytes.size);
		reader_u8(&in);
		if (reader_u24(&in) > HANDSHAKE_MOST)
			end(reader);
		return;
	}
}

// After ChangeCipherSpec a message in the clear can only be the second hello
// of TLS 1.3 (RFC 8446 section 4.1.4); what is encrypted has its form with a
// chance of one in 2^39.
static bool
is_second_hello(const struct record_piece *piece, const uint8_t *bytes)
{
	struct reader in =
	    reader_over(bytes + piece->header, piece->size - piece->header);
	uint8_t type = reader_u8(&in);
	uint32_t size = reader_u24(&in);

	return piece->begins && piece->ends && !in.failed &&
	       (type == HANDSHAKE_CLIENT_HELLO ||
		   type == HANDSHAKE_SERVER_HELLO) &&
	       size == in.left && reader_u16(&in) == 0x0303;
}

static void
take_alert(struct handshake_reader *reader, const uint8_t *bytes, size_t size,
    handshake_told *told, void *context)
{
	for (size_t i = 0; i < size && reader->alert_size < 2; i++)
		reader->alert[reader->alert_size++] = bytes[i];
	if (reader->alert_size < 2)
		return;
	reader->alert_size = 0;
	told(context, &(struct handshake_item){
			  .alert = true, .body = reader->alert, .size = 2});
}

static void
take_v2(struct handshake_reader *reader, const struct record_piece *piece,
    handshake_told *told, void *context)
{
	if (!piece->ends)
		return;
	told(context, &(struct handshake_item){.v2 = true,
			  .type = HANDSHAKE_CLIENT_HELLO,
			  .body = buffer_bytes(&reader->bytes),
			  .size = reader->bytes.size});
	buffer_consume(&reader->bytes, reader->bytes.size);
}

void
handshake_reader_take(struct handshake_reader *reader,
    const struct record_piece *piece, const uint8_t *bytes,
    handshake_told *told, void *context)
{
	const uint8_t *body = bytes + piece->header;
	size_t size = piece->size - piece->header;

	// A header that is not whole says nothing yet.
	if (reader->over || (size == 0 && !piece->begins))
		return;
	if (piece->type == RECORD_ALERT && !piece->unknown) {
		if (!reader->changed)
			take_alert(reader, body, size, told, context);
		return;
	}
	if (piece->type == RECORD_CHANGE_CIPHER_SPEC && !piece->unknown) {
		reader->changed = true;
		return;
	}
	if (piece->unknown ||
	    (piece->type != RECORD_HANDSHAKE &&
		piece->type != RECORD_READER_V2) ||
	    (reader->changed && !is_second_hello(piece, bytes)) ||
	    (piece->begun != NULL &&
		!buffer_append(&reader->bytes, piece->begun, 3)) ||
	    !buffer_append(&reader->bytes, body, size)) {
		end(reader);
		return;
	}
	if (piece->type == RECORD_READER_V2)
		take_v2(reader, piece, told, context);
	else
		tell_messages(reader, told, context);
}
