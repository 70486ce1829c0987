// SPDX-License-Identifier: ISC
//
// What a handshake says of certificates, keys and signatures, in the versions
// where it is in the clear: SSL 3.0 to TLS 1.2.

#include "watch/handshake_parts.h"

#include <string.h>

enum { TLS1_2 = 0x0303 };

static bool
suite_has(const struct telling *telling, const char *word)
{
	const char *name = names_find(NAMES_SUITES, telling->known->suite);

	return name != NULL && strstr(name, word) != NULL;
}

void
tell_certificate(const struct telling *telling, struct reader *message)
{
	struct reader list = reader_vector(message, 3);
	unsigned count = 0;

	while (!list.failed && list.left > 0) {
		struct reader one = reader_vector(&list, 3);

		if (!list.failed)
			tell(telling, 1,
			    count++ == 0 ? "certificate" : "issuer",
			    "X.509, %zu bytes", one.left);
	}
	if (count == 0)
		tell(telling, 1, "", "no certificate at all");
	message->failed = message->failed || list.failed;
}

static unsigned
bits_of(struct reader number)
{
	unsigned bits;

	while (number.left > 0 && number.at[0] == 0)
		reader_u8(&number);
	if (number.left == 0)
		return 0;
	bits = (unsigned)number.left * 8;
	for (uint8_t first = number.at[0]; (first & 0x80) == 0; first <<= 1)
		bits--;
	return bits;
}

static void
tell_number(
    const struct telling *telling, const char *name, struct reader *message)
{
	struct reader number = reader_vector(message, 2);

	if (message->failed)
		return;
	tell(telling, 1, name, "%u bits", bits_of(number));
	tell_bytes(telling, 2, "", number);
}

static void
tell_signature(const struct telling *telling, struct reader *message)
{
	if (telling->known->version == TLS1_2)
		tell_named(telling, 1, "signature algorithm", NAMES_SIGNATURES,
		    reader_u16(message));
	tell_bytes(telling, 1, "signature", reader_vector(message, 2));
}

static void
tell_elliptic(const struct telling *telling, struct reader *message)
{
	uint8_t type = reader_u8(message);

	if (type != 3) {
		tell(telling, 1, "curve type", "%u: not a named one", type);
		reader_bytes(message, message->left);
		return;
	}
	tell_named(telling, 1, "curve", NAMES_GROUPS, reader_u16(message));
	tell_bytes(telling, 1, "public key", reader_vector(message, 1));
}

void
tell_server_key_exchange(const struct telling *telling, struct reader *message)
{
	if (suite_has(telling, "ECDH")) {
		tell_elliptic(telling, message);
	} else if (suite_has(telling, "_DH")) {
		tell_number(telling, "prime", message);
		tell_number(telling, "generator", message);
		tell_number(telling, "public key", message);
	} else if (suite_has(telling, "_RSA_EXPORT")) {
		// Ephemeral: the certificate's is longer than the laws of the
		// 1990s let it be for this.
		tell_number(telling, "RSA modulus", message);
		tell_number(telling, "RSA exponent", message);
	} else {
		tell_bytes(telling, 1, "parameters", *message);
		reader_bytes(message, message->left);
		return;
	}
	if (!suite_has(telling, "anon"))
		tell_signature(telling, message);
}

static const char *
certificate_type(uint8_t number)
{
	static const char *const names[] = {
	    [1] = "rsa_sign",
	    [2] = "dss_sign",
	    [3] = "rsa_fixed_dh",
	    [4] = "dss_fixed_dh",
	    [5] = "rsa_ephemeral_dh",
	    [6] = "dss_ephemeral_dh",
	    [20] = "fortezza_dms",
	    [64] = "ecdsa_sign",
	    [65] = "rsa_fixed_ecdh",
	    [66] = "ecdsa_fixed_ecdh",
	};

	return number < sizeof names / sizeof names[0] && names[number] != NULL
		   ? names[number]
		   : "unknown";
}

void
tell_certificate_request(const struct telling *telling, struct reader *message)
{
	struct reader types = reader_vector(message, 1);
	struct reader names;

	while (types.left > 0)
		tell(telling, 1, "certificate type", "%s",
		    certificate_type(reader_u8(&types)));
	if (telling->known->version == TLS1_2)
		tell_list(telling, 1, "signature algorithms", NAMES_SIGNATURES,
		    reader_vector(message, 2));
	names = reader_vector(message, 2);
	if (names.left == 0)
		tell(telling, 1, "authorities", "any");
	while (!names.failed && names.left > 0)
		tell_text(telling, 1, "authority", reader_vector(&names, 2));
	message->failed = message->failed || names.failed;
}

void
tell_certificate_verify(const struct telling *telling, struct reader *message)
{
	tell_signature(telling, message);
}

void
tell_client_key_exchange(const struct telling *telling, struct reader *message)
{
	if (suite_has(telling, "ECDH")) {
		tell_bytes(telling, 1, "public key", reader_vector(message, 1));
	} else if (suite_has(telling, "_DH")) {
		tell_number(telling, "public key", message);
	} else if (telling->known->version == 0x0300) {
		// SSL 3.0 has no length before it.
		tell_bytes(telling, 1, "encrypted premaster", *message);
		reader_bytes(message, message->left);
	} else {
		tell_bytes(telling, 1, "encrypted premaster",
		    reader_vector(message, 2));
	}
}
