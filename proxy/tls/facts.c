// SPDX-License-Identifier: ISC

#include "tls/facts.h"

#include "base/contract.h"

static const struct {
	const char *name;
	const char *sentence;
	const char *advice;
} failures[] = {
#define FAILURE(id, name, sentence, advice) {name, sentence, advice},
#include "tls/failure.def"
#undef FAILURE
};

const char *
tls_failure_name(enum tls_failure failure)
{
	REQUIRE(failure < TLS_FAILURE_COUNT);
	return failures[failure].name;
}

const char *
tls_failure_sentence(enum tls_failure failure)
{
	REQUIRE(failure < TLS_FAILURE_COUNT);
	return failures[failure].sentence;
}

const char *
tls_failure_advice(enum tls_failure failure)
{
	REQUIRE(failure < TLS_FAILURE_COUNT);
	return failures[failure].advice;
}

const char *
tls_verified_name(enum tls_verified verified)
{
	static const char *const names[] = {
	    [TLS_VERIFIED_NONE] = "none",
	    [TLS_VERIFIED_UNTRUSTED] = "untrusted",
	    [TLS_VERIFIED_FINGERPRINT] = "fingerprint",
	    [TLS_VERIFIED_NAME] = "name",
	    [TLS_VERIFIED_DANE] = "dane",
	};

	REQUIRE(verified <= TLS_VERIFIED_DANE);
	return names[verified];
}

const char *
tls_alert_name(int alert)
{
	switch (alert) {
#define ALERT(number, name)                                                    \
	case number:                                                           \
		return name;
#include "tls/alert.def"
#undef ALERT
	default:
		return "unknown alert";
	}
}

const char *
tls_protocol_name(unsigned version)
{
	switch (version) {
	case 0x0002:
		return "SSLv2";
	case 0x0300:
		return "SSLv3";
	case 0x0301:
		return "TLSv1.0";
	case 0x0302:
		return "TLSv1.1";
	case 0x0303:
		return "TLSv1.2";
	case 0x0304:
		return "TLSv1.3";
	default:
		return "unknown protocol";
	}
}

void
tls_facts_init(struct tls_facts *facts)
{
	*facts = (struct tls_facts){.alert_sent = -1, .alert_received = -1};
}
