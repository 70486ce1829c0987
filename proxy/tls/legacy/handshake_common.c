// SPDX-License-Identifier: ISC
//
// What both roles do alike: sending, ChangeCipherSpec, Finished, chains.

#include "tls/legacy/handshake.h"
#include "tls/verify_modern.h"

#include <stdio.h>
#include <stdlib.h>

bool
handshake_fail(struct handshake *handshake, enum alert alert,
    enum tls_failure failure, const char *detail)
{
	if (handshake->fault.failure == TLS_FAILURE_NONE)
		handshake->fault = (struct fault){alert, failure, detail};
	return false;
}

bool
handshake_fail_internal(struct handshake *handshake)
{
	if (handshake->records->fault.failure != TLS_FAILURE_NONE)
		handshake->fault = handshake->records->fault;
	return handshake_fail(handshake, ALERT_INTERNAL_ERROR,
	    TLS_FAILURE_INTERNAL, "memory is out, or libcrypto failed");
}

bool
handshake_fail_decode(struct handshake *handshake, const char *detail)
{
	return handshake_fail(
	    handshake, ALERT_DECODE_ERROR, TLS_FAILURE_MESSAGE, detail);
}

bool
handshake_draft(struct handshake *handshake, size_t size, struct writer *draft)
{
	uint8_t *memory = malloc(size);

	*draft = writer_over(memory, memory == NULL ? 0 : size);
	return memory != NULL || handshake_fail_internal(handshake);
}

bool
handshake_send(struct handshake *handshake, struct writer *draft)
{
	struct piece message = {draft->bytes, draft->size};
	bool good = !draft->failed &&
		    transcript_add(
			&handshake->transcript, message.bytes, message.size) &&
		    record_write(handshake->records, RECORD_HANDSHAKE, message);

	free(draft->bytes);
	*draft = writer_over(NULL, 0);
	return good || handshake_fail_internal(handshake);
}

static enum party
handshake_party(const struct handshake *handshake, bool peer)
{
	bool server = handshake->config->role == LEGACY_SERVER;

	return server == peer ? CLIENT : SERVER;
}

static bool
handshake_protect(
    struct handshake *handshake, bool peer, struct protection *protection)
{
	enum party party = handshake_party(handshake, peer);
	struct write_keys keys[2];
	bool good =
	    keys_derive(&handshake->secret, keys) &&
	    protection_set(protection, &handshake->secret, &keys[party], !peer);

	bytes_wipe(keys, sizeof keys);
	return good || handshake_fail_internal(handshake);
}

// The keys are there before they are announced: an alert that tells of their
// failure is one that the peer can read, and none goes out in the open after
// ChangeCipherSpec.
bool
handshake_send_change(struct handshake *handshake)
{
	static const uint8_t one[] = {1};
	struct protection next = {.suite = NULL};

	if (!handshake_protect(handshake, false, &next) ||
	    !record_write(handshake->records, RECORD_CHANGE_CIPHER_SPEC,
		(struct piece){one, sizeof one})) {
		protection_free(&next);
		return handshake_fail_internal(handshake);
	}
	protection_free(&handshake->records->send);
	handshake->records->send = next;
	bytes_wipe(&next, sizeof next);
	return true;
}

bool
handshake_receive_change(struct handshake *handshake, struct reader body)
{
	(void)body;
	return handshake_protect(handshake, true, &handshake->records->receive);
}

bool
handshake_send_finished(struct handshake *handshake)
{
	uint8_t verify[FINISHED_MAX_SIZE];
	size_t size = 0;
	struct writer draft;

	if (!transcript_finished(&handshake->transcript, &handshake->secret,
		handshake_party(handshake, false), verify, &size))
		return handshake_fail_internal(handshake);
	if (!handshake_draft(handshake, MESSAGE_HEADER_SIZE + size, &draft))
		return false;
	message_write_finished(&draft, (struct piece){verify, size});
	return handshake_send(handshake, &draft);
}

bool
handshake_receive_finished(struct handshake *handshake, struct reader body)
{
	uint8_t expected[FINISHED_MAX_SIZE];
	struct piece verify = {NULL, 0};
	size_t size = 0;

	if (!message_read_finished(body, handshake->secret.version, &verify))
		return handshake_fail_decode(handshake, "Finished");
	if (!transcript_finished(&handshake->transcript, &handshake->secret,
		handshake_party(handshake, true), expected, &size))
		return handshake_fail_internal(handshake);
	if (!crypto_equal(verify.bytes, expected, size))
		return handshake_fail(handshake, ALERT_DECRYPT_ERROR,
		    TLS_FAILURE_FINISHED, "Finished");
	return true;
}

void
handshake_settle(struct handshake *handshake)
{
	struct tls_facts *facts = &handshake->engine->facts;
	const struct session_secret *secret = &handshake->secret;

	handshake->records->version = secret->version;
	handshake->records->said = secret->version;
	bytes_copy_text(facts->protocol, sizeof facts->protocol,
	    tls_protocol_name(secret->version));
	bytes_copy_text(facts->suite, sizeof facts->suite, secret->suite->name);
	facts->bits = secret->suite->bits;
	facts->resumed = handshake->resumed;
}

