// SPDX-License-Identifier: ISC

#include "tls/verify_modern.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/contract.h"
#include "tls/certificate.h"
#include "tls/verify_dane.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

// Certificates between leaf and root; real chains have 1 to 4.
enum { DEPTH = 10, CERTIFICATES_LIMIT = 32 };

struct verifier {
	X509_STORE *store;
	STACK_OF(X509) * authorities; // NULL: those of the trust store
};

static bool
add_authorities(
    struct verifier *verifier, struct pem pem, struct tls_error *error)
{
	STACK_OF(X509) *all = pem_certificates(pem, error);

	if (all == NULL)
		return false;
	while (sk_X509_num(all) > 0) {
		X509 *one = sk_X509_shift(all);

		if (X509_STORE_add_cert(verifier->store, one) != 1 ||
		    sk_X509_push(verifier->authorities, one) <= 0) {
			X509_free(one);
			sk_X509_pop_free(all, X509_free);
			tls_error_set_library(
			    error, "%s: an authority cannot be used", pem.name);
			return false;
		}
	}
	sk_X509_free(all);
	return true;
}

static bool
load_trust_store(X509_STORE *store, const char *path, struct tls_error *error)
{
	struct stat status;
	int done;

	if (path == NULL)
		done = X509_STORE_set_default_paths(store);
	else if (stat(path, &status) != 0)
		done = X509_STORE_load_file(store, path);
	else if (S_ISDIR(status.st_mode))
		done = X509_STORE_load_path(store, path);
	else // of a pipe nothing may ever come
		done = S_ISREG(status.st_mode) &&
		       X509_STORE_load_file(store, path);
	if (done != 1) {
		tls_error_set_library(error, "%s cannot be read",
		    path != NULL ? path : "the system's authorities");
		error->setting = "trust-store";
		return false;
	}
	ERR_clear_error();
	return true;
}

static bool
load_authorities(struct verifier *verifier,
    const struct verifier_settings *settings, struct tls_error *error)
{
	if (settings->authority_count == 0)
		return load_trust_store(
		    verifier->store, settings->trust_store, error);
	verifier->authorities = sk_X509_new_null();
	if (verifier->authorities == NULL) {
		tls_error_set(error, "out of memory");
		return false;
	}
	for (size_t i = 0; i < settings->authority_count; i++)
		if (!add_authorities(verifier, settings->authorities[i], error))
			return false;
	return true;
}

