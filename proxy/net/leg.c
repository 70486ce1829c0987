// SPDX-License-Identifier: ISC

#include "net/leg.h"

#include "base/contract.h"
#include "net/connection.h"
#include "watch/trace.h"

static void leg_look(void *owner);

void
leg_init(struct leg *leg, enum side side, struct loop *loop,
    const struct leg_events *events, void *owner)
{
	*leg = (struct leg){
	    .side = side,
	    .loop = loop,
	    .events = events,
	    .owner = owner,
	    .look = {.run = leg_look, .owner = leg},
	};
	buffer_init(&leg->plaintext, 2 * LOOP_READ_MOST);
}

bool
leg_is_open(const struct leg *leg)
{
	return leg->connection != NULL;
}

static void
leg_tell(struct leg *leg, enum leg_event event)
{
	leg->events->happened(leg->owner, leg->side, event);
}

// How much is queued, for leg_tap; 0 where nobody asks.
static size_t
leg_mark(const struct leg *leg)
{
	return leg->trace != NULL ? connection_queue(leg->connection)->size : 0;
}

static __attribute__((noinline, cold)) void
leg_tell_records(const struct leg *leg, size_t before)
{
	const struct buffer *queue = connection_queue(leg->connection);

	if (leg->tls && queue->size > before)
		trace_records(leg->trace, leg->side, TAP_TO_PEER,
		    buffer_bytes(queue) + before, queue->size - before);
}

// Sends what was queued since leg_mark, and tells of it where it is records.
static void
leg_tap(struct leg *leg, size_t before)
{
	connection_flush(leg->connection);
	if (leg->trace != NULL)
		leg_tell_records(leg, before);
}

// Hands on what the engine found; false when the leg was closed or secured
// meanwhile.
static bool
leg_deliver(struct leg *leg)
{
	const struct engine *engine = leg->engine;
	struct buffer plaintext = leg->plaintext;

	if (plaintext.size == 0)
		return true;
	buffer_init(&leg->plaintext, plaintext.limit);
	leg->events->received(
	    leg->owner, leg->side, buffer_bytes(&plaintext), plaintext.size);
	buffer_free(&plaintext);
	return leg->engine == engine;
}

static void
leg_over(struct leg *leg, enum leg_event event)
{
	if (leg->over)
		return;
	leg->over = true;
	leg_tell(leg, event);
}

// Tells what the engine came to, once each.
static void
leg_look(void *owner)
{
	struct leg *leg = owner;
	const struct engine *engine = leg->engine;

	if (engine == NULL || engine->status == ENGINE_HANDSHAKING)
		return;
	if (leg->handshaking) {
		leg->handshaking = false;
		if (engine->status == ENGINE_FAILED) {
			leg_over(leg, LEG_INSECURE);
			return;
		}
		leg_tell(leg, LEG_SECURED);
		if (leg->engine != engine)
			return;
	}
	// What was whole before a failure keeps its meaning.
	if (!leg_deliver(leg))
		return;
	if (engine->status == ENGINE_CLOSED)
		leg_over(leg, LEG_ENDED);
	else if (engine->status == ENGINE_FAILED)
		leg_over(leg, LEG_BROKEN);
}

// A hello of TLS begins with 0x16 (a handshake record) or has its first bit
// set (the SSLv2 format); a command begins with a letter.
static bool
leg_is_text(uint8_t byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       byte == '\r' || byte == '\n';
}

// Makes the leg a plaintext one; false: memory is out.
static bool
leg_plain(struct leg *leg)
{
	struct engine *engine =
	    engine_none_new(connection_queue(leg->connection), &leg->plaintext);

	if (engine == NULL)
		return false;
	engine_free(&leg->engine);
	leg->engine = engine;
	leg->tls = false;
	leg->awaits_hello = false;
	leg->handshaking = false;
	engine_start(engine);
	return true;
}

static void
leg_received(void *owner, const uint8_t *bytes, size_t size)
{
	struct leg *leg = owner;
	size_t before = leg_mark(leg);

	if (leg->over)
		return;
	if (leg->awaits_hello && leg_is_text(bytes[0])) {
		if (!leg_plain(leg)) {
			leg_over(leg, LEG_BROKEN);
			return;
		}
		leg_tell(leg, LEG_PLAINTEXT);
		if (leg->engine == NULL)
			return;
	}
	leg->awaits_hello = false;
	engine_receive(leg->engine, bytes, size);
	// Behind the engine, so that secrets come before what they decrypt.
	if (leg->trace != NULL && leg->tls)
		trace_records(
		    leg->trace, leg->side, TAP_FROM_PEER, bytes, size);
	leg_tap(leg, before);
	leg_look(leg);
}

static void
leg_ended(void *owner, int error)
{
	struct leg *leg = owner;

	leg->ended = true;
	trace_ended(leg->trace, leg->side, error != 0);
	if (leg->over)
		return;
	if (error == 0)
		engine_end(leg->engine);
	else
		engine_fail(leg->engine,
		    leg->handshaking ? TLS_FAILURE_CLOSED
				     : TLS_FAILURE_TRUNCATED,
		    "the connection was reset");
	leg_look(leg);
}

