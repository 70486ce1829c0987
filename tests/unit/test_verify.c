// SPDX-License-Identifier: ISC
//
// Who is believed: names, chains, dates, digests, revocation, TLSA records.

#include "lab.h"

#include "tls/certificate.h"
#include "tls/verify_modern.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static struct credential *authority;
static struct credential *stranger; // another authority

static int
set_up(void **state)
{
	(void)state;
	authority = lab_authority("Authority");
	stranger = lab_authority("Stranger");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	credential_free(&authority);
	credential_free(&stranger);
	return 0;
}

static struct verifier *
verifier_with(const char *crl)
{
	struct tls_error error = {.text = ""};
	char *text = credential_pem(authority);
	struct pem pem = {"authority", text, strlen(text)};
	struct pem list = {"crl", crl, crl != NULL ? strlen(crl) : 0};
	struct verifier_settings settings = {.server = true,
	    .authorities = &pem,
	    .authority_count = 1,
	    .crls = &list,
	    .crl_count = crl != NULL ? 1 : 0,
	    .security_level = 2};
	struct verifier *verifier = verifier_new(&settings, &error);

	if (verifier == NULL)
		fail_msg("%s", error.text);
	pem_free(&text);
	return verifier;
}

// Judged as DER, as the legacy engine has it, and as libssl has it: both
// must say the same.
static enum tls_failure
judge(const struct verifier *verifier, const struct verify_peer *peer,
    const struct credential *whose, struct tls_facts *facts)
{
	uint8_t *der = NULL;
	int size = i2d_X509(whose->leaf, &der);
	struct verify_der leaf = {der, (size_t)size};
	STACK_OF(X509) *all = sk_X509_new_null();
	struct tls_facts again;

	assert_true(size > 0);
	sk_X509_push(all, whose->leaf);
	tls_facts_init(facts);
	tls_facts_init(&again);
	struct verify_verdict verdict =
	    verifier_judge_der(verifier, peer, &leaf, 1, facts);
	assert_int_equal(verifier_judge(verifier, peer, all, &again).failure,
	    verdict.failure);
	assert_memory_equal(facts, &again, sizeof again);
	assert_true(
	    verdict.failure == TLS_FAILURE_NONE || verdict.detail[0] != '\0');
	sk_X509_free(all);
	OPENSSL_free(der);
	return verdict.failure;
}

