// SPDX-License-Identifier: ISC

#include "tls/legacy/choice.h"

#include "tls/legacy/credentials.h"

uint16_t
choice_version(const struct legacy_config *config, uint16_t offered)
{
	uint16_t most = config->max_protocol < VERSION_TLS1_1
			    ? config->max_protocol
			    : VERSION_TLS1_1;
	uint16_t version = offered < most ? offered : most;

	if (version < config->min_protocol || version < VERSION_SSL3)
		return 0;
	return version;
}

bool
offer_has(const struct offer *offer, uint16_t suite)
{
	for (size_t i = 0; i < offer->count; i++)
		if (offer->suites[i] == suite)
			return true;
	return false;
}

// All but strength.
static bool
choice_usable(const struct legacy_config *config, const struct suite *suite,
    uint16_t version)
{
	struct offer allowed = {version, config->suites, config->suite_count};

	if (version > suite->last)
		return false;
	if (config->suites != NULL && !offer_has(&allowed, suite->number))
		return false;
	if (config->role == LEGACY_CLIENT || suite->export_limit == 0 ||
	    config->keyring != NULL)
		return true;
	return legacy_credentials_bits(config->credentials) <=
	       suite->export_limit;
}

bool
choice_admits(const struct legacy_config *config, const struct suite *suite,
    uint16_t version)
{
	return suite->bits >= config->min_bits &&
	       choice_usable(config, suite, version);
}

static enum tls_failure
choice_suite(const struct legacy_config *config, uint16_t version,
    const struct offer *offer, const struct suite **chosen)
{
	size_t count = config->suite_count;
	const uint16_t *order = config->suites;
	bool weak = false;

	if (order == NULL)
		order = suite_order(version, &count);
	for (size_t i = 0; i < count; i++) {
		const struct suite *suite = suite_find(order[i]);

		if (suite == NULL || !offer_has(offer, order[i]) ||
		    !choice_usable(config, suite, version))
			continue;
		if (suite->bits >= config->min_bits) {
			*chosen = suite;
			return TLS_FAILURE_NONE;
		}
		weak = true;
	}
	return weak ? TLS_FAILURE_BITS : TLS_FAILURE_SUITE;
}

enum tls_failure
choice_make(const struct legacy_config *config, const struct offer *offer,
    struct choice *choice)
{
	uint16_t version = choice_version(config, offer->version);
	enum tls_failure failure = TLS_FAILURE_PROTOCOL;

	choice->version = version;
	if (version == 0)
		return failure;
	failure = choice_suite(config, version, offer, &choice->suite);
	if (version < VERSION_TLS1_1 || config->min_protocol > VERSION_TLS1_0 ||
	    failure != TLS_FAILURE_SUITE)
		return failure;
	choice->version = VERSION_TLS1_0;
	return choice_suite(config, VERSION_TLS1_0, offer, &choice->suite);
}
