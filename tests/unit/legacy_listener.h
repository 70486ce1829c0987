// SPDX-License-Identifier: ISC
//
// Listens to a recorded connection between two others, with the server's key:
// the engine's record, message, key and transcript code, and none of its
// handshake. Every Finished and every MAC must be right.

#ifndef UNIT_LEGACY_LISTENER_H
#define UNIT_LEGACY_LISTENER_H

#include "legacy_recording.h"

#include "tls/legacy/message.h"
#include "tls/legacy/record.h"
#include "tls/legacy/transcript.h"

enum { LISTENER_TEXT = 65536, LISTENER_MESSAGE = 32768 };

struct listener {
	const struct rsa_key *key;
	struct record_layer layers[2]; // what each party says
	bool changed[2];               // ChangeCipherSpec came
	struct buffer nowhere;
	struct transcript transcript;
	struct session_secret secret;
	uint16_t offered;
	uint8_t premaster[PREMASTER_SIZE];
	uint8_t id[SESSION_ID_MAX_SIZE];
	size_t id_size;
	bool v2_hello;
	bool resumed;
	bool ephemeral; // what follows cannot be read
	struct rsa_key *certificate;
	unsigned finished;   // messages that were right
	unsigned signatures; // likewise
	unsigned protected_records;
	uint8_t assembly[2][LISTENER_MESSAGE];
	size_t assembled[2];
	char text[2][LISTENER_TEXT];
	size_t text_size[2];
	uint8_t alert[2]; // the last that each said: level is left out
};

static inline void
listener_init(struct listener *listener, const struct rsa_key *key)
{
	memset(listener, 0, sizeof *listener);
	listener->key = key;
	buffer_init(&listener->nowhere, 0);
	for (int i = 0; i < 2; i++)
		record_init(&listener->layers[i], &listener->nowhere);
	listener->layers[CLIENT].v2_hello = true;
	assert_true(transcript_start(&listener->transcript));
}

static inline void
listener_free(struct listener *listener)
{
	for (int i = 0; i < 2; i++)
		record_free(&listener->layers[i]);
	transcript_free(&listener->transcript);
	rsa_key_free(&listener->certificate);
}

static inline void
listener_client_hello(struct listener *listener, struct client_hello *hello)
{
	listener->offered = hello->version;
	memcpy(listener->secret.randoms[CLIENT], hello->random, RANDOM_SIZE);
}

static inline void
listener_server_hello(struct listener *listener, struct reader body)
{
	struct server_hello hello;

	assert_true(message_read_server_hello(body, &hello));
	listener->secret.version = hello.version;
	listener->secret.suite = suite_find(hello.suite);
	assert_non_null(listener->secret.suite);
	memcpy(listener->secret.randoms[SERVER], hello.random, RANDOM_SIZE);
	for (int i = 0; i < 2; i++)
		listener->layers[i].version = hello.version;
	// Given by the connection before, with its master secret.
	if (listener->id_size > 0 && listener->id_size == hello.session.size &&
	    memcmp(listener->id, hello.session.bytes, listener->id_size) == 0)
		listener->resumed = true;
	listener->id_size = hello.session.size;
	if (hello.session.size > 0)
		memcpy(listener->id, hello.session.bytes, hello.session.size);
}

static inline void
listener_certificate(struct listener *listener, struct reader body)
{
	struct chain chain;

	assert_true(message_read_certificate(body, &chain));
	assert_true(chain.count > 0);
	listener->certificate = rsa_key_from_certificate(chain.certificates[0]);
	assert_non_null(listener->certificate);
	assert_true(rsa_key_matches(listener->certificate, listener->key));
}

static inline void
listener_server_key_exchange(struct listener *listener, struct reader body)
{
	struct server_key_exchange exchange;
	uint8_t hashes[HASH_BOTH_SIZE];

	assert_true(message_read_server_key_exchange(body, &exchange));
	struct piece pieces[] = {
	    {listener->secret.randoms[CLIENT], RANDOM_SIZE},
	    {listener->secret.randoms[SERVER], RANDOM_SIZE},
	    exchange.parameters};
	assert_true(crypto_hash(HASH_MD5, pieces, 3, hashes));
	assert_true(crypto_hash(HASH_SHA1, pieces, 3, hashes + 16));
	assert_true(
	    rsa_key_verify(listener->certificate, hashes, exchange.signature));
	hashes[35] ^= 1;
	assert_false(
	    rsa_key_verify(listener->certificate, hashes, exchange.signature));
	listener->signatures++;
	listener->ephemeral = true;
}

static inline void
listener_client_key_exchange(struct listener *listener, struct reader body)
{
	struct piece sealed;

	assert_true(message_read_client_key_exchange(
	    body, listener->secret.version, &sealed));
	if (listener->ephemeral)
		return;
	assert_true(rsa_key_open(
	    listener->key, sealed, listener->offered, listener->premaster));
	assert_true(keys_master(&listener->secret, listener->premaster));
}

