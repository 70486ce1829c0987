// SPDX-License-Identifier: ISC
//
// What settings name in files: certificates, keys, authorities. And those
// certificates that are made where no file is named.

#define _DEFAULT_SOURCE
#include "engines_lab.h"
#include "pss.h"

#include "tls/certificate.h"

#include <stdio.h>

#include <openssl/x509.h>

static char folder[] = "/tmp/engines-XXXXXX";
static struct credential *authority;
static struct credential *leaf;

// A file in the folder, with text; its path is static for each name.
static const char *
put(const char *name, const char *text)
{
	static char paths[16][64];
	static unsigned count;
	char *path = paths[count++ % ROWS(paths)];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
	return path;
}

static const char *
put_credential(const char *name, const struct credential *credential)
{
	char *text = credential_pem(credential);
	const char *path = put(name, text);

	pem_free(&text);
	return path;
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	authority = lab_authority("Authority");
	struct mint_request request =
	    lab_request("mail.example", "DNS:mail.example", authority);
	request.key = MINT_RSA_2048;
	leaf = lab_mint(&request);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"ca.pem", "leaf.pem", "other.pem",
	    "empty.pem", "key.pem", "legacy.pem"};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		char path[64];

		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	credential_free(&authority);
	credential_free(&leaf);
	return 0;
}

