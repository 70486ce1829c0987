// SPDX-License-Identifier: ISC

#include "tls/mint.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum {
	DAY = 86400,
	LIFETIME = 5 * 365 * DAY,
	SERIAL_BITS = 127,      // positive, and below the 20 bytes of RFC 5280
	COMMON_NAME_LIMIT = 64, // RFC 5280's ub-common-name
	VERSION_3 = 2
};

static EVP_PKEY *
make_key(enum mint_key key)
{
	switch (key) {
	case MINT_RSA_512:
		return EVP_RSA_gen(512);
	case MINT_RSA_1024:
		return EVP_RSA_gen(1024);
	case MINT_RSA_2048:
		return EVP_RSA_gen(2048);
	case MINT_P256:
		return EVP_EC_gen("P-256");
	}
	return NULL;
}

static bool
set_serial(X509 *leaf)
{
	BIGNUM *number = BN_new();
	bool done =
	    number != NULL &&
	    BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ==
		1 &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(leaf)) != NULL;

	BN_free(number);
	return done;
}

// Programs from before RFC 2459 do not know UTF8String, and some of Netscape's
// crash on it; PrintableString, which does for all host names, is read by all.
static bool
set_subject(X509 *leaf, const char *common_name)
{
	const unsigned char *name = (const unsigned char *)common_name;
	size_t size = strlen(common_name);

	if (size > COMMON_NAME_LIMIT)
		size = COMMON_NAME_LIMIT;
	bool plain =
	    ASN1_PRINTABLE_type(name, (int)size) == V_ASN1_PRINTABLESTRING;
	return X509_NAME_add_entry_by_NID(X509_get_subject_name(leaf),
		   NID_commonName,
		   plain ? V_ASN1_PRINTABLESTRING : MBSTRING_UTF8, name,
		   (int)size, -1, 0) == 1;
}

static bool
add_extension(X509 *leaf, X509 *issuer, int kind, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, leaf, NULL, NULL, 0);
	X509_EXTENSION *extension =
	    X509V3_EXT_conf_nid(NULL, &context, kind, value);
	bool done = extension != NULL && X509_add_ext(leaf, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return done;
}

static bool
add_extensions(X509 *leaf, X509 *issuer, const struct mint_request *request)
{
	if (!add_extension(leaf, issuer, NID_basic_constraints,
		request->authority ? "critical,CA:TRUE" : "critical,CA:FALSE"))
		return false;
	if (!add_extension(leaf, issuer, NID_key_usage,
		request->authority
		    ? "critical,keyCertSign,cRLSign"
		    : "critical,digitalSignature,keyEncipherment"))
		return false;
	return request->alternatives == NULL ||
	       add_extension(
		   leaf, issuer, NID_subject_alt_name, request->alternatives);
}

static bool
fill(struct credential *made, const struct mint_request *request)
{
	const struct credential *by =
	    request->issuer != NULL ? request->issuer : made;
	X509 *leaf = made->leaf;

	return X509_set_version(leaf, VERSION_3) == 1 && set_serial(leaf) &&
	       ASN1_TIME_set(X509_getm_notBefore(leaf),
		   (time_t)request->not_before) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(leaf),
		   (time_t)request->not_after) != NULL &&
	       set_subject(leaf, request->common_name) &&
	       X509_set_issuer_name(leaf, X509_get_subject_name(by->leaf)) ==
		   1 &&
	       X509_set_pubkey(leaf, made->key) == 1 &&
	       add_extensions(leaf, by->leaf, request) &&
	       X509_sign(leaf, by->key,
		   request->sha1 ? EVP_sha1() : EVP_sha256()) > 0;
}

static bool
append(STACK_OF(X509) * chain, X509 *certificate)
{
	if (X509_up_ref(certificate) != 1)
		return false;
	if (sk_X509_push(chain, certificate) > 0)
		return true;
	X509_free(certificate);
	return false;
}

static bool
add_issuers(struct credential *made, const struct credential *issuer)
{
	if (issuer == NULL)
		return true;
	if (!append(made->chain, issuer->leaf))
		return false;
	for (int i = 0; i < sk_X509_num(issuer->chain); i++)
		if (!append(made->chain, sk_X509_value(issuer->chain, i)))
			return false;
	return true;
}

struct credential *
mint_certificate(const struct mint_request *request, struct tls_error *error)
{
	struct credential *made = calloc(1, sizeof *made);

	ERR_clear_error();
	if (made != NULL) {
		made->leaf = X509_new();
		made->chain = sk_X509_new_null();
		made->key = make_key(request->key);
	}
	if (made == NULL || made->leaf == NULL || made->chain == NULL ||
	    made->key == NULL || !fill(made, request) ||
	    !add_issuers(made, request->issuer)) {
		tls_error_set_library(error,
		    "a certificate for %.200s cannot be made",
		    request->common_name);
		credential_free(&made);
	}
	return made;
}

static struct mint_request
request_from_yesterday(void)
{
	int64_t now = (int64_t)(clock_wall() / 1000000);

	// Old devices have no good clock.
	return (struct mint_request){
	    .not_before = now - DAY, .not_after = now + LIFETIME};
}

struct credential *
mint_modern(const char *hostname, struct tls_error *error)
{
	struct mint_request request = request_from_yesterday();
	char alternative[300];
	int size =
	    snprintf(alternative, sizeof alternative, "DNS:%s", hostname);

	request.key = MINT_RSA_2048;
	request.common_name = hostname;
	// What has a comma or blank in it is no host name, and would be read
	// as several.
	if (size > 0 && (size_t)size < sizeof alternative &&
	    strpbrk(hostname, ", \t\r\n") == NULL)
		request.alternatives = alternative;
	return mint_certificate(&request, error);
}

struct credential *
mint_legacy(const char *hostname, struct tls_error *error)
{
	struct mint_request request = request_from_yesterday();
	struct credential *made = NULL;

	request.key = MINT_RSA_1024;
	request.sha1 = true;
	request.authority = true;
	request.common_name = "sallyport legacy authority";
	struct credential *authority = mint_certificate(&request, error);
	if (authority != NULL) {
		request.authority = false;
		request.common_name = hostname;
		request.issuer = authority;
		made = mint_certificate(&request, error);
	}
	credential_free(&authority);
	return made;
}

char *
credential_pem(const struct credential *credential)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *bytes = NULL;
	char *text = NULL;
	bool good =
	    bio != NULL && PEM_write_bio_X509(bio, credential->leaf) == 1;

	for (int i = 0; good && i < sk_X509_num(credential->chain); i++)
		good = PEM_write_bio_X509(
			   bio, sk_X509_value(credential->chain, i)) == 1;
	// The traditional form, which the oldest readers know as well.
	good = good && PEM_write_bio_PrivateKey_traditional(bio,
			   credential->key, NULL, NULL, 0, NULL, NULL) == 1;
	long size = good ? BIO_get_mem_data(bio, &bytes) : 0;
	if (size > 0)
		text = malloc((size_t)size + 1);
	if (text != NULL) {
		bytes_copy(text, (size_t)size, bytes, (size_t)size);
		text[size] = '\0';
	}
	BIO_free(bio);
	ERR_clear_error();
	return text;
}

void
pem_free(char **text)
{
	if (*text == NULL)
		return;
	bytes_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}