static inline void
listener_finished(
    struct listener *listener, enum party from, struct reader body)
{
	uint8_t expected[FINISHED_MAX_SIZE];
	struct piece verify;
	size_t size = 0;

	assert_true(listener->changed[from]);
	assert_true(
	    message_read_finished(body, listener->secret.version, &verify));
	assert_true(transcript_finished(
	    &listener->transcript, &listener->secret, from, expected, &size));
	assert_int_equal(size, verify.size);
	assert_memory_equal(expected, verify.bytes, size);
	listener->finished++;
}

static inline void
listener_message(struct listener *listener, enum party from, unsigned number,
    struct reader body)
{
	struct client_hello hello;

	switch (number) {
	case MESSAGE_CLIENT_HELLO:
		assert_true(message_read_client_hello(body, &hello));
		listener_client_hello(listener, &hello);
		break;
	case MESSAGE_SERVER_HELLO:
		listener_server_hello(listener, body);
		break;
	case MESSAGE_CERTIFICATE:
		listener_certificate(listener, body);
		break;
	case MESSAGE_SERVER_KEY_EXCHANGE:
		listener_server_key_exchange(listener, body);
		break;
	case MESSAGE_SERVER_HELLO_DONE:
		assert_true(message_read_server_hello_done(body));
		break;
	case MESSAGE_CLIENT_KEY_EXCHANGE:
		listener_client_key_exchange(listener, body);
		break;
	case MESSAGE_FINISHED:
		listener_finished(listener, from, body);
		break;
	default:
		// NewSessionTicket and NextProtocol, which OpenSSL offers.
		assert_true(number == 4 || number == 67);
	}
}

static inline void
listener_handshake(
    struct listener *listener, enum party from, struct piece content)
{
	uint8_t *bytes = listener->assembly[from];
	size_t *have = &listener->assembled[from];

	assert_true(*have + content.size <= LISTENER_MESSAGE);
	memcpy(bytes + *have, content.bytes, content.size);
	*have += content.size;
	while (*have >= MESSAGE_HEADER_SIZE) {
		size_t size =
		    MESSAGE_HEADER_SIZE +
		    ((size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3]);

		if (*have < size)
			break;
		listener_message(listener, from, bytes[0],
		    reader_over(bytes + MESSAGE_HEADER_SIZE,
			size - MESSAGE_HEADER_SIZE));
		assert_true(transcript_add(&listener->transcript, bytes, size));
		memmove(bytes, bytes + size, *have - size);
		*have -= size;
	}
}

static inline void
listener_change(struct listener *listener, enum party from)
{
	struct write_keys keys[2];

	listener->changed[from] = true;
	if (listener->ephemeral)
		return;
	assert_true(keys_derive(&listener->secret, keys));
	assert_true(protection_set(&listener->layers[from].receive,
	    &listener->secret, &keys[from], false));
}

static inline void
listener_record(
    struct listener *listener, enum party from, const struct record *record)
{
	struct piece content = record->content;

	if (listener->layers[from].receive.suite != NULL)
		listener->protected_records++;
	if (record->v2_hello) {
		struct client_hello hello;

		assert_true(message_read_v2_hello(
		    reader_over(content.bytes, content.size), &hello));
		listener->v2_hello = true;
		listener_client_hello(listener, &hello);
		assert_true(transcript_add(
		    &listener->transcript, content.bytes, content.size));
		return;
	}
	switch ((enum record_type)record->type) {
	case RECORD_HANDSHAKE:
		listener_handshake(listener, from, content);
		break;
	case RECORD_CHANGE_CIPHER_SPEC:
		listener_change(listener, from);
		break;
	case RECORD_ALERT:
		assert_int_equal(2, content.size);
		listener->alert[from] = ((const uint8_t *)content.bytes)[1];
		break;
	case RECORD_APPLICATION:
		assert_true(
		    listener->text_size[from] + content.size < LISTENER_TEXT);
		memcpy(listener->text[from] + listener->text_size[from],
		    content.bytes, content.size);
		listener->text_size[from] += content.size;
	}
}

static inline void
listener_run(struct listener *listener, const struct connection *connection)
{
	for (size_t i = 0; i < connection->count; i++) {
		const struct segment *segment = &connection->segments[i];
		struct reader bytes =
		    reader_over(segment->bytes, segment->size);
		struct record_layer *layer = &listener->layers[segment->from];
		struct record record;

		while (!(listener->ephemeral &&
			   listener->changed[segment->from]) &&
		       record_next(layer, &bytes, &record) == RECORD_WHOLE)
			listener_record(listener, segment->from, &record);
		if (layer->fault.failure != TLS_FAILURE_NONE)
			fail_msg("segment %zu: %s", i, layer->fault.detail);
	}
}

#endif
