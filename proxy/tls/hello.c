// SPDX-License-Identifier: ISC

#include "tls/hello.h"

#include "base/buffer.h"
#include "base/bytes.h"

enum {
	RECORD_HEADER = 5,
	RECORD_HANDSHAKE = 22,
	RECORD_LIMIT = 16384,
	MESSAGE_HEADER = 4,
	MESSAGE_CLIENT_HELLO = 1,
	V2_HEADER = 2,
	V2_SMALLEST = 9 // type, version and three lengths
};

enum { VERSION_SSL2 = 0x0002, VERSION_TLS1_2 = 0x0303, VERSION_TLS1_3 };

enum {
	SUITE_FALLBACK = 0x5600, // RFC 7507
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43
};

bool
hello_offers(const struct hello *hello, uint16_t suite)
{
	for (size_t i = 0; i < hello->suite_count; i++)
		if (hello->suites[i] == suite)
			return true;
	return false;
}

static void
add_suite(struct hello *hello, uint16_t suite)
{
	if (suite == SUITE_FALLBACK)
		hello->fallback = true;
	else if (hello->suite_count < HELLO_SUITES)
		hello->suites[hello->suite_count++] = suite;
}

// RFC 6066 section 3. A name with a NUL or a control character in it is not
// a name (and would be cut short by whoever takes it for a C string).
static bool
read_server_name(struct reader body, struct hello *hello)
{
	struct reader list = reader_vector(&body, 2);

	if (!reader_done(&body))
		return false;
	while (!list.failed && list.left > 0) {
		uint8_t type = reader_u8(&list);
		struct reader name = reader_vector(&list, 2);

		if (name.failed || (type == 0 && hello->server_name[0] != 0))
			return false;
		if (type != 0)
			continue;
		if (name.left == 0 || name.left >= sizeof hello->server_name)
			return false;
		for (size_t i = 0; i < name.left; i++) {
			uint8_t byte = name.at[i];

			if (byte <= ' ' || byte >= 0x7f)
				return false;
			bool upper = byte >= 'A' && byte <= 'Z';
			hello->server_name[i] =
			    (char)(upper ? byte - 'A' + 'a' : byte);
		}
	}
	return !list.failed;
}

// RFC 7301 section 3.1.
static bool
read_alpn(struct reader body, struct hello *hello)
{
	struct reader list = reader_vector(&body, 2);

	if (!reader_done(&body) || list.left == 0)
		return false;
	hello->alpn = true;
	while (!list.failed && list.left > 0) {
		struct reader name = reader_vector(&list, 1);

		if (name.failed || name.left == 0)
			return false;
		if (name.left == 4 && name.at[0] == 's' && name.at[1] == 'm' &&
		    name.at[2] == 't' && name.at[3] == 'p')
			hello->alpn_smtp = true;
	}
	return !list.failed;
}

// RFC 8446 section 4.2.1. It replaces client_version; drafts and GREASE
// values (RFC 8701) are versions that nobody speaks.
static bool
read_versions(struct reader body, struct hello *hello)
{
	struct reader list = reader_vector(&body, 1);
	uint16_t highest = 0;

	if (!reader_done(&body) || list.left == 0)
		return false;
	while (!list.failed && list.left > 0) {
		uint16_t version = reader_u16(&list);

		if (version <= VERSION_TLS1_3 && version > highest)
			highest = version;
	}
	hello->highest = highest;
	return !list.failed;
}

static bool
read_extension(uint16_t number, struct reader body, struct hello *hello)
{
	if (hello->extension_count < HELLO_EXTENSIONS)
		hello->extensions[hello->extension_count++] = number;
	switch (number) {
	case EXTENSION_SERVER_NAME:
		return read_server_name(body, hello);
	case EXTENSION_ALPN:
		return read_alpn(body, hello);
	case EXTENSION_SUPPORTED_VERSIONS:
		return read_versions(body, hello);
	default:
		return true;
	}
}

static bool
read_extensions(struct reader *body, struct hello *hello)
{
	struct reader extensions = reader_vector(body, 2);

	while (!extensions.failed && extensions.left > 0) {
		uint16_t number = reader_u16(&extensions);
		struct reader extension = reader_vector(&extensions, 2);

		if (extension.failed ||
		    !read_extension(number, extension, hello))
			return false;
	}
	return !extensions.failed && reader_done(body);
}

static void
set_version(struct hello *hello, uint16_t version)
{
	hello->version = version;
	// TLS 1.3 and later are offered in an extension alone.
	hello->highest = version > VERSION_TLS1_2 ? VERSION_TLS1_2 : version;
}

// RFC 8446 section 4.1.2, RFC 6101 section 5.6.1.2.
static enum hello_status
read_message(struct reader body, struct hello *hello)
{
	set_version(hello, reader_u16(&body));
	reader_bytes(&body, 32);
	struct reader session = reader_vector(&body, 1);
	struct reader suites = reader_vector(&body, 2);
	struct reader compressions = reader_vector(&body, 1);

	if (body.failed || session.left > 32 || suites.left < 2 ||
	    suites.left % 2 != 0 || compressions.left == 0)
		return HELLO_MALFORMED;
	while (suites.left > 0)
		add_suite(hello, reader_u16(&suites));
	// Before TLS 1.0 whatever lies behind is to be ignored.
	if (body.left > 0 && hello->version > 0x0300 &&
	    !read_extensions(&body, hello))
		return HELLO_MALFORMED;
	return HELLO_WHOLE;
}

