// SPDX-License-Identifier: ISC

#include "tls/legacy/alert.h"

#include "base/contract.h"
#include "tls/legacy/suite.h"

static const struct {
	enum alert alert;
	uint8_t number;
	uint8_t ssl3;
} rows[] = {
#define ALERT(id, number, ssl3) {ALERT_##id, number, ssl3},
#include "tls/legacy/alert.def"
#undef ALERT
};

uint8_t
alert_number(enum alert alert, uint16_t version)
{
	size_t i = 0;

	while (i < sizeof rows / sizeof rows[0] && rows[i].alert != alert)
		i++;
	REQUIRE(i < sizeof rows / sizeof rows[0]);
	return version == VERSION_SSL3 ? rows[i].ssl3 : rows[i].number;
}

enum alert
alert_for_certificate(enum tls_failure failure)
{
	static const struct {
		enum tls_failure failure;
		enum alert alert;
	} refusals[] = {
	    {TLS_FAILURE_UNTRUSTED, ALERT_UNKNOWN_CA},
	    {TLS_FAILURE_EXPIRED, ALERT_CERTIFICATE_EXPIRED},
	    {TLS_FAILURE_REVOKED, ALERT_CERTIFICATE_REVOKED},
	    {TLS_FAILURE_NO_CERTIFICATE, ALERT_HANDSHAKE_FAILURE},
	    {TLS_FAILURE_WEAK_KEY, ALERT_INSUFFICIENT_SECURITY},
	    {TLS_FAILURE_LOCAL, ALERT_INTERNAL_ERROR},
	    {TLS_FAILURE_INTERNAL, ALERT_INTERNAL_ERROR},
	};

	for (unsigned i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (refusals[i].failure == failure)
			return refusals[i].alert;
	return ALERT_BAD_CERTIFICATE;
}
