// SPDX-License-Identifier: ISC

#include "base/tls_version.h"

#include <stddef.h>
#include <string.h>

static const struct version {
	uint16_t number;
	const char *name, *spoken;
} versions[] = {
#define TLS_VERSION(number, name, spoken) {number, name, spoken},
#include "base/tls_version.def"
#undef TLS_VERSION
};

enum { VERSIONS = sizeof(versions) / sizeof(versions[0]) };

static const struct version *
version_of(unsigned number)
{
	for (size_t i = 0; i < VERSIONS; i++)
		if (versions[i].number == number)
			return &versions[i];
	return NULL;
}

const char *
tls_version_name(unsigned number)
{
	const struct version *version = version_of(number);

	return version != NULL ? version->name : NULL;
}

const char *
tls_version_spoken(unsigned number)
{
	const struct version *version = version_of(number);

	return version != NULL ? version->spoken : NULL;
}

uint16_t
tls_version_find(const char *name)
{
	for (size_t i = 0; i < VERSIONS; i++)
		if (strcmp(versions[i].name, name) == 0)
			return versions[i].number;
	return 0;
}
