// SPDX-License-Identifier: ISC
//
// The modern engine and who its peer is: certificates of either side.

#include "modern_pair.h"

static void
the_name_that_is_asked_for_chooses_the_certificate(void **state)
{
	struct credential *a = lab_leaf("a", "DNS:a.example", authority);
	struct credential *b = lab_leaf("b", "DNS:*.b.example", authority);
	static const struct {
		const char *asked;
		const char *subject;
		bool rsa_only;
	} rows[] = {
	    {"a.example", "CN=a", false},
	    {"x.b.example", "CN=b", false},
	    {"unknown.example", "CN=a", false},
	    {NULL, "CN=a", false},
	    {"mail.example", "CN=mail.example", false},
	    {"mail.example", "CN=mail.example", true},
	};
	static const char *const rsa[] = {
	    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"};

	static const struct verify_peer anybody = {.record_only = true};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pair pair;

		pair_init(&pair);
		pair.peer = &anybody;
		pair.server_credentials[0] = a;
		pair.server_credentials[1] = b;
		pair.server_credentials[2] = rsa_leaf;
		pair.server_settings.credential_count = 3;
		pair.server_name = rows[i].asked;
		pair.client_settings.ciphers = rsa;
		pair.client_settings.cipher_count = rows[i].rsa_only;
		pair_run(&pair);
		pair_assert_open(&pair);
		assert_string_equal(
		    pair.client.engine->facts.subject, rows[i].subject);
		pair_free(&pair);
	}
	credential_free(&a);
	credential_free(&b);
}

static const char *const other_names[] = {"other.example"};
static const char *const digests[] = {"00000000000000000000000000000000"
				      "00000000000000000000000000000000"};
static const struct belief {
	struct verify_peer peer;
	enum tls_failure failure;
	enum tls_verified verified;
	int alert;
} beliefs[] = {
    {{.demand = VERIFY_NAME, .names = good_names, .name_count = 1},
	TLS_FAILURE_NONE, TLS_VERIFIED_NAME, -1},
    {{.demand = VERIFY_NAME, .names = other_names, .name_count = 1},
	TLS_FAILURE_NAME, TLS_VERIFIED_UNTRUSTED, 42},
    {{.demand = VERIFY_NAME}, TLS_FAILURE_NAME, TLS_VERIFIED_UNTRUSTED, 42},
    {{.demand = VERIFY_NAME,
	 .record_only = true,
	 .names = other_names,
	 .name_count = 1},
	TLS_FAILURE_NONE, TLS_VERIFIED_UNTRUSTED, -1},
    {{.demand = VERIFY_FINGERPRINT,
	 .fingerprints = digests,
	 .fingerprint_count = 1},
	TLS_FAILURE_FINGERPRINT, TLS_VERIFIED_UNTRUSTED, 42},
    {{.demand = VERIFY_DANE}, TLS_FAILURE_DANE, TLS_VERIFIED_UNTRUSTED, 42},
};

static void
a_receiver_that_is_not_believed_gets_no_mail(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(beliefs) * 2; i++) {
		unsigned version = i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
		size_t row = i / 2;
		struct pair pair;

		pair_init(&pair);
		pair.peer = &beliefs[row].peer;
		pair.server_settings.max_protocol = version;
		pair_run(&pair);
		const struct tls_facts *facts = &pair.client.engine->facts;
		assert_int_equal(facts->failure, beliefs[row].failure);
		assert_int_equal(facts->verified, beliefs[row].verified);
		assert_int_equal(facts->alert_sent, beliefs[row].alert);
		assert_int_equal(pair.server.engine->facts.alert_received,
		    beliefs[row].alert);
		assert_string_equal(facts->names, "mail.example");
		assert_string_equal(facts->issuer, "CN=Authority");
		pair_free(&pair);
	}
}

