// SPDX-License-Identifier: ISC

#include "tls/legacy_part.h"

#include "base/bytes.h"
#include "tls/legacy/choice.h"
#include "tls/legacy/profile.h"
#include "tls/legacy/suite.h"
#include "tls/mint.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

enum {
	HOUR = 3600 * 1000,
	// An ephemeral export key can be factored in hours; it must not serve
	// longer, nor so many that factoring it pays.
	KEYRING_LIFETIME = HOUR,
	KEYRING_USES = 500,
	SESSIONS = 1000,
	SESSION_LIFETIME = 5 * 60 * 1000,
	// As long as Schannel keeps its own.
	CLIENT_SESSION_LIFETIME = 2 * 60 * 1000,
	STRONG_KEY_BITS = 1024,
	WEAK_KEY_BITS = 512
};

static bool
is_listed(const char *name, struct text_list ciphers)
{
	for (size_t i = 0; i < ciphers.count; i++)
		if (strcmp(ciphers.items[i], name) == 0)
			return true;
	return ciphers.count == 0;
}

// The engine's suites in its own order, of those that are listed. OpenSSL's
// notation never means one of them.
static size_t
select_suites(struct text_list ciphers, uint16_t min_protocol,
    unsigned min_bits, uint16_t suites[LEGACY_SUITES])
{
	uint16_t version =
	    min_protocol > VERSION_SSL3 ? VERSION_TLS1_0 : VERSION_SSL3;
	size_t all = 0;
	size_t count = 0;
	const uint16_t *order = suite_order(version, &all);

	for (size_t i = 0; i < all && count < LEGACY_SUITES; i++) {
		const struct suite *suite = suite_find(order[i]);

		if (suite->bits >= min_bits && suite->last >= min_protocol &&
		    is_listed(suite->name, ciphers))
			suites[count++] = suite->number;
	}
	return count;
}

bool
legacy_suite_is_known(const char *name)
{
	struct text_list one = {&name, 1};
	uint16_t suites[LEGACY_SUITES];

	return select_suites(one, VERSION_SSL3, 0, suites) > 0 ||
	       select_suites(one, VERSION_TLS1_0, 0, suites) > 0;
}

bool
legacy_admitted(
    unsigned min_protocol, unsigned min_bits, struct text_list ciphers)
{
	uint16_t suites[LEGACY_SUITES];

	return min_protocol <= VERSION_TLS1_1 &&
	       select_suites(
		   ciphers, (uint16_t)min_protocol, min_bits, suites) > 0;
}

bool
legacy_profile_admitted(const char *profile, unsigned min_protocol,
    unsigned min_bits, struct text_list ciphers)
{
	const struct legacy_profile *hello = legacy_profile_find(profile);
	uint16_t suites[LEGACY_SUITES];
	size_t count = 0;

	if (min_protocol <= hello->version)
		count = select_suites(
		    ciphers, (uint16_t)min_protocol, min_bits, suites);
	struct offer allowed = {hello->version, suites, count};
	for (size_t i = 0; i < hello->suite_count; i++)
		if (offer_has(&allowed, hello->suites[i]))
			return true;
	return false;
}

static struct legacy_credentials *
credentials_of(const struct credential *credential, struct tls_error *error)
{
	char *text = credential_pem(credential);
	struct legacy_credentials *made = NULL;
	const char *why = "out of memory";

	if (text != NULL)
		made = legacy_credentials_new(
		    (struct legacy_text){text, strlen(text)},
		    (struct legacy_text){0}, &why);
	if (made == NULL)
		tls_error_set(error,
		    "the legacy engine cannot use its certificate: %s", why);
	pem_free(&text);
	return made;
}

// The modulus is the key, whatever it is called: RSA, or RSASSA-PSS (RFC 4055).
static bool
same_modulus(const EVP_PKEY *a, const EVP_PKEY *b)
{
	BIGNUM *of_a = NULL;
	BIGNUM *of_b = NULL;
	bool same =
	    EVP_PKEY_get_bn_param(a, OSSL_PKEY_PARAM_RSA_N, &of_a) == 1 &&
	    EVP_PKEY_get_bn_param(b, OSSL_PKEY_PARAM_RSA_N, &of_b) == 1 &&
	    BN_cmp(of_a, of_b) == 0;

	BN_free(of_a);
	BN_free(of_b);
	ERR_clear_error();
	return same;
}

static bool
is_shared(const struct credential *credential, const struct credentials *others)
{
	for (size_t i = 0; i < others->count; i++)
		if (same_modulus(credential->key, others->items[i]->key))
			return true;
	return false;
}

// What legacy-certificate names; NULL: error says why.
static struct credential *
read_credential(const struct sender_settings *settings, struct tls_error *error)
{
	struct text_list certificate = {&settings->legacy_certificate, 1};
	struct text_list key = {
	    &settings->legacy_key, settings->legacy_key != NULL ? 1 : 0};
	struct credentials read;
	struct credential *credential;

	if (!credentials_read(certificate, key, &read, error))
		return NULL;
	credential = read.items[0];
	read.count = 0;
	credentials_free(&read);
	return credential;
}

