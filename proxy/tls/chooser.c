// SPDX-License-Identifier: ISC

#include "tls/chooser.h"

#include "base/bytes.h"
#include "tls/delegate.h"
#include "tls/modern.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	// A hello, and what may have come behind its last byte in one piece.
	HELD_LIMIT = HELLO_LIMIT + (1 << 20),
	RECORD_ALERT = 21,
	ALERT_FATAL = 2,
	ALERT_DECODE_ERROR = 50,
	ALERT_INTERNAL_ERROR = 80,
	VERSION_TLS1_2 = 0x0303
};

struct chooser {
	struct delegate delegate; // first: engine.h
	const struct serving *serving;
	struct buffer held;
	size_t needed; // bytes below which the hello is not whole
};

static struct chooser *
chooser_of(struct engine *engine)
{
	return (struct chooser *)(void *)engine;
}

// In the clear, since nothing is agreed upon; in a version that the client
// knows.
static void
send_alert(struct engine *engine, uint8_t alert, const struct hello *hello)
{
	unsigned version = hello->version;

	if (version < 0x0300)
		version = 0x0300;
	if (version > VERSION_TLS1_2)
		version = VERSION_TLS1_2;
	const uint8_t record[] = {RECORD_ALERT, 3, (uint8_t)(version & 0xff), 0,
	    2, ALERT_FATAL, alert};
	if (buffer_append(engine->records, record, sizeof record))
		engine->facts.alert_sent = alert;
}

static void
refuse(struct engine *engine, uint8_t alert, enum tls_failure failure,
    const struct hello *hello, const char *detail)
{
	send_alert(engine, alert, hello);
	engine_fail(engine, failure, detail);
}

// Four bytes say what was spoken (GET, EHLO) and hold no secret.
static void
refuse_other(struct engine *engine, const uint8_t *bytes, size_t size)
{
	char detail[64];
	char shown[5] = "";

	for (size_t i = 0; i < 4 && i < size; i++)
		shown[i] =
		    bytes[i] > ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	snprintf(detail, sizeof detail, "it begins with \"%s\"", shown);
	engine_fail(engine, TLS_FAILURE_NOT_TLS, detail);
}

static struct engine *
engine_for(struct chooser *chooser, enum serving_engine which)
{
	const struct serving *serving = chooser->serving;
	struct engine *outer = &chooser->delegate.engine;

	if (which == SERVING_MODERN)
		return modern_server_new(serving->modern, &serving->peer,
		    outer->records, outer->plaintext);
	return legacy_new(
	    &serving->legacy_config, outer->records, outer->plaintext);
}

static void
describe_offer(struct tls_facts *facts, const struct hello *hello)
{
	bytes_copy_text(facts->offered_protocol, sizeof facts->offered_protocol,
	    tls_protocol_name(hello->highest));
	bytes_copy_text(
	    facts->server_name, sizeof facts->server_name, hello->server_name);
}

// The hello is whole: bytes are all that came.
static void
choose(struct chooser *chooser, const struct hello *hello, const uint8_t *bytes,
    size_t size)
{
	struct engine *engine = &chooser->delegate.engine;

	describe_offer(&engine->facts, hello);
	if (chooser->serving == NULL) {
		refuse(engine, ALERT_INTERNAL_ERROR, TLS_FAILURE_LOCAL, hello,
		    "the settings of this sender cannot be set up");
		return;
	}
	struct serving_choice choice = serving_choose(chooser->serving, hello);
	if (choice.engine == SERVING_NONE) {
		refuse(
		    engine, choice.alert, choice.failure, hello, choice.detail);
		return;
	}
	struct engine *inner = engine_for(chooser, choice.engine);
	if (inner == NULL) {
		refuse(engine, ALERT_INTERNAL_ERROR, TLS_FAILURE_INTERNAL,
		    hello, "out of memory");
		return;
	}
	delegate_begin(&chooser->delegate, inner);
	delegate_receive(engine, bytes, size);
}

static void
look(struct chooser *chooser, const uint8_t *bytes, size_t size)
{
	struct engine *engine = &chooser->delegate.engine;
	struct hello hello;

	switch (hello_read(bytes, size, &hello)) {
	case HELLO_MORE:
		chooser->needed = hello.needed;
		return;
	case HELLO_WHOLE:
		choose(chooser, &hello, bytes, size);
		return;
	case HELLO_NOT_TLS:
		refuse_other(engine, bytes, size);
		return;
	case HELLO_MALFORMED:
		refuse(engine, ALERT_DECODE_ERROR, TLS_FAILURE_MESSAGE, &hello,
		    "the first message is no well-formed ClientHello");
		return;
	case HELLO_TOO_LONG:
		refuse(engine, ALERT_DECODE_ERROR, TLS_FAILURE_MESSAGE, &hello,
		    "the ClientHello is longer than 64 KiB");
		return;
	}
}

static void
chooser_start(struct engine *engine)
{
	(void)engine;
}

static void
chooser_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct chooser *chooser = chooser_of(engine);

	if (chooser->delegate.inner != NULL) {
		delegate_receive(engine, bytes, size);
		return;
	}
	// A hello that comes in one piece, as nearly all do, is not copied.
	if (chooser->held.size == 0) {
		look(chooser, bytes, size);
		if (engine->status != ENGINE_HANDSHAKING ||
		    chooser->delegate.inner != NULL)
			return;
	}
	if (!buffer_append(&chooser->held, bytes, size)) {
		engine_fail(engine, TLS_FAILURE_INTERNAL, "out of memory");
		return;
	}
	// Asked again only when there can be another answer: otherwise byte
	// by byte would cost the square of the hello.
	if (chooser->held.size >= chooser->needed)
		look(chooser, buffer_bytes(&chooser->held), chooser->held.size);
	if (chooser->delegate.inner != NULL ||
	    engine->status != ENGINE_HANDSHAKING)
		buffer_free(&chooser->held);
}

static void
chooser_free(struct engine *engine)
{
	struct chooser *chooser = chooser_of(engine);

	delegate_free_inner(&chooser->delegate);
	buffer_free(&chooser->held);
	free(chooser);
}

static const struct engine_class chooser_class = {
    .name = "chooser",
    .start = chooser_start,
    .receive = chooser_receive,
    .send = delegate_send,
    .close = delegate_close,
    .free = chooser_free,
};

struct engine *
chooser_new(const struct serving *serving, struct buffer *records,
    struct buffer *plaintext)
{
	struct chooser *chooser = calloc(1, sizeof *chooser);

	if (chooser == NULL)
		return NULL;
	engine_init(
	    &chooser->delegate.engine, &chooser_class, records, plaintext);
	chooser->serving = serving;
	buffer_init(&chooser->held, HELD_LIMIT);
	return &chooser->delegate.engine;
}
