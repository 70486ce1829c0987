// SPDX-License-Identifier: ISC
//
// The engine's face: takes bytes, hands records to the handshake or their
// content to the owner, and turns every fault into one alert.

#include "tls/legacy/legacy.h"

#include "base/contract.h"
#include "tls/legacy/choice.h"
#include "tls/legacy/handshake.h"

#include <stdio.h>
#include <stdlib.h>

// Warnings in a row that tell nothing; more is a flood.
enum { WARNINGS_MAX = 16 };

struct legacy {
	struct engine engine; // first: engine.h
	struct legacy_config config;
	struct record_layer records;
	struct handshake handshake;
	unsigned warnings;
};

static struct legacy *
legacy_of(struct engine *engine)
{
	return (struct legacy *)(void *)engine;
}

const char *
legacy_start(void)
{
	return crypto_start();
}

enum tls_failure
legacy_can_serve(const struct legacy_config *config, uint16_t version,
    const uint16_t *suites, size_t count)
{
	struct offer offer = {version, suites, count};
	struct choice choice;

	return choice_make(config, &offer, &choice);
}

static bool
legacy_alert(struct legacy *legacy, enum alert_level level, enum alert alert)
{
	// To a peer that has said nothing yet: what every version reads.
	if (legacy->records.said == 0)
		legacy->records.said = VERSION_SSL3;

	uint8_t number = alert_number(alert, legacy->records.said);
	uint8_t bytes[] = {(uint8_t)level, number};

	if (!record_write(&legacy->records, RECORD_ALERT,
		(struct piece){bytes, sizeof bytes}))
		return false;
	legacy->engine.facts.alert_sent = number;
	return true;
}

// RFC 2246 section 7.2.2: a session that ended in a fatal alert must not be
// resumed.
static void
legacy_forget_session(struct legacy *legacy)
{
	if (legacy->config.sessions != NULL)
		sessions_remove(
		    legacy->config.sessions, &legacy->handshake.session_key);
}

static void
legacy_fault(struct legacy *legacy, const struct fault *fault)
{
	if (legacy->engine.status == ENGINE_FAILED)
		return;
	legacy_forget_session(legacy);
	if (fault->alert != ALERT_NONE)
		legacy_alert(legacy, ALERT_FATAL, fault->alert);
	engine_fail(&legacy->engine, fault->failure, fault->detail);
}

static void
legacy_fault_handshake(struct legacy *legacy)
{
	legacy_fault(legacy, &legacy->handshake.fault);
}

static void
legacy_engine_start(struct engine *engine)
{
	struct legacy *legacy = legacy_of(engine);

	if (!handshake_start(&legacy->handshake))
		legacy_fault_handshake(legacy);
}

static void
legacy_take_handshake(struct legacy *legacy, const struct record *record)
{
	if (!handshake_take(&legacy->handshake, record))
		legacy_fault_handshake(legacy);
	else if (legacy->handshake.done &&
		 legacy->engine.status == ENGINE_HANDSHAKING)
		legacy->engine.status = ENGINE_OPEN;
}

static void
legacy_take_warning(struct legacy *legacy, uint8_t number)
{
	struct engine *engine = &legacy->engine;
	static const struct fault flood = {
	    ALERT_UNEXPECTED_MESSAGE, TLS_FAILURE_RECORD, "too many warnings"};

	if (number == ALERT_NO_CERTIFICATE &&
	    engine->status == ENGINE_HANDSHAKING &&
	    legacy->config.role == LEGACY_SERVER &&
	    legacy->records.version == VERSION_SSL3) {
		if (!handshake_take_no_certificate(&legacy->handshake))
			legacy_fault_handshake(legacy);
		return;
	}
	if (++legacy->warnings > WARNINGS_MAX)
		legacy_fault(legacy, &flood);
}