static void
leg_written(void *owner)
{
	struct leg *leg = owner;
	size_t queued = leg_queued(leg);

	if (leg->crowded && queued <= LEG_LOW) {
		leg->crowded = false;
		leg_tell(leg, LEG_ROOM);
		if (leg->connection == NULL)
			return;
		queued = leg_queued(leg);
	}
	if (queued == 0)
		leg_tell(leg, LEG_DRAINED);
}

static void
leg_refused(void *owner, int error)
{
	struct leg *leg = owner;

	(void)error;
	leg_tell(leg, LEG_LOST);
}

static void
leg_stalled(void *owner)
{
	struct leg *leg = owner;

	leg_tell(leg, LEG_STALLED);
}

static const struct connection_events leg_connection_events = {
    .received = leg_received,
    .ended = leg_ended,
    .written = leg_written,
    .refused = leg_refused,
    .stalled = leg_stalled,
};

bool
leg_open(struct leg *leg, struct connection *connection)
{
	REQUIRE(leg->connection == NULL);
	leg->connection = connection;
	if (!leg_plain(leg)) {
		leg->connection = NULL;
		return false;
	}
	leg->crowded = leg->over = leg->ended = false;
	connection_own(connection, &leg_connection_events, leg);
	return true;
}

void
leg_read(struct leg *leg, bool on)
{
	if (leg->connection != NULL)
		connection_read(leg->connection, on);
}

void
leg_write(struct leg *leg, const uint8_t *bytes, size_t size)
{
	if (leg->engine == NULL || leg->engine->status == ENGINE_HANDSHAKING ||
	    leg->engine->status == ENGINE_FAILED)
		return;
	size_t before = leg_mark(leg);

	// Still possible when the peer has closed its own direction.
	if (engine_send(leg->engine, bytes, size) == ENGINE_FAILED)
		loop_soon(leg->loop, &leg->look);
	leg_tap(leg, before);
	if (leg_queued(leg) > LEG_LOW)
		leg->crowded = true;
}

size_t
leg_queued(const struct leg *leg)
{
	return leg->connection != NULL ? connection_queued(leg->connection) : 0;
}

size_t
leg_room(const struct leg *leg)
{
	size_t queued = leg_queued(leg);

	return queued < LEG_HIGH ? LEG_HIGH - queued : 0;
}

void
leg_limit_stall(struct leg *leg, uint64_t milliseconds)
{
	if (leg->connection != NULL)
		connection_limit_stall(leg->connection, milliseconds);
}

struct buffer *
leg_records(struct leg *leg)
{
	REQUIRE(leg->connection != NULL);
	return connection_queue(leg->connection);
}

struct buffer *
leg_plaintext(struct leg *leg)
{
	return &leg->plaintext;
}

void
leg_secure(struct leg *leg, struct engine *engine)
{
	REQUIRE(leg->connection != NULL && !leg->tls);
	// What came in plaintext must never be taken for something that came
	// under TLS (command and response injection).
	REQUIRE(leg->plaintext.size == 0);
	size_t before = leg_mark(leg);

	engine_free(&leg->engine);
	leg->engine = engine;
	leg->tls = true;
	leg->handshaking = true;
	leg->awaits_hello = leg->side == SENDER;
	// An end of the plaintext is none of TLS.
	leg->over = false;
	engine_start(engine);
	if (leg->ended)
		engine_end(engine);
	leg_tap(leg, before);
	loop_soon(leg->loop, &leg->look);
}

const struct tls_facts *
leg_facts(const struct leg *leg)
{
	return leg->engine != NULL ? &leg->engine->facts : NULL;
}

void
leg_handshake_late(struct leg *leg)
{
	if (leg->engine != NULL && leg->handshaking)
		engine_fail(leg->engine, TLS_FAILURE_TIMEOUT, "");
}

size_t
leg_unread(const struct leg *leg)
{
	if (leg->connection == NULL || leg->tls)
		return 0;
	return connection_unread(leg->connection);
}

bool
leg_broken(const struct leg *leg)
{
	return leg->connection == NULL || connection_broken(leg->connection);
}

static void
leg_forget(struct leg *leg)
{
	loop_forget(&leg->look);
	engine_free(&leg->engine);
	buffer_free(&leg->plaintext);
}

void
leg_close(struct leg *leg)
{
	if (leg->connection == NULL)
		return;
	size_t before = leg_mark(leg);

	engine_close(leg->engine);
	leg_tap(leg, before);
	leg_forget(leg);
	connection_close(&leg->connection);
	trace_closed(leg->trace, leg->side, false);
}

void
leg_abort(struct leg *leg)
{
	if (leg->connection == NULL)
		return;
	leg_forget(leg);
	connection_abort(&leg->connection);
	trace_closed(leg->trace, leg->side, true);
}
