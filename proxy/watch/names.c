// SPDX-License-Identifier: ISC

#include "watch/names.h"

#include "base/tls_version.h"

#include <stdio.h>

struct named {
	uint32_t number;
	const char *name;
};

static const struct named suites[] = {
#define SUITE_NAME(number, name) {number, name},
#include "watch/suite_name.def"
    {0, NULL},
};

static const struct named suites_v2[] = {
#include "watch/suite_v2_name.def"
#undef SUITE_NAME
    {0, NULL},
};

static const struct named extensions[] = {
#define EXTENSION_NAME(number, name) {number, name},
#include "watch/extension_name.def"
#undef EXTENSION_NAME
    {0, NULL},
};

static const struct named groups[] = {
#define GROUP_NAME(number, name) {number, name},
#include "watch/group_name.def"
#undef GROUP_NAME
    {0, NULL},
};

static const struct named signatures[] = {
#define SIGNATURE_NAME(number, name) {number, name},
#include "watch/signature_name.def"
#undef SIGNATURE_NAME
    {0, NULL},
};

static const struct named alerts[] = {
#define ALERT(number, name, about, says, from_sender, from_receiver)           \
	{number, name},
#include "base/alert.def"
#undef ALERT
    {0, NULL},
};

static const struct named messages[] = {
#define MESSAGE_NAME(number, name) {number, name},
#include "watch/message_name.def"
#undef MESSAGE_NAME
    {0, NULL},
};

static const struct named *const tables[] = {
    [NAMES_SUITES] = suites,
    [NAMES_SUITES_V2] = suites_v2,
    [NAMES_EXTENSIONS] = extensions,
    [NAMES_GROUPS] = groups,
    [NAMES_SIGNATURES] = signatures,
    [NAMES_ALERTS] = alerts,
    [NAMES_MESSAGES] = messages,
};

const char *
names_find(enum names table, uint32_t number)
{
	if (table == NAMES_VERSIONS)
		return tls_version_name(number);
	for (const struct named *at = tables[table]; at->name != NULL; at++)
		if (at->number == number)
			return at->name;
	return NULL;
}

// 0x0a0a, 0x1a1a ... 0xfafa
static bool
is_grease(enum names table, uint32_t number)
{
	return table != NAMES_SUITES_V2 && table != NAMES_ALERTS &&
	       table != NAMES_MESSAGES && (number & 0x0f0f) == 0x0a0a &&
	       (number >> 8) == (number & 0xff);
}

void
names_write(struct writer *out, enum names table, uint32_t number)
{
	const char *name = names_find(table, number);
	char text[32];

	if (name != NULL) {
		writer_text(out, name);
		return;
	}
	snprintf(text, sizeof text,
	    is_grease(table, number) ? "GREASE (0x%04x)" : "0x%04x",
	    (unsigned)number);
	writer_text(out, text);
}