static void
names_match_as_rfc_6125_has_it(void **state)
{
	static const struct {
		const char *common_name, *alternatives, *wanted;
		bool match;
	} rows[] = {
	    {"mx", "DNS:mail.example", "mail.example", true},
	    {"mx", "DNS:mail.example", "MAIL.Example", true},
	    {"mx", "DNS:mail.example", "mail.example.org", false},
	    {"mx", "DNS:mail.example", "ail.example", false},
	    {"mx", "DNS:a.example,DNS:b.example", "b.example", true},
	    // The common name counts where there is no dNSName, and only there.
	    {"mail.example", NULL, "mail.example", true},
	    {"mail.example", "IP:192.0.2.1", "mail.example", true},
	    {"mail.example", "DNS:other.example", "mail.example", false},
	    // A wildcard is a whole left-most label, and stands for one.
	    {"mx", "DNS:*.example.com", "a.example.com", true},
	    {"mx", "DNS:*.example.com", "a.b.example.com", false},
	    {"mx", "DNS:*.example.com", "example.com", false},
	    {"mx", "DNS:m*.example.com", "mail.example.com", false},
	    {"mx", "DNS:*l.example.com", "mail.example.com", false},
	    {"mx", "DNS:a.*.example.com", "a.b.example.com", false},
	    {"mx", "DNS:*", "localhost", false},
	    {"mx", "DNS:*.com", "example.com", false},
	    {"*.example.com", NULL, "a.example.com", true},
	    // Every name below a domain, where that is wanted.
	    {"mx", "DNS:a.b.example.com", ".example.com", true},
	    {"mx", "DNS:example.com", ".example.com", false},
	    {"mx", "DNS:badexample.com", ".example.com", false},
	    // Addresses are iPAddresses, and nothing else is.
	    {"mx", "IP:192.0.2.1", "192.0.2.1", true},
	    {"mx", "IP:192.0.2.1", "[192.0.2.1]", true},
	    {"mx", "IP:2001:db8::1", "2001:db8:0::1", true},
	    {"mx", "IP:2001:db8::1", "[2001:db8::1]", true},
	    {"mx", "IP:192.0.2.1", "192.0.2.2", false},
	    {"mx", "DNS:192.0.2.1", "192.0.2.1", false},
	    {"192.0.2.1", NULL, "192.0.2.1", false},
	    {"mx", "email:mail.example@example.com", "mail.example", false},
	    {"mx", "DNS:mail.example", "", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct credential *leaf = lab_leaf(
		    rows[i].common_name, rows[i].alternatives, authority);

		if (certificate_names(leaf->leaf, rows[i].wanted) !=
		    rows[i].match)
			fail_msg("%s, %s: %s", rows[i].common_name,
			    rows[i].alternatives, rows[i].wanted);
		credential_free(&leaf);
	}
}

// "mail.example", NUL, "evil.example": read as a C string, somebody else.
static void
a_nul_in_a_name_deceives_nobody(void **state)
{
	static const char name[] = "mail.example!evil.example";
	struct credential *leaf =
	    lab_leaf(name, "DNS:mail.example!evil.example", authority);
	uint8_t *der = NULL;
	int size = i2d_X509(leaf->leaf, &der);
	unsigned changed = 0;
	struct tls_facts facts;

	(void)state;
	for (int i = 0; i + (int)sizeof name <= size; i++)
		if (memcmp(der + i, name, sizeof name - 1) == 0) {
			der[i + 12] = 0;
			changed++;
		}
	assert_int_equal(changed, 2);
	const uint8_t *at = der;
	X509 *forged = d2i_X509(NULL, &at, size);
	assert_non_null(forged);
	assert_false(certificate_names(forged, "mail.example"));
	tls_facts_init(&facts);
	certificate_describe(forged, &facts);
	assert_string_equal(facts.names, "");
	assert_non_null(strstr(facts.subject, "\\00"));
	X509_free(forged);
	OPENSSL_free(der);
	credential_free(&leaf);
}

static void
chain_and_name_are_both_demanded(void **state)
{
	static const char *const names[] = {"mx.example", "mail.example"};
	enum { FINE, FOREIGN, ALONE, LATE, EARLY, WEAK };
	static const struct {
		int kind;
		const char *alternatives;
		enum tls_failure failure;
		enum tls_verified verified;
	} rows[] = {
	    {FINE, "DNS:mail.example", TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
	    {FINE, "DNS:other.example", TLS_FAILURE_NAME,
		TLS_VERIFIED_UNTRUSTED},
	    {FOREIGN, "DNS:mail.example", TLS_FAILURE_UNTRUSTED,
		TLS_VERIFIED_UNTRUSTED},
	    {ALONE, "DNS:mail.example", TLS_FAILURE_UNTRUSTED,
		TLS_VERIFIED_UNTRUSTED},
	    {LATE, "DNS:mail.example", TLS_FAILURE_EXPIRED,
		TLS_VERIFIED_UNTRUSTED},
	    {EARLY, "DNS:mail.example", TLS_FAILURE_EXPIRED,
		TLS_VERIFIED_UNTRUSTED},
	    {WEAK, "DNS:mail.example", TLS_FAILURE_WEAK_KEY,
		TLS_VERIFIED_UNTRUSTED},
	};
	struct verifier *verifier = verifier_with(NULL);
	struct verify_peer peer = {
	    .demand = VERIFY_NAME, .names = names, .name_count = 2};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mint_request request =
		    lab_request("mx", rows[i].alternatives, authority);
		struct tls_facts facts;

		if (rows[i].kind == FOREIGN)
			request.issuer = stranger;
		if (rows[i].kind == ALONE)
			request.issuer = NULL;
		if (rows[i].kind == LATE)
			request.not_after = request.not_before + 1;
		if (rows[i].kind == EARLY)
			request.not_before = request.not_after - 1;
		if (rows[i].kind == WEAK)
			request.key = MINT_RSA_1024;
		struct credential *leaf = lab_mint(&request);
		peer.record_only = false;
		assert_int_equal(
		    judge(verifier, &peer, leaf, &facts), rows[i].failure);
		assert_int_equal(facts.verified, rows[i].verified);
		assert_int_equal(facts.not_after, request.not_after);
		assert_int_equal(strlen(facts.fingerprint), 64);
		assert_string_equal(facts.subject, "CN=mx");
		// The same is recorded where nothing is demanded.
		peer.record_only = true;
		assert_int_equal(
		    judge(verifier, &peer, leaf, &facts), TLS_FAILURE_NONE);
		assert_int_equal(facts.verified, rows[i].verified);
		credential_free(&leaf);
	}
	verifier_free(&verifier);
}

static void
hex_of(const uint8_t *digest, bool colons, char *out)
{
	for (size_t i = 0; i < 32; i++)
		out += snprintf(
		    out, 4, colons && i > 0 ? ":%02X" : "%02x", digest[i]);
}

static void
a_fingerprint_is_all_that_counts_where_it_is_asked_for(void **state)
{
	struct mint_request request = lab_request("mx", NULL, NULL);
	struct verifier *verifier = verifier_with(NULL);
	char of_leaf[100], of_key[100];
	const char *list[] = {of_key, of_leaf};
	uint8_t digest[32];
	uint8_t *spki = NULL;
	struct tls_facts facts;

	(void)state;
	// Signed by itself, expired, of no name.
	request.not_after = request.not_before + 1;
	struct credential *leaf = lab_mint(&request);
	assert_int_equal(
	    X509_digest(leaf->leaf, EVP_sha256(), digest, NULL), 1);
	hex_of(digest, false, of_leaf);
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf->leaf), &spki);
	assert_int_equal(
	    EVP_Digest(spki, (size_t)size, digest, NULL, EVP_sha256(), NULL),
	    1);
	hex_of(digest, true, of_key);
	for (unsigned i = 0; i < 2; i++) {
		struct verify_peer peer = {.demand = VERIFY_FINGERPRINT,
		    .fingerprints = list + i,
		    .fingerprint_count = 1};

		assert_int_equal(
		    judge(verifier, &peer, leaf, &facts), TLS_FAILURE_NONE);
		assert_int_equal(facts.verified, TLS_VERIFIED_FINGERPRINT);
	}
	// One nibble more, less, or another.
	struct verify_peer peer = {.demand = VERIFY_FINGERPRINT,
	    .fingerprints = list + 1,
	    .fingerprint_count = 1};
	of_leaf[63] = of_leaf[63] == '0' ? '1' : '0';
	assert_int_equal(
	    judge(verifier, &peer, leaf, &facts), TLS_FAILURE_FINGERPRINT);
	of_leaf[63] = '\0';
	assert_int_equal(
	    judge(verifier, &peer, leaf, &facts), TLS_FAILURE_FINGERPRINT);
	peer.fingerprint_count = 0;
	assert_int_equal(
	    judge(verifier, &peer, leaf, &facts), TLS_FAILURE_FINGERPRINT);
	OPENSSL_free(spki);
	credential_free(&leaf);
	verifier_free(&verifier);
}

