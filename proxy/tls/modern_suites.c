// SPDX-License-Identifier: ISC

#include "tls/modern_suites.h"

#include "base/bytes.h"

#include <string.h>

#include <openssl/err.h>

enum { LIST_ROOM = 8192 };

// Never admitted, whatever is configured: no encryption, no authentication,
// keys that we have not.
static const char never[] = "!aNULL:!eNULL:!PSK:!SRP";

static const char default_13[] = "TLS_AES_256_GCM_SHA384:"
				 "TLS_CHACHA20_POLY1305_SHA256:"
				 "TLS_AES_128_GCM_SHA256";

// Two lists as OpenSSL wants them: up to TLS 1.2, and TLS 1.3.
struct lists {
	char old_bytes[LIST_ROOM];
	char new_bytes[LIST_ROOM];
	struct writer old_suites;
	struct writer new_suites;
};

static void
lists_init(struct lists *lists)
{
	// A byte stays for the NUL.
	lists->old_suites = writer_over(lists->old_bytes, LIST_ROOM - 1);
	lists->new_suites = writer_over(lists->new_bytes, LIST_ROOM - 1);
}

static void
list_add(struct writer *list, const char *item)
{
	if (list->size > 0)
		writer_u8(list, ':');
	writer_text(list, item);
}

static bool
is_tls13(const SSL_CIPHER *cipher)
{
	return strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;
}

static const SSL_CIPHER *
find_suite(SSL *ssl, const char *iana_name)
{
	STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *one = sk_SSL_CIPHER_value(all, i);
		const char *name = SSL_CIPHER_standard_name(one);

		if (name != NULL && strcmp(name, iana_name) == 0)
			return one;
	}
	return NULL;
}

// An IANA name becomes OpenSSL's; what else there is stays as it is. Returns
// whether it was an IANA name.
static bool
add_configured(struct lists *lists, SSL *all, const char *item)
{
	if (strncmp(item, "TLS_", 4) != 0) {
		list_add(&lists->old_suites, item);
		return false;
	}
	const SSL_CIPHER *suite = find_suite(all, item);

	// Otherwise it is of the legacy engine, perhaps.
	if (suite != NULL)
		list_add(
		    is_tls13(suite) ? &lists->new_suites : &lists->old_suites,
		    SSL_CIPHER_get_name(suite));
	return true;
}

// Every suite that this libssl has.
static SSL *
all_suites(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	SSL *ssl = NULL;

	if (context != NULL) {
		SSL_CTX_set_security_level(context, 0);
		if (SSL_CTX_set_cipher_list(context, "ALL:COMPLEMENTOFALL") ==
			1 &&
		    SSL_CTX_set_ciphersuites(context,
			"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
			"TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
			"TLS_AES_128_CCM_8_SHA256") == 1)
			ssl = SSL_new(context);
	}
	SSL_CTX_free(context);
	return ssl;
}

// OpenSSL's notation cannot speak of TLS 1.3: where it is used, and no suite
// of TLS 1.3 is named beside it, those stay as they are by default.
static bool
read_configured(struct lists *lists, const struct modern_settings *settings)
{
	SSL *all = all_suites();
	bool by_name = true;

	for (size_t i = 0; i < settings->cipher_count && all != NULL; i++)
		if (!add_configured(lists, all, settings->ciphers[i]))
			by_name = false;
	if (!by_name && lists->new_suites.size == 0)
		list_add(&lists->new_suites, default_13);
	SSL_free(all);
	return all != NULL;
}

static void
read_default(struct lists *lists, const struct modern_settings *settings)
{
	list_add(&lists->old_suites, "DEFAULT");
	// RSA key exchange gives no forward secrecy, and has a history of
	// oracles (Bleichenbacher, ROBOT, Marvin).
	if (settings->server && settings->min_protocol >= TLS1_2_VERSION)
		list_add(&lists->old_suites, "!kRSA");
	list_add(&lists->new_suites, default_13);
}

