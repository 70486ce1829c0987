// SPDX-License-Identifier: ISC
//
// Arguments of XCLIENT and XFORWARD: the first byte says which, the rest is
// any bytes. Whatever is taken holds no control character, is written as a
// line that fits, and reads the same again.

#include "base/contract.h"
#include "harness.h"
#include "smtp/client.h"

#include <string.h>

static void
check_value(const char *value)
{
	REQUIRE(value[0] != '\0' && strlen(value) <= CLIENT_VALUE_MOST);
	for (; *value != '\0'; value++)
		REQUIRE((unsigned char)*value >= ' ' && *value != 0x7f);
}

static void
write_again(enum client_verb verb, const struct client *client)
{
	uint8_t line[CLIENT_LINE_MOST];
	struct writer out = writer_over(line, sizeof line);
	struct client again = {.size = 0};
	size_t word = verb == CLIENT_XCLIENT ? 8 : 9;

	client_write(verb, UINT32_MAX, client, &out);
	REQUIRE(!out.failed && out.size <= CLIENT_LINE_MOST - 2);
	for (size_t i = 0; i < out.size; i++)
		REQUIRE(line[i] >= ' ' && line[i] < 0x7f);
	if (out.size < word)
		return; // nothing of it fits
	REQUIRE(client_read(verb, line + word, out.size - word, &again));
	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++) {
		const char *value = client_get(&again, one);

		if (value != NULL)
			REQUIRE(strcmp(value, client_get(client, one)) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client client = {.size = 0};

	if (size == 0)
		return 0;
	enum client_verb verb = data[0] % 2 ? CLIENT_XFORWARD : CLIENT_XCLIENT;

	if (!client_read(verb, data + 1, size - 1, &client)) {
		REQUIRE(client.size == 0);
		return 0;
	}
	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++)
		if (client_get(&client, one) != NULL)
			check_value(client_get(&client, one));
	write_again(verb, &client);
	client_offer_read(reader_over(data + 1, size - 1));
	return 0;
}