static char *
make_crl(const struct credential *revoked, long next_update)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *last = X509_time_adj_ex(NULL, -2, 0, NULL);
	ASN1_TIME *next = X509_time_adj_ex(NULL, 0, next_update, NULL);
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(authority->leaf));
	X509_CRL_set1_lastUpdate(crl, last);
	X509_CRL_set1_nextUpdate(crl, next);
	if (revoked != NULL) {
		X509_REVOKED_set_serialNumber(
		    entry, X509_get_serialNumber(revoked->leaf));
		X509_REVOKED_set_revocationDate(entry, last);
		X509_CRL_add0_revoked(crl, entry);
	} else {
		X509_REVOKED_free(entry);
	}
	assert_true(X509_CRL_sign(crl, authority->key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_CRL(bio, crl), 1);
	long size = BIO_get_mem_data(bio, &bytes);
	char *text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	memcpy(text, bytes, (size_t)size);
	BIO_free(bio);
	X509_CRL_free(crl);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
	return text;
}

static void
a_revocation_list_counts_where_it_is_given(void **state)
{
	static const char *const names[] = {"mail.example"};
	struct verify_peer peer = {
	    .demand = VERIFY_NAME, .names = names, .name_count = 1};
	struct credential *leaf = lab_leaf("mx", "DNS:mail.example", authority);
	static const struct {
		bool revoked;
		long next_update;
		enum tls_failure failure;
	} rows[] = {
	    {false, 3600, TLS_FAILURE_NONE},
	    {true, 3600, TLS_FAILURE_REVOKED},
	    {false, -3600, TLS_FAILURE_REVOKED},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *crl = make_crl(
		    rows[i].revoked ? leaf : NULL, rows[i].next_update);
		struct verifier *verifier = verifier_with(crl);
		struct tls_facts facts;

		assert_int_equal(
		    judge(verifier, &peer, leaf, &facts), rows[i].failure);
		verifier_free(&verifier);
		free(crl);
	}
	credential_free(&leaf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_match_as_rfc_6125_has_it),
	    cmocka_unit_test(a_nul_in_a_name_deceives_nobody),
	    cmocka_unit_test(chain_and_name_are_both_demanded),
	    cmocka_unit_test(
		a_fingerprint_is_all_that_counts_where_it_is_asked_for),
	    cmocka_unit_test(a_revocation_list_counts_where_it_is_given),
	};

	return cmocka_run_group_tests_name("verify", tests, set_up, tear_down);
}
