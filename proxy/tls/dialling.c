// SPDX-License-Identifier: ISC

#include "tls/dialling.h"

#include "tls/modern_suites.h"
#include "tls/same.h"

#include <stdio.h>
#include <stdlib.h>

// Few suites, for those who look only at the first of them.
static const char *const compatible_ciphers[] = {
    "ECDHE+AESGCM", "ECDHE+AES", "RSA+AESGCM", "RSA+AES"};

static const struct {
	const char *name;
	enum hello_profile profile;
	bool automatic;
	enum protocol lowest, highest;
	const char *legacy;
} rows[] = {
#define RUNG(id, name, profile, automatic, lowest, highest, legacy)            \
	{name, profile, automatic, lowest, highest, legacy},
#include "tls/rung.def"
#undef RUNG
};

const char *
rung_name(enum rung rung)
{
	return rows[rung].name;
}

const char *
rung_profile(enum rung rung)
{
	return rows[rung].legacy;
}

enum protocol
dialling_highest(const struct dialling *dialling, enum rung rung)
{
	return dialling->settings.max_protocol < rows[rung].highest
		   ? dialling->settings.max_protocol
		   : rows[rung].highest;
}

bool
dialling_falls_back(const struct dialling *dialling, enum rung rung)
{
	return dialling->rung_count > 0 &&
	       rows[rung].highest < dialling->settings.max_protocol &&
	       rows[rung].highest < rows[dialling->rungs[0]].highest;
}

static bool
admits(const struct receiver_settings *settings, enum rung rung)
{
	if (settings->min_protocol > rows[rung].highest ||
	    settings->max_protocol < rows[rung].lowest)
		return false;
	return rows[rung].legacy == NULL ||
	       legacy_profile_admitted(rows[rung].legacy,
		   settings->min_protocol, (unsigned)settings->min_bits,
		   settings->ciphers);
}

// The rungs that are asked for, best first; at least one.
static unsigned
rungs_of(const struct receiver_settings *settings, enum rung rungs[RUNG_COUNT])
{
	bool automatic = settings->hello_profile == HELLO_PROFILE_AUTOMATIC;
	unsigned count = 0;

	for (unsigned i = 0; i < RUNG_COUNT; i++)
		if (automatic
			? rows[i].automatic && admits(settings, (enum rung)i)
			: rows[i].profile == settings->hello_profile)
			rungs[count++] = (enum rung)i;
	if (count == 0)
		rungs[count++] = RUNG_MODERN;
	return count;
}

// FNV-1a, of each text with its end. Nobody gains by two that are the same:
// the settings are the administrator's.
static uint32_t
digest_text(uint32_t digest, const char *text)
{
	const uint32_t prime = 16777619;
	size_t size = strlen(text) + 1;

	for (size_t i = 0; i < size; i++)
		digest = (digest ^ (uint8_t)text[i]) * prime;
	return digest;
}

static uint32_t
digest_list(uint32_t digest, struct text_list list)
{
	for (size_t i = 0; i < list.count; i++)
		digest = digest_text(digest, list.items[i]);
	return digest_text(digest, "");
}

uint32_t
dialling_digest(const struct receiver_settings *settings)
{
	uint32_t digest = 2166136261;
	char bits[16];

	snprintf(bits, sizeof bits, "%u", (unsigned)settings->min_bits);
	digest = digest_text(digest, protocol_word(settings->min_protocol));
	digest = digest_text(digest, protocol_word(settings->max_protocol));
	digest = digest_text(digest, bits);
	digest = digest_list(digest, settings->ciphers);
	digest = digest_list(digest, settings->groups);
	return digest_list(digest, settings->certificate);
}

bool
dialling_alike(
    const struct receiver_settings *a, const struct receiver_settings *b)
{
	return a->min_protocol == b->min_protocol &&
	       a->max_protocol == b->max_protocol &&
	       a->min_bits == b->min_bits &&
	       a->hello_profile == b->hello_profile &&
	       same_list(a->ciphers, b->ciphers) &&
	       same_list(a->groups, b->groups) &&
	       same_list(a->certificate, b->certificate) &&
	       same_list(a->key, b->key) && same_list(a->ca, b->ca) &&
	       same_list(a->crl, b->crl);
}

static bool
read_named(const char *setting, struct text_list paths, struct files *files,
    struct tls_error *error)
{
	error->setting = setting;
	return files_read(paths, files, error);
}

