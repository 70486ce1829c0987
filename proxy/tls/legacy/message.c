// SPDX-License-Identifier: ISC

#include "tls/legacy/message.h"

enum { CERTIFICATE_TYPE_RSA_SIGN = 1 };

const char *
message_name(unsigned number)
{
	switch (number) {
#define MESSAGE(id, number, name)                                              \
	case number:                                                           \
		return name;
#include "tls/legacy/message.def"
#undef MESSAGE
	default:
		return "unknown message";
	}
}

size_t
message_begin(struct writer *out, enum message message)
{
	writer_u8(out, (uint8_t)message);
	return writer_open(out, 3);
}

void
message_end(struct writer *out, size_t position)
{
	writer_close(out, position, 3);
}

struct piece
message_read_vector(struct reader *reader, unsigned length_bytes)
{
	struct reader vector = reader_vector(reader, length_bytes);
	size_t size = vector.left;

	return (struct piece){reader_bytes(&vector, size), size};
}

void
message_write_vector(
    struct writer *out, struct piece piece, unsigned length_bytes)
{
	size_t position = writer_open(out, length_bytes);

	writer_bytes(out, piece.bytes, piece.size);
	writer_close(out, position, length_bytes);
}

bool
message_read_certificate(struct reader body, struct chain *out)
{
	struct reader list = reader_vector(&body, 3);

	out->count = 0;
	while (!list.failed && list.left > 0) {
		struct piece certificate = message_read_vector(&list, 3);

		if (certificate.size == 0 || out->count == CHAIN_MAX)
			return false;
		out->certificates[out->count++] = certificate;
	}
	return !list.failed && reader_done(&body);
}

void
message_write_certificate(struct writer *out, const struct chain *chain)
{
	size_t message = message_begin(out, MESSAGE_CERTIFICATE);
	size_t list = writer_open(out, 3);

	for (size_t i = 0; i < chain->count; i++)
		message_write_vector(out, chain->certificates[i], 3);
	writer_close(out, list, 3);
	message_end(out, message);
}

bool
message_read_server_key_exchange(
    struct reader body, struct server_key_exchange *out)
{
	const uint8_t *start = body.at;
	size_t whole = body.left;

	out->modulus = message_read_vector(&body, 2);
	out->exponent = message_read_vector(&body, 2);
	out->parameters = (struct piece){start, whole - body.left};
	out->signature = message_read_vector(&body, 2);
	return reader_done(&body) && out->modulus.size > 0 &&
	       out->exponent.size > 0 && out->signature.size > 0;
}

void
message_write_server_key_exchange(
    struct writer *out, const struct server_key_exchange *exchange)
{
	size_t message = message_begin(out, MESSAGE_SERVER_KEY_EXCHANGE);

	writer_bytes(
	    out, exchange->parameters.bytes, exchange->parameters.size);
	message_write_vector(out, exchange->signature, 2);
	message_end(out, message);
}

bool
message_read_certificate_request(struct reader body, bool *rsa_sign)
{
	struct reader types = reader_vector(&body, 1);
	struct reader authorities = reader_vector(&body, 2);

	if (!reader_done(&body) || types.left == 0)
		return false;
	*rsa_sign = false;
	while (types.left > 0)
		if (reader_u8(&types) == CERTIFICATE_TYPE_RSA_SIGN)
			*rsa_sign = true;
	while (!authorities.failed && authorities.left > 0)
		reader_vector(&authorities, 2);
	return reader_done(&authorities);
}

void
message_write_certificate_request(struct writer *out, struct piece authorities)
{
	static const uint8_t types[] = {CERTIFICATE_TYPE_RSA_SIGN};
	size_t message = message_begin(out, MESSAGE_CERTIFICATE_REQUEST);

	message_write_vector(out, (struct piece){types, sizeof types}, 1);
	message_write_vector(out, authorities, 2);
	message_end(out, message);
}

bool
message_read_server_hello_done(struct reader body)
{
	return reader_done(&body);
}

void
message_write_server_hello_done(struct writer *out)
{
	message_end(out, message_begin(out, MESSAGE_SERVER_HELLO_DONE));
}

bool
message_read_client_key_exchange(
    struct reader body, uint16_t version, struct piece *sealed)
{
	if (version != VERSION_SSL3) {
		*sealed = message_read_vector(&body, 2);
	} else {
		sealed->size = body.left;
		sealed->bytes = reader_bytes(&body, body.left);
	}
	return reader_done(&body) && sealed->size > 0;
}

void
message_write_client_key_exchange(
    struct writer *out, uint16_t version, struct piece sealed)
{
	size_t message = message_begin(out, MESSAGE_CLIENT_KEY_EXCHANGE);

	if (version != VERSION_SSL3)
		message_write_vector(out, sealed, 2);
	else
		writer_bytes(out, sealed.bytes, sealed.size);
	message_end(out, message);
}

bool
message_read_certificate_verify(struct reader body, struct piece *signature)
{
	*signature = message_read_vector(&body, 2);
	return reader_done(&body) && signature->size > 0;
}

void
message_write_certificate_verify(struct writer *out, struct piece signature)
{
	size_t message = message_begin(out, MESSAGE_CERTIFICATE_VERIFY);

	message_write_vector(out, signature, 2);
	message_end(out, message);
}

bool
message_read_finished(
    struct reader body, uint16_t version, struct piece *verify)
{
	verify->size = version == VERSION_SSL3 ? HASH_BOTH_SIZE : 12;
	verify->bytes = reader_bytes(&body, verify->size);
	return reader_done(&body);
}

void
message_write_finished(struct writer *out, struct piece verify)
{
	size_t message = message_begin(out, MESSAGE_FINISHED);

	writer_bytes(out, verify.bytes, verify.size);
	message_end(out, message);
}
