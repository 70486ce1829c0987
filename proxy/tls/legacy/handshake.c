// SPDX-License-Identifier: ISC

#include "tls/legacy/handshake.h"

#include "base/contract.h"
#include "tls/legacy/credentials.h"

#include <stdlib.h>

enum {
	// A chain of certificates is the only message that may be long.
	LONG_MESSAGE_MAX_SIZE = 65536,
	// HelloRequests and refused renegotiations that are let pass.
	IGNORED_MAX = 8
};

enum presence { PRESENCE_REQUIRED, PRESENCE_OPTIONAL, PRESENCE_ABSENT };

static enum presence
presence_always(const struct handshake *handshake)
{
	(void)handshake;
	return PRESENCE_REQUIRED;
}

// RFC 2246 section 7.4.3: an export suite needs an ephemeral key if the
// certificate's is above the limit. Some send one with any certificate. With
// any other suite it must not be there (FREAK, CVE-2015-0204).
static enum presence
presence_ephemeral(const struct handshake *handshake)
{
	const struct legacy_config *config = handshake->config;
	unsigned limit = handshake->secret.suite->export_limit;
	bool server = config->role == LEGACY_SERVER;
	unsigned bits = server ? legacy_credentials_bits(config->credentials)
			       : rsa_key_bits(handshake->peer_key);

	if (limit == 0)
		return PRESENCE_ABSENT;
	if (bits > limit)
		return PRESENCE_REQUIRED;
	return server ? PRESENCE_ABSENT : PRESENCE_OPTIONAL;
}

static enum presence
presence_asked(const struct handshake *handshake)
{
	if (handshake->config->role == LEGACY_CLIENT)
		return PRESENCE_OPTIONAL;
	return handshake->certificate_requested ? PRESENCE_REQUIRED
						: PRESENCE_ABSENT;
}

static enum presence
presence_requested(const struct handshake *handshake)
{
	return handshake->certificate_requested ? PRESENCE_REQUIRED
						: PRESENCE_ABSENT;
}

static enum presence
presence_proved(const struct handshake *handshake)
{
	return handshake->certificate_given ? PRESENCE_REQUIRED
					    : PRESENCE_ABSENT;
}

struct step {
	enum flow flow;
	enum party from;
	enum message message;
	enum presence (*presence)(const struct handshake *handshake);
	bool (*send)(struct handshake *handshake);
	bool (*receive)(struct handshake *handshake, struct reader body);
};

static const struct step steps[] = {
#define STEP(flow, from, message, presence, send, receive)                     \
	{FLOW_##flow, from, MESSAGE_##message, presence_##presence, send,      \
	    receive},
#include "tls/legacy/handshake.def"
#undef STEP
};

enum { STEPS = sizeof steps / sizeof steps[0] };

static const struct step *
handshake_step(const struct handshake *handshake)
{
	return &steps[handshake->step];
}

static bool
handshake_is_ours(const struct handshake *handshake)
{
	enum party we =
	    handshake->config->role == LEGACY_SERVER ? SERVER : CLIENT;

	return handshake_step(handshake)->from == we;
}

void
handshake_init(struct handshake *handshake, struct engine *engine,
    const struct legacy_config *config, struct record_layer *records)
{
	*handshake = (struct handshake){
	    .config = config,
	    .engine = engine,
	    .records = records,
	    .flow = FLOW_HELLO,
	};
	buffer_init(
	    &handshake->assembly, MESSAGE_HEADER_SIZE + LONG_MESSAGE_MAX_SIZE);
}

void
handshake_free(struct handshake *handshake)
{
	buffer_free(&handshake->assembly);
	transcript_free(&handshake->transcript);
	rsa_key_free(&handshake->peer_key);
	rsa_key_free(&handshake->exchange_key);
	bytes_wipe(&handshake->secret, sizeof handshake->secret);
	bytes_wipe(&handshake->session, sizeof handshake->session);
}

// What is needed of a handshake only until it is done.
static void
handshake_complete(struct handshake *handshake)
{
	handshake->done = true;
	handshake_keep_session(handshake);
	handshake_free(handshake);
}

