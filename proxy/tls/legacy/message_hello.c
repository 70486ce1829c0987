// SPDX-License-Identifier: ISC
//
// ClientHello in both formats and ServerHello.

#include "tls/legacy/message.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_RENEGOTIATION_INFO = 0xff01,
	EXTENSIONS_MAX = 64,
	NAME_TYPE_HOST = 0,
	V2_SUITE_SIZE = 3,
	V2_CHALLENGE_MIN_SIZE = 16
};

// RFC 6066 section 3. A server's answer has an empty body.
static bool
read_server_name(struct reader body, struct extensions *out)
{
	if (body.left == 0)
		return true;
	struct reader names = reader_vector(&body, 2);

	while (!names.failed && names.left > 0) {
		uint8_t type = reader_u8(&names);
		struct piece name = message_read_vector(&names, 2);

		if (type == NAME_TYPE_HOST && out->server_name.size == 0)
			out->server_name = name;
	}
	return reader_done(&names) && reader_done(&body);
}

static bool
read_extension(uint16_t type, struct reader body, struct extensions *out)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		return read_server_name(body, out);
	case EXTENSION_ALPN:
		out->alpn = true;
		out->protocols = reader_vector(&body, 2);
		return reader_done(&body);
	case EXTENSION_RENEGOTIATION_INFO:
		out->renegotiation_info = true;
		out->renegotiated = message_read_vector(&body, 1);
		return reader_done(&body);
	default:
		out->unknown = true;
		return true;
	}
}

static bool
read_extensions(struct reader *body, struct extensions *out)
{
	uint16_t seen[EXTENSIONS_MAX];
	size_t count = 0;
	struct reader list = reader_vector(body, 2);

	while (!list.failed && list.left > 0) {
		uint16_t type = reader_u16(&list);
		struct reader content = reader_vector(&list, 2);

		for (size_t i = 0; i < count; i++)
			if (seen[i] == type)
				return false;
		if (list.failed || count == EXTENSIONS_MAX ||
		    !read_extension(type, content, out))
			return false;
		seen[count++] = type;
	}
	return !list.failed && reader_done(body);
}

static void
read_random(struct reader *body, uint8_t random[RANDOM_SIZE])
{
	const uint8_t *bytes = reader_bytes(body, RANDOM_SIZE);

	if (bytes != NULL)
		bytes_copy(random, RANDOM_SIZE, bytes, RANDOM_SIZE);
}

bool
message_read_client_hello(struct reader body, struct client_hello *out)
{
	*out = (struct client_hello){.suite_size = 2};
	out->version = reader_u16(&body);
	read_random(&body, out->random);
	out->session = message_read_vector(&body, 1);
	out->suites = reader_vector(&body, 2);
	out->compressions = message_read_vector(&body, 1);
	if (body.failed || out->session.size > SESSION_ID_MAX_SIZE ||
	    out->suites.left == 0 || out->suites.left % 2 != 0 ||
	    out->compressions.size == 0)
		return false;
	if (body.left == 0 || read_extensions(&body, &out->extensions))
		return true;
	// RFC 6101 section 5.6.1.2: an SSL 3.0 hello may end in anything.
	out->extensions = (struct extensions){.unknown = true};
	return out->version == VERSION_SSL3;
}

bool
message_read_v2_hello(struct reader body, struct client_hello *out)
{
	// RFC 2246 appendix E.2: only the null compression.
	static const uint8_t no_compression[] = {0};

	*out = (struct client_hello){.suite_size = V2_SUITE_SIZE};
	out->compressions = (struct piece){no_compression, 1};
	if (reader_u8(&body) != MESSAGE_CLIENT_HELLO)
		return false;
	out->version = reader_u16(&body);
	size_t suites = reader_u16(&body);
	size_t session = reader_u16(&body);
	size_t challenge = reader_u16(&body);
	if (body.failed || suites == 0 || suites % V2_SUITE_SIZE != 0 ||
	    challenge < V2_CHALLENGE_MIN_SIZE || challenge > RANDOM_SIZE ||
	    suites + session + challenge != body.left ||
	    (session != 0 && session != 16 && session != SESSION_ID_MAX_SIZE))
		return false;
	out->suites = reader_over(reader_bytes(&body, suites), suites);
	// An SSL 2.0 session is none of ours; the full handshake follows.
	reader_bytes(&body, session);
	bytes_copy(out->random + RANDOM_SIZE - challenge, challenge,
	    reader_bytes(&body, challenge), challenge);
	return reader_done(&body);
}

