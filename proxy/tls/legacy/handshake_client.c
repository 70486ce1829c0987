// SPDX-License-Identifier: ISC
//
// The client's side of each message.

#include "tls/legacy/choice.h"
#include "tls/legacy/credentials.h"
#include "tls/legacy/handshake.h"
#include "tls/legacy/profile.h"

enum { SMALL_MESSAGE_SIZE = 1024 };

static const struct legacy_profile *
client_profile(const struct handshake *handshake)
{
	return handshake->config->profile != NULL
		   ? handshake->config->profile
		   : legacy_profile_find("legacy");
}

// The profile's order, less what configuration does not allow.
static void
client_offer(struct handshake *handshake)
{
	const struct legacy_profile *profile = client_profile(handshake);
	const struct legacy_config *config = handshake->config;
	// Two are kept for signalling values.
	size_t most =
	    sizeof handshake->suites / sizeof handshake->suites[0] - 2;

	handshake->suite_count = 0;
	for (size_t i = 0; i < profile->suite_count; i++) {
		const struct suite *suite = suite_find(profile->suites[i]);

		if (suite != NULL && handshake->suite_count < most &&
		    choice_admits(config, suite, config->min_protocol))
			handshake->suites[handshake->suite_count++] =
			    suite->number;
	}
}

static struct offer
client_offered(const struct handshake *handshake)
{
	return (struct offer){
	    handshake->offered, handshake->suites, handshake->suite_count};
}

static void
client_recall_session(struct handshake *handshake)
{
	const struct legacy_config *config = handshake->config;
	struct session *session = &handshake->session;
	struct offer offer = client_offered(handshake);

	if (config->sessions == NULL || client_profile(handshake)->v2_hello ||
	    !sessions_get(config->sessions, &handshake->session_key, session))
		return;
	if (session->version > handshake->offered ||
	    session->version < config->min_protocol ||
	    !offer_has(&offer, session->suite))
		session->id_size = 0;
	else
		// Back it comes only if all goes well: a server that breaks
		// off over it, without an alert, does so once.
		sessions_remove(config->sessions, &handshake->session_key);
}

// The two bytes of an SSLv2 record's length are no part of the message.
static bool
client_send_v2_hello(
    struct handshake *handshake, const struct client_hello_draft *hello)
{
	uint8_t bytes[SMALL_MESSAGE_SIZE];
	struct writer writer = writer_over(bytes, sizeof bytes);

	writer_u16(&writer, 0);
	message_write_v2_hello(&writer, hello);
	size_t size = writer.size - 2;
	bytes[0] = (uint8_t)(0x80 | size >> 8);
	bytes[1] = (uint8_t)size;
	if (writer.failed ||
	    !transcript_add(&handshake->transcript, bytes + 2, size) ||
	    !buffer_append(handshake->records->out, bytes, writer.size))
		return handshake_fail_internal(handshake);
	return true;
}

static bool
client_draw_random(struct handshake *handshake, bool v2_hello)
{
	uint8_t *random = handshake->secret.randoms[CLIENT];
	// The challenge of an SSLv2-format hello counts with zeros before it.
	size_t zeros = v2_hello ? RANDOM_SIZE - V2_CHALLENGE_SIZE : 0;

	return crypto_random(random + zeros, RANDOM_SIZE - zeros);
}

