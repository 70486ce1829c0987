// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

// A key under a passphrase cannot be used by a service; nobody is asked.
static int
no_passphrase(char *out, int room, int writing, void *context)
{
	(void)out;
	(void)room;
	(void)writing;
	(void)context;
	return -1;
}

static bool
fail(char error[CERTIFICATE_ERROR_MOST], const char *path, const char *why)
{
	snprintf(error, CERTIFICATE_ERROR_MOST, "%s: %s", path, why);
	ERR_clear_error();
	return false;
}

// Why a file cannot be opened.
static const char *
why_not(int error)
{
	// Rights that were there at the start are gone at a reload.
	return error == EACCES
		   ? "Permission denied; the user that sallyport runs as must "
		     "be able to read it: by its group (chgrp, chmod g+r), or "
		     "as a credential of systemd (LoadCredential=)"
		   : strerror(error);
}

// A pipe would be waited for, for ever, and a device is read without end.
static BIO *
open_file(const char *path, char error[CERTIFICATE_ERROR_MOST])
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *stream = NULL;
	BIO *bio = NULL;
	struct stat status;

	if (file < 0) {
		fail(error, path, why_not(errno));
		return NULL;
	}
	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
		fail(error, path, "is no file");
	else if ((stream = fdopen(file, "r")) == NULL ||
		 (bio = BIO_new_fp(stream, BIO_CLOSE)) == NULL)
		fail(error, path, "cannot be read");
	if (bio == NULL && stream != NULL)
		fclose(stream);
	else if (bio == NULL)
		close(file);
	return bio;
}

