// SPDX-License-Identifier: ISC
//
// The choice of an engine for a hello, and the sentence for the administrator
// where there is none.

#include "tls/serving.h"

#include "base/bytes.h"
#include "base/tls_version.h"
#include "tls/legacy/suite.h"

#include <stdio.h>

enum {
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INAPPROPRIATE_FALLBACK = 86,
	ALERT_NO_APPLICATION_PROTOCOL = 120
};

// Whether the legacy engine could serve a hello if it were admitted so far.
static bool
legacy_could_serve(
    const struct hello *hello, unsigned min_protocol, unsigned min_bits)
{
	for (size_t i = 0; i < hello->suite_count; i++) {
		const struct suite *suite = suite_find(hello->suites[i]);

		if (suite != NULL && suite->bits >= min_bits &&
		    suite->last >= min_protocol)
			return true;
	}
	return false;
}

// What min-protocol and min-bits would have to come down to for a hello.
struct admission {
	bool found;  // otherwise nothing would help
	bool legacy; // by the legacy engine
	enum protocol protocol;
	unsigned bits;
};

static struct admission
find_admission(const struct serving *serving, const struct hello *hello)
{
	static const unsigned strengths[] = {256, 128, 112, 56, 40};
	const struct sender_settings *settings = &serving->settings;
	unsigned most = settings->min_protocol;

	// The modern engine does the rest.
	if (hello->highest >= PROTOCOL_TLS1_2 &&
	    hello->highest < settings->min_protocol)
		return (struct admission){.found = true,
		    .protocol = (enum protocol)hello->highest,
		    .bits = (unsigned)settings->min_bits};
	if (most > hello->highest)
		most = hello->highest;
	if (most > PROTOCOL_TLS1_1)
		most = PROTOCOL_TLS1_1;
	for (size_t i = 0; i < sizeof strengths / sizeof strengths[0]; i++) {
		if (strengths[i] > settings->min_bits)
			continue;
		for (unsigned version = most; version >= PROTOCOL_SSL3;
		     version--)
			if (legacy_could_serve(hello, version, strengths[i]))
				return (struct admission){true, true,
				    (enum protocol)version, strengths[i]};
	}
	return (struct admission){.found = false};
}

static void
explain(const struct serving *serving, const struct hello *hello,
    struct admission admission, struct serving_choice *choice)
{
	const struct sender_settings *settings = &serving->settings;
	unsigned bits = (unsigned)settings->min_bits;
	bool lower = admission.protocol < settings->min_protocol;
	bool weaker = admission.bits < bits;
	const char *version = tls_version_spoken(hello->highest);
	char what[128];
	char change[64];

	if (version == NULL)
		snprintf(what, sizeof what,
		    "offers no TLS version that is known here, this "
		    "listener's min-protocol is %s",
		    protocol_word(settings->min_protocol));
	else if (hello->highest < settings->min_protocol)
		snprintf(what, sizeof what,
		    "offers %s at most, this listener's min-protocol is %s",
		    version, protocol_word(settings->min_protocol));
	else
		snprintf(what, sizeof what,
		    "offers %s, but no suite that this listener's ciphers "
		    "and min-bits (%u) admit",
		    version, bits);
	if (lower && weaker)
		snprintf(change, sizeof change,
		    "min-protocol = %s and min-bits = %u",
		    protocol_word(admission.protocol), admission.bits);
	else if (lower)
		snprintf(change, sizeof change, "min-protocol = %s",
		    protocol_word(admission.protocol));
	else if (weaker)
		snprintf(
		    change, sizeof change, "min-bits = %u", admission.bits);
	else
		snprintf(change, sizeof change, "other ciphers");
	if (admission.found)
		snprintf(choice->detail, sizeof choice->detail,
		    "%s; a rule for this client with %s would admit it", what,
		    change);
	else
		bytes_copy_text(choice->detail, sizeof choice->detail, what);
}

static struct serving_choice
refuse(enum tls_failure failure, uint8_t alert, const char *detail)
{
	struct serving_choice choice = {
	    .engine = SERVING_NONE, .failure = failure, .alert = alert};

	bytes_copy_text(choice.detail, sizeof choice.detail, detail);
	return choice;
}

static struct serving_choice
refuse_hello(const struct serving *serving, const struct hello *hello)
{
	bool too_old = hello->highest < serving->settings.min_protocol;
	// SSL 3.0 has no alert for its version.
	bool can_be_told = too_old && hello->highest > PROTOCOL_SSL3;
	struct serving_choice choice = refuse(
	    too_old ? TLS_FAILURE_PROTOCOL : TLS_FAILURE_SUITE,
	    can_be_told ? ALERT_PROTOCOL_VERSION : ALERT_HANDSHAKE_FAILURE, "");
	struct admission admission = find_admission(serving, hello);

	if (admission.legacy)
		choice.failure = TLS_FAILURE_LEGACY_NOT_ADMITTED;
	explain(serving, hello, admission, &choice);
	return choice;
}

struct serving_choice
serving_choose(const struct serving *serving, const struct hello *hello)
{
	const struct sender_settings *settings = &serving->settings;
	const char *version = tls_version_spoken(hello->highest);

	// RFC 7507: judged by the most that any engine of this listener does,
	// or else an attacker could drive a client down to the legacy one.
	if (hello->fallback && hello->highest < settings->max_protocol)
		return refuse(TLS_FAILURE_FALLBACK,
		    ALERT_INAPPROPRIATE_FALLBACK,
		    version != NULL ? version : "no version that is known");
	if (hello->alpn && !hello->alpn_smtp)
		return refuse(TLS_FAILURE_ALPN, ALERT_NO_APPLICATION_PROTOCOL,
		    "\"smtp\" is not among the protocols it offers");
	if (serving->modern != NULL &&
	    modern_context_serves(serving->modern, hello) == TLS_FAILURE_NONE)
		return (struct serving_choice){.engine = SERVING_MODERN};
	if (serving->has_legacy &&
	    legacy_can_serve(&serving->legacy_config, hello->highest,
		hello->suites, hello->suite_count) == TLS_FAILURE_NONE)
		return (struct serving_choice){.engine = SERVING_LEGACY};
	return refuse_hello(serving, hello);
}