// Sets the lists; false: libssl knows no suite of one of them. It refuses an
// empty list of suites up to TLS 1.2: its old one stays, and the protocols
// must be narrowed.
static bool
apply(SSL_CTX *ssl, struct lists *lists)
{
	if (lists->old_suites.failed || lists->new_suites.failed)
		return false;
	lists->old_bytes[lists->old_suites.size] = '\0';
	lists->new_bytes[lists->new_suites.size] = '\0';
	return SSL_CTX_set_ciphersuites(ssl, lists->new_bytes) == 1 &&
	       (lists->old_suites.size == 0 ||
		   SSL_CTX_set_cipher_list(ssl, lists->old_bytes) == 1);
}

// What of the wanted suites is strong enough, one by one.
static bool
expand(
    SSL_CTX *ssl, unsigned min_bits, struct lists *wanted, struct lists *strong)
{
	bool has_old = wanted->old_suites.size > 0;

	if (has_old)
		list_add(&wanted->old_suites, never);
	if (!apply(ssl, wanted))
		return false;
	STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ssl);
	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *one = sk_SSL_CIPHER_value(all, i);

		if (SSL_CIPHER_get_bits(one, NULL) < (int)min_bits)
			continue;
		if (is_tls13(one))
			list_add(&strong->new_suites, SSL_CIPHER_get_name(one));
		else if (has_old)
			list_add(&strong->old_suites, SSL_CIPHER_get_name(one));
	}
	return true;
}

static bool
set_groups(SSL_CTX *ssl, const struct modern_settings *settings,
    struct tls_error *error)
{
	char bytes[LIST_ROOM];
	struct writer list = writer_over(bytes, sizeof bytes - 1);

	if (settings->group_count == 0)
		return true;
	for (size_t i = 0; i < settings->group_count; i++)
		list_add(&list, settings->groups[i]);
	bytes[list.size] = '\0';
	if (!list.failed && SSL_CTX_set1_groups_list(ssl, bytes) == 1)
		return true;
	error->setting = "groups";
	tls_error_set(error, "OpenSSL does not know all of %.200s", bytes);
	return false;
}

// Protocols for which no suite is left must not be offered: libssl would
// take its defaults.
static bool
narrow_protocol(SSL_CTX *ssl, const struct modern_settings *settings,
    const struct lists *lists, struct tls_error *error)
{
	bool has_old = lists->old_suites.size > 0;
	bool has_new = lists->new_suites.size > 0;

	if (!has_new && settings->max_protocol > TLS1_2_VERSION)
		SSL_CTX_set_max_proto_version(ssl, TLS1_2_VERSION);
	if (!has_old && settings->min_protocol < TLS1_3_VERSION)
		SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION);
	if ((has_old && settings->min_protocol <= TLS1_2_VERSION) ||
	    (has_new && settings->max_protocol > TLS1_2_VERSION))
		return true;
	tls_error_set(error,
	    "with min-bits (%u), min-protocol and max-protocol they leave no "
	    "cipher suite of OpenSSL's",
	    settings->min_bits);
	return false;
}

static bool
set_suites(SSL_CTX *ssl, const struct modern_settings *settings,
    struct tls_error *error)
{
	struct lists wanted;
	struct lists strong;

	lists_init(&wanted);
	lists_init(&strong);
	error->setting = "ciphers";
	if (settings->cipher_count == 0) {
		read_default(&wanted, settings);
	} else if (!read_configured(&wanted, settings)) {
		tls_error_set_library(error, "the TLS library failed");
		return false;
	}
	if (!expand(ssl, settings->min_bits, &wanted, &strong) ||
	    !apply(ssl, &strong)) {
		tls_error_set(error,
		    "OpenSSL knows none of them; what the legacy engine alone "
		    "has is written by its IANA name, as "
		    "TLS_RSA_WITH_RC4_128_SHA");
		return false;
	}
	return narrow_protocol(ssl, settings, &strong, error);
}

bool
modern_suites_set(SSL_CTX *ssl, const struct modern_settings *settings,
    struct tls_error *error)
{
	return set_suites(ssl, settings, error) &&
	       set_groups(ssl, settings, error);
}