static void
tlsa_records_stand_for_a_certificate_or_an_authority(void **state)
{
	uint8_t leaf[32], root[32];
	const struct {
		struct tlsa record;
		const char *name;
		enum tls_failure failure;
	} rows[] = {
	    {{3, 0, 1, leaf, 32}, "any.example", TLS_FAILURE_NONE},
	    {{3, 0, 1, root, 32}, "mail.example", TLS_FAILURE_DANE},
	    {{2, 0, 1, root, 32}, "mail.example", TLS_FAILURE_NONE},
	    {{2, 0, 1, root, 32}, "any.example", TLS_FAILURE_NAME},
	    {{1, 0, 1, leaf, 32}, "mail.example", TLS_FAILURE_DANE},
	    {{3, 0, 1, leaf, 31}, "mail.example", TLS_FAILURE_DANE},
	};

	(void)state;
	X509_digest(server_leaf->leaf, EVP_sha256(), leaf, NULL);
	X509_digest(authority->leaf, EVP_sha256(), root, NULL);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verify_peer peer = {.demand = VERIFY_DANE,
		    .names = &rows[i].name,
		    .name_count = 1,
		    .records = &rows[i].record,
		    .record_count = 1};
		struct pair pair;

		pair_init(&pair);
		pair.server_settings.credential_count = 1;
		pair.peer = &peer;
		pair_run(&pair);
		const struct tls_facts *facts = &pair.client.engine->facts;
		assert_int_equal(facts->failure, rows[i].failure);
		if (rows[i].failure == TLS_FAILURE_NONE)
			assert_int_equal(facts->verified, TLS_VERIFIED_DANE);
		pair_free(&pair);
	}
}

static void
senders_show_a_certificate_where_they_must(void **state)
{
	struct credential *stranger = lab_authority("Stranger");
	struct credential *known = lab_leaf("sender", "DNS:sender", authority);
	struct credential *unknown = lab_leaf("sender", "DNS:sender", stranger);
	struct verifier *verifier = verifier_of(false);
	const struct {
		const struct credential *shown;
		bool ask; // go on without
		enum tls_failure failure;
		enum tls_verified verified;
	} rows[] = {
	    {known, false, TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
	    {known, true, TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
	    {unknown, false, TLS_FAILURE_UNTRUSTED, TLS_VERIFIED_UNTRUSTED},
	    {unknown, true, TLS_FAILURE_NONE, TLS_VERIFIED_UNTRUSTED},
	    {NULL, false, TLS_FAILURE_NO_CERTIFICATE, TLS_VERIFIED_NONE},
	    {NULL, true, TLS_FAILURE_NONE, TLS_VERIFIED_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows) * 2; i++) {
		unsigned version = i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
		size_t row = i / 2;
		struct verify_peer peer = {
		    .demand = VERIFY_CHAIN, .record_only = rows[row].ask};
		struct pair pair;

		pair_init(&pair);
		pair.server_settings.max_protocol = version;
		pair.server_settings.verifier = verifier;
		pair.server_settings.without_certificate = rows[row].ask;
		pair.client_peer = &peer;
		pair.client_credential = rows[row].shown;
		pair.client_settings.credential_count = rows[row].shown != NULL;
		pair_run(&pair);
		const struct tls_facts *facts = &pair.server.engine->facts;
		assert_int_equal(facts->failure, rows[row].failure);
		assert_int_equal(facts->verified, rows[row].verified);
		assert_string_equal(
		    facts->subject, rows[row].shown != NULL ? "CN=sender" : "");
		pair_free(&pair);
	}
	verifier_free(&verifier);
	credential_free(&known);
	credential_free(&unknown);
	credential_free(&stranger);
}

static void
a_receivers_weak_key_is_refused(void **state)
{
	struct mint_request request =
	    lab_request("mail.example", "DNS:mail.example", authority);

	(void)state;
	request.key = MINT_RSA_512;
	struct credential *weak = lab_mint(&request);
	for (unsigned bits = 40; bits <= 112; bits += 72) {
		static const char *const plain_rsa[] = {
		    "TLS_RSA_WITH_AES_128_CBC_SHA"};
		struct pair pair;

		pair_init(&pair);
		pair.server_credentials[0] = weak;
		pair.server_settings.credential_count = 1;
		pair.server_settings.min_protocol = TLS1_VERSION;
		pair.server_settings.max_protocol = TLS1_VERSION;
		pair.server_settings.ciphers = plain_rsa;
		pair.server_settings.cipher_count = 1;
		pair.client_settings.min_protocol = TLS1_VERSION;
		pair.client_settings.min_bits = bits;
		pair_run(&pair);
		assert_int_equal(pair.client.engine->facts.failure,
		    bits < 112 ? TLS_FAILURE_NONE : TLS_FAILURE_WEAK_KEY);
		pair_free(&pair);
	}
	credential_free(&weak);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_name_that_is_asked_for_chooses_the_certificate),
	    cmocka_unit_test(a_receiver_that_is_not_believed_gets_no_mail),
	    cmocka_unit_test(
		tlsa_records_stand_for_a_certificate_or_an_authority),
	    cmocka_unit_test(senders_show_a_certificate_where_they_must),
	    cmocka_unit_test(a_receivers_weak_key_is_refused),
	};

	return cmocka_run_group_tests_name(
	    "modern-peer", tests, pair_set_up, pair_tear_down);
}