// The next step; at the end of a flow the next flow, or the end.
static void
handshake_advance(struct handshake *handshake)
{
	enum flow flow = handshake->flow;

	handshake->step++;
	if (handshake->step < STEPS && steps[handshake->step].flow == flow)
		return;
	if (flow != FLOW_HELLO) {
		handshake_complete(handshake);
		return;
	}
	handshake->flow = handshake->resumed ? FLOW_RESUMED : FLOW_FULL;
	handshake->step = 0;
	while (steps[handshake->step].flow != handshake->flow)
		handshake->step++;
}

// Sends while it is our turn, and stops where the peer's begins.
static bool
handshake_run(struct handshake *handshake)
{
	while (!handshake->done) {
		const struct step *step = handshake_step(handshake);
		enum presence presence = step->presence(handshake);

		if (presence != PRESENCE_ABSENT) {
			if (!handshake_is_ours(handshake))
				return true;
			if (!step->send(handshake))
				return false;
		}
		handshake_advance(handshake);
	}
	return true;
}

bool
handshake_start(struct handshake *handshake)
{
	if (!transcript_start(&handshake->transcript))
		return handshake_fail_internal(handshake);
	return handshake_run(handshake);
}

// Moves over what the peer may leave out, to the step for this message.
static bool
handshake_seek(struct handshake *handshake, unsigned number)
{
	while (!handshake->done && !handshake_is_ours(handshake)) {
		const struct step *step = handshake_step(handshake);
		enum presence presence = step->presence(handshake);

		if (presence != PRESENCE_ABSENT &&
		    step->message == (enum message)number)
			return true;
		if (presence == PRESENCE_REQUIRED)
			break;
		handshake_advance(handshake);
	}
	return handshake_fail(handshake, ALERT_UNEXPECTED_MESSAGE,
	    TLS_FAILURE_MESSAGE, message_name(number));
}

// RFC 2246 section 7.4.1.1 lets a client ignore a HelloRequest. Renegotiation
// is refused (CVE-2009-3555) with a warning, on which the peer may go on; SSL
// 3.0 has no such alert, and RFC 5746 section 4.5 wants a fatal one there.
static bool
handshake_take_late(struct handshake *handshake, unsigned number)
{
	bool client = handshake->config->role == LEGACY_CLIENT;
	bool ssl3 = handshake->records->version == VERSION_SSL3;
	uint8_t alert[] = {ALERT_WARNING, ALERT_NO_RENEGOTIATION};

	if (number != (client ? (unsigned)MESSAGE_HELLO_REQUEST
			      : (unsigned)MESSAGE_CLIENT_HELLO))
		return handshake_fail(handshake, ALERT_UNEXPECTED_MESSAGE,
		    TLS_FAILURE_MESSAGE, message_name(number));
	if (++handshake->ignored > IGNORED_MAX)
		return handshake_fail(handshake, ALERT_UNEXPECTED_MESSAGE,
		    TLS_FAILURE_MESSAGE, "too many handshakes are asked for");
	if (client && (ssl3 || !handshake->done))
		return true;
	if (ssl3)
		return handshake_fail(handshake, ALERT_HANDSHAKE_FAILURE,
		    TLS_FAILURE_MESSAGE, "the client wants to renegotiate");
	if (record_write(handshake->records, RECORD_ALERT,
		(struct piece){alert, sizeof alert}))
		return true;
	return handshake_fail_internal(handshake);
}

// One whole message, header and all.
static bool
handshake_take_message(struct handshake *handshake, struct piece message)
{
	struct reader body = reader_over(message.bytes, message.size);
	unsigned number = reader_u8(&body);

	reader_u24(&body);
	if (number == MESSAGE_HELLO_REQUEST && body.left > 0)
		return handshake_fail_decode(handshake, "HelloRequest");
	if (handshake->done || number == MESSAGE_HELLO_REQUEST)
		return handshake_take_late(handshake, number);
	const struct step *step = handshake_step(handshake);
	if (!step->receive(handshake, body))
		return false;
	if (!transcript_add(
		&handshake->transcript, message.bytes, message.size))
		return handshake_fail_internal(handshake);
	handshake_advance(handshake);
	return handshake_run(handshake);
}

