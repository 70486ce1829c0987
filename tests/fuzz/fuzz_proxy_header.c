// SPDX-License-Identifier: ISC
//
// PROXY headers: any bytes. However they are cut, the same header comes out;
// what is wanted of a connection never goes beyond its end; and one that is
// written again says the same.

#include "base/contract.h"
#include "harness.h"
#include "net/proxy_header.h"
#include "net/sockaddr.h"

static void
write_again(unsigned version, const struct proxy_header *header)
{
	uint8_t bytes[PROXY_WRITTEN_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);
	struct proxy_header again;

	proxy_header_write(
	    version, &header->source, &header->destination, NULL, &out);
	REQUIRE(!out.failed);
	REQUIRE(
	    proxy_header_read(bytes, out.size, &again) == PROXY_HEADER_WHOLE);
	REQUIRE(again.size == out.size && again.local == header->local);
	REQUIRE(header->local ||
		(sockaddr_equal(&again.source, &header->source) &&
		    sockaddr_equal(&again.destination, &header->destination)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole, part;
	enum proxy_status status = proxy_header_read(data, size, &whole);
	size_t there = 0;

	REQUIRE((status == PROXY_HEADER_WRONG) == (whole.wrong != NULL));
	while (there < size) {
		enum proxy_status now = proxy_header_read(data, there, &part);

		if (now == PROXY_HEADER_WHOLE)
			break;
		REQUIRE(
		    status == PROXY_HEADER_WRONG || now == PROXY_HEADER_MORE);
		if (now == PROXY_HEADER_WRONG)
			return 0;
		REQUIRE(part.wants > 0);
		REQUIRE(status != PROXY_HEADER_WHOLE ||
			there + part.wants <= whole.size);
		there += part.wants;
	}
	if (status != PROXY_HEADER_WHOLE)
		return 0;
	REQUIRE(whole.size <= size);
	REQUIRE(
	    proxy_header_read(data, whole.size, &part) == PROXY_HEADER_WHOLE);
	write_again(1, &whole);
	write_again(2, &whole);
	return 0;
}
