// SPDX-License-Identifier: ISC
//
// The record layer under keys: content is sealed by one, changed on the way as
// the input says, and opened by another. Unchanged it is the same, changed it
// is refused; where SSL 3.0 cannot see the change (POODLE), the content is
// the same. Byte 0 chooses the suite, 1 the version, 2 what is changed; 3
// and 4 say where, 5 how; the rest is the content.

#include "base/contract.h"
#include "harness.h"
#include "tls/legacy/record.h"

#include <string.h>

static const struct write_keys keys[2];

static struct session_secret
choose(const uint8_t *data)
{
	size_t count = 0;
	const uint16_t *order = suite_order(VERSION_TLS1_0, &count);
	struct session_secret secret = {
	    .suite = suite_find(order[data[0] % count]),
	    .version = (uint16_t)(VERSION_SSL3 + data[1] % 3),
	};

	if (secret.version > secret.suite->last)
		secret.version = secret.suite->last;
	return secret;
}

// What changes on the way; false if nothing did.
static bool
change(struct buffer *sealed, const uint8_t *data)
{
	size_t at = ((size_t)data[3] << 8 | data[4]) % sealed->size;
	uint8_t *bytes = sealed->memory + sealed->start;

	if (data[2] % 3 == 0 || data[5] == 0)
		return false;
	if (data[2] % 3 == 2)
		sealed->size = at;
	else
		bytes[at] ^= data[5];
	return true;
}

// The MAC of SSL 3.0 does not cover the padding: RFC 6101 section 5.2.3.2.
static bool
is_blind(const struct record_layer *layer)
{
	const struct protection *protection = &layer->receive;

	return protection->version == VERSION_SSL3 &&
	       cipher_block(protection->suite->cipher) > 1;
}

static void
open_all(struct record_layer *to, struct buffer *sealed, struct piece content,
    bool changed)
{
	struct reader bytes = reader_over(buffer_bytes(sealed), sealed->size);
	const uint8_t *expected = content.bytes;
	struct record record;
	size_t got = 0;

	while (record_next(to, &bytes, &record) == RECORD_WHOLE) {
		REQUIRE(record.content.size <= RECORD_MAX_PLAIN);
		REQUIRE(got + record.content.size <= content.size);
		REQUIRE(memcmp(expected + got, record.content.bytes,
			    record.content.size) == 0);
		got += record.content.size;
	}
	REQUIRE(changed || got == content.size);
	REQUIRE(!changed || got < content.size || is_blind(to) ||
		to->fault.failure != TLS_FAILURE_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_layer from;
	struct record_layer to;
	struct buffer sealed;

	if (size < 7)
		return 0;
	struct session_secret secret = choose(data);
	struct piece content = {data + 6, size - 6};
	buffer_init(&sealed, 1 << 22);
	record_init(&from, &sealed);
	record_init(&to, &sealed);
	from.said = from.version = to.version = secret.version;
	from.split = (data[1] & 64) != 0;
	to.first = false;
	REQUIRE(protection_set(&from.send, &secret, &keys[0], true));
	REQUIRE(protection_set(&to.receive, &secret, &keys[0], false));
	REQUIRE(record_write(&from, RECORD_APPLICATION, content));
	bool changed = change(&sealed, data);
	open_all(&to, &sealed, content, changed);
	record_free(&from);
	record_free(&to);
	buffer_free(&sealed);
	return 0;
}