bool
client_send_hello(struct handshake *handshake)
{
	const struct legacy_profile *profile = client_profile(handshake);
	const struct legacy_config *config = handshake->config;
	struct tls_facts *facts = &handshake->engine->facts;
	bool named = profile->extensions && config->server_name != NULL;
	struct writer draft;

	handshake->offered = choice_version(config, profile->version);
	client_offer(handshake);
	if (handshake->offered == 0)
		return handshake_fail(handshake, ALERT_NONE,
		    TLS_FAILURE_PROTOCOL, "the profile is below min-protocol");
	if (handshake->suite_count == 0)
		return handshake_fail(handshake, ALERT_NONE, TLS_FAILURE_SUITE,
		    "no suite of the profile is allowed");
	if (!client_draw_random(handshake, profile->v2_hello) ||
	    !session_key_make(config->role, config->session_scope,
		(struct piece){NULL, 0}, &handshake->session_key))
		return handshake_fail_internal(handshake);
	client_recall_session(handshake);
	size_t count = handshake->suite_count;
	handshake->renegotiation_info = profile->scsv;
	if (profile->scsv)
		handshake->suites[count++] = SUITE_RENEGOTIATION_INFO;
	if (config->fell_back)
		handshake->suites[count++] = SUITE_FALLBACK;
	bytes_copy_text(facts->offered_protocol, sizeof facts->offered_protocol,
	    tls_protocol_name(handshake->offered));
	if (named)
		bytes_copy_text(facts->server_name, sizeof facts->server_name,
		    config->server_name);
	struct client_hello_draft hello = {
	    .version = handshake->offered,
	    .random = handshake->secret.randoms[CLIENT],
	    .session = {handshake->session.id, handshake->session.id_size},
	    .suites = handshake->suites,
	    .suite_count = count,
	    .extensions = named,
	    .server_name = facts->server_name,
	};
	// Some old servers look at the record's version too: never above 1.0.
	handshake->records->said = handshake->offered > VERSION_TLS1_0
				       ? VERSION_TLS1_0
				       : handshake->offered;
	if (profile->v2_hello)
		return client_send_v2_hello(handshake, &hello);
	if (!handshake_draft(handshake, SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_client_hello(&draft, &hello);
	return handshake_send(handshake, &draft);
}

static bool
client_check_extensions(
    struct handshake *handshake, const struct server_hello *hello)
{
	const struct extensions *extensions = &hello->extensions;

	if (extensions->unknown || extensions->alpn ||
	    (extensions->renegotiation_info && !handshake->renegotiation_info))
		return handshake_fail(handshake, ALERT_UNSUPPORTED_EXTENSION,
		    TLS_FAILURE_MESSAGE, "an extension that was not offered");
	if (extensions->renegotiated.size > 0)
		return handshake_fail(handshake, ALERT_HANDSHAKE_FAILURE,
		    TLS_FAILURE_MESSAGE, "renegotiation_info is not empty");
	return true;
}

// RFC 8446 section 4.1.3: the sentinel of a server that can do more. It
// matters after a fallback alone: our hello said that we can do no more.
static bool
client_check_downgrade(
    struct handshake *handshake, const struct server_hello *hello)
{
	const uint8_t *end = hello->random + RANDOM_SIZE - 8;

	if (!handshake->config->fell_back ||
	    !crypto_equal(end, (const uint8_t *)"DOWNGRD", 7) || end[7] > 1)
		return true;
	return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
	    TLS_FAILURE_FALLBACK, "the server can do better than this");
}

static bool
client_check_choice(
    struct handshake *handshake, const struct server_hello *hello)
{
	struct offer offer = client_offered(handshake);
	const struct suite *suite = suite_find(hello->suite);

	if (hello->version > handshake->offered ||
	    choice_version(handshake->config, hello->version) != hello->version)
		return handshake_fail(handshake, ALERT_PROTOCOL_VERSION,
		    TLS_FAILURE_PROTOCOL, "the server chose another version");
	if (suite == NULL || !offer_has(&offer, hello->suite) ||
	    hello->version > suite->last)
		return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
		    TLS_FAILURE_SUITE, "the server chose a suite not offered");
	if (hello->compression != 0)
		return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
		    TLS_FAILURE_MESSAGE, "the server chose a compression");
	handshake->secret.version = hello->version;
	handshake->secret.suite = suite;
	return client_check_extensions(handshake, hello) &&
	       client_check_downgrade(handshake, hello);
}

static bool
client_try_resume(struct handshake *handshake, const struct server_hello *hello)
{
	struct session *session = &handshake->session;
	struct engine *engine = handshake->engine;

	if (session->id_size == 0 || session->id_size != hello->session.size ||
	    !crypto_equal(session->id, hello->session.bytes, session->id_size))
		return true;
	// The server has no choice left in a session that it resumes.
	if (hello->version != session->version ||
	    hello->suite != session->suite)
		return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
		    TLS_FAILURE_MESSAGE,
		    "the session is resumed with another version or suite");
	handshake->resumed = true;
	bytes_copy(handshake->secret.master, MASTER_SIZE, session->master,
	    MASTER_SIZE);
	engine->facts = session->peer;
	handshake_show_secret(handshake);
	return true;
}

bool
client_receive_hello(struct handshake *handshake, struct reader body)
{
	struct server_hello hello;
	struct session *session = &handshake->session;

	if (!message_read_server_hello(body, &hello))
		return handshake_fail_decode(handshake, "ServerHello");
	bytes_copy(handshake->secret.randoms[SERVER], RANDOM_SIZE, hello.random,
	    RANDOM_SIZE);
	if (!client_check_choice(handshake, &hello) ||
	    !client_try_resume(handshake, &hello))
		return false;
	if (!handshake->resumed) {
		session->id_size = hello.session.size;
		bytes_copy(session->id, sizeof session->id, hello.session.bytes,
		    hello.session.size);
	}
	handshake_settle(handshake);
	return true;
}

bool
client_receive_certificate(struct handshake *handshake, struct reader body)
{
	struct chain chain;

	if (!message_read_certificate(body, &chain))
		return handshake_fail_decode(handshake, "Certificate");
	if (chain.count == 0)
		return handshake_fail(handshake, ALERT_HANDSHAKE_FAILURE,
		    TLS_FAILURE_NO_CERTIFICATE, "the server gave none");
	return handshake_take_chain(handshake, &chain);
}