void
handshake_keep_session(struct handshake *handshake)
{
	const struct legacy_config *config = handshake->config;
	struct session *session = &handshake->session;

	if (config->sessions == NULL || session->id_size == 0)
		return;
	// A client took out what it offered; a server still has it.
	if (handshake->resumed && config->role == LEGACY_SERVER)
		return;
	if (!handshake->resumed)
		session->made = 0;
	session->version = handshake->secret.version;
	session->suite = handshake->secret.suite->number;
	session->peer = handshake->engine->facts;
	bytes_copy(session->master, MASTER_SIZE, handshake->secret.master,
	    MASTER_SIZE);
	sessions_put(config->sessions, &handshake->session_key, session);
}

void
handshake_show_secret(struct handshake *handshake)
{
	const struct engine_observer *observer = handshake->engine->observer;
	const struct session_secret *secret = &handshake->secret;
	char line[16 + 2 * (RANDOM_SIZE + MASTER_SIZE) + 2];
	size_t at = 0;

	if (observer == NULL || observer->secret == NULL)
		return;
	at = (size_t)snprintf(line, sizeof line, "CLIENT_RANDOM ");
	for (size_t i = 0; i < RANDOM_SIZE; i++)
		at += (size_t)snprintf(line + at, sizeof line - at, "%02x",
		    secret->randoms[CLIENT][i]);
	line[at++] = ' ';
	for (size_t i = 0; i < MASTER_SIZE; i++)
		at += (size_t)snprintf(
		    line + at, sizeof line - at, "%02x", secret->master[i]);
	observer->secret(observer->context, line);
	bytes_wipe(line, sizeof line);
}

bool
handshake_exchange_hashes(const struct handshake *handshake,
    struct piece parameters, uint8_t out[HASH_BOTH_SIZE])
{
	struct piece pieces[] = {
	    {handshake->secret.randoms[CLIENT], RANDOM_SIZE},
	    {handshake->secret.randoms[SERVER], RANDOM_SIZE}, parameters};

	return crypto_hash(HASH_MD5, pieces, 3, out) &&
	       crypto_hash(HASH_SHA1, pieces, 3, out + HASH_MD5_SIZE);
}

static bool
handshake_verify_chain(struct handshake *handshake, const struct chain *chain)
{
	const struct legacy_config *config = handshake->config;
	struct verify_der ders[CHAIN_MAX];
	struct verify_verdict verdict;

	for (size_t i = 0; i < chain->count; i++)
		ders[i] = (struct verify_der){
		    chain->certificates[i].bytes, chain->certificates[i].size};
	verdict = verifier_judge_der(config->verifier, config->peer, ders,
	    chain->count, &handshake->engine->facts);
	if (verdict.failure == TLS_FAILURE_NONE)
		return true;
	bytes_copy_text(
	    handshake->detail, sizeof handshake->detail, verdict.detail);
	return handshake_fail(handshake, alert_for_certificate(verdict.failure),
	    verdict.failure, handshake->detail);
}

// The peer's key, if its proof or its secret can rest on it. False: it cannot;
// *weak says whether it is too short, or none that we can use.
static bool
handshake_take_key(
    struct handshake *handshake, const struct chain *chain, bool *weak)
{
	handshake->peer_key = rsa_key_from_certificate(chain->certificates[0]);
	*weak =
	    handshake->peer_key != NULL &&
	    rsa_key_bits(handshake->peer_key) < handshake->config->min_key_bits;
	return handshake->peer_key != NULL && !*weak;
}

// A client that was asked only goes on; but nobody who cannot prove that the
// certificate is its own is believed, whoever vouches for that.
static bool
handshake_disbelieve(
    struct handshake *handshake, const struct chain *chain, bool weak)
{
	struct tls_facts *facts = &handshake->engine->facts;

	rsa_key_free(&handshake->peer_key);
	if (handshake->config->verifier != NULL &&
	    !handshake_verify_chain(handshake, chain))
		return false;
	facts->verified = TLS_VERIFIED_UNTRUSTED;
	if (weak && facts->verdict == TLS_VERDICT_NONE)
		facts->verdict = TLS_VERDICT_KEY_SMALL;
	return true;
}

bool
handshake_take_chain(struct handshake *handshake, const struct chain *chain)
{
	const struct legacy_config *config = handshake->config;
	bool weak = false;

	if (chain->count > 0 && !handshake_take_key(handshake, chain, &weak)) {
		// Never of a server: our secret is sealed with its key.
		if (config->role == LEGACY_SERVER &&
		    config->client_certificate == LEGACY_CLIENT_CERTIFICATE_ASK)
			return handshake_disbelieve(handshake, chain, weak);
		return weak ? handshake_fail(handshake,
				  ALERT_INSUFFICIENT_SECURITY,
				  TLS_FAILURE_WEAK_KEY, "the certificate's key")
			    : handshake_fail(handshake,
				  ALERT_UNSUPPORTED_CERTIFICATE,
				  TLS_FAILURE_MESSAGE,
				  "the certificate cannot be read or has no "
				  "usable RSA key");
	}
	return config->verifier == NULL ||
	       handshake_verify_chain(handshake, chain);
}