// Judged by its header alone, before anything is kept of its body.
static bool
handshake_check_header(struct handshake *handshake, const uint8_t *header)
{
	unsigned number = header[0];
	size_t size =
	    (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
	bool may_be_long = number == MESSAGE_CERTIFICATE ||
			   number == MESSAGE_CERTIFICATE_REQUEST;

	if (size >
	    (may_be_long ? LONG_MESSAGE_MAX_SIZE : HANDSHAKE_MESSAGE_MAX_SIZE))
		return handshake_fail(handshake, ALERT_ILLEGAL_PARAMETER,
		    TLS_FAILURE_MESSAGE, "a message above its greatest size");
	if (handshake->done || (number == MESSAGE_HELLO_REQUEST &&
				   handshake->config->role == LEGACY_CLIENT))
		return true;
	return handshake_seek(handshake, number);
}

// Moves bytes to the assembly until it holds size of them; *whole says if.
static bool
handshake_fill(
    struct handshake *handshake, struct reader *bytes, size_t size, bool *whole)
{
	size_t missing = size - handshake->assembly.size;

	if (missing > bytes->left)
		missing = bytes->left;
	if (!buffer_append(
		&handshake->assembly, reader_bytes(bytes, missing), missing))
		return handshake_fail_internal(handshake);
	*whole = handshake->assembly.size == size;
	return true;
}

static bool
handshake_take_bytes(struct handshake *handshake, struct reader *bytes)
{
	struct buffer *assembly = &handshake->assembly;
	bool whole = false;

	if (assembly->size < MESSAGE_HEADER_SIZE) {
		if (!handshake_fill(
			handshake, bytes, MESSAGE_HEADER_SIZE, &whole))
			return false;
		if (!whole)
			return true;
		if (!handshake_check_header(handshake, buffer_bytes(assembly)))
			return false;
	}
	const uint8_t *header = buffer_bytes(assembly);
	size_t size =
	    MESSAGE_HEADER_SIZE +
	    ((size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3]);
	if (!handshake_fill(handshake, bytes, size, &whole))
		return false;
	if (!whole)
		return true;
	// Taken over, so that a message may end the handshake and free it.
	struct buffer taken = *assembly;
	buffer_init(assembly, taken.limit);
	bool good = handshake_take_message(
	    handshake, (struct piece){buffer_bytes(&taken), taken.size});
	buffer_free(&taken);
	return good;
}

static bool
handshake_take_change(struct handshake *handshake, const struct record *record)
{
	const uint8_t *bytes = record->content.bytes;

	if (record->content.size != 1 || bytes[0] != 1)
		return handshake_fail_decode(handshake, "ChangeCipherSpec");
	// Keys change between messages, never inside one.
	if (handshake->assembly.size > 0)
		return handshake_fail(handshake, ALERT_UNEXPECTED_MESSAGE,
		    TLS_FAILURE_MESSAGE, "ChangeCipherSpec inside a message");
	// Only where the order has it: anywhere earlier the keys would come
	// from an empty master secret (CVE-2014-0224).
	if (!handshake_seek(handshake, MESSAGE_CHANGE_CIPHER_SPEC))
		return false;
	if (!handshake_step(handshake)->receive(
		handshake, reader_over(NULL, 0)))
		return false;
	handshake_advance(handshake);
	return true;
}

static bool
handshake_take_v2_hello(
    struct handshake *handshake, const struct record *record)
{
	struct piece message = record->content;

	if (!server_receive_v2_hello(
		handshake, reader_over(message.bytes, message.size)))
		return false;
	if (!transcript_add(
		&handshake->transcript, message.bytes, message.size))
		return handshake_fail_internal(handshake);
	handshake_advance(handshake);
	return handshake_run(handshake);
}

bool
handshake_take(struct handshake *handshake, const struct record *record)
{
	struct reader bytes =
	    reader_over(record->content.bytes, record->content.size);

	if (record->v2_hello)
		return handshake_take_v2_hello(handshake, record);
	if (record->type == RECORD_CHANGE_CIPHER_SPEC)
		return handshake_take_change(handshake, record);
	while (bytes.left > 0)
		if (!handshake_take_bytes(handshake, &bytes))
			return false;
	return true;
}

bool
handshake_take_no_certificate(struct handshake *handshake)
{
	static const uint8_t empty[3] = {0};

	if (handshake->assembly.size > 0)
		return handshake_fail(handshake, ALERT_UNEXPECTED_MESSAGE,
		    TLS_FAILURE_MESSAGE, "an alert inside a message");
	if (!handshake_seek(handshake, MESSAGE_CERTIFICATE))
		return false;
	if (!handshake_step(handshake)->receive(
		handshake, reader_over(empty, sizeof empty)))
		return false;
	handshake_advance(handshake);
	return handshake_run(handshake);
}