bool
client_receive_key_exchange(struct handshake *handshake, struct reader body)
{
	struct server_key_exchange exchange;
	uint8_t hashes[HASH_BOTH_SIZE];

	if (!message_read_server_key_exchange(body, &exchange))
		return handshake_fail_decode(handshake, "ServerKeyExchange");
	if (!handshake_exchange_hashes(handshake, exchange.parameters, hashes))
		return handshake_fail_internal(handshake);
	if (!rsa_key_verify(handshake->peer_key, hashes, exchange.signature))
		return handshake_fail(handshake, ALERT_DECRYPT_ERROR,
		    TLS_FAILURE_MESSAGE,
		    "the ephemeral key is not signed by the certificate's");
	handshake->exchange_key =
	    rsa_key_from_numbers(exchange.modulus, exchange.exponent);
	if (handshake->exchange_key == NULL ||
	    rsa_key_bits(handshake->exchange_key) >
		handshake->secret.suite->export_limit)
		return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
		    TLS_FAILURE_MESSAGE, "the ephemeral key is unusable");
	return true;
}

bool
client_receive_certificate_request(
    struct handshake *handshake, struct reader body)
{
	bool rsa_sign = false;

	if (!message_read_certificate_request(body, &rsa_sign))
		return handshake_fail_decode(handshake, "CertificateRequest");
	handshake->certificate_requested = true;
	handshake->certificate_given =
	    rsa_sign && handshake->config->credentials != NULL;
	handshake->engine->facts.certificate_missing =
	    !handshake->certificate_given;
	return true;
}

bool
client_receive_hello_done(struct handshake *handshake, struct reader body)
{
	if (!message_read_server_hello_done(body))
		return handshake_fail_decode(handshake, "ServerHelloDone");
	return true;
}

bool
client_send_certificate(struct handshake *handshake)
{
	static const struct chain none = {.count = 0};
	static const uint8_t alert[] = {ALERT_WARNING, ALERT_NO_CERTIFICATE};
	const struct legacy_credentials *own = handshake->config->credentials;
	size_t size = own == NULL ? 0 : own->size;
	struct writer draft;

	// RFC 6101 section 5.6.6: SSL 3.0 has no empty Certificate.
	if (!handshake->certificate_given &&
	    handshake->secret.version == VERSION_SSL3)
		return record_write(handshake->records, RECORD_ALERT,
			   (struct piece){alert, sizeof alert}) ||
		       handshake_fail_internal(handshake);
	if (!handshake_draft(
		handshake, size + 3 * CHAIN_MAX + SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_certificate(
	    &draft, handshake->certificate_given ? &own->chain : &none);
	return handshake_send(handshake, &draft);
}

bool
client_send_key_exchange(struct handshake *handshake)
{
	const struct rsa_key *key = handshake->exchange_key != NULL
					? handshake->exchange_key
					: handshake->peer_key;
	uint8_t premaster[PREMASTER_SIZE];
	uint8_t sealed[1024];
	struct writer start = writer_over(premaster, 2);
	struct writer draft;

	// The version offered, not the one agreed on: it shows the server
	// whether somebody lowered it on the way (RFC 2246 section 7.4.7.1).
	writer_u16(&start, handshake->offered);
	bool good = rsa_key_size(key) <= sizeof sealed &&
		    crypto_random(premaster + 2, sizeof premaster - 2) &&
		    rsa_key_seal(key, premaster, sealed) &&
		    keys_master(&handshake->secret, premaster);
	bytes_wipe(premaster, sizeof premaster);
	if (!good)
		return handshake_fail_internal(handshake);
	handshake_show_secret(handshake);
	if (!handshake_draft(
		handshake, sizeof sealed + SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_client_key_exchange(&draft, handshake->secret.version,
	    (struct piece){sealed, rsa_key_size(key)});
	return handshake_send(handshake, &draft);
}

bool
client_send_certificate_verify(struct handshake *handshake)
{
	const struct rsa_key *key = handshake->config->credentials->key;
	uint8_t hashes[HASH_BOTH_SIZE];
	uint8_t signature[1024];
	struct writer draft;

	if (rsa_key_size(key) > sizeof signature ||
	    !transcript_proof(
		&handshake->transcript, &handshake->secret, hashes) ||
	    !rsa_key_sign(key, hashes, signature))
		return handshake_fail_internal(handshake);
	if (!handshake_draft(
		handshake, sizeof signature + SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_certificate_verify(
	    &draft, (struct piece){signature, rsa_key_size(key)});
	return handshake_send(handshake, &draft);
}
