// SPDX-License-Identifier: ISC
//
// The server's side of each message of a full handshake after the hellos.

#include "tls/legacy/credentials.h"
#include "tls/legacy/handshake.h"
#include "tls/legacy/keyring.h"

enum { SMALL_MESSAGE_SIZE = 512 };

bool
server_send_certificate(struct handshake *handshake)
{
	const struct legacy_credentials *own = handshake->config->credentials;
	struct writer draft;

	if (!handshake_draft(handshake,
		own->size + 3 * CHAIN_MAX + SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_certificate(&draft, &own->chain);
	return handshake_send(handshake, &draft);
}

bool
server_send_key_exchange(struct handshake *handshake)
{
	const struct legacy_config *config = handshake->config;
	const struct rsa_key *signer = config->credentials->key;
	uint8_t hashes[HASH_BOTH_SIZE];
	uint8_t parameters[SMALL_MESSAGE_SIZE];
	uint8_t signature[1024];
	struct writer out = writer_over(parameters, sizeof parameters);
	struct writer draft;

	handshake->exchange_key = keyring_take(
	    config->keyring, handshake->secret.suite->export_limit);
	if (handshake->exchange_key == NULL ||
	    rsa_key_size(signer) > sizeof signature ||
	    !rsa_key_write(handshake->exchange_key, &out) ||
	    !handshake_exchange_hashes(
		handshake, (struct piece){parameters, out.size}, hashes) ||
	    !rsa_key_sign(signer, hashes, signature))
		return handshake_fail_internal(handshake);
	struct server_key_exchange exchange = {
	    .parameters = {parameters, out.size},
	    .signature = {signature, rsa_key_size(signer)},
	};
	if (!handshake_draft(
		handshake, sizeof parameters + sizeof signature, &draft))
		return false;
	message_write_server_key_exchange(&draft, &exchange);
	return handshake_send(handshake, &draft);
}

bool
server_send_certificate_request(struct handshake *handshake)
{
	struct legacy_text authorities = handshake->config->authorities;
	struct writer draft;

	if (!handshake_draft(
		handshake, authorities.size + SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_certificate_request(
	    &draft, (struct piece){authorities.bytes, authorities.size});
	return handshake_send(handshake, &draft);
}

bool
server_send_hello_done(struct handshake *handshake)
{
	struct writer draft;

	if (!handshake_draft(handshake, SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_server_hello_done(&draft);
	return handshake_send(handshake, &draft);
}

bool
server_receive_certificate(struct handshake *handshake, struct reader body)
{
	const struct legacy_config *config = handshake->config;
	struct chain chain;

	if (!message_read_certificate(body, &chain))
		return handshake_fail_decode(handshake, "Certificate");
	handshake->certificate_given = chain.count > 0;
	if (chain.count > 0)
		return handshake_take_chain(handshake, &chain);
	return config->client_certificate !=
		   LEGACY_CLIENT_CERTIFICATE_REQUIRE ||
	       handshake_fail(handshake, ALERT_HANDSHAKE_FAILURE,
		   TLS_FAILURE_NO_CERTIFICATE, "the client has to give one");
}

bool
server_receive_key_exchange(struct handshake *handshake, struct reader body)
{
	const struct rsa_key *key = handshake->exchange_key != NULL
					? handshake->exchange_key
					: handshake->config->credentials->key;
	uint8_t premaster[PREMASTER_SIZE];
	struct piece sealed = {NULL, 0};

	if (!message_read_client_key_exchange(
		body, handshake->secret.version, &sealed))
		return handshake_fail_decode(handshake, "ClientKeyExchange");
	// Whatever came gives some premaster secret; a wrong one is noticed
	// only when Finished does not decrypt (Bleichenbacher, Klima).
	bool good = rsa_key_open(key, sealed, handshake->offered, premaster) &&
		    keys_master(&handshake->secret, premaster);
	bytes_wipe(premaster, sizeof premaster);
	if (!good)
		return handshake_fail_internal(handshake);
	handshake_show_secret(handshake);
	return true;
}

bool
server_receive_certificate_verify(
    struct handshake *handshake, struct reader body)
{
	uint8_t hashes[HASH_BOTH_SIZE];
	struct piece signature = {NULL, 0};

	if (!message_read_certificate_verify(body, &signature))
		return handshake_fail_decode(handshake, "CertificateVerify");
	// Of a key that is of no use: it proves nothing, and need not.
	if (handshake->peer_key == NULL)
		return true;
	if (!transcript_proof(
		&handshake->transcript, &handshake->secret, hashes))
		return handshake_fail_internal(handshake);
	if (!rsa_key_verify(handshake->peer_key, hashes, signature))
		return handshake_fail(handshake, ALERT_DECRYPT_ERROR,
		    TLS_FAILURE_MESSAGE,
		    "the client's proof does not match its certificate");
	return true;
}
