// SPDX-License-Identifier: ISC
//
// The hellos of either side and of either format. What is read stays inside
// the input; a hello of ours is read as it was written.

#include "base/contract.h"
#include "harness.h"
#include "tls/legacy/message.h"

#include <string.h>

static void
check_inside(const uint8_t *data, size_t size, struct piece piece)
{
	const uint8_t *bytes = piece.bytes;

	REQUIRE(piece.size == 0 || (bytes >= data && piece.size <= size &&
				       bytes + piece.size <= data + size));
}

static void
check_client_hello(
    const uint8_t *data, size_t size, const struct client_hello *hello)
{
	struct reader suites = hello->suites;
	uint16_t found[64];
	uint16_t suite = 0;
	size_t count = 0;
	uint8_t memory[1024];
	struct writer writer = writer_over(memory, sizeof memory);
	struct client_hello again;

	check_inside(data, size, hello->session);
	check_inside(data, size, hello->extensions.server_name);
	check_inside(data, size, hello->extensions.renegotiated);
	while (client_hello_suite(&suites, hello->suite_size, &suite))
		if (count < 64)
			found[count++] = suite;
	if (count == 0 || hello->version == 0)
		return;
	struct client_hello_draft draft = {
	    .version = hello->version,
	    .random = hello->random,
	    .session = hello->session,
	    .suites = found,
	    .suite_count = count,
	};
	message_write_client_hello(&writer, &draft);
	REQUIRE(!writer.failed);
	REQUIRE(
	    message_read_client_hello(reader_over(memory + MESSAGE_HEADER_SIZE,
					  writer.size - MESSAGE_HEADER_SIZE),
		&again));
	REQUIRE(again.version == hello->version);
	REQUIRE(memcmp(again.random, hello->random, RANDOM_SIZE) == 0);
	REQUIRE(again.session.size == hello->session.size);
	REQUIRE(again.suites.left == 2 * count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client_hello client;
	struct server_hello server;

	if (size == 0)
		return 0;
	struct reader body = reader_over(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		if (message_read_client_hello(body, &client))
			check_client_hello(data, size, &client);
		break;
	case 1:
		if (message_read_v2_hello(body, &client))
			check_client_hello(data, size, &client);
		break;
	default:
		if (message_read_server_hello(body, &server)) {
			check_inside(data, size, server.session);
			check_inside(
			    data, size, server.extensions.renegotiated);
		}
	}
	return 0;
}
