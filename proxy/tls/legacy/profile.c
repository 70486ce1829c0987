// SPDX-License-Identifier: ISC

#include "tls/legacy/profile.h"

#include "tls/legacy/suite.h"

#include <string.h>

#define SUITES(...) ((const uint16_t[]){__VA_ARGS__})

static const struct legacy_profile profiles[] = {
#define PROFILE(name, last, v2, extensions, scsv, ...)                         \
	{name, VERSION_##last, v2, extensions, scsv, SUITES(__VA_ARGS__),      \
	    sizeof SUITES(__VA_ARGS__) / sizeof(uint16_t)},
#include "tls/legacy/profile.def"
#undef PROFILE
};

const struct legacy_profile *
legacy_profile_find(const char *name)
{
	for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}
