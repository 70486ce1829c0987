// SPDX-License-Identifier: ISC
//
// A whole handshake of the two roles with somebody between them who changes,
// drops and doubles bytes. Byte 0 chooses the hello; then come edits of four
// bytes: at which segment, at which byte of it, what, how. However it ends,
// both never agree on different things.

#include "base/buffer.h"
#include "base/contract.h"
#include "harness.h"
#include "tls/legacy/legacy.h"
#include "tls/mint.h"

#include <string.h>

enum { QUEUE = 1 << 18, SEGMENTS = 16 };

struct end {
	struct engine *engine;
	struct buffer records;
	struct buffer plaintext;
};

static struct legacy_config server = {
    .role = LEGACY_SERVER,
    .min_protocol = 0x0300,
    .max_protocol = 0x0302,
    .min_bits = 40,
};
static struct legacy_config client = {
    .role = LEGACY_CLIENT,
    .min_protocol = 0x0300,
    .max_protocol = 0x0302,
    .min_bits = 40,
};

static void
prepare(void)
{
	struct mint_request request = {
	    .key = MINT_RSA_512,
	    .common_name = "fuzz.test",
	    .sha1 = true,
	    .not_after = 4000000000,
	};
	struct tls_error error = {.text = ""};
	const char *why = NULL;
	struct credential *minted = mint_certificate(&request, &error);
	REQUIRE(minted != NULL);
	char *pem = credential_pem(minted);

	server.credentials =
	    legacy_credentials_new((struct legacy_text){pem, strlen(pem)},
		(struct legacy_text){NULL, 0}, &why);
	REQUIRE(server.credentials != NULL);
	server.keyring = legacy_keyring_new(3600000, 1000000);
	server.sessions = legacy_sessions_new(4, 3600000);
	client.sessions = legacy_sessions_new(4, 3600000);
	pem_free(&pem);
	credential_free(&minted);
}

static void
end_open(struct end *end, const struct legacy_config *config)
{
	buffer_init(&end->records, QUEUE);
	buffer_init(&end->plaintext, QUEUE);
	end->engine = legacy_new(config, &end->records, &end->plaintext);
	REQUIRE(end->engine != NULL);
	engine_start(end->engine);
}

static void
end_close(struct end *end)
{
	engine_free(&end->engine);
	buffer_free(&end->records);
	buffer_free(&end->plaintext);
}

// Delivers what from said, as the edits for this segment have it.
static void
deliver(struct end *from, struct end *to, unsigned segment,
    const uint8_t *edits, size_t size)
{
	struct buffer moved = from->records;

	buffer_init(&from->records, QUEUE);
	for (size_t i = 0; i + 4 <= size && moved.size > 0; i += 4) {
		if (edits[i] % SEGMENTS != segment)
			continue;
		size_t at = edits[i + 1] % moved.size;
		uint8_t *bytes = moved.memory + moved.start;
		if (edits[i + 2] % 3 == 0)
			bytes[at] ^= edits[i + 3];
		else if (edits[i + 2] % 3 == 1)
			moved.size = at > 0 ? at : 1;
		else
			engine_receive(to->engine, bytes, at);
	}
	if (moved.size > 0)
		engine_receive(to->engine, buffer_bytes(&moved), moved.size);
	buffer_free(&moved);
}

static void
check_agreement(struct end *one, struct end *other)
{
	const struct tls_facts *a = &one->engine->facts;
	const struct tls_facts *b = &other->engine->facts;

	if (one->engine->status != ENGINE_OPEN ||
	    other->engine->status != ENGINE_OPEN)
		return;
	REQUIRE(strcmp(a->protocol, b->protocol) == 0);
	REQUIRE(strcmp(a->suite, b->suite) == 0);
	REQUIRE(a->resumed == b->resumed);
	engine_send(one->engine, (const uint8_t *)"MAIL", 4);
	engine_receive(
	    other->engine, buffer_bytes(&one->records), one->records.size);
	REQUIRE(other->plaintext.size == 4);
	REQUIRE(memcmp(buffer_bytes(&other->plaintext), "MAIL", 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const profiles[] = {"legacy", "legacy-sni",
	    "legacy-v2", "schannel", "schannel-56", "schannel-40"};
	struct end ends[2];

	if (server.credentials == NULL)
		prepare();
	if (size < 1)
		return 0;
	client.profile = legacy_profile_find(profiles[data[0] % 6]);
	end_open(&ends[0], &client);
	end_open(&ends[1], &server);
	for (unsigned i = 0; i < SEGMENTS; i++)
		deliver(
		    &ends[i % 2], &ends[(i + 1) % 2], i, data + 1, size - 1);
	REQUIRE(size > 1 || (ends[0].engine->status == ENGINE_OPEN &&
				ends[1].engine->status == ENGINE_OPEN));
	check_agreement(&ends[0], &ends[1]);
	end_close(&ends[0]);
	end_close(&ends[1]);
	return 0;
}
