// SPDX-License-Identifier: ISC
//
// All that the legacy engine wants of libcrypto: nothing else in this folder
// includes an OpenSSL header. Keys and algorithms live in a library context
// of their own with the default and legacy providers, so that RC4, RC2 and
// DES exist here and nowhere else in the program.
//
// Every function that returns bool returns false when libcrypto fails, which
// is an internal failure unless its comment says otherwise.

#ifndef TLS_LEGACY_CRYPTO_H
#define TLS_LEGACY_CRYPTO_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_COUNT };
enum {
	HASH_MD5_SIZE = 16,
	HASH_SHA1_SIZE = 20,
	HASH_BOTH_SIZE = 36, // MD5 and SHA-1, one behind the other
	HASH_MAX_SIZE = 32
};

enum cipher {
#define CIPHER(id, name, block, key) CIPHER_##id,
#include "tls/legacy/cipher.def"
#undef CIPHER
	CIPHER_COUNT
};
enum { CIPHER_MAX_KEY = 32, CIPHER_MAX_BLOCK = 16 };

enum { PREMASTER_SIZE = 48 };

// Bytes that belong to somebody else, one of several that are hashed in turn.
struct piece {
	const void *bytes;
	size_t size;
};

// Loads the providers, once; NULL, or why it failed (static text). Called
// before a sandbox closes the file system, or else by the first use.
const char *crypto_start(void);

bool crypto_random(uint8_t *bytes, size_t size);
// Takes the same time wherever the bytes differ.
bool crypto_equal(const uint8_t *a, const uint8_t *b, size_t size);

// --- Hashes ---

size_t crypto_hash_size(enum hash hash);
// The hash of count pieces, to out (crypto_hash_size bytes).
bool crypto_hash(
    enum hash hash, const struct piece *pieces, size_t count, uint8_t *out);

// A hash that goes on.
struct hashing;
struct hashing *hashing_new(enum hash hash); // NULL: failed
void hashing_free(struct hashing **hashing);
bool hashing_add(struct hashing *hashing, const void *bytes, size_t size);
// The hash of all that was added and of count pieces behind it; the hashing
// itself goes on as if they had not been.
bool hashing_peek(const struct hashing *hashing, const struct piece *pieces,
    size_t count, uint8_t *out);

// --- The TLS 1.0 pseudo-random function, RFC 2246 section 5 ---

// An empty secret is allowed.
bool crypto_prf(
    struct piece secret, struct piece seed, uint8_t *out, size_t size);

// --- HMAC over a record ---

struct mac;
struct mac *mac_new(enum hash hash, const uint8_t *key); // NULL: failed
void mac_free(struct mac **mac);
// The MAC of a record's header and content. Where the content's size is
// secret (CBC, Lucky Thirteen), covered is the public number of bytes in
// content that the time taken may depend on (content, MAC and padding);
// otherwise 0.
bool mac_record(struct mac *mac, const uint8_t header[13], struct piece content,
    size_t covered, uint8_t *out);

// --- Record ciphers ---

struct record_cipher;
struct record_cipher_parameters {
	enum cipher cipher;
	uint16_t version; // decides the padding and the explicit IV
	size_t mac_size;
	const uint8_t *key;
	const uint8_t *iv;
	bool encrypt;
};

size_t cipher_block(enum cipher cipher); // 1: a stream cipher
size_t cipher_key(enum cipher cipher);   // bytes

struct record_cipher *record_cipher_new(
    const struct record_cipher_parameters *parameters); // NULL: failed
void record_cipher_free(struct record_cipher **cipher);
// Pads and encrypts size bytes where they lie; room must be a block larger.
// Returns the size of what is there now, 0 when it failed.
size_t record_cipher_seal(
    struct record_cipher *cipher, uint8_t *bytes, size_t size);
// Decrypts size bytes where they lie, takes the padding off and copies the
// MAC behind the content to mac. Returns false only for what anyone on the
// wire can see to be wrong (no whole blocks, too short); bad padding gives a
// MAC that does not match, and takes the same time. *content is what is left:
// its size is secret for CBC until the MAC was compared.
bool record_cipher_open(struct record_cipher *cipher, uint8_t *bytes,
    size_t size, struct piece *content, uint8_t *mac);

// --- RSA ---

struct rsa_key;
struct rsa_key *rsa_key_generate(unsigned bits);        // NULL: failed
struct rsa_key *rsa_key_ref(const struct rsa_key *key); // NULL: failed
struct rsa_key *rsa_key_from_numbers(
    struct piece modulus, struct piece exponent); // NULL: not a usable key
// The public key of an X.509 certificate; NULL: malformed or not RSA.
struct rsa_key *rsa_key_from_certificate(struct piece der);
// The private key in a PEM text; NULL: none, malformed or not RSA.
struct rsa_key *rsa_key_from_pem(struct piece pem);
void rsa_key_free(struct rsa_key **key);

unsigned rsa_key_bits(const struct rsa_key *key);
size_t rsa_key_size(const struct rsa_key *key); // of a signature, in bytes
// Whether both have the same modulus and exponent.
bool rsa_key_matches(const struct rsa_key *a, const struct rsa_key *b);
// Writes the modulus, then the exponent, each behind a 16-bit length.
bool rsa_key_write(const struct rsa_key *key, struct writer *out);

// PKCS #1 v1.5 encryption of the premaster secret; out has rsa_key_size.
bool rsa_key_seal(
    const struct rsa_key *key, const uint8_t *premaster, uint8_t *out);
// Decrypts a premaster secret that begins with version. Whatever is wrong
// with it, the result is 48 bytes that nobody can foretell, in the same time
// and with nothing to tell by (Bleichenbacher). False only when no random
// bytes could be had.
bool rsa_key_open(const struct rsa_key *key, struct piece sealed,
    uint16_t version, uint8_t *premaster);
// Signs, or verifies the signature of, an MD5 and a SHA-1 hash together.
bool rsa_key_sign(const struct rsa_key *key,
    const uint8_t hashes[HASH_BOTH_SIZE], uint8_t *signature);
bool rsa_key_verify(const struct rsa_key *key,
    const uint8_t hashes[HASH_BOTH_SIZE], struct piece signature);

// Calls each with every certificate in a PEM text, as DER, in order; stops
// where each returns false. False: that, or no certificate, or malformed.
bool crypto_each_certificate(struct piece pem,
    bool (*each)(void *context, struct piece der), void *context);
// The subject's name of a certificate, as DER, to out.
bool crypto_write_subject(struct piece der, struct writer *out);

#endif