// The names of the authorities, for the request for a certificate.
static bool
name_authorities(struct legacy_part *part, struct legacy_config *config,
    const struct verifier *verifier)
{
	enum { ROOM = 16384 };
	const STACK_OF(X509) *all = verifier_authorities(verifier);
	struct writer out;

	if (sk_X509_num(all) <= 0)
		return true;
	part->authorities = malloc(ROOM);
	if (part->authorities == NULL)
		return false;
	out = writer_over(part->authorities, ROOM);
	for (int i = 0; i < sk_X509_num(all); i++) {
		uint8_t *der = NULL;
		int size = i2d_X509_NAME(
		    X509_get_subject_name(sk_X509_value(all, i)), &der);

		// Those that have no room are left out.
		if (size > 0 && out.room - out.size >= (size_t)size + 2) {
			writer_u16(&out, (uint16_t)size);
			writer_bytes(&out, der, (size_t)size);
		}
		OPENSSL_free(der);
	}
	config->authorities = (struct legacy_text){
	    .bytes = (const char *)part->authorities, .size = out.size};
	return true;
}

static bool
set_server_credentials(struct legacy_part *part, struct legacy_config *config,
    const struct legacy_part_request *request, struct tls_error *error)
{
	const char *path = request->settings->legacy_certificate;
	struct credential *own = NULL;

	if (path != NULL) {
		own = read_credential(request->settings, error);
		if (own == NULL)
			return false;
	}
	const struct credential *used = own != NULL ? own : request->made;

	if (is_shared(used, request->others))
		tls_error_set(error,
		    "%s: its key is also that of certificate; whoever breaks "
		    "the old protocol could then break TLS (DROWN, FREAK): "
		    "give legacy-certificate a key of its own",
		    path != NULL ? path : "the one that was made");
	else
		part->credentials = credentials_of(used, error);
	credential_free(&own);
	config->credentials = part->credentials;
	return part->credentials != NULL;
}

bool
legacy_part_server(struct legacy_part *part, struct legacy_config *config,
    const struct legacy_part_request *request, struct tls_error *error)
{
	const struct sender_settings *settings = request->settings;

	*part = (struct legacy_part){0};
	*config = (struct legacy_config){
	    .role = LEGACY_SERVER,
	    .min_protocol = (uint16_t)settings->min_protocol,
	    .max_protocol = (uint16_t)settings->max_protocol,
	    .min_bits = (unsigned)settings->min_bits,
	    .min_key_bits = STRONG_KEY_BITS,
	    .record_splitting = settings->record_splitting,
	    .listener_maximum = (uint16_t)settings->max_protocol,
	    .client_certificate =
		(enum legacy_client_certificate)settings->client_certificate,
	};
	if (settings->ciphers.count > 0) {
		config->suites = part->suites;
		config->suite_count = select_suites(settings->ciphers,
		    config->min_protocol, config->min_bits, part->suites);
	}
	if (!set_server_credentials(part, config, request, error))
		return false;
	part->sessions = legacy_sessions_new(SESSIONS, SESSION_LIFETIME);
	if (settings->min_bits < 112)
		part->keyring =
		    legacy_keyring_new(KEYRING_LIFETIME, KEYRING_USES);
	config->sessions = part->sessions;
	config->keyring = part->keyring;
	if (part->sessions == NULL ||
	    (settings->min_bits < 112 && part->keyring == NULL) ||
	    (request->verifier != NULL &&
		!name_authorities(part, config, request->verifier))) {
		tls_error_set(error, "the legacy engine cannot be set up");
		return false;
	}
	return true;
}

bool
legacy_part_client(struct legacy_part *part, struct legacy_config *config,
    const struct receiver_settings *settings, struct tls_error *error)
{
	struct credentials read;

	*part = (struct legacy_part){0};
	*config = (struct legacy_config){
	    .role = LEGACY_CLIENT,
	    .min_protocol = (uint16_t)settings->min_protocol,
	    .max_protocol = (uint16_t)settings->max_protocol,
	    .min_bits = (unsigned)settings->min_bits,
	    .min_key_bits =
		settings->min_bits < 112 ? WEAK_KEY_BITS : STRONG_KEY_BITS,
	    // Old receivers mishandle records of one byte, and drop mail.
	    .record_splitting = false,
	};
	if (settings->ciphers.count > 0) {
		config->suites = part->suites;
		config->suite_count = select_suites(settings->ciphers,
		    config->min_protocol, config->min_bits, part->suites);
	}
	if (legacy_start() != NULL) {
		tls_error_set(error, "the legacy engine: %s", legacy_start());
		return false;
	}
	part->sessions = legacy_sessions_new(SESSIONS, CLIENT_SESSION_LIFETIME);
	config->sessions = part->sessions;
	if (part->sessions == NULL) {
		tls_error_set(error, "out of memory");
		return false;
	}
	if (settings->certificate.count == 0)
		return true;
	if (!credentials_read(
		settings->certificate, settings->key, &read, error))
		return false;
	// An old receiver can ask for RSA alone.
	for (size_t i = 0; i < read.count && part->credentials == NULL; i++)
		if (EVP_PKEY_is_a(read.items[i]->key, "RSA"))
			part->credentials =
			    credentials_of(read.items[i], error);
	credentials_free(&read);
	config->credentials = part->credentials;
	return true;
}

void
legacy_part_free(struct legacy_part *part)
{
	legacy_credentials_free(&part->credentials);
	legacy_keyring_free(&part->keyring);
	legacy_sessions_free(&part->sessions);
	free(part->authorities);
	*part = (struct legacy_part){0};
}
