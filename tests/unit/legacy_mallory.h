// SPDX-License-Identifier: ISC
//
// A peer that breaks the rules: it can build every handshake message, right
// or wrong, in any order, and knows the keys. The other end is an engine; what
// most tests have as its server stands first.

#ifndef UNIT_LEGACY_MALLORY_H
#define UNIT_LEGACY_MALLORY_H

#include "legacy_pair.h"

#include "tls/legacy/credentials.h"
#include "tls/legacy/message.h"
#include "tls/legacy/record.h"
#include "tls/legacy/transcript.h"

// --- The server ---

// From credentials_set_up to credentials_tear_down, for a group of tests.
static struct legacy_credentials *credentials;

static inline int
credentials_set_up(void **state)
{
	(void)state;
	credentials = credentials_read("legacy/server-1024.pem");
	return 0;
}

static inline int
credentials_tear_down(void **state)
{
	(void)state;
	legacy_credentials_free(&credentials);
	return 0;
}

// One that takes all that the engine can.
static inline struct legacy_config
server_config(void)
{
	return (struct legacy_config){
	    .role = LEGACY_SERVER,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = VERSION_TLS1_1,
	    .min_bits = 40,
	    .credentials = credentials,
	};
}

// --- Who breaks the rules ---

struct mallory {
	struct end victim;
	enum party we;
	struct buffer out; // what the victim is given next
	struct record_layer layer;
	struct transcript transcript;
	struct session_secret secret;
	uint16_t offered;
	struct rsa_key *key; // that the premaster secret is sealed with
	const struct legacy_credentials *own; // as a server
	uint8_t premaster[PREMASTER_SIZE];
	uint8_t id[SESSION_ID_MAX_SIZE];
	size_t id_size;
	unsigned heard[256]; // messages of the victim, by number
	bool heard_change;
	int alert; // the last fatal one of the victim's, -1: none
	int warning;
	struct buffer assembly;
};

static inline void
mallory_init(
    struct mallory *mallory, enum party we, const struct legacy_config *victim)
{
	memset(mallory, 0, sizeof *mallory);
	mallory->we = we;
	mallory->alert = mallory->warning = -1;
	buffer_init(&mallory->out, PAIR_QUEUE);
	buffer_init(&mallory->assembly, PAIR_QUEUE);
	record_init(&mallory->layer, &mallory->out);
	mallory->layer.said = VERSION_TLS1_0;
	assert_true(transcript_start(&mallory->transcript));
	end_init(&mallory->victim, victim);
	engine_start(mallory->victim.engine);
}

static inline void
mallory_free(struct mallory *mallory)
{
	end_free(&mallory->victim);
	record_free(&mallory->layer);
	buffer_free(&mallory->out);
	buffer_free(&mallory->assembly);
	transcript_free(&mallory->transcript);
	rsa_key_free(&mallory->key);
}

static inline void
mallory_agree(struct mallory *mallory, uint16_t version, uint16_t suite)
{
	mallory->secret.version = version;
	mallory->secret.suite = suite_find(suite);
	mallory->layer.version = mallory->layer.said = version;
}

static inline void
mallory_hears_key_exchange(struct mallory *mallory, struct reader body)
{
	struct piece sealed;

	assert_true(message_read_client_key_exchange(
	    body, mallory->secret.version, &sealed));
	assert_true(rsa_key_open(
	    mallory->own->key, sealed, mallory->offered, mallory->premaster));
	assert_true(keys_master(&mallory->secret, mallory->premaster));
}

static inline void
mallory_hears_hello(
    struct mallory *mallory, unsigned number, struct reader body)
{
	struct server_hello server;
	struct client_hello client;

	if (number == MESSAGE_CLIENT_HELLO) {
		assert_true(message_read_client_hello(body, &client));
		mallory->offered = client.version;
		memcpy(mallory->secret.randoms[CLIENT], client.random,
		    RANDOM_SIZE);
		mallory->id_size = client.session.size;
		bytes_copy(mallory->id, sizeof mallory->id,
		    client.session.bytes, client.session.size);
		return;
	}
	assert_true(message_read_server_hello(body, &server));
	mallory_agree(mallory, server.version, server.suite);
	memcpy(mallory->secret.randoms[SERVER], server.random, RANDOM_SIZE);
	mallory->id_size = server.session.size;
	bytes_copy(mallory->id, sizeof mallory->id, server.session.bytes,
	    server.session.size);
}

