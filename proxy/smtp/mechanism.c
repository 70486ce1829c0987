// SPDX-License-Identifier: ISC

#include "base/contract.h"
#include "smtp/extension.h"

#include <string.h>

// From lenient to strict.
enum rule { PASS, SCRAM, PLAINTEXT, DROP };

static const struct {
	const char *name;
	enum rule tls, sender_plain, receiver_plain;
} table[MECHANISM_COUNT] = {
#define MECHANISM(id, name, tls, sender_plain, receiver_plain)                 \
	[MECHANISM_##id] = {name, tls, sender_plain, receiver_plain},
#include "smtp/mechanism.def"
#undef MECHANISM
    [MECHANISM_UNKNOWN] = {"unknown mechanism", DROP, DROP, DROP},
};

_Static_assert(MECHANISM_COUNT <= 64, "struct extensions has a bit for each");

enum mechanism
mechanism_find(const uint8_t *name, size_t size)
{
	for (enum mechanism one = 0; one < MECHANISM_UNKNOWN; one++)
		if (bytes_equal_text(name, size, table[one].name))
			return one;
	return MECHANISM_UNKNOWN;
}

const char *
mechanism_name(enum mechanism mechanism)
{
	REQUIRE(mechanism < MECHANISM_COUNT);
	return table[mechanism].name;
}

bool
mechanism_is_plaintext(enum mechanism mechanism)
{
	REQUIRE(mechanism < MECHANISM_COUNT);
	return table[mechanism].sender_plain == PLAINTEXT;
}

bool
mechanism_has(const struct extensions *set, enum mechanism mechanism)
{
	REQUIRE(mechanism < MECHANISM_COUNT);
	return (set->mechanisms >> mechanism & 1) != 0;
}

static enum rule
mechanism_rule(enum mechanism mechanism, const struct extension_view *view)
{
	enum rule rule = PASS;

	if (view->sender_tls && view->receiver_tls)
		return table[mechanism].tls;
	if (!view->sender_tls)
		rule = table[mechanism].sender_plain;
	if (!view->receiver_tls && table[mechanism].receiver_plain > rule)
		rule = table[mechanism].receiver_plain;
	return rule;
}

static bool
has_plus(const struct extensions *offered, enum mechanism mechanism)
{
	size_t size = strlen(table[mechanism].name);

	for (enum mechanism one = 0; one < MECHANISM_UNKNOWN; one++)
		if (mechanism_has(offered, one) &&
		    strncmp(table[one].name, table[mechanism].name, size) ==
			0 &&
		    strcmp(table[one].name + size, "-PLUS") == 0)
			return true;
	return false;
}

bool
mechanism_passes(enum mechanism mechanism, const struct extensions *offered,
    const struct extension_view *view)
{
	REQUIRE(mechanism < MECHANISM_COUNT);
	switch (mechanism_rule(mechanism, view)) {
	case PASS:
		return true;
	case SCRAM:
		return !has_plus(offered, mechanism);
	case PLAINTEXT:
		return view->auth_without_tls;
	case DROP:
		break;
	}
	return false;
}
