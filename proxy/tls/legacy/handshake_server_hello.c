// SPDX-License-Identifier: ISC
//
// The server and the hellos: what it thinks of the client's, and its answer.

#include "tls/legacy/choice.h"
#include "tls/legacy/handshake.h"

enum {
	SMALL_MESSAGE_SIZE = 512,
	// All that fit into a hello: what stands last may be the only one that
	// we share, or TLS_FALLBACK_SCSV.
	OFFER_MAX = HANDSHAKE_MESSAGE_MAX_SIZE / 2,
	VERSION_TLS1_2 = 0x0303
};

static void
server_note_hello(struct handshake *handshake, const struct client_hello *hello)
{
	struct tls_facts *facts = &handshake->engine->facts;
	struct piece name = hello->extensions.server_name;

	bytes_copy_text(facts->offered_protocol, sizeof facts->offered_protocol,
	    tls_protocol_name(hello->version));
	// A name with a NUL inside would be another name to some.
	for (size_t i = 0; i < name.size; i++)
		if (((const uint8_t *)name.bytes)[i] <= ' ')
			return;
	if (name.size < sizeof facts->server_name) {
		bytes_copy(facts->server_name, sizeof facts->server_name,
		    name.bytes, name.size);
		facts->server_name[name.size] = '\0';
	}
}

static bool
server_check_version(
    struct handshake *handshake, const struct client_hello *hello)
{
	const struct legacy_config *config = handshake->config;
	uint16_t version = choice_version(config, hello->version);

	if (version == 0) {
		// The alert goes out in the version of the client.
		handshake->records->said = hello->version < VERSION_SSL3
					       ? VERSION_SSL3
					       : hello->version;
		return handshake_fail(handshake, ALERT_PROTOCOL_VERSION,
		    TLS_FAILURE_PROTOCOL, "the client's highest is too low");
	}
	handshake->offered = hello->version;
	handshake->secret.version = version;
	handshake->records->version = version;
	handshake->records->said = version;
	return true;
}

// RFC 7507: a client that could do more with this listener was pushed down.
static bool
server_check_fallback(struct handshake *handshake, const struct offer *offer)
{
	const struct legacy_config *config = handshake->config;
	uint16_t most = config->listener_maximum != 0 ? config->listener_maximum
						      : config->max_protocol;

	if (!offer_has(offer, SUITE_FALLBACK) || offer->version >= most)
		return true;
	return handshake_fail(handshake, ALERT_INAPPROPRIATE_FALLBACK,
	    TLS_FAILURE_FALLBACK, "TLS_FALLBACK_SCSV");
}

static bool
server_check_compression(
    struct handshake *handshake, const struct client_hello *hello)
{
	struct reader methods =
	    reader_over(hello->compressions.bytes, hello->compressions.size);

	while (methods.left > 0)
		if (reader_u8(&methods) == 0)
			return true;
	return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
	    TLS_FAILURE_MESSAGE, "the hello lacks the null compression");
}

static bool
server_check_extensions(struct handshake *handshake,
    const struct client_hello *hello, const struct offer *offer)
{
	struct reader protocols = hello->extensions.protocols;
	bool smtp = !hello->extensions.alpn;

	// RFC 5746 section 3.6: a first handshake has nothing to tie to.
	if (hello->extensions.renegotiated.size > 0)
		return handshake_fail(handshake, ALERT_HANDSHAKE_FAILURE,
		    TLS_FAILURE_MESSAGE, "renegotiation_info is not empty");
	handshake->renegotiation_info =
	    hello->extensions.renegotiation_info ||
	    offer_has(offer, SUITE_RENEGOTIATION_INFO);
	// ALPACA: a client that means another protocol gets none of ours.
	while (!protocols.failed && protocols.left > 0) {
		struct piece name = message_read_vector(&protocols, 1);

		if (name.size == 4 &&
		    crypto_equal(name.bytes, (const uint8_t *)"smtp", 4))
			smtp = true;
	}
	if (protocols.failed)
		return handshake_fail_decode(handshake, "ALPN");
	return smtp || handshake_fail(handshake, ALERT_NO_APPLICATION_PROTOCOL,
			   TLS_FAILURE_ALPN, "ALPN without smtp");
}

// What this suite is used with where that version was agreed on.
static uint16_t
server_version_for(uint16_t version, const struct suite *suite)
{
	return version < suite->last ? version : suite->last;
}

// A session that policy has outgrown since is passed over; one that the
// client asks for and at once withholds the suite of is refused (RFC 2246
// section 7.4.1.2).
static bool
server_try_resume(
    struct handshake *handshake, struct piece id, const struct offer *offer)
{
	const struct legacy_config *config = handshake->config;
	struct session *session = &handshake->session;
	const struct suite *suite = NULL;

	if (config->sessions == NULL || id.size == 0)
		return true;
	if (!session_key_make(config->role, config->session_scope, id,
		&handshake->session_key))
		return handshake_fail_internal(handshake);
	if (!sessions_get(config->sessions, &handshake->session_key, session))
		return true;
	suite = suite_find(session->suite);
	if (suite == NULL ||
	    session->version !=
		server_version_for(handshake->secret.version, suite) ||
	    !choice_admits(config, suite, session->version))
		return true;
	if (!offer_has(offer, session->suite))
		return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
		    TLS_FAILURE_MESSAGE,
		    "resumption is asked for without the session's suite");
	handshake->resumed = true;
	handshake->secret.version = session->version;
	handshake->secret.suite = suite;
	bytes_copy(handshake->secret.master, MASTER_SIZE, session->master,
	    MASTER_SIZE);
	return true;
}

