// SPDX-License-Identifier: ISC

#include "tls/delegate.h"

#include "base/bytes.h"

struct delegate *
delegate_of(struct engine *engine)
{
	return (struct delegate *)(void *)engine;
}

// The inner engine's status and facts, and what only the outer one knows.
static void
mirror(struct delegate *delegate)
{
	struct tls_facts *facts = &delegate->engine.facts;
	struct tls_facts known = *facts;

	delegate->engine.status = delegate->inner->status;
	*facts = delegate->inner->facts;
	if (facts->offered_protocol[0] == '\0')
		bytes_copy_text(facts->offered_protocol,
		    sizeof facts->offered_protocol, known.offered_protocol);
	if (facts->server_name[0] == '\0')
		bytes_copy_text(facts->server_name, sizeof facts->server_name,
		    known.server_name);
}

void
delegate_begin(struct delegate *delegate, struct engine *inner)
{
	delegate->inner = inner;
	inner->observer = delegate->engine.observer;
	engine_start(inner);
	mirror(delegate);
}

void
delegate_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct delegate *delegate = delegate_of(engine);
	enum engine_status before = delegate->inner->status;

	engine_receive(delegate->inner, bytes, size);
	// While it is open the facts stay as they are.
	if (before != ENGINE_OPEN || delegate->inner->status != ENGINE_OPEN)
		mirror(delegate);
}

void
delegate_send(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct delegate *delegate = delegate_of(engine);

	if (engine_send(delegate->inner, bytes, size) == ENGINE_FAILED)
		mirror(delegate);
}

void
delegate_close(struct engine *engine)
{
	engine_close(delegate_of(engine)->inner);
}

void
delegate_free_inner(struct delegate *delegate)
{
	engine_free(&delegate->inner);
}