static void
legacy_take_alert(struct legacy *legacy, struct piece content)
{
	struct engine *engine = &legacy->engine;
	const uint8_t *bytes = content.bytes;
	static const struct fault malformed = {
	    ALERT_DECODE_ERROR, TLS_FAILURE_RECORD, "a malformed alert"};
	char detail[64];

	if (content.size != 2 ||
	    (bytes[0] != ALERT_WARNING && bytes[0] != ALERT_FATAL)) {
		legacy_fault(legacy, &malformed);
		return;
	}
	if (bytes[0] == ALERT_WARNING && bytes[1] != ALERT_CLOSE_NOTIFY) {
		legacy_take_warning(legacy, bytes[1]);
		return;
	}
	engine->facts.alert_received = bytes[1];
	if (bytes[1] == ALERT_CLOSE_NOTIFY) {
		if (engine->status == ENGINE_OPEN)
			engine->status = ENGINE_CLOSED;
		else
			engine_fail(engine, TLS_FAILURE_CLOSED,
			    "close_notify in the handshake");
		return;
	}
	legacy_forget_session(legacy);
	snprintf(detail, sizeof detail, "%s (%u)", tls_alert_name(bytes[1]),
	    bytes[1]);
	engine_fail(engine, TLS_FAILURE_ALERT, detail);
}

static void
legacy_take_content(struct legacy *legacy, struct piece content)
{
	struct engine *engine = &legacy->engine;
	static const struct fault early = {ALERT_UNEXPECTED_MESSAGE,
	    TLS_FAILURE_MESSAGE, "content before the handshake is done"};
	static const struct fault full = {ALERT_INTERNAL_ERROR,
	    TLS_FAILURE_INTERNAL,
	    "the queue of plaintext is full, or memory is out"};

	if (engine->status != ENGINE_OPEN)
		legacy_fault(legacy, &early);
	else if (!buffer_append(engine->plaintext, content.bytes, content.size))
		legacy_fault(legacy, &full);
	else if (content.size > 0)
		legacy->warnings = 0;
}

static void
legacy_take_record(struct legacy *legacy, const struct record *record)
{
	switch ((enum record_type)record->type) {
	case RECORD_HANDSHAKE:
	case RECORD_CHANGE_CIPHER_SPEC:
		legacy_take_handshake(legacy, record);
		break;
	case RECORD_ALERT:
		legacy_take_alert(legacy, record->content);
		break;
	case RECORD_APPLICATION:
		legacy_take_content(legacy, record->content);
		break;
	}
}

static void
legacy_engine_receive(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct legacy *legacy = legacy_of(engine);
	struct reader reader = reader_over(bytes, size);
	struct record record;

	while (engine->status == ENGINE_HANDSHAKING ||
	       engine->status == ENGINE_OPEN) {
		switch (record_next(&legacy->records, &reader, &record)) {
		case RECORD_WANTED:
			return;
		case RECORD_REFUSED:
			legacy_fault(legacy, &legacy->records.fault);
			return;
		case RECORD_WHOLE:
			legacy_take_record(legacy, &record);
			break;
		}
	}
}

static void
legacy_engine_send(struct engine *engine, const uint8_t *bytes, size_t size)
{
	struct legacy *legacy = legacy_of(engine);

	if (!record_write(&legacy->records, RECORD_APPLICATION,
		(struct piece){bytes, size}))
		legacy_fault(legacy, &legacy->records.fault);
}

static void
legacy_engine_close(struct engine *engine)
{
	struct legacy *legacy = legacy_of(engine);

	legacy_alert(legacy, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
}

static void
legacy_engine_free(struct engine *engine)
{
	struct legacy *legacy = legacy_of(engine);

	handshake_free(&legacy->handshake);
	record_free(&legacy->records);
	bytes_wipe(legacy, sizeof *legacy);
	free(legacy);
}

static const struct engine_class legacy_class = {
    .name = "legacy",
    .start = legacy_engine_start,
    .receive = legacy_engine_receive,
    .send = legacy_engine_send,
    .close = legacy_engine_close,
    .free = legacy_engine_free,
};

struct engine *
legacy_new(const struct legacy_config *config, struct buffer *records,
    struct buffer *plaintext)
{
	struct legacy *legacy = NULL;

	REQUIRE(config->role == LEGACY_CLIENT || config->credentials != NULL);
	REQUIRE(config->min_protocol >= VERSION_SSL3);
	if (crypto_start() == NULL)
		legacy = calloc(1, sizeof *legacy);
	if (legacy == NULL)
		return NULL;
	legacy->config = *config;
	engine_init(&legacy->engine, &legacy_class, records, plaintext);
	legacy->engine.facts.legacy = true;
	record_init(&legacy->records, records);
	legacy->records.v2_hello = config->role == LEGACY_SERVER;
	legacy->records.split = config->record_splitting;
	handshake_init(&legacy->handshake, &legacy->engine, &legacy->config,
	    &legacy->records);
	return &legacy->engine;
}
