// SPDX-License-Identifier: ISC

#include "tls/verify_dane.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { USAGE_DANE_TA = 2, USAGE_DANE_EE = 3 };

// libssl keeps TLSA records in an SSL. This one never speaks to anybody, so
// that the legacy engine can be judged by the same code.
struct dane {
	SSL_CTX *context;
	SSL *ssl;
};

static size_t
add_records(SSL *ssl, const struct verify_peer *peer)
{
	size_t usable = 0;

	for (size_t i = 0; i < peer->record_count; i++) {
		const struct tlsa *record = &peer->records[i];

		// PKIX-TA and PKIX-EE are not (RFC 7672 section 3.1.3).
		if (record->usage != USAGE_DANE_TA &&
		    record->usage != USAGE_DANE_EE)
			continue;
		// What libssl cannot read is unusable, too.
		if (SSL_dane_tlsa_add(ssl, record->usage, record->selector,
			record->matching, record->data, record->size) == 1)
			usable++;
	}
	ERR_clear_error();
	return usable;
}

struct dane *
dane_new(const struct verify_peer *peer)
{
	struct dane *dane = calloc(1, sizeof *dane);

	if (dane == NULL)
		return NULL;
	dane->context = SSL_CTX_new(TLS_client_method());
	if (dane->context != NULL && SSL_CTX_dane_enable(dane->context) == 1)
		dane->ssl = SSL_new(dane->context);
	if (dane->ssl == NULL || SSL_dane_enable(dane->ssl, NULL) != 1 ||
	    add_records(dane->ssl, peer) == 0)
		dane_free(&dane);
	ERR_clear_error();
	return dane;
}

void
dane_free(struct dane **dane)
{
	if (*dane == NULL)
		return;
	SSL_free((*dane)->ssl);
	SSL_CTX_free((*dane)->context);
	free(*dane);
	*dane = NULL;
}

bool
tlsa_any_usable(const struct tlsa *records, size_t count)
{
	struct verify_peer peer = {.records = records, .record_count = count};
	struct dane *dane = dane_new(&peer);
	bool usable = dane != NULL;

	dane_free(&dane);
	return usable;
}

void
dane_apply(struct dane *dane, X509_STORE_CTX *run)
{
	X509_STORE_CTX_set0_dane(run, SSL_get0_dane(dane->ssl));
	// Its records are what revokes a certificate here; crl is for the
	// authorities of other levels.
	X509_VERIFY_PARAM_clear_flags(X509_STORE_CTX_get0_param(run),
	    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

bool
dane_wants_name(const struct dane *dane)
{
	uint8_t usage = 0;

	return SSL_get0_dane_tlsa(dane->ssl, &usage, NULL, NULL, NULL, NULL) <
		   0 ||
	       usage != USAGE_DANE_EE;
}
