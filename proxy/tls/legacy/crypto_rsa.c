// SPDX-License-Identifier: ISC

#include "base/contract.h"
#include "tls/legacy/crypto.h"
#include "tls/legacy/library.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

// Keys that a peer sends are bounded: the time RSA takes grows with them.
enum { RSA_LEAST_BITS = 512, RSA_MOST_BITS = 8192, EXPONENT_MOST_BITS = 64 };

// A struct rsa_key is an EVP_PKEY by a name that needs no header of OpenSSL:
// nothing is allocated for it, so that a key that is refused is a bad key.
static EVP_PKEY *
rsa_pkey(const struct rsa_key *key)
{
	union {
		const struct rsa_key *key;
		EVP_PKEY *pkey;
	} same = {.key = key};

	return same.pkey;
}

struct rsa_key *
rsa_key_from_pkey(EVP_PKEY *pkey)
{
	bool good = pkey != NULL && EVP_PKEY_is_a(pkey, "RSA") &&
		    EVP_PKEY_get_bits(pkey) >= RSA_LEAST_BITS &&
		    EVP_PKEY_get_bits(pkey) <= RSA_MOST_BITS;

	if (!good)
		EVP_PKEY_free(pkey);
	ERR_clear_error();
	return good ? (struct rsa_key *)(void *)pkey : NULL;
}

void
rsa_key_free(struct rsa_key **key)
{
	EVP_PKEY_free(rsa_pkey(*key));
	*key = NULL;
}

struct rsa_key *
rsa_key_ref(const struct rsa_key *key)
{
	EVP_PKEY *pkey = rsa_pkey(key);

	return EVP_PKEY_up_ref(pkey) == 1 ? rsa_key_from_pkey(pkey) : NULL;
}

struct rsa_key *
rsa_key_generate(unsigned bits)
{
	const struct library *lib = library();

	if (lib == NULL)
		return NULL;
	return rsa_key_from_pkey(
	    EVP_PKEY_Q_keygen(lib->context, NULL, "RSA", (size_t)bits));
}

static EVP_PKEY *
rsa_pkey_build(OSSL_LIB_CTX *context, BIGNUM *modulus, BIGNUM *exponent)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY_CTX *maker = NULL;
	EVP_PKEY *pkey = NULL;

	if (builder != NULL &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
		parameters = OSSL_PARAM_BLD_to_param(builder);
	if (parameters != NULL)
		maker = EVP_PKEY_CTX_new_from_name(context, "RSA", NULL);
	if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1 &&
	    EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_PUBLIC_KEY, parameters) !=
		1)
		pkey = NULL;
	EVP_PKEY_CTX_free(maker);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	return pkey;
}

struct rsa_key *
rsa_key_from_numbers(struct piece modulus, struct piece exponent)
{
	const struct library *lib = library();
	struct rsa_key *key = NULL;

	if (lib == NULL || modulus.size > RSA_MOST_BITS / 8 ||
	    exponent.size > RSA_MOST_BITS / 8)
		return NULL;
	BIGNUM *n = BN_bin2bn(modulus.bytes, (int)modulus.size, NULL);
	BIGNUM *e = BN_bin2bn(exponent.bytes, (int)exponent.size, NULL);

	// An even modulus or exponent, or an exponent of 1, is no RSA key.
	if (n != NULL && e != NULL && BN_is_odd(n) && BN_is_odd(e) &&
	    !BN_is_one(e) && BN_num_bits(e) <= EXPONENT_MOST_BITS)
		key = rsa_key_from_pkey(rsa_pkey_build(lib->context, n, e));
	BN_free(n);
	BN_free(e);
	ERR_clear_error();
	return key;
}

static X509 *
certificate_parse(struct piece der)
{
	const struct library *lib = library();
	const unsigned char *at = der.bytes;
	X509 *made = lib == NULL ? NULL : X509_new_ex(lib->context, NULL);

	if (made == NULL)
		return NULL;
	if (d2i_X509(&made, &at, (long)der.size) == NULL ||
	    at != (const unsigned char *)der.bytes + der.size) {
		X509_free(made);
		made = NULL;
	}
	ERR_clear_error();
	return made;
}

struct rsa_key *
rsa_key_from_certificate(struct piece der)
{
	X509 *certificate = certificate_parse(der);
	struct rsa_key *key = NULL;

	if (certificate != NULL)
		key = rsa_key_from_pkey(X509_get_pubkey(certificate));
	X509_free(certificate);
	return key;
}

struct rsa_key *
rsa_key_from_pem(struct piece pem)
{
	const struct library *lib = library();
	EVP_PKEY *pkey = NULL;
	BIO *bio = BIO_new_mem_buf(pem.bytes, (int)pem.size);

	// An encrypted key is never asked a passphrase for: "" is the answer.
	char none[] = "";
	if (lib != NULL && bio != NULL)
		pkey = PEM_read_bio_PrivateKey_ex(
		    bio, NULL, NULL, none, lib->context, NULL);
	BIO_free(bio);
	return rsa_key_from_pkey(pkey);
}

unsigned
rsa_key_bits(const struct rsa_key *key)
{
	return (unsigned)EVP_PKEY_get_bits(rsa_pkey(key));
}

size_t
rsa_key_size(const struct rsa_key *key)
{
	return (size_t)EVP_PKEY_get_size(rsa_pkey(key));
}

bool
rsa_key_matches(const struct rsa_key *a, const struct rsa_key *b)
{
	return EVP_PKEY_eq(rsa_pkey(a), rsa_pkey(b)) == 1;
}