static bool
build_verifier(
    struct dialling *dialling, const char *trust_store, struct tls_error *error)
{
	const struct receiver_settings *settings = &dialling->settings;
	struct files authorities = {0};
	struct files crls = {0};

	if (read_named("crl", settings->crl, &crls, error) &&
	    read_named("ca", settings->ca, &authorities, error)) {
		struct verifier_settings wanted = {
		    .server = true,
		    .authorities = authorities.items,
		    .authority_count = authorities.count,
		    .trust_store = trust_store,
		    .crls = crls.items,
		    .crl_count = crls.count,
		    .security_level =
			settings->min_protocol < PROTOCOL_TLS1_2 ? 0 : 2,
		};

		dialling->verifier = verifier_new(&wanted, error);
	}
	files_free(&authorities);
	files_free(&crls);
	return dialling->verifier != NULL;
}

// True without a context where ciphers leave libssl no suite for this rung.
static bool
build_modern(struct dialling *dialling, enum rung rung, struct tls_error *error)
{
	const struct receiver_settings *settings = &dialling->settings;
	bool compatible = rung == RUNG_COMPATIBLE;
	struct modern_settings wanted = {
	    .min_protocol = settings->min_protocol,
	    .max_protocol = dialling_highest(dialling, rung),
	    .min_bits = (unsigned)settings->min_bits,
	    .ciphers = settings->ciphers.items,
	    .cipher_count = settings->ciphers.count,
	    .groups = settings->groups.items,
	    .group_count = settings->groups.count,
	    .record_splitting = true,
	    .credentials =
		(const struct credential *const *)dialling->credentials.items,
	    .credential_count = dialling->credentials.count,
	    .verifier = dialling->verifier,
	    .compatible = compatible,
	    .fell_back = dialling_falls_back(dialling, rung),
	};

	if (compatible && wanted.cipher_count == 0) {
		wanted.ciphers = compatible_ciphers;
		wanted.cipher_count =
		    sizeof compatible_ciphers / sizeof compatible_ciphers[0];
	}
	if (!modern_has_suites(&wanted, error))
		return true;
	dialling->modern[rung] = modern_context_new(&wanted, error);
	return dialling->modern[rung] != NULL;
}

static bool
build_legacy(struct dialling *dialling, enum rung rung, struct tls_error *error)
{
	error->setting = "hello-profile";
	if (!admits(&dialling->settings, rung)) {
		tls_error_set(error,
		    "%s needs min-protocol = tls1.0 or ssl3, and one of "
		    "its suites in ciphers and not below min-bits",
		    rows[rung].name);
		return false;
	}
	if (!dialling->has_legacy &&
	    !legacy_part_client(&dialling->legacy, &dialling->legacy_config,
		&dialling->settings, error))
		return false;
	dialling->has_legacy = true;
	return true;
}

// Those without suites are left out: no connection is made for a hello that
// cannot be.
static bool
build_rungs(struct dialling *dialling, struct tls_error *error)
{
	enum rung asked[RUNG_COUNT];
	unsigned count = rungs_of(&dialling->settings, asked);

	for (unsigned i = 0; i < count; i++) {
		enum rung rung = asked[i];
		bool modern = rows[rung].legacy == NULL;

		if (modern ? !build_modern(dialling, rung, error)
			   : !build_legacy(dialling, rung, error))
			return false;
		if (!modern || dialling->modern[rung] != NULL)
			dialling->rungs[dialling->rung_count++] = rung;
	}
	return dialling->rung_count > 0;
}

struct dialling *
dialling_new(const struct receiver_settings *settings, const char *trust_store,
    struct tls_error *error)
{
	struct dialling *dialling = calloc(1, sizeof *dialling);

	if (dialling == NULL) {
		tls_error_set(error, "out of memory");
		return NULL;
	}
	dialling->key = settings;
	dialling->settings = *settings;
	error->setting = "certificate";
	if (!credentials_read(settings->certificate, settings->key,
		&dialling->credentials, error) ||
	    !build_verifier(dialling, trust_store, error) ||
	    !build_rungs(dialling, error))
		dialling_free(&dialling);
	return dialling;
}

void
dialling_free(struct dialling **dialling)
{
	if (*dialling == NULL)
		return;
	for (unsigned i = 0; i < RUNG_COUNT; i++)
		modern_context_free(&(*dialling)->modern[i]);
	legacy_part_free(&(*dialling)->legacy);
	verifier_free(&(*dialling)->verifier);
	credentials_free(&(*dialling)->credentials);
	free(*dialling);
	*dialling = NULL;
}