static int64_t
seconds_since_1970(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	if (epoch == NULL || time == NULL ||
	    ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
		days = seconds = 0;
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + seconds;
}

// Whether reading stopped because there is no more, not at something broken.
static bool
read_to_the_end(void)
{
	unsigned long code = ERR_peek_last_error();

	return ERR_GET_LIB(code) == ERR_LIB_PEM &&
	       ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static void
narrow(struct certificate *certificate, const X509 *one, bool first)
{
	int64_t begin = seconds_since_1970(X509_get0_notBefore(one));
	int64_t end = seconds_since_1970(X509_get0_notAfter(one));

	if (first || begin > certificate->not_before)
		certificate->not_before = begin;
	if (first || end < certificate->not_after)
		certificate->not_after = end;
}

static bool
read_chain(struct certificate *certificate, const char *path,
    char error[CERTIFICATE_ERROR_MOST])
{
	BIO *bio = open_file(path, error);
	X509 *one;

	if (bio == NULL)
		return false;
	while (
	    (one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		narrow(certificate, one, certificate->leaf == NULL);
		if (certificate->leaf == NULL)
			certificate->leaf = one;
		else
			X509_free(one);
	}
	BIO_free(bio);
	if (!read_to_the_end())
		return fail(error, path, "holds a certificate that is broken");
	ERR_clear_error();
	return certificate->leaf != NULL ||
	       fail(error, path, "holds no certificate in PEM");
}

static bool
is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	// 0: they do not; less: they cannot be looked at.
	bool sound = context != NULL && EVP_PKEY_pairwise_check(context) != 0;

	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return sound;
}

static bool
read_key(struct certificate *certificate, const char *path,
    char error[CERTIFICATE_ERROR_MOST])
{
	BIO *bio = open_file(path, error);

	if (bio == NULL)
		return false;
	certificate->key =
	    PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (certificate->key == NULL)
		return fail(error, path,
		    "holds no private key in PEM that can be used; one under "
		    "a passphrase cannot");
	// A key whose parts do not fit each other (a bit that fell over) can
	// belong to the certificate all the same, and fails in each handshake.
	if (!is_sound(certificate->key))
		return fail(error, path, "holds a private key that is broken");
	return X509_check_private_key(certificate->leaf, certificate->key) ==
		   1 ||
	       fail(error, path, "holds the key of another certificate");
}

// What tells one key from another, to be freed; 0: none.
static int
name_key(const struct certificate *certificate, uint8_t **bytes)
{
	BIGNUM *modulus = NULL;
	int size = 0;

	// An RSA key may be called RSASSA-PSS in one place (RFC 4055).
	if (EVP_PKEY_get_bn_param(
		certificate->key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1)
		return i2d_X509_PUBKEY(
		    X509_get_X509_PUBKEY(certificate->leaf), bytes);
	*bytes = OPENSSL_malloc((size_t)BN_num_bytes(modulus));
	if (*bytes != NULL)
		size = BN_bn2bin(modulus, *bytes);
	BN_free(modulus);
	return size;
}

static bool
describe_key(struct certificate *certificate)
{
	uint8_t *der = NULL;
	int size = name_key(certificate, &der);
	bool done =
	    size > 0 && EVP_Digest(der, (size_t)size, certificate->key_digest,
			    NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	certificate->rsa = EVP_PKEY_is_a(certificate->key, "RSA") == 1;
	certificate->bits = (unsigned)EVP_PKEY_get_bits(certificate->key);
	return done;
}

bool
certificate_read(struct certificate *certificate, const char *path,
    const char *key_path, char error[CERTIFICATE_ERROR_MOST])
{
	*certificate = (struct certificate){.leaf = NULL};
	ERR_clear_error();
	if (read_chain(certificate, path, error) &&
	    read_key(certificate, key_path != NULL ? key_path : path, error) &&
	    (describe_key(certificate) ||
		fail(error, path, "holds a key that cannot be used")))
		return true;
	certificate_free(certificate);
	return false;
}

void
certificate_free(struct certificate *certificate)
{
	X509_free(certificate->leaf);
	EVP_PKEY_free(certificate->key);
	*certificate = (struct certificate){.leaf = NULL};
}

bool
certificate_covers(const struct certificate *certificate, const char *name)
{
	bool covers = X509_check_host(certificate->leaf, name, 0,
			  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1 ||
		      X509_check_ip_asc(certificate->leaf, name, 0) == 1;

	ERR_clear_error();
	return covers;
}

static void
keep_earliest(size_t count, const ASN1_TIME *end, int64_t *not_after)
{
	int64_t seconds = end != NULL ? seconds_since_1970(end) : INT64_MAX;

	if (count == 0 || seconds < *not_after)
		*not_after = seconds;
}

size_t
certificate_count(
    const char *path, int64_t *not_after, char error[CERTIFICATE_ERROR_MOST])
{
	BIO *bio = open_file(path, error);
	size_t count = 0;
	X509 *one;

	if (bio == NULL)
		return 0;
	ERR_clear_error();
	while ((one = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL)) !=
	       NULL) {
		keep_earliest(count++, X509_get0_notAfter(one), not_after);
		X509_free(one);
	}
	BIO_free(bio);
	if (!read_to_the_end() || count == 0) {
		fail(error, path,
		    "holds no certificate in PEM, or a broken one");
		return 0;
	}
	ERR_clear_error();
	return count;
}

size_t
revocation_count(
    const char *path, int64_t *not_after, char error[CERTIFICATE_ERROR_MOST])
{
	BIO *bio = open_file(path, error);
	size_t count = 0;
	X509_CRL *one;

	if (bio == NULL)
		return 0;
	ERR_clear_error();
	while ((one = PEM_read_bio_X509_CRL(bio, NULL, no_passphrase, NULL)) !=
	       NULL) {
		keep_earliest(
		    count++, X509_CRL_get0_nextUpdate(one), not_after);
		X509_CRL_free(one);
	}
	BIO_free(bio);
	if (!read_to_the_end() || count == 0) {
		fail(error, path,
		    "holds no revocation list in PEM, or a broken one");
		return 0;
	}
	ERR_clear_error();
	return count;
}
