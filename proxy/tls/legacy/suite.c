// SPDX-License-Identifier: ISC

#include "tls/legacy/suite.h"

static const struct suite suites[] = {
#define SUITE(number, name, limit, cipher, material, key, hash, bits, last)    \
	{number, name, limit, CIPHER_##cipher, material, key, HASH_##hash,     \
	    bits, VERSION_##last},
#include "tls/legacy/suite.def"
#undef SUITE
};

enum { SUITES = sizeof suites / sizeof suites[0] };

static const uint16_t order_tls[] = {0x0035, 0x002f, 0x0005, 0x0004, 0x000a,
    0x0009, 0x0064, 0x0062, 0x0003, 0x0006, 0x0008};
static const uint16_t order_ssl3[] = {0x0005, 0x0004, 0x0035, 0x002f, 0x000a,
    0x0064, 0x0009, 0x0062, 0x0003, 0x0006, 0x0008};

_Static_assert(sizeof order_tls / sizeof order_tls[0] == SUITES, "all suites");
_Static_assert(
    sizeof order_ssl3 / sizeof order_ssl3[0] == SUITES, "all suites");

const struct suite *
suite_find(uint16_t number)
{
	for (size_t i = 0; i < SUITES; i++)
		if (suites[i].number == number)
			return &suites[i];
	return NULL;
}

const uint16_t *
suite_order(uint16_t version, size_t *count)
{
	*count = SUITES;
	return version == VERSION_SSL3 ? order_ssl3 : order_tls;
}