static inline void
mallory_hears_message(
    struct mallory *mallory, unsigned number, struct reader body)
{
	struct chain chain;

	mallory->heard[number]++;
	if (number == MESSAGE_CLIENT_HELLO || number == MESSAGE_SERVER_HELLO)
		mallory_hears_hello(mallory, number, body);
	if (number == MESSAGE_CLIENT_KEY_EXCHANGE)
		mallory_hears_key_exchange(mallory, body);
	if (number == MESSAGE_CERTIFICATE && mallory->we == CLIENT) {
		assert_true(message_read_certificate(body, &chain));
		mallory->key = rsa_key_from_certificate(chain.certificates[0]);
	}
}

static inline void
mallory_hears_handshake(struct mallory *mallory, struct piece content)
{
	struct buffer *assembly = &mallory->assembly;

	assert_true(buffer_append(assembly, content.bytes, content.size));
	while (assembly->size >= MESSAGE_HEADER_SIZE) {
		struct reader reader =
		    reader_over(buffer_bytes(assembly), assembly->size);
		unsigned number = reader_u8(&reader);
		struct reader body = reader_vector(&reader, 3);
		size_t size = MESSAGE_HEADER_SIZE + body.left;

		if (body.failed)
			return;
		mallory_hears_message(mallory, number, body);
		assert_true(transcript_add(
		    &mallory->transcript, buffer_bytes(assembly), size));
		buffer_consume(assembly, size);
	}
}

static inline void
mallory_protect(struct mallory *mallory, bool ours)
{
	struct write_keys keys[2];
	enum party other = mallory->we == CLIENT ? SERVER : CLIENT;

	assert_true(keys_derive(&mallory->secret, keys));
	assert_true(protection_set(
	    ours ? &mallory->layer.send : &mallory->layer.receive,
	    &mallory->secret, &keys[ours ? mallory->we : other], ours));
}

// Takes in what the victim said.
static inline void
mallory_listen(struct mallory *mallory)
{
	struct buffer *records = &mallory->victim.records;
	struct reader bytes = reader_over(buffer_bytes(records), records->size);
	struct record record;

	while (record_next(&mallory->layer, &bytes, &record) == RECORD_WHOLE) {
		const uint8_t *content = record.content.bytes;

		if (record.type == RECORD_HANDSHAKE)
			mallory_hears_handshake(mallory, record.content);
		if (record.type == RECORD_CHANGE_CIPHER_SPEC) {
			mallory->heard_change = true;
			mallory_protect(mallory, false);
		}
		if (record.type == RECORD_ALERT && content[0] == ALERT_FATAL)
			mallory->alert = content[1];
		if (record.type == RECORD_ALERT && content[0] == ALERT_WARNING)
			mallory->warning = content[1];
	}
	assert_int_equal(0, bytes.left);
	buffer_consume(records, records->size);
}

// Gives the victim what is queued, and hears the answer.
static inline void
mallory_speak(struct mallory *mallory)
{
	if (mallory->out.size > 0)
		engine_receive(mallory->victim.engine,
		    buffer_bytes(&mallory->out), mallory->out.size);
	buffer_consume(&mallory->out, mallory->out.size);
	mallory_listen(mallory);
}

static inline void
mallory_record(struct mallory *mallory, enum record_type type,
    const void *bytes, size_t size)
{
	assert_true(
	    record_write(&mallory->layer, type, (struct piece){bytes, size}));
}

// A whole message, as its writing function made it.
static inline void
mallory_message(struct mallory *mallory, const struct writer *message)
{
	assert_false(message->failed);
	assert_true(transcript_add(
	    &mallory->transcript, message->bytes, message->size));
	mallory_record(
	    mallory, RECORD_HANDSHAKE, message->bytes, message->size);
}