static const char *const good[] = {"mail.example"};
static const char *const bad[] = {"other.example"};
static const char *const below[] = {".example"};
static const struct demand {
	enum level level;
	const char *const *names; // NULL: the name that is dialled
	bool trusted;
	enum tls_failure failure;
	enum tls_verified verified;
} demands[] = {
    {LEVEL_MAY, NULL, false, TLS_FAILURE_NONE, TLS_VERIFIED_UNTRUSTED},
    {LEVEL_ENCRYPT, NULL, true, TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
    {LEVEL_ENCRYPT, bad, true, TLS_FAILURE_NONE, TLS_VERIFIED_UNTRUSTED},
    {LEVEL_VERIFY, NULL, true, TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
    {LEVEL_VERIFY, NULL, false, TLS_FAILURE_UNTRUSTED, TLS_VERIFIED_UNTRUSTED},
    {LEVEL_SECURE, good, true, TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
    {LEVEL_SECURE, below, true, TLS_FAILURE_NONE, TLS_VERIFIED_NAME},
    {LEVEL_SECURE, bad, true, TLS_FAILURE_NAME, TLS_VERIFIED_UNTRUSTED},
    {LEVEL_FINGERPRINT, NULL, true, TLS_FAILURE_FINGERPRINT,
	TLS_VERIFIED_UNTRUSTED},
    {LEVEL_DANE, NULL, true, TLS_FAILURE_DANE, TLS_VERIFIED_UNTRUSTED},
    {LEVEL_DANE_ONLY, NULL, true, TLS_FAILURE_DANE, TLS_VERIFIED_UNTRUSTED},
};

static void
levels_are_met_or_the_engine_fails(void **state)
{
	const char *ours = put_credential("leaf.pem", leaf);
	const char *ca = put_credential("ca.pem", authority);

	(void)state;
	// Both engines judge alike.
	for (size_t i = 0; i < ROWS(demands) * 2; i++) {
		size_t row = i / 2;
		struct legs legs;

		legs_init(&legs);
		legs.sender.certificate = (struct text_list){&ours, 1};
		legs.receiver.tls = demands[row].level;
		if (demands[row].names != NULL)
			legs.receiver.names =
			    (struct text_list){demands[row].names, 1};
		if (demands[row].trusted)
			legs.receiver.ca = (struct text_list){&ca, 1};
		if (i % 2 == 1) {
			legs.sender.min_protocol = PROTOCOL_TLS1_0;
			legs.sender.legacy_certificate =
			    put_credential("legacy.pem", leaf);
			legs.sender.certificate = (struct text_list){0};
			legs.receiver.min_protocol = PROTOCOL_TLS1_0;
			legs.receiver.hello_profile = HELLO_PROFILE_SCHANNEL;
		}
		legs_run(&legs, LAB_LIMIT);
		const struct tls_facts *facts = &legs.client.engine->facts;
		assert_string_equal(tls_failure_name(facts->failure),
		    tls_failure_name(demands[row].failure));
		assert_int_equal(facts->verified, demands[row].verified);
		assert_int_equal(facts->legacy, i % 2 == 1);
		legs_free(&legs);
	}
}

// One certificate for each name; the text of what is wrong names the file.
static void
what_is_wrong_with_files_is_told(void **state)
{
	struct credential *other = lab_leaf("other", NULL, NULL);
	const char *ours = put_credential("leaf.pem", leaf);
	const char *others = put_credential("other.pem", other);
	const char *empty = put("empty.pem", "");
	const char *missing = "/nonexistent/file.pem";
	const char *renamed = put("pss.pem", "");
	const struct {
		const char *certificate, *key, *legacy, *client_ca;
		enum client_certificate ask;
		const char *word; // in the text
	} rows[] = {
	    {missing, NULL, NULL, NULL, 0, "/nonexistent/file.pem: No such"},
	    {empty, NULL, NULL, NULL, 0, "there is no certificate in it"},
	    {ours, others, NULL, NULL, 0,
		"other.pem: the private key is not that of"},
	    {ours, empty, NULL, NULL, 0, "there is no private key in it"},
	    {ours, put("key.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n"), NULL,
		NULL, 0, "the private key cannot be read"},
	    {ours, NULL, ours, NULL, 0, "give legacy-certificate a key of"},
	    {renamed, NULL, ours, NULL, 0, "give legacy-certificate a key of"},
	    {ours, NULL, others, NULL, 0, "no RSA key"},
	    {ours, NULL, NULL, NULL, CLIENT_CERTIFICATE_REQUIRE,
		"needs client-ca"},
	    {ours, NULL, NULL, empty, CLIENT_CERTIFICATE_ASK,
		"there is no certificate in it"},
	};

	(void)state;
	pss_write(renamed, leaf);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct tls_error error = {.text = ""};
		struct legs legs;

		legs_init(&legs);
		legs.sender.min_protocol = PROTOCOL_TLS1_0;
		legs.sender.certificate =
		    (struct text_list){&rows[i].certificate, 1};
		legs.sender.key = (struct text_list){
		    &rows[i].key, rows[i].key != NULL ? 1 : 0};
		legs.sender.legacy_certificate = rows[i].legacy;
		legs.sender.client_ca = rows[i].client_ca;
		legs.sender.client_certificate = rows[i].ask;
		assert_null(tls_server_new(&legs.sender, "proxy", &error));
		if (strstr(error.text, rows[i].word) == NULL)
			fail_msg("%s", error.text);
		lab_end_free(&legs.server);
		lab_end_free(&legs.client);
	}
	credential_free(&other);
}

// Settings that come up only now, whose files are gone: our fault, and told.
static void
a_file_that_is_gone_by_now_is_told(void **state)
{
	static const char *const missing[] = {"/nonexistent/file.pem"};
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs_start(&legs);
	struct sender_settings sender = legs.sender;
	sender.certificate = (struct text_list){missing, 1};
	legs_connect(&legs, &sender, 0);
	lab_pump(&legs.client, &legs.server, LAB_LIMIT);
	assert_int_equal(legs.server.engine->facts.failure, TLS_FAILURE_LOCAL);

	struct receiver_settings receiver = legs.receiver;
	receiver.ca = (struct text_list){missing, 1};
	lab_end_free(&legs.client);
	lab_end_init(&legs.client);
	legs.client.engine = tls_client_connect(legs.tls_client,
	    &(struct tls_dial){.settings = &receiver, .name = "mail.example"},
	    &legs.client.records, &legs.client.plaintext, NULL);
	engine_start(legs.client.engine);
	assert_int_equal(legs.client.engine->facts.failure, TLS_FAILURE_LOCAL);
	legs_free(&legs);
}

static void
settings_that_contradict_themselves_are_told(void **state)
{
	static const char *const nonsense[] = {"NO-SUCH-SUITE"};
	static const char *const group[] = {"no-such-group"};
	static const char *const weak[] = {"TLS_AES_128_GCM_SHA256"};
	struct tls_error error = {.text = ""};
	struct legs legs;

	(void)state;
	legs_init(&legs);
	legs.receiver.ciphers = (struct text_list){nonsense, 1};
	assert_null(tls_client_new(&legs.receiver, NULL, &error));
	legs.receiver.ciphers = (struct text_list){weak, 1};
	legs.receiver.min_bits = 256;
	assert_null(tls_client_new(&legs.receiver, NULL, &error));
	assert_non_null(strstr(error.text, "leave no cipher suite"));
	assert_string_equal(error.setting, "ciphers");
	legs_init(&legs);
	legs.receiver.groups = (struct text_list){group, 1};
	assert_null(tls_client_new(&legs.receiver, NULL, &error));
	assert_non_null(strstr(error.text, "no-such-group"));
	assert_string_equal(error.setting, "groups");
	legs_init(&legs);
	legs.receiver.hello_profile = HELLO_PROFILE_SCHANNEL;
	assert_null(tls_client_new(&legs.receiver, NULL, &error));
	assert_non_null(strstr(error.text, "schannel needs"));
	assert_string_equal(error.setting, "hello-profile");
	legs_init(&legs);
	assert_null(tls_client_new(&legs.receiver, "/nonexistent", &error));
	assert_non_null(strstr(error.text, "/nonexistent cannot be read"));
	assert_string_equal(error.setting, "trust-store");
}

static void
certificates_are_made_for_old_and_new(void **state)
{
	struct tls_error error = {.text = ""};
	struct credential *modern = mint_modern("proxy.example", &error);
	struct credential *legacy = mint_legacy("proxy.example", &error);
	struct credential *again = mint_legacy("proxy.example", &error);

	(void)state;
	assert_non_null(modern);
	assert_non_null(legacy);
	assert_true(certificate_names(modern->leaf, "proxy.example"));
	assert_int_equal(EVP_PKEY_get_bits(modern->key), 2048);
	assert_int_equal(
	    X509_get_signature_nid(modern->leaf), NID_sha256WithRSAEncryption);
	// NT 4.0 shows no certificate that is its own issuer.
	assert_true(certificate_names(legacy->leaf, "proxy.example"));
	assert_int_equal(EVP_PKEY_get_bits(legacy->key), 1024);
	assert_int_equal(
	    X509_get_signature_nid(legacy->leaf), NID_sha1WithRSAEncryption);
	assert_int_not_equal(X509_NAME_cmp(X509_get_subject_name(legacy->leaf),
				 X509_get_issuer_name(legacy->leaf)),
	    0);
	assert_int_equal(sk_X509_num(legacy->chain), 1);
	assert_int_equal(X509_verify(legacy->leaf,
			     X509_get0_pubkey(sk_X509_value(legacy->chain, 0))),
	    1);
	assert_int_not_equal(EVP_PKEY_eq(legacy->key, modern->key), 1);
	assert_int_not_equal(EVP_PKEY_eq(legacy->key, again->key), 1);
	assert_int_not_equal(
	    ASN1_INTEGER_cmp(X509_get0_serialNumber(legacy->leaf),
		X509_get0_serialNumber(again->leaf)),
	    0);
	credential_free(&modern);
	credential_free(&legacy);
	credential_free(&again);
	// A name that would be read as more than one is given to no one.
	struct credential *odd = mint_modern("a,DNS:b.example", &error);
	assert_non_null(odd);
	assert_false(certificate_names(odd->leaf, "b.example"));
	credential_free(&odd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(levels_are_met_or_the_engine_fails),
	    cmocka_unit_test(what_is_wrong_with_files_is_told),
	    cmocka_unit_test(a_file_that_is_gone_by_now_is_told),
	    cmocka_unit_test(settings_that_contradict_themselves_are_told),
	    cmocka_unit_test(certificates_are_made_for_old_and_new),
	};

	return cmocka_run_group_tests_name(
	    "engines-files", tests, set_up, tear_down);
}
