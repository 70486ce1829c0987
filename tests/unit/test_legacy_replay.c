// SPDX-License-Identifier: ISC
//
// The engine in the place of one end of a recorded connection: as the server
// that NSS's client spoke to, and as the client that NSS's and OpenSSL's
// servers answered. What it draws at random and what PKCS #1 padding makes of
// the premaster secret are given (this program is linked with --wrap for
// that); everything else has to come out as it was, to the last byte.
//
// EXPORT1024 is spoken by no packaged program: these are its interoperability
// tests, beside those of the two roles with each other.

#include "legacy_listener.h"

bool __real_crypto_random(uint8_t *bytes, size_t size);
bool __wrap_crypto_random(uint8_t *bytes, size_t size);
bool __real_rsa_key_seal(
    const struct rsa_key *key, const uint8_t *premaster, uint8_t *out);
bool __wrap_rsa_key_seal(
    const struct rsa_key *key, const uint8_t *premaster, uint8_t *out);

// What will be drawn; then true randomness goes on.
static uint8_t drawn[256];
static size_t drawn_size;
static size_t drawn_at;
static struct piece sealed_as;

bool
__wrap_crypto_random(uint8_t *bytes, size_t size)
{
	if (drawn_size - drawn_at < size)
		return __real_crypto_random(bytes, size);
	memcpy(bytes, drawn + drawn_at, size);
	drawn_at += size;
	return true;
}

bool
__wrap_rsa_key_seal(
    const struct rsa_key *key, const uint8_t *premaster, uint8_t *out)
{
	if (sealed_as.size == 0) // what is tried at the start
		return __real_rsa_key_seal(key, premaster, out);
	assert_int_equal(rsa_key_size(key), sealed_as.size);
	memcpy(out, sealed_as.bytes, sealed_as.size);
	return true;
}

static void
draw(const void *bytes, size_t size)
{
	assert_true(drawn_size + size <= sizeof drawn);
	memcpy(drawn + drawn_size, bytes, size);
	drawn_size += size;
}

// The end of the smallest record of Finished, less the last block: the padding
// of SSL 3.0 may be anything.
enum { FINISHED_TAIL = 32, LAST_BLOCK = 8 };

static struct recording recording;
static struct listener listener;
static struct legacy_credentials *credentials;

// Everything that one party said after the hello, in one piece.
struct said {
	uint8_t bytes[RECORDING_BYTES];
	size_t size;
};
static struct said said[2];
static char everything[2][LISTENER_TEXT];
static size_t everything_size[2];

static void
listen_first(const char *name)
{
	static char text[PAIR_FILE];

	recording_read(&recording, name);
	size_t size = vector_read(recording.key, text, sizeof text);
	struct rsa_key *key = rsa_key_from_pem((struct piece){text, size});
	assert_non_null(key);
	listener_init(&listener, key);
	listener_run(&listener, &recording.connections[0]);
	for (int party = 0; party < 2; party++) {
		everything_size[party] = listener.text_size[party];
		memcpy(everything[party], listener.text[party],
		    everything_size[party]);
	}
	memset(said, 0, sizeof said);
	for (size_t i = 0; i < recording.connections[0].count; i++) {
		const struct segment *segment =
		    &recording.connections[0].segments[i];
		struct said *to = &said[segment->from];

		memcpy(to->bytes + to->size, segment->bytes, segment->size);
		to->size += segment->size;
	}
	rsa_key_free(&key);
	credentials = credentials_read(recording.key);
	drawn_size = drawn_at = 0;
}

// Splits what the party said into what came before its first record of
// content, and the rest.
static size_t
handshake_size(const struct said *party, bool v2_hello)
{
	size_t at = 0;

	if (v2_hello)
		at = 2 +
		     ((size_t)(party->bytes[0] & 0x7f) << 8 | party->bytes[1]);
	while (at < party->size && party->bytes[at] != RECORD_APPLICATION)
		at += 5 + ((size_t)party->bytes[at + 3] << 8 |
			      party->bytes[at + 4]);
	return at;
}

static void
check_server(const char *name)
{
	struct end end;
	struct legacy_config config;
	uint16_t suite = 0;

	listen_first(name);
	suite = listener.secret.suite->number;
	draw(listener.secret.randoms[SERVER], RANDOM_SIZE);
	draw(listener.id, listener.id_size);
	struct legacy_sessions *sessions = legacy_sessions_new(1, 60000);
	config = (struct legacy_config){
	    .role = LEGACY_SERVER,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = listener.secret.version,
	    .min_bits = 40,
	    .suites = &suite,
	    .suite_count = 1,
	    .credentials = credentials,
	    .sessions = listener.id_size > 0 ? sessions : NULL,
	};
	end_init(&end, &config);
	engine_start(end.engine);
	for (size_t i = 0; i < said[CLIENT].size; i++)
		engine_receive(end.engine, said[CLIENT].bytes + i, 1);
	// The client's Finished and all it said were understood.
	assert_good(&end);
	assert_int_equal(ENGINE_CLOSED, end.engine->status);
	assert_int_equal(everything_size[CLIENT], end.plaintext.size);
	assert_memory_equal(everything[CLIENT], buffer_bytes(&end.plaintext),
	    end.plaintext.size);
	assert_string_equal(
	    listener.secret.suite->name, end.engine->facts.suite);
	// The hello and Certificate are cut into records in another way; the
	// ChangeCipherSpec and Finished at the end are those recorded.
	size_t size = handshake_size(&said[SERVER], false);
	assert_memory_equal(said[SERVER].bytes + size - FINISHED_TAIL,
	    buffer_bytes(&end.records) + end.records.size - FINISHED_TAIL,
	    FINISHED_TAIL - LAST_BLOCK);
	end_free(&end);
	legacy_sessions_free(&sessions);
	legacy_credentials_free(&credentials);
	listener_free(&listener);
}

