// SPDX-License-Identifier: ISC
//
// No TLS, as an engine: so that a leg in plaintext is no special case.

#include "tls/engine.h"

#include "base/buffer.h"

#include <stdlib.h>

static void
none_start(struct engine *engine)
{
	engine->status = ENGINE_OPEN;
}

static void
none_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	if (!buffer_append(engine->plaintext, bytes, size))
		engine_fail(engine, TLS_FAILURE_INTERNAL,
		    "more plaintext than its buffer holds");
}

static void
none_send(struct engine *engine, const uint8_t *bytes, size_t size)
{
	if (!buffer_append(engine->records, bytes, size))
		engine_fail(engine, TLS_FAILURE_INTERNAL,
		    "more to send than its buffer holds");
}

static void
none_close(struct engine *engine)
{
	(void)engine;
}

static void
none_free(struct engine *engine)
{
	free(engine);
}

static const struct engine_class none_class = {
    .name = "none",
    .plain = true,
    .start = none_start,
    .receive = none_receive,
    .send = none_send,
    .close = none_close,
    .free = none_free,
};

struct engine *
engine_none_new(struct buffer *records, struct buffer *plaintext)
{
	struct engine *engine = malloc(sizeof *engine);

	if (engine == NULL)
		return NULL;
	engine_init(engine, &none_class, records, plaintext);
	// Open from the start, even where nobody calls it.
	engine->status = ENGINE_OPEN;
	return engine;
}
