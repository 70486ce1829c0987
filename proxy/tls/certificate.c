// SPDX-License-Identifier: ISC

#include "tls/certificate.h"

#include "base/bytes.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

enum { DIGEST_SIZE = 32, ADDRESS_SIZE = 64 };

// In the notation of RFC 2253, in UTF-8, with every control character
// escaped: a certificate is a peer's text, and goes to the log.
static void
describe_name(const X509_NAME *name, char *out, size_t room)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0,
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		long size = BIO_get_mem_data(bio, &text);
		size_t kept = size > 0 ? (size_t)size : 0;

		if (kept > room - 1)
			kept = room - 1;
		bytes_copy(out, room, text, kept);
		out[kept] = '\0';
	}
	BIO_free(bio);
}

// Visible ASCII alone: a name with a NUL in it reads as another name to
// whoever takes it for a C string.
static bool
is_plain_name(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] <= ' ' || bytes[i] >= 0x7f || bytes[i] == ',')
			return false;
	return size > 0;
}

static void
add_name(struct writer *out, const ASN1_STRING *name)
{
	const uint8_t *bytes = ASN1_STRING_get0_data(name);
	size_t size = (size_t)ASN1_STRING_length(name);

	// One byte stays for the NUL.
	if (!is_plain_name(bytes, size) || out->room - out->size < size + 2)
		return;
	if (out->size > 0)
		writer_u8(out, ',');
	writer_bytes(out, bytes, size);
}

static void
add_common_name(struct writer *out, const X509_NAME *subject)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at >= 0)
		add_name(out,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

static void
describe_names(X509 *certificate, char *out, size_t room)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	struct writer text = writer_over(out, room - 1);
	bool any = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		any = true;
		add_name(&text, name->d.dNSName);
	}
	if (!any)
		add_common_name(&text, X509_get_subject_name(certificate));
	out[text.size] = '\0';
	GENERAL_NAMES_free(names);
}

static int64_t
seconds_since_1970(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0;
	int seconds = 0;
	int64_t result = 0;

	if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1)
		result = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(epoch);
	return result;
}

static bool
digest_certificate(const X509 *certificate, uint8_t digest[DIGEST_SIZE])
{
	return X509_digest(certificate, EVP_sha256(), digest, NULL) == 1;
}

static bool
digest_public_key(const X509 *certificate, uint8_t digest[DIGEST_SIZE])
{
	uint8_t *der = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	bool done = size > 0 && EVP_Digest(der, (size_t)size, digest, NULL,
				    EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return done;
}

static void
describe_digest(const uint8_t digest[DIGEST_SIZE], char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		*out++ = hex[digest[i] >> 4];
		*out++ = hex[digest[i] & 15];
	}
	*out = '\0';
}

static void
describe_key(const X509 *certificate, char *out, size_t room)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	const char *kind = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;

	snprintf(out, room, "%s %d", kind != NULL ? kind : "unknown",
	    key != NULL ? EVP_PKEY_get_bits(key) : 0);
}

void
certificate_describe(X509 *certificate, struct tls_facts *facts)
{
	uint8_t digest[DIGEST_SIZE];

	describe_name(X509_get_subject_name(certificate), facts->subject,
	    sizeof facts->subject);
	describe_name(X509_get_issuer_name(certificate), facts->issuer,
	    sizeof facts->issuer);
	describe_names(certificate, facts->names, sizeof facts->names);
	facts->not_after = seconds_since_1970(X509_get0_notAfter(certificate));
	if (digest_certificate(certificate, digest))
		describe_digest(digest, facts->fingerprint);
	describe_key(certificate, facts->key, sizeof facts->key);
	ERR_clear_error();
}

// The address without its brackets; false: too long for one.
static bool
bare_address(const char *name, char out[ADDRESS_SIZE])
{
	size_t size = strlen(name);

	if (size > 2 && name[0] == '[' && name[size - 1] == ']') {
		name++;
		size -= 2;
	}
	if (size >= ADDRESS_SIZE)
		return false;
	bytes_copy(out, ADDRESS_SIZE, name, size);
	out[size] = '\0';
	return true;
}

bool
name_is_address(const char *name)
{
	char address[ADDRESS_SIZE];

	if (!bare_address(name, address))
		return false;
	ASN1_OCTET_STRING *octets = a2i_IPADDRESS(address);
	bool is = octets != NULL;
	ASN1_OCTET_STRING_free(octets);
	ERR_clear_error();
	return is;
}

bool
certificate_names(X509 *certificate, const char *name)
{
	char address[ADDRESS_SIZE];
	int found;

	if (name[0] == '\0')
		return false;
	if (name_is_address(name))
		found = bare_address(name, address) &&
			X509_check_ip_asc(certificate, address, 0) == 1;
	else
		found = X509_check_host(certificate, name, 0,
			    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
	ERR_clear_error();
	return found;
}

// Colons between the bytes, and either case, are how people write digests.
static bool
is_digest(const char *text, const uint8_t digest[DIGEST_SIZE])
{
	char hex[2 * DIGEST_SIZE + 1];
	size_t at = 0;

	describe_digest(digest, hex);
	for (; *text != '\0'; text++) {
		if (*text == ':')
			continue;
		if (at == 2 * DIGEST_SIZE || bytes_upper((uint8_t)*text) !=
						 bytes_upper((uint8_t)hex[at]))
			return false;
		at++;
	}
	return at == 2 * DIGEST_SIZE;
}

bool
certificate_has_digest(X509 *certificate, const char *text)
{
	uint8_t digest[DIGEST_SIZE];

	if (digest_certificate(certificate, digest) && is_digest(text, digest))
		return true;
	return digest_public_key(certificate, digest) &&
	       is_digest(text, digest);
}