// A message with this number and an empty body.
static inline void
mallory_empty(struct mallory *mallory, unsigned number)
{
	uint8_t bytes[4] = {(uint8_t)number, 0, 0, 0};

	mallory_record(mallory, RECORD_HANDSHAKE, bytes, sizeof bytes);
}

static inline struct writer
mallory_draft(void)
{
	static uint8_t memory[PAIR_FILE];

	return writer_over(memory, sizeof memory);
}

static inline void
mallory_client_hello(struct mallory *mallory, uint16_t version,
    const uint16_t *suites, size_t count)
{
	struct writer draft = mallory_draft();
	struct client_hello_draft hello = {
	    .version = version,
	    .random = mallory->secret.randoms[CLIENT],
	    .session = {mallory->id, mallory->id_size},
	    .suites = suites,
	    .suite_count = count,
	};

	mallory->offered = version;
	mallory->layer.said = version;
	memset(mallory->secret.randoms[CLIENT], 0x11, RANDOM_SIZE);
	message_write_client_hello(&draft, &hello);
	mallory_message(mallory, &draft);
}

static inline void
mallory_key_exchange_of(
    struct mallory *mallory, const uint8_t *sealed, size_t size)
{
	struct writer draft = mallory_draft();

	message_write_client_key_exchange(
	    &draft, mallory->secret.version, (struct piece){sealed, size});
	mallory_message(mallory, &draft);
}

// As it should be, with this version in the premaster secret.
static inline void
mallory_key_exchange(struct mallory *mallory, uint16_t version)
{
	uint8_t sealed[512];

	memset(mallory->premaster, 0x22, sizeof mallory->premaster);
	mallory->premaster[0] = (uint8_t)(version >> 8);
	mallory->premaster[1] = (uint8_t)version;
	assert_true(rsa_key_seal(mallory->key, mallory->premaster, sealed));
	assert_true(keys_master(&mallory->secret, mallory->premaster));
	mallory_key_exchange_of(mallory, sealed, rsa_key_size(mallory->key));
}

static inline void
mallory_change(struct mallory *mallory)
{
	mallory_record(mallory, RECORD_CHANGE_CIPHER_SPEC, "\1", 1);
	mallory_protect(mallory, true);
}

// With the first byte changed by flip.
static inline void
mallory_finished(struct mallory *mallory, uint8_t flip)
{
	struct writer draft = mallory_draft();
	uint8_t verify[FINISHED_MAX_SIZE];
	size_t size = 0;

	assert_true(transcript_finished(&mallory->transcript, &mallory->secret,
	    mallory->we, verify, &size));
	verify[0] ^= flip;
	message_write_finished(&draft, (struct piece){verify, size});
	mallory_message(mallory, &draft);
}

static inline void
mallory_server_hello(struct mallory *mallory, const struct server_hello *hello)
{
	struct writer draft = mallory_draft();

	mallory_agree(mallory, hello->version, hello->suite);
	memcpy(mallory->secret.randoms[SERVER], hello->random, RANDOM_SIZE);
	message_write_server_hello(&draft, hello);
	mallory_message(mallory, &draft);
}

static inline void
mallory_certificate(struct mallory *mallory)
{
	struct writer draft = mallory_draft();

	message_write_certificate(&draft, &mallory->own->chain);
	mallory_message(mallory, &draft);
}

static inline void
mallory_hello_done(struct mallory *mallory)
{
	struct writer draft = mallory_draft();

	message_write_server_hello_done(&draft);
	mallory_message(mallory, &draft);
}

// How it ended: always a fatal alert, and what the victim says of it.
static inline void
mallory_check(
    const struct mallory *mallory, int alert, enum tls_failure failure)
{
	const struct engine *victim = mallory->victim.engine;

	if (victim->status != ENGINE_FAILED ||
	    victim->facts.failure != failure || mallory->alert != alert)
		fail_msg("status %d, failure %s (%s), alert %d, wanted %s %d",
		    victim->status, tls_failure_name(victim->facts.failure),
		    victim->facts.detail, mallory->alert,
		    tls_failure_name(failure), alert);
	assert_int_equal(alert, victim->facts.alert_sent);
	assert_int_equal(0, mallory->victim.plaintext.size);
}

#endif