// RFC 2246 appendix E.1. Kinds that begin with another byte than 0 are SSL
// 2.0's, or PCT's.
static enum hello_status
read_v2_message(struct reader body, struct hello *hello)
{
	reader_u8(&body); // type, seen already
	set_version(hello, reader_u16(&body));
	uint16_t suite_size = reader_u16(&body);
	uint16_t session_size = reader_u16(&body);
	uint16_t challenge_size = reader_u16(&body);
	struct reader suites =
	    reader_over(reader_bytes(&body, suite_size), suite_size);
	reader_bytes(&body, session_size);
	reader_bytes(&body, challenge_size);

	if (!reader_done(&body) || suite_size % 3 != 0 || suite_size == 0)
		return HELLO_MALFORMED;
	while (suites.left > 0) {
		uint8_t first = reader_u8(&suites);
		uint16_t suite = reader_u16(&suites);

		if (first == 0)
			add_suite(hello, suite);
	}
	return HELLO_WHOLE;
}

static enum hello_status
need(struct hello *hello, size_t size)
{
	hello->needed = size;
	return HELLO_MORE;
}

static enum hello_status
read_v2(const uint8_t *bytes, size_t size, struct hello *hello)
{
	if (size < V2_HEADER + 3)
		return need(hello, V2_HEADER + 3);
	// The message's type, and a version that is SSL 2.0 or has 3 on top.
	if (bytes[2] != MESSAGE_CLIENT_HELLO ||
	    (bytes[3] != 3 && (bytes[3] != 0 || bytes[4] != VERSION_SSL2)))
		return HELLO_NOT_TLS;
	size_t message = (size_t)(bytes[0] & 0x7f) << 8 | bytes[1];
	if (message < V2_SMALLEST)
		return HELLO_MALFORMED;
	if (size < V2_HEADER + message)
		return need(hello, V2_HEADER + message);
	hello->v2_format = true;
	hello->size = V2_HEADER + message;
	return read_v2_message(reader_over(bytes + V2_HEADER, message), hello);
}

// Joins the contents of whole records until the message is whole.
static enum hello_status
join_records(struct reader *bytes, size_t all, struct buffer *joined,
    struct hello *hello)
{
	size_t message = MESSAGE_HEADER;

	while (joined->size < message) {
		size_t start = all - bytes->left;
		uint8_t type = reader_u8(bytes);
		uint8_t major = reader_u8(bytes);
		reader_u8(bytes);
		uint16_t size = reader_u16(bytes);

		if (bytes->failed)
			return need(hello, start + RECORD_HEADER);
		if (type != RECORD_HANDSHAKE || major != 3 || size == 0 ||
		    size > RECORD_LIMIT)
			return HELLO_MALFORMED;
		if (start + RECORD_HEADER + size > HELLO_LIMIT)
			return HELLO_TOO_LONG;
		const uint8_t *content = reader_bytes(bytes, size);
		if (content == NULL)
			return need(hello, start + RECORD_HEADER + size);
		if (!buffer_append(joined, content, size))
			return HELLO_TOO_LONG;
		if (joined->size < MESSAGE_HEADER)
			continue;
		struct reader header =
		    reader_over(buffer_bytes(joined), MESSAGE_HEADER);
		if (reader_u8(&header) != MESSAGE_CLIENT_HELLO)
			return HELLO_MALFORMED;
		message = MESSAGE_HEADER + reader_u24(&header);
		if (message > HELLO_LIMIT)
			return HELLO_TOO_LONG;
	}
	// Nothing may follow a ClientHello before it is answered.
	if (joined->size > message)
		return HELLO_MALFORMED;
	hello->size = all - bytes->left;
	return HELLO_WHOLE;
}

static enum hello_status
read_v3(const uint8_t *bytes, size_t size, struct hello *hello)
{
	struct reader records = reader_over(bytes, size);
	struct buffer joined;

	buffer_init(&joined, HELLO_LIMIT);
	enum hello_status status = join_records(&records, size, &joined, hello);
	if (status == HELLO_WHOLE) {
		struct reader body =
		    reader_over(buffer_bytes(&joined), joined.size);

		reader_bytes(&body, MESSAGE_HEADER);
		status = read_message(body, hello);
	}
	buffer_free(&joined);
	return status;
}

enum hello_status
hello_read(const uint8_t *bytes, size_t size, struct hello *hello)
{
	*hello = (struct hello){0};
	if (size == 0)
		return need(hello, 1);
	if ((bytes[0] & 0x80) != 0)
		return read_v2(bytes, size, hello);
	// The record types of TLS; the rest is not TLS at all.
	if (bytes[0] < 20 || bytes[0] > 24)
		return HELLO_NOT_TLS;
	if (size < 2)
		return need(hello, 2);
	if (bytes[1] != 3)
		return HELLO_NOT_TLS;
	return bytes[0] == RECORD_HANDSHAKE ? read_v3(bytes, size, hello)
					    : HELLO_MALFORMED;
}
