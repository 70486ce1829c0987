// SPDX-License-Identifier: ISC
//
// Every message that comes in the open, of either side, cut at every byte
// with lengths of message and record that agree: none is taken for whole.

#include "legacy_pair.h"

#include "base/bytes.h"
#include "tls/legacy/message.h"
#include "tls/legacy/record.h"

enum {
	MESSAGES = 8,
	// A certificate is long; all of it is cut at, but not at every byte.
	STRIDE = 13,
	DECODE_ERROR = 50,
	DECODE_ERROR_SSL3 = 47,
	HANDSHAKE_FAILURE = 40
};

static struct legacy_credentials *server_own;
static struct legacy_credentials *client_own;
static struct legacy_keyring *keyring;

// Needs an ephemeral key: there is a ServerKeyExchange.
static const uint16_t suite[] = {0x0003};

static int
set_up(void **state)
{
	(void)state;
	server_own = credentials_read("legacy/server-1024.pem");
	client_own = credentials_read("legacy/client-1024.pem");
	keyring = legacy_keyring_new(3600000, 1000000);
	assert_non_null(keyring);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	legacy_credentials_free(&server_own);
	legacy_credentials_free(&client_own);
	legacy_keyring_free(&keyring);
	return 0;
}

static void
start(struct pair *pair, uint16_t version)
{
	struct legacy_config client = {
	    .role = LEGACY_CLIENT,
	    .min_protocol = version,
	    .max_protocol = version,
	    .min_bits = 40,
	    .suites = suite,
	    .suite_count = 1,
	    .credentials = client_own,
	};
	struct legacy_config server = client;

	server.role = LEGACY_SERVER;
	server.credentials = server_own;
	server.keyring = keyring;
	server.client_certificate = LEGACY_CLIENT_CERTIFICATE_ASK;
	pair_init(pair, &client, &server);
}

// Gives to what from has to say, with the body of its message of that index
// cut to size bytes, and of what is behind it only with rest anything. Returns
// how long that body was; SIZE_MAX: there is no such message.
static size_t
give_cut(
    struct end *from, struct end *to, unsigned index, size_t size, bool rest)
{
	struct buffer flight = from->records;
	uint8_t *bytes = flight.memory + flight.start;
	size_t whole = SIZE_MAX;
	unsigned at = 0;

	buffer_init(&from->records, PAIR_QUEUE);
	for (size_t i = 0; i + RECORD_HEADER_SIZE < flight.size;) {
		// Each message of ours is one record.
		uint8_t *record = bytes + i;
		size_t length = (size_t)record[3] << 8 | record[4];

		i += RECORD_HEADER_SIZE + length;
		if (record[0] == RECORD_HANDSHAKE && at++ == index) {
			whole = length - MESSAGE_HEADER_SIZE;
			if (size > whole)
				break;
			struct writer writer = writer_over(record + 3, 6);
			writer_u16(
			    &writer, (uint16_t)(MESSAGE_HEADER_SIZE + size));
			writer_u8(&writer, record[RECORD_HEADER_SIZE]);
			writer_u24(&writer, (uint32_t)size);
			length = MESSAGE_HEADER_SIZE + size;
		} else if (whole != SIZE_MAX && !rest) {
			break;
		}
		if (record[0] == RECORD_CHANGE_CIPHER_SPEC && !rest)
			break;
		engine_receive(to->engine, record, RECORD_HEADER_SIZE + length);
	}
	buffer_free(&flight);
	return whole;
}

static size_t
step_of(size_t whole, size_t size)
{
	return whole > 300 && size > 16 && size + STRIDE < whole ? STRIDE : 1;
}

static void
check_refused(const struct end *end, int alert)
{
	const struct engine *engine = end->engine;

	assert_int_equal(ENGINE_FAILED, engine->status);
	assert_int_equal(alert, engine->facts.alert_sent);
	assert_int_equal(0, end->plaintext.size);
}

// An SSL 3.0 client's key exchange has no length of its own, and what is too
// short is taken as any other wrong one is (Bleichenbacher): it shows in
// CertificateVerify, which SSL 3.0 computes from the master secret too.
static bool
is_boundless(uint16_t version, unsigned index, size_t size)
{
	return version == VERSION_SSL3 && index == 2 && size > 0;
}

static size_t
cut_client(uint16_t version, unsigned index, size_t size)
{
	struct pair pair;
	bool boundless = is_boundless(version, index, size);

	start(&pair, version);
	// The first message is the hello; the others come in the next flight.
	if (index > 0) {
		end_move(&pair.client, &pair.server, SIZE_MAX);
		end_move(&pair.server, &pair.client, SIZE_MAX);
	}
	size_t whole = give_cut(&pair.client, &pair.server,
	    index > 0 ? index - 1 : 0, size, boundless);
	if (whole != SIZE_MAX && size < whole)
		check_refused(&pair.server, boundless ? HANDSHAKE_FAILURE
					    : version == VERSION_SSL3
						? DECODE_ERROR_SSL3
						: DECODE_ERROR);
	pair_free(&pair);
	return whole;
}

static void
test_client(void **state)
{
	static const uint16_t versions[] = {VERSION_SSL3, VERSION_TLS1_0};

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++)
		// Hello, Certificate, ClientKeyExchange, CertificateVerify.
		for (unsigned index = 0; index < 4; index++) {
			size_t whole = cut_client(versions[v], index, 0);

			assert_true(whole > 0 && whole != SIZE_MAX);
			for (size_t size = 1; size < whole;
			     size += step_of(whole, size))
				cut_client(versions[v], index, size);
		}
}

static size_t
cut_server(uint16_t version, unsigned index, size_t size)
{
	struct pair pair;

	start(&pair, version);
	end_move(&pair.client, &pair.server, SIZE_MAX);
	size_t whole = give_cut(&pair.server, &pair.client, index, size, false);
	// The hello's extensions may be left out, and nobody sees that until
	// Finished.
	if (whole != SIZE_MAX && size < whole && !(index == 0 && size == 38))
		check_refused(&pair.client,
		    version == VERSION_SSL3 ? DECODE_ERROR_SSL3 : DECODE_ERROR);
	else
		assert_int_equal(
		    ENGINE_HANDSHAKING, pair.client.engine->status);
	pair_free(&pair);
	return whole;
}

static void
test_server(void **state)
{
	static const uint16_t versions[] = {VERSION_SSL3, VERSION_TLS1_0};

	(void)state;
	for (size_t v = 0; v < ROWS(versions); v++)
		// Hello, Certificate, ServerKeyExchange, CertificateRequest.
		for (unsigned index = 0; index < 4; index++) {
			size_t whole = cut_server(versions[v], index, 0);

			assert_true(whole > 0 && whole != SIZE_MAX);
			for (size_t size = 1; size <= whole;
			     size += step_of(whole, size))
				cut_server(versions[v], index, size);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client),
	    cmocka_unit_test(test_server),
	};

	return cmocka_run_group_tests_name(
	    "legacy_cut", tests, set_up, tear_down);
}