static void
prepare_client(bool v2_hello)
{
	size_t zeros = v2_hello ? 16 : 0;
	struct segment key_exchange = {CLIENT, NULL, 0};

	for (size_t i = 1; key_exchange.bytes == NULL; i++)
		if (recording.connections[0].segments[i].from == CLIENT)
			key_exchange = recording.connections[0].segments[i];
	struct reader record =
	    reader_over(key_exchange.bytes, key_exchange.size);
	reader_bytes(&record, RECORD_HEADER_SIZE + 1);
	struct reader body = reader_vector(&record, 3);
	assert_true(message_read_client_key_exchange(
	    body, listener.secret.version, &sealed_as));
	draw(listener.secret.randoms[CLIENT] + zeros, RANDOM_SIZE - zeros);
	draw(listener.premaster + 2, PREMASTER_SIZE - 2);
}

static void
check_client(
    const char *name, bool v2_hello, const uint16_t *suites, size_t suite_count)
{
	struct end end;
	struct legacy_config config;

	listen_first(name);
	prepare_client(v2_hello);
	const struct legacy_profile profile = {
	    .version = listener.offered,
	    .v2_hello = v2_hello,
	    .scsv = true,
	    .suites = suites,
	    .suite_count = suite_count,
	};
	config = (struct legacy_config){
	    .role = LEGACY_CLIENT,
	    .min_protocol = VERSION_SSL3,
	    .max_protocol = listener.offered,
	    .min_bits = 40,
	    .profile = &profile,
	};
	end_init(&end, &config);
	engine_start(end.engine);
	for (size_t i = 0; i < said[SERVER].size; i++)
		engine_receive(end.engine, said[SERVER].bytes + i, 1);
	assert_good(&end);
	assert_int_equal(ENGINE_CLOSED, end.engine->status);
	assert_int_equal(everything_size[SERVER], end.plaintext.size);
	assert_memory_equal(everything[SERVER], buffer_bytes(&end.plaintext),
	    end.plaintext.size);
	// What it sent itself is what the recorded client sent.
	size_t size = handshake_size(&said[CLIENT], v2_hello);
	assert_int_equal(size, end.records.size);
	assert_memory_equal(
	    said[CLIENT].bytes, buffer_bytes(&end.records), size);
	end_free(&end);
	legacy_credentials_free(&credentials);
	listener_free(&listener);
}

static const char *const servers[] = {
    "nss-ssl3-3des-ede-cbc-sha",
    "nss-ssl3-des-cbc-sha",
    "nss-ssl3-export-rc2-40-md5",
    "nss-ssl3-export-rc4-40-md5",
    "nss-ssl3-export1024-des-cbc-sha",
    "nss-ssl3-export1024-rc4-56-sha",
    "nss-ssl3-rc4-128-md5",
    "nss-tls10-3des-ede-cbc-sha",
    "nss-tls10-des-cbc-sha",
    "nss-tls10-export-rc2-40-md5",
    "nss-tls10-export-rc4-40-md5",
    "nss-tls10-export1024-des-cbc-sha",
    "nss-tls10-export1024-rc4-56-sha",
    "nss-tls10-rc4-128-md5",
    "nss-v2hello-ssl3-export-rc4-40",
    "nss-v2hello-tls10-export1024",
};

static void
test_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(servers); i++)
		check_server(servers[i]);
}

// NSS's client offers these in its SSLv2-format hello.
static const uint16_t nss_suites[] = {
    0x000a, 0x0005, 0x0004, 0x0009, 0x0064, 0x0062, 0x0003, 0x0006};

static void
test_client(void **state)
{
	static const uint16_t rc4_sha[] = {0x0005};
	static const uint16_t rc4_40[] = {0x0003};
	static const uint16_t rc2_40[] = {0x0006};
	static const uint16_t des_40[] = {0x0008};

	(void)state;
	check_client(
	    "nss-v2hello-tls10-export1024", true, nss_suites, ROWS(nss_suites));
	check_client("nss-v2hello-ssl3-export-rc4-40", true, nss_suites,
	    ROWS(nss_suites));
	check_client("openssl-ssl3-rc4-sha", false, rc4_sha, 1);
	check_client("openssl-ssl3-exp-rc4-md5", false, rc4_40, 1);
	check_client("openssl-ssl3-exp-rc2-cbc-md5", false, rc2_40, 1);
	check_client("openssl-ssl3-exp-des-cbc-sha", false, des_40, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_server),
	    cmocka_unit_test(test_client),
	};

	return cmocka_run_group_tests_name("legacy_replay", tests, NULL, NULL);
}