bool
modern_has_suites(
    const struct modern_settings *settings, struct tls_error *error)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_method());
	bool has = false;

	if (ssl == NULL) {
		tls_error_set_library(error, "the TLS library failed");
	} else if (settings->max_protocol < TLS1_VERSION) {
		error->setting = "max-protocol";
		tls_error_set(error,
		    "OpenSSL does not speak SSL 3.0, and the legacy "
		    "engine has no suite for it");
	} else {
		has = set_suites(ssl, settings, error);
	}
	SSL_CTX_free(ssl);
	ERR_clear_error();
	return has;
}

// One word of OpenSSL's notation; what takes suites away may name any.
static bool
word_is_known(SSL_CTX *ssl, const char *word, size_t size)
{
	char text[128];

	if (size == 0 || strchr("!-+@", word[0]) != NULL)
		return true;
	if (size >= sizeof text)
		return false;
	bytes_copy(text, sizeof text, word, size);
	text[size] = '\0';
	return SSL_CTX_set_cipher_list(ssl, text) == 1;
}

bool
modern_suite_is_known(const char *item)
{
	SSL *all = all_suites();
	SSL_CTX *ssl = SSL_CTX_new(TLS_method());
	bool known = all != NULL && ssl != NULL;

	if (known && strncmp(item, "TLS_", 4) == 0) {
		known = find_suite(all, item) != NULL;
	} else if (known) {
		SSL_CTX_set_security_level(ssl, 0);
		while (known && *item != '\0') {
			size_t size = strcspn(item, ":, ;");

			known = word_is_known(ssl, item, size);
			item += size + (item[size] != '\0');
		}
	}
	SSL_CTX_free(ssl);
	SSL_free(all);
	ERR_clear_error();
	return known;
}

static bool
suite_at_version(const SSL_CIPHER *suite, unsigned version)
{
	if (is_tls13(suite))
		return version == TLS1_3_VERSION;
	if (strcmp(SSL_CIPHER_get_version(suite), "TLSv1.2") == 0)
		return version == TLS1_2_VERSION;
	return version <= TLS1_2_VERSION;
}

static bool
suite_with_certificate(
    const SSL_CIPHER *suite, const struct modern_context *context)
{
	int kind = SSL_CIPHER_get_auth_nid(suite);

	return kind == NID_auth_any ||
	       (kind == NID_auth_rsa && context->has_rsa) ||
	       (kind == NID_auth_ecdsa && context->has_ecdsa);
}

bool
modern_suites_shared(const struct modern_context *context,
    const struct hello *hello, unsigned version)
{
	STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(context->ssl);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *one = sk_SSL_CIPHER_value(all, i);

		if (hello_offers(hello, SSL_CIPHER_get_protocol_id(one)) &&
		    suite_at_version(one, version) &&
		    suite_with_certificate(one, context))
			return true;
	}
	return false;
}

static bool
is_admissible(const SSL_CIPHER *suite)
{
	int kind = SSL_CIPHER_get_auth_nid(suite);

	// As never has it, and without DSA, for which nobody has a key.
	return SSL_CIPHER_get_bits(suite, NULL) > 0 &&
	       SSL_CIPHER_standard_name(suite) != NULL &&
	       (kind == NID_auth_any || kind == NID_auth_rsa ||
		   kind == NID_auth_ecdsa);
}

size_t
modern_suites_at(unsigned version, const char *names[], size_t room)
{
	SSL *ssl = all_suites();
	STACK_OF(SSL_CIPHER) *all = ssl != NULL ? SSL_get_ciphers(ssl) : NULL;
	size_t count = 0;

	for (int i = 0; i < sk_SSL_CIPHER_num(all) && count < room; i++) {
		const SSL_CIPHER *one = sk_SSL_CIPHER_value(all, i);

		if (is_admissible(one) && suite_at_version(one, version) &&
		    strstr(SSL_CIPHER_standard_name(one), "PSK") == NULL)
			names[count++] = SSL_CIPHER_standard_name(one);
	}
	SSL_free(ssl);
	ERR_clear_error();
	return count;
}
