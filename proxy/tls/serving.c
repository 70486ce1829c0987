// SPDX-License-Identifier: ISC

#include "tls/serving.h"

#include "tls/modern_suites.h"
#include "tls/same.h"

#include <stdlib.h>

bool
serving_alike(const struct sender_settings *a, const struct sender_settings *b)
{
	return a->min_protocol == b->min_protocol &&
	       a->max_protocol == b->max_protocol &&
	       a->min_bits == b->min_bits &&
	       a->record_splitting == b->record_splitting &&
	       a->client_certificate == b->client_certificate &&
	       same_list(a->ciphers, b->ciphers) &&
	       same_list(a->groups, b->groups) &&
	       same_list(a->certificate, b->certificate) &&
	       same_list(a->key, b->key) &&
	       same_text(a->legacy_certificate, b->legacy_certificate) &&
	       same_text(a->legacy_key, b->legacy_key) &&
	       same_text(a->client_ca, b->client_ca);
}

static bool
build_verifier(struct serving *serving, struct tls_error *error)
{
	const struct sender_settings *settings = &serving->settings;
	struct verifier_settings wanted = {
	    .security_level = settings->min_protocol < PROTOCOL_TLS1_2 ? 0 : 2};
	struct pem authorities;

	if (settings->client_certificate == CLIENT_CERTIFICATE_NONE)
		return true;
	error->setting = "client-ca";
	if (settings->client_ca == NULL) {
		tls_error_set(error, "client-certificate needs client-ca: the "
				     "authorities that vouch for senders");
		return false;
	}
	if (!file_read(settings->client_ca, &authorities, error))
		return false;
	wanted.authorities = &authorities;
	wanted.authority_count = 1;
	serving->verifier = verifier_new(&wanted, error);
	file_free(&authorities);
	serving->peer = (struct verify_peer){.demand = VERIFY_CHAIN,
	    .record_only =
		settings->client_certificate == CLIENT_CERTIFICATE_ASK};
	return serving->verifier != NULL;
}

// False is no failure where the legacy engine is there instead.
static bool
build_modern(
    struct serving *serving, const struct made *made, struct tls_error *error)
{
	const struct sender_settings *settings = &serving->settings;
	const struct credential *const *own =
	    (const struct credential *const *)serving->credentials.items;
	const struct credential *one = made->modern;
	bool has_own = serving->credentials.count > 0;
	struct modern_settings wanted = {
	    .server = true,
	    .min_protocol = settings->min_protocol,
	    .max_protocol = settings->max_protocol,
	    .min_bits = (unsigned)settings->min_bits,
	    .ciphers = settings->ciphers.items,
	    .cipher_count = settings->ciphers.count,
	    .groups = settings->groups.items,
	    .group_count = settings->groups.count,
	    .record_splitting = settings->record_splitting,
	    .credentials = has_own ? own : &one,
	    .credential_count = has_own ? serving->credentials.count : 1,
	    .verifier = serving->verifier,
	    .without_certificate =
		settings->client_certificate == CLIENT_CERTIFICATE_ASK,
	};

	if (!modern_has_suites(&wanted, error))
		return serving->has_legacy;
	serving->modern = modern_context_new(&wanted, error);
	return serving->modern != NULL;
}

static bool
build_legacy(
    struct serving *serving, const struct made *made, struct tls_error *error)
{
	struct legacy_part_request request = {
	    .settings = &serving->settings,
	    .made = made->legacy,
	    .others = &serving->credentials,
	    .verifier = serving->verifier,
	};

	serving->has_legacy = legacy_admitted(serving->settings.min_protocol,
	    (unsigned)serving->settings.min_bits, serving->settings.ciphers);
	if (!serving->has_legacy)
		return true;
	error->setting = "legacy-certificate";
	if (!legacy_part_server(
		&serving->legacy, &serving->legacy_config, &request, error))
		return false;
	serving->legacy_config.verifier = serving->verifier;
	serving->legacy_config.peer = &serving->peer;
	return true;
}

struct serving *
serving_new(const struct sender_settings *settings, const struct made *made,
    struct tls_error *error)
{
	struct serving *serving = calloc(1, sizeof *serving);

	if (serving == NULL) {
		tls_error_set(error, "out of memory");
		return NULL;
	}
	serving->key = settings;
	serving->settings = *settings;
	error->setting = "certificate";
	if (!credentials_read(settings->certificate, settings->key,
		&serving->credentials, error) ||
	    !build_verifier(serving, error) ||
	    !build_legacy(serving, made, error) ||
	    !build_modern(serving, made, error))
		serving_free(&serving);
	return serving;
}

void
serving_free(struct serving **serving)
{
	if (*serving == NULL)
		return;
	modern_context_free(&(*serving)->modern);
	legacy_part_free(&(*serving)->legacy);
	verifier_free(&(*serving)->verifier);
	credentials_free(&(*serving)->credentials);
	free(*serving);
	*serving = NULL;
}
