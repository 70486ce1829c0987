// SPDX-License-Identifier: ISC
//
// The ClientHello reader: it never looks beyond its bytes, asks for more only
// where more can help, and says the same however much follows a whole hello.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"
#include "tls/hello.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hello hello;
	struct hello again;

	switch (hello_read(data, size, &hello)) {
	case HELLO_MORE:
		REQUIRE(hello.needed > size);
		REQUIRE(hello.needed <= HELLO_LIMIT + 5);
		break;
	case HELLO_WHOLE:
		REQUIRE(hello.size <= size && hello.size <= HELLO_LIMIT);
		REQUIRE(hello.suite_count <= HELLO_SUITES);
		REQUIRE(hello.extension_count <= HELLO_EXTENSIONS);
		REQUIRE(memchr(hello.server_name, 0,
			    sizeof hello.server_name) != NULL);
		REQUIRE(hello.alpn || !hello.alpn_smtp);
		// Only what it said to be the hello counts.
		REQUIRE(hello_read(data, hello.size, &again) == HELLO_WHOLE);
		REQUIRE(memcmp(&hello, &again, sizeof hello) == 0);
		REQUIRE(hello_read(data, hello.size - 1, &again) == HELLO_MORE);
		REQUIRE(again.needed <= hello.size);
		break;
	case HELLO_NOT_TLS:
	case HELLO_MALFORMED:
	case HELLO_TOO_LONG:
		break;
	}
	return 0;
}