bool
client_hello_suite(struct reader *suites, unsigned suite_size, uint16_t *suite)
{
	while (suites->left >= suite_size) {
		bool ours = suite_size == 2 || reader_u8(suites) == 0;

		*suite = reader_u16(suites);
		if (ours)
			return true;
	}
	return false;
}

static void
write_server_name(struct writer *out, const char *name)
{
	writer_u16(out, EXTENSION_SERVER_NAME);
	size_t extension = writer_open(out, 2);
	size_t list = writer_open(out, 2);
	writer_u8(out, NAME_TYPE_HOST);
	size_t text = writer_open(out, 2);
	writer_text(out, name);
	writer_close(out, text, 2);
	writer_close(out, list, 2);
	writer_close(out, extension, 2);
}

void
message_write_client_hello(
    struct writer *out, const struct client_hello_draft *draft)
{
	size_t message = message_begin(out, MESSAGE_CLIENT_HELLO);

	writer_u16(out, draft->version);
	writer_bytes(out, draft->random, RANDOM_SIZE);
	message_write_vector(out, draft->session, 1);
	size_t suites = writer_open(out, 2);
	for (size_t i = 0; i < draft->suite_count; i++)
		writer_u16(out, draft->suites[i]);
	writer_close(out, suites, 2);
	message_write_vector(out, (struct piece){"", 1}, 1);
	if (draft->extensions && draft->server_name != NULL) {
		size_t extensions = writer_open(out, 2);
		write_server_name(out, draft->server_name);
		writer_close(out, extensions, 2);
	}
	message_end(out, message);
}

void
message_write_v2_hello(
    struct writer *out, const struct client_hello_draft *draft)
{
	writer_u8(out, MESSAGE_CLIENT_HELLO);
	writer_u16(out, draft->version);
	writer_u16(out, (uint16_t)(draft->suite_count * V2_SUITE_SIZE));
	writer_u16(out, 0);
	writer_u16(out, V2_CHALLENGE_SIZE);
	for (size_t i = 0; i < draft->suite_count; i++)
		writer_u24(out, draft->suites[i]);
	writer_bytes(out, draft->random + RANDOM_SIZE - V2_CHALLENGE_SIZE,
	    V2_CHALLENGE_SIZE);
}

bool
message_read_server_hello(struct reader body, struct server_hello *out)
{
	*out = (struct server_hello){.version = reader_u16(&body)};
	read_random(&body, out->random);
	out->session = message_read_vector(&body, 1);
	out->suite = reader_u16(&body);
	out->compression = reader_u8(&body);
	if (body.failed || out->session.size > SESSION_ID_MAX_SIZE)
		return false;
	return body.left == 0 || read_extensions(&body, &out->extensions);
}

void
message_write_server_hello(struct writer *out, const struct server_hello *hello)
{
	size_t message = message_begin(out, MESSAGE_SERVER_HELLO);

	writer_u16(out, hello->version);
	writer_bytes(out, hello->random, RANDOM_SIZE);
	message_write_vector(out, hello->session, 1);
	writer_u16(out, hello->suite);
	writer_u8(out, hello->compression);
	if (hello->extensions.renegotiation_info) {
		size_t extensions = writer_open(out, 2);
		writer_u16(out, EXTENSION_RENEGOTIATION_INFO);
		message_write_vector(out, (struct piece){"", 1}, 2);
		writer_close(out, extensions, 2);
	}
	message_end(out, message);
}
