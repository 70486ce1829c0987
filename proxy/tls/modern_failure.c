// SPDX-License-Identifier: ISC

#include "tls/modern_failure.h"

#include "base/bytes.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

// The first error of libssl: those before it are of what it called, those
// behind it are of who called it. None of libssl's: the first of all.
static unsigned long
decisive_error(void)
{
	unsigned long first = 0;
	unsigned long code;

	while ((code = ERR_get_error()) != 0) {
		if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
			ERR_clear_error();
			return code;
		}
		if (first == 0)
			first = code;
	}
	return first;
}

static enum tls_failure
failure_of(unsigned long code, const struct tls_facts *facts)
{
	int reason = ERR_GET_REASON(code);

	if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
		switch (reason) {
#define ERROR(theirs, ours)                                                    \
	case theirs:                                                           \
		return TLS_FAILURE_##ours;
#include "tls/modern_error.def"
#undef ERROR
		default:
			break;
		}
		if (reason >= SSL_AD_REASON_OFFSET)
			return TLS_FAILURE_ALERT;
	}
	// An alert of ours blames the peer, but for internal_error.
	return facts->alert_sent >= 0 &&
		       facts->alert_sent != SSL_AD_INTERNAL_ERROR
		   ? TLS_FAILURE_MESSAGE
		   : TLS_FAILURE_INTERNAL;
}

enum tls_failure
modern_failure(const struct tls_facts *facts, char *detail, size_t room)
{
	unsigned long code = decisive_error();
	const char *reason = ERR_reason_error_string(code);
	enum tls_failure failure = failure_of(code, facts);

	if (facts->alert_received >= 0 && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET)
		snprintf(detail, room, "the peer's alert: %s",
		    tls_alert_name(facts->alert_received));
	else
		bytes_copy_text(
		    detail, room, reason != NULL ? reason : "no reason given");
	return failure;
}