static bool
rsa_key_write_number(
    const struct rsa_key *key, const char *name, struct writer *out)
{
	uint8_t bytes[RSA_MOST_BITS / 8];
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(rsa_pkey(key), name, &number) != 1)
		return false;
	int size = BN_num_bytes(number);
	bool fits = size <= (int)sizeof bytes;

	if (fits) {
		BN_bn2bin(number, bytes);
		size_t position = writer_open(out, 2);
		writer_bytes(out, bytes, (size_t)size);
		writer_close(out, position, 2);
	}
	BN_free(number);
	return fits && !out->failed;
}

bool
rsa_key_write(const struct rsa_key *key, struct writer *out)
{
	return rsa_key_write_number(key, OSSL_PKEY_PARAM_RSA_N, out) &&
	       rsa_key_write_number(key, OSSL_PKEY_PARAM_RSA_E, out);
}

static EVP_PKEY_CTX *
rsa_key_use(const struct rsa_key *key)
{
	const struct library *lib = library();

	if (lib == NULL)
		return NULL;
	return EVP_PKEY_CTX_new_from_pkey(lib->context, rsa_pkey(key), NULL);
}

bool
rsa_key_seal(const struct rsa_key *key, const uint8_t *premaster, uint8_t *out)
{
	EVP_PKEY_CTX *context = rsa_key_use(key);
	size_t size = rsa_key_size(key);
	bool done =
	    context != NULL && EVP_PKEY_encrypt_init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_encrypt(context, out, &size, premaster, PREMASTER_SIZE) ==
		1 &&
	    size == rsa_key_size(key);

	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return done;
}

// Implicit rejection by libcrypto: a bad block gives random bytes and is
// reported as good.
static bool
rsa_key_unwrap(const struct rsa_key *key, struct piece sealed, unsigned version,
    uint8_t *premaster)
{
	EVP_PKEY_CTX *context = rsa_key_use(key);
	size_t size = PREMASTER_SIZE;
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_uint(
		OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &version),
	    OSSL_PARAM_construct_end(),
	};
	bool done = context != NULL && EVP_PKEY_decrypt_init(context) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(
			context, RSA_PKCS1_WITH_TLS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_params(context, parameters) == 1 &&
		    EVP_PKEY_decrypt(context, premaster, &size, sealed.bytes,
			sealed.size) == 1 &&
		    size == PREMASTER_SIZE;

	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return done;
}

bool
rsa_key_open(const struct rsa_key *key, struct piece sealed, uint16_t version,
    uint8_t *premaster)
{
	uint8_t fallback[PREMASTER_SIZE];

	// Drawn before it is known whether it will be needed. It is for what
	// anyone can see from outside: a ciphertext of another size than the
	// modulus, or not below it.
	if (!crypto_random(fallback, sizeof fallback))
		return false;
	if (!rsa_key_unwrap(key, sealed, version, premaster))
		bytes_copy(
		    premaster, PREMASTER_SIZE, fallback, sizeof fallback);
	bytes_wipe(fallback, sizeof fallback);
	return true;
}

static bool
rsa_key_signer(EVP_PKEY_CTX *context)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(context, EVP_md5_sha1()) == 1;
}

bool
rsa_key_sign(const struct rsa_key *key, const uint8_t hashes[HASH_BOTH_SIZE],
    uint8_t *signature)
{
	EVP_PKEY_CTX *context = rsa_key_use(key);
	size_t size = rsa_key_size(key);
	bool done = context != NULL && EVP_PKEY_sign_init(context) == 1 &&
		    rsa_key_signer(context) &&
		    EVP_PKEY_sign(context, signature, &size, hashes,
			HASH_BOTH_SIZE) == 1 &&
		    size == rsa_key_size(key);

	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return done;
}

bool
rsa_key_verify(const struct rsa_key *key, const uint8_t hashes[HASH_BOTH_SIZE],
    struct piece signature)
{
	EVP_PKEY_CTX *context = rsa_key_use(key);
	bool done = context != NULL && EVP_PKEY_verify_init(context) == 1 &&
		    rsa_key_signer(context) &&
		    EVP_PKEY_verify(context, signature.bytes, signature.size,
			hashes, HASH_BOTH_SIZE) == 1;

	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return done;
}

bool
crypto_each_certificate(struct piece pem,
    bool (*each)(void *context, struct piece der), void *context)
{
	BIO *bio = BIO_new_mem_buf(pem.bytes, (int)pem.size);
	size_t found = 0;
	bool good = bio != NULL;

	while (good) {
		char *name = NULL;
		char *header = NULL;
		unsigned char *der = NULL;
		long size = 0;

		if (PEM_read_bio(bio, &name, &header, &der, &size) != 1)
			break;
		struct piece piece = {der, (size_t)size};
		if (strcmp(name, PEM_STRING_X509) == 0) {
			X509 *parsed = certificate_parse(piece);
			good = parsed != NULL && each(context, piece);
			X509_free(parsed);
			found++;
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)size);
	}
	BIO_free(bio);
	ERR_clear_error();
	return good && found > 0;
}

bool
crypto_write_subject(struct piece der, struct writer *out)
{
	X509 *certificate = certificate_parse(der);
	unsigned char *name = NULL;
	int size = -1;

	if (certificate != NULL)
		size = i2d_X509_NAME(X509_get_subject_name(certificate), &name);
	if (size > 0)
		writer_bytes(out, name, (size_t)size);
	OPENSSL_free(name);
	X509_free(certificate);
	return size > 0 && !out->failed;
}