static void
server_recall_peer(struct handshake *handshake)
{
	struct tls_facts *facts = &handshake->engine->facts;
	struct tls_facts now = *facts;

	// What was learnt of the peer then, and what this hello says.
	*facts = handshake->session.peer;
	bytes_copy_text(facts->offered_protocol, sizeof facts->offered_protocol,
	    now.offered_protocol);
	bytes_copy_text(
	    facts->server_name, sizeof facts->server_name, now.server_name);
}

static bool
server_choose(struct handshake *handshake, const struct offer *offer)
{
	const struct legacy_config *config = handshake->config;
	struct choice choice = {.suite = NULL};
	enum tls_failure failure = choice_make(config, offer, &choice);

	if (failure == TLS_FAILURE_BITS)
		return handshake_fail(handshake, ALERT_INSUFFICIENT_SECURITY,
		    failure, "the suites in common are below min-bits");
	if (failure != TLS_FAILURE_NONE)
		return handshake_fail(handshake, ALERT_HANDSHAKE_FAILURE,
		    failure, "no suite in common");
	handshake->secret.version = choice.version;
	handshake->secret.suite = choice.suite;
	handshake->session.id_size = 0;
	handshake->certificate_requested =
	    config->client_certificate != LEGACY_CLIENT_CERTIFICATE_NONE;
	return true;
}

static bool
server_take_hello(struct handshake *handshake, const struct client_hello *hello)
{
	uint16_t suites[OFFER_MAX];
	struct offer offer = {hello->version, suites, 0};
	struct reader list = hello->suites;

	while (
	    offer.count < OFFER_MAX &&
	    client_hello_suite(&list, hello->suite_size, &suites[offer.count]))
		offer.count++;
	bytes_copy(handshake->secret.randoms[CLIENT], RANDOM_SIZE,
	    hello->random, RANDOM_SIZE);
	server_note_hello(handshake, hello);
	if (!server_check_version(handshake, hello) ||
	    !server_check_fallback(handshake, &offer) ||
	    !server_check_compression(handshake, hello) ||
	    !server_check_extensions(handshake, hello, &offer) ||
	    !server_try_resume(handshake, hello->session, &offer))
		return false;
	if (!handshake->resumed)
		return server_choose(handshake, &offer);
	server_recall_peer(handshake);
	return true;
}

bool
server_receive_hello(struct handshake *handshake, struct reader body)
{
	struct client_hello hello;

	if (!message_read_client_hello(body, &hello))
		return handshake_fail_decode(handshake, "ClientHello");
	return server_take_hello(handshake, &hello);
}

bool
server_receive_v2_hello(struct handshake *handshake, struct reader message)
{
	struct client_hello hello;

	if (!message_read_v2_hello(message, &hello))
		return handshake_fail_decode(
		    handshake, "ClientHello in SSLv2 format");
	return server_take_hello(handshake, &hello);
}

static bool
server_name_session(struct handshake *handshake)
{
	const struct legacy_config *config = handshake->config;
	struct session *session = &handshake->session;

	if (handshake->resumed || config->sessions == NULL)
		return true;
	session->id_size = SESSION_ID_MAX_SIZE;
	return crypto_random(session->id, session->id_size) &&
	       session_key_make(config->role, config->session_scope,
		   (struct piece){session->id, session->id_size},
		   &handshake->session_key);
}

// RFC 8446 section 4.1.3: tells a client that can do more than this that
// somebody pushed both of us down.
static void
server_mark_downgrade(struct handshake *handshake)
{
	static const char sentinel[8] = {
	    'D', 'O', 'W', 'N', 'G', 'R', 'D', '\0'};

	if (handshake->config->listener_maximum >= VERSION_TLS1_2)
		bytes_copy(handshake->secret.randoms[SERVER] + RANDOM_SIZE -
			       sizeof sentinel,
		    sizeof sentinel, sentinel, sizeof sentinel);
}

bool
server_send_hello(struct handshake *handshake)
{
	uint8_t *random = handshake->secret.randoms[SERVER];
	struct server_hello hello = {
	    .version = handshake->secret.version,
	    .suite = handshake->secret.suite->number,
	    .extensions = {.renegotiation_info = handshake->renegotiation_info},
	};
	struct writer draft;

	handshake_settle(handshake);
	if (!crypto_random(random, RANDOM_SIZE) ||
	    !server_name_session(handshake))
		return handshake_fail_internal(handshake);
	server_mark_downgrade(handshake);
	if (handshake->resumed)
		handshake_show_secret(handshake);
	bytes_copy(hello.random, RANDOM_SIZE, random, RANDOM_SIZE);
	hello.session =
	    (struct piece){handshake->session.id, handshake->session.id_size};
	if (!handshake_draft(handshake, SMALL_MESSAGE_SIZE, &draft))
		return false;
	message_write_server_hello(&draft, &hello);
	return handshake_send(handshake, &draft);
}