static bool
add_crls(X509_STORE *store, struct pem pem, struct tls_error *error)
{
	BIO *bio = pem.size > INT_MAX
		       ? NULL
		       : BIO_new_mem_buf(pem.text, (int)pem.size);
	X509_CRL *crl;
	unsigned count = 0;
	bool good = true;

	while (bio != NULL && good &&
	       (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL) {
		good = X509_STORE_add_crl(store, crl) == 1;
		X509_CRL_free(crl);
		count++;
	}
	BIO_free(bio);
	if (!good || count == 0) {
		tls_error_set(error,
		    "%s: there is no usable revocation list in it", pem.name);
		error->setting = "crl";
	}
	ERR_clear_error();
	return good && count > 0;
}

static bool
load_store(struct verifier *verifier, const struct verifier_settings *settings,
    struct tls_error *error)
{
	X509_VERIFY_PARAM *rules = X509_STORE_get0_param(verifier->store);

	if (!load_authorities(verifier, settings, error))
		return false;
	for (size_t i = 0; i < settings->crl_count; i++)
		if (!add_crls(verifier->store, settings->crls[i], error))
			return false;
	if (settings->crl_count > 0)
		X509_VERIFY_PARAM_set_flags(
		    rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	X509_VERIFY_PARAM_set_depth(rules, DEPTH);
	X509_VERIFY_PARAM_set_auth_level(rules, settings->security_level);
	X509_VERIFY_PARAM_set_purpose(rules, settings->server
						 ? X509_PURPOSE_SSL_SERVER
						 : X509_PURPOSE_SSL_CLIENT);
	return true;
}

struct verifier *
verifier_new(const struct verifier_settings *settings, struct tls_error *error)
{
	struct verifier *verifier = calloc(1, sizeof *verifier);

	if (verifier != NULL)
		verifier->store = X509_STORE_new();
	if (verifier == NULL || verifier->store == NULL) {
		tls_error_set(error, "out of memory");
		verifier_free(&verifier);
		return NULL;
	}
	if (!load_store(verifier, settings, error))
		verifier_free(&verifier);
	return verifier;
}

void
verifier_free(struct verifier **verifier)
{
	if (*verifier == NULL)
		return;
	X509_STORE_free((*verifier)->store);
	sk_X509_pop_free((*verifier)->authorities, X509_free);
	free(*verifier);
	*verifier = NULL;
}

const STACK_OF(X509) * verifier_authorities(const struct verifier *verifier)
{
	return verifier->authorities;
}

static const struct {
	int theirs;
	enum tls_failure failure;
} verdicts[TLS_VERDICT_COUNT] = {
#define VERDICT(id, theirs, failure, sentence, advice)                         \
	[TLS_VERDICT_##id] = {theirs, TLS_FAILURE_##failure},
#include "tls/verify_error.def"
#undef VERDICT
};

static enum tls_verdict
verdict_find(int theirs)
{
	for (unsigned i = TLS_VERDICT_NONE + 1; i < TLS_VERDICT_COUNT; i++)
		if (verdicts[i].theirs == theirs)
			return (enum tls_verdict)i;
	return TLS_VERDICT_OTHER;
}

static struct verify_verdict
verdict_of(enum tls_failure failure, const char *detail)
{
	struct verify_verdict verdict = {.failure = failure};

	bytes_copy_text(verdict.detail, sizeof verdict.detail, detail);
	return verdict;
}

// The chain; by TLSA records too, where dane is given.
static struct verify_verdict
judge_chain(const struct verifier *verifier, STACK_OF(X509) * certificates,
    struct dane *dane, struct tls_facts *facts)
{
	X509_STORE_CTX *run = X509_STORE_CTX_new();
	struct verify_verdict verdict =
	    verdict_of(TLS_FAILURE_INTERNAL, "out of memory");

	if (run != NULL &&
	    X509_STORE_CTX_init(run, verifier->store,
		sk_X509_value(certificates, 0), certificates) == 1) {
		X509_STORE_CTX_set_time(
		    run, 0, (time_t)(clock_wall() / 1000000));
		if (dane != NULL)
			dane_apply(dane, run);
		// What X509_verify_cert returns and what it leaves as error
		// must both be good.
		int good = X509_verify_cert(run);
		int error = X509_STORE_CTX_get_error(run);

		if (good == 1 && error == X509_V_OK) {
			verdict = verdict_of(TLS_FAILURE_NONE, "");
		} else {
			facts->verdict = verdict_find(error);
			verdict = verdict_of(verdicts[facts->verdict].failure,
			    X509_verify_cert_error_string(error));
		}
	}
	X509_STORE_CTX_free(run);
	ERR_clear_error();
	return verdict;
}

static struct verify_verdict
judge_name(const struct verify_peer *peer, X509 *leaf, struct tls_facts *facts)
{
	struct verify_verdict verdict = {.failure = TLS_FAILURE_NAME};

	for (size_t i = 0; i < peer->name_count; i++)
		if (certificate_names(leaf, peer->names[i])) {
			facts->verified = TLS_VERIFIED_NAME;
			return verdict_of(TLS_FAILURE_NONE, "");
		}
	snprintf(verdict.detail, sizeof verdict.detail,
	    "wanted %.90s%s, the certificate has %.110s",
	    peer->name_count > 0 ? peer->names[0] : "no name at all",
	    peer->name_count > 1 ? " or another" : "", facts->names);
	return verdict;
}

static struct verify_verdict
judge_fingerprint(
    const struct verify_peer *peer, X509 *leaf, struct tls_facts *facts)
{
	for (size_t i = 0; i < peer->fingerprint_count; i++)
		if (certificate_has_digest(leaf, peer->fingerprints[i])) {
			facts->verified = TLS_VERIFIED_FINGERPRINT;
			return verdict_of(TLS_FAILURE_NONE, "");
		}
	return verdict_of(TLS_FAILURE_FINGERPRINT, facts->fingerprint);
}

static struct verify_verdict
judge_dane(const struct verifier *verifier, const struct verify_peer *peer,
    STACK_OF(X509) * certificates, struct tls_facts *facts)
{
	struct dane *dane = dane_new(peer);
	struct verify_verdict verdict =
	    verdict_of(TLS_FAILURE_DANE, "there is no usable TLSA record");

	if (dane != NULL)
		verdict = judge_chain(verifier, certificates, dane, facts);
	// DANE-EE stands for itself; under DANE-TA the name counts.
	if (verdict.failure == TLS_FAILURE_NONE && dane_wants_name(dane))
		verdict =
		    judge_name(peer, sk_X509_value(certificates, 0), facts);
	if (verdict.failure == TLS_FAILURE_NONE)
		facts->verified = TLS_VERIFIED_DANE;
	else
		facts->verified = TLS_VERIFIED_UNTRUSTED;
	dane_free(&dane);
	return verdict;
}

static struct verify_verdict
judge(const struct verifier *verifier, const struct verify_peer *peer,
    STACK_OF(X509) * certificates, struct tls_facts *facts)
{
	X509 *leaf = sk_X509_value(certificates, 0);
	struct verify_verdict verdict;

	switch (peer->demand) {
	case VERIFY_FINGERPRINT:
		return judge_fingerprint(peer, leaf, facts);
	case VERIFY_DANE:
		return judge_dane(verifier, peer, certificates, facts);
	case VERIFY_CHAIN:
	case VERIFY_NAME:
		break;
	}
	verdict = judge_chain(verifier, certificates, NULL, facts);
	if (verdict.failure != TLS_FAILURE_NONE)
		return verdict;
	if (peer->demand == VERIFY_NAME)
		return judge_name(peer, leaf, facts);
	facts->verified = TLS_VERIFIED_NAME;
	return verdict;
}

struct verify_verdict
verifier_judge(const struct verifier *verifier, const struct verify_peer *peer,
    STACK_OF(X509) * certificates, struct tls_facts *facts)
{
	struct verify_verdict verdict =
	    verdict_of(TLS_FAILURE_NO_CERTIFICATE, "");

	facts->verified = TLS_VERIFIED_NONE;
	facts->verdict = TLS_VERDICT_NONE;
	if (sk_X509_num(certificates) > 0) {
		certificate_describe(sk_X509_value(certificates, 0), facts);
		facts->verified = TLS_VERIFIED_UNTRUSTED;
		verdict = judge(verifier, peer, certificates, facts);
	}
	return peer->record_only ? verdict_of(TLS_FAILURE_NONE, "") : verdict;
}

struct verify_verdict
verifier_judge_der(const struct verifier *verifier,
    const struct verify_peer *peer, const struct verify_der *certificates,
    size_t count, struct tls_facts *facts)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	struct verify_verdict verdict =
	    verdict_of(TLS_FAILURE_MESSAGE, "a certificate cannot be read");
	bool good = all != NULL && count <= CERTIFICATES_LIMIT;

	for (size_t i = 0; i < count && good; i++) {
		const uint8_t *at = certificates[i].bytes;
		X509 *one = d2i_X509(NULL, &at, (long)certificates[i].size);

		good = one != NULL &&
		       at == certificates[i].bytes + certificates[i].size &&
		       sk_X509_push(all, one) > 0;
		if (!good)
			X509_free(one);
	}
	ERR_clear_error();
	if (good)
		verdict = verifier_judge(verifier, peer, all, facts);
	sk_X509_pop_free(all, X509_free);
	return verdict;
}
