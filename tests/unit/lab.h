// SPDX-License-Identifier: ISC
//
// For tests of TLS: certificates made at run time, and two engines that talk
// to each other in memory.

#ifndef UNIT_LAB_H
#define UNIT_LAB_H

#include "unit.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "tls/engine.h"
#include "tls/mint.h"

#include <string.h>

enum { LAB_LIMIT = 1 << 20, LAB_DAY = 86400 };

// --- Certificates ---

// A request for a leaf that is good for the whole of today.
static inline struct mint_request
lab_request(const char *common_name, const char *alternatives,
    const struct credential *issuer)
{
	int64_t now = (int64_t)(clock_wall() / 1000000);

	return (struct mint_request){.key = MINT_P256,
	    .common_name = common_name,
	    .alternatives = alternatives,
	    .issuer = issuer,
	    .not_before = now - LAB_DAY,
	    .not_after = now + LAB_DAY};
}

static inline struct credential *
lab_mint(const struct mint_request *request)
{
	struct tls_error error = {.text = ""};
	struct credential *made = mint_certificate(request, &error);

	if (made == NULL)
		fail_msg("%s", error.text);
	return made;
}

static inline struct credential *
lab_authority(const char *common_name)
{
	struct mint_request request = lab_request(common_name, NULL, NULL);

	request.authority = true;
	return lab_mint(&request);
}

static inline struct credential *
lab_leaf(const char *common_name, const char *alternatives,
    const struct credential *issuer)
{
	struct mint_request request =
	    lab_request(common_name, alternatives, issuer);

	return lab_mint(&request);
}

// --- Two ends ---

struct lab_end {
	struct engine *engine;
	struct buffer records;   // what it wants sent
	struct buffer plaintext; // what it received
};

static inline void
lab_end_init(struct lab_end *end)
{
	end->engine = NULL;
	buffer_init(&end->records, LAB_LIMIT);
	buffer_init(&end->plaintext, LAB_LIMIT);
}

static inline void
lab_end_free(struct lab_end *end)
{
	engine_free(&end->engine);
	buffer_free(&end->records);
	buffer_free(&end->plaintext);
}

// Moves what from wants sent, in pieces of at most piece bytes; true if it
// moved any. The bytes are copied to memory of their exact size, so that a
// read beyond them, or one after the call, is seen.
static inline bool
lab_move(struct lab_end *from, struct lab_end *to, size_t piece)
{
	bool moved = from->records.size > 0;

	while (from->records.size > 0) {
		size_t size =
		    from->records.size < piece ? from->records.size : piece;
		uint8_t *copy = malloc(size);

		assert_non_null(copy);
		memcpy(copy, buffer_bytes(&from->records), size);
		buffer_consume(&from->records, size);
		engine_receive(to->engine, copy, size);
		memset(copy, 0xdd, size);
		free(copy);
	}
	return moved;
}

static inline void
lab_pump(struct lab_end *a, struct lab_end *b, size_t piece)
{
	for (bool moved = true; moved;) {
		moved = lab_move(a, b, piece);
		moved = lab_move(b, a, piece) || moved;
	}
}

static inline void
lab_say(struct lab_end *from, const char *text)
{
	assert_int_equal(
	    engine_send(from->engine, (const uint8_t *)text, strlen(text)),
	    from->engine->status);
}

static inline void
lab_assert_heard(struct lab_end *end, const char *text)
{
	assert_int_equal(end->plaintext.size, strlen(text));
	assert_memory_equal(buffer_bytes(&end->plaintext), text, strlen(text));
	buffer_consume(&end->plaintext, end->plaintext.size);
}

#endif
