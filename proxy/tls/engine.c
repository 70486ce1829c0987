// SPDX-License-Identifier: ISC

#include "tls/engine.h"

#include "base/bytes.h"
#include "base/contract.h"

void
engine_init(struct engine *engine, const struct engine_class *class,
    struct buffer *records, struct buffer *plaintext)
{
	*engine = (struct engine){
	    .class = class, .records = records, .plaintext = plaintext};
	tls_facts_init(&engine->facts);
}

static bool
engine_sends(const struct engine *engine)
{
	return !engine->close_sent && (engine->status == ENGINE_OPEN ||
					  engine->status == ENGINE_CLOSED);
}

enum engine_status
engine_start(struct engine *engine)
{
	engine->class->start(engine);
	return engine->status;
}

enum engine_status
engine_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	if (size > 0 && (engine->status == ENGINE_HANDSHAKING ||
			    engine->status == ENGINE_OPEN))
		engine->class->receive(engine, bytes, size);
	return engine->status;
}

enum engine_status
engine_send(struct engine *engine, const uint8_t *bytes, size_t size)
{
	if (engine->status == ENGINE_FAILED)
		return ENGINE_FAILED;
	REQUIRE(engine_sends(engine));
	if (size > 0)
		engine->class->send(engine, bytes, size);
	return engine->status;
}

enum engine_status
engine_end(struct engine *engine)
{
	switch (engine->status) {
	case ENGINE_HANDSHAKING:
		engine_fail(engine, TLS_FAILURE_CLOSED, "");
		break;
	case ENGINE_OPEN:
		if (engine->class->plain)
			engine->status = ENGINE_CLOSED;
		else
			engine_fail(engine, TLS_FAILURE_TRUNCATED, "");
		break;
	case ENGINE_CLOSED:
	case ENGINE_FAILED:
		break;
	}
	return engine->status;
}

void
engine_close(struct engine *engine)
{
	if (!engine_sends(engine))
		return;
	engine->class->close(engine);
	engine->close_sent = true;
}

void
engine_free(struct engine **engine)
{
	if (*engine == NULL)
		return;
	(*engine)->class->free(*engine);
	*engine = NULL;
}

void
engine_fail(struct engine *engine, enum tls_failure failure, const char *detail)
{
	REQUIRE(failure != TLS_FAILURE_NONE);
	if (engine->status == ENGINE_FAILED)
		return;
	engine->status = ENGINE_FAILED;
	engine->facts.failure = failure;
	bytes_copy_text(
	    engine->facts.detail, sizeof engine->facts.detail, detail);
}
