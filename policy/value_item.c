// SPDX-License-Identifier: ISC

#include "policy/network.h"
#include "policy/value_kind.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { FINGERPRINT_DIGITS = 64, PATTERN_STARS = 8 };

bool
value_text_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	const char **texts = items;

	if (!value_is_clean(reading, text))
		return false;
	texts[index] = arena_text(reading->reader->arena, text);
	return true;
}

bool
value_path_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	const char **paths = items;
	struct reading one = *reading;
	bool taken;

	one.to = &paths[index];
	taken = value_path(&one, text);
	memcpy(reading->wrong, one.wrong, sizeof reading->wrong);
	return taken;
}

bool
value_fingerprint_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	const char **texts = items;
	char digits[FINGERPRINT_DIGITS + 1];
	size_t count = 0;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == ':')
			continue;
		if (!isxdigit((unsigned char)*at) ||
		    count == FINGERPRINT_DIGITS) {
			count = 0;
			break;
		}
		digits[count++] = (char)tolower((unsigned char)*at);
	}
	if (count != FINGERPRINT_DIGITS)
		return value_wrong(reading,
		    "%s is no SHA-256 digest of 64 hexadecimal digits (as "
		    "openssl x509 -noout -fingerprint -sha256 prints it)",
		    text);
	digits[count] = '\0';
	texts[index] = arena_text(reading->reader->arena, digits);
	return true;
}

// Few stars: each may be tried at every place of the text.
bool
value_pattern_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	const char **texts = items;
	size_t stars = 0;

	// The null sender, in either writing, is a pattern too.
	if (strcmp(text, "<>") == 0 || *text == '\0') {
		texts[index] = "";
		return true;
	}
	if (!value_is_clean(reading, text))
		return false;
	for (const char *at = text; *at != '\0'; at++)
		stars += *at == '*';
	if (stars > PATTERN_STARS)
		return value_wrong(
		    reading, "%s has more than %d stars", text, PATTERN_STARS);
	texts[index] = arena_text(reading->reader->arena, text);
	return true;
}

bool
value_endpoint_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	struct endpoint *endpoints = items;

	if (!endpoint_parse(&endpoints[index], text))
		return value_wrong(reading,
		    "%s is not an address and a port, as "
		    "192.0.2.1:25, [2001:db8::1]:25 or *:25",
		    text);
	return value_has_scope(reading, &endpoints[index].address, text);
}

bool
value_network_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	struct network *networks = items;
	struct network meant;
	char plain[ADDRESS_TEXT_MOST];
	bool stray;

	if (network_parse(&networks[index], text, &stray))
		return true;
	if (!stray)
		return value_wrong(reading,
		    "%s is not a network, as 192.0.2.0/24 or 2001:db8::/32",
		    text);
	meant = networks[index];
	network_trim(&meant);
	address_print(&meant.address, plain, sizeof plain);
	return value_wrong(reading,
	    "%s has bits set beyond its prefix; write %s/%u, or the address "
	    "alone",
	    text, plain, meant.prefix);
}

// Until the list is stored, an item whose host is empty is "original"; one
// that was wrong has none.
bool
value_receiver_item(
    struct reading *reading, void *items, size_t index, const char *text)
{
	struct policy_receiver *receivers = items;
	struct policy_receiver *receiver = &receivers[index];
	bool original = strcmp(text, "original") == 0;
	const char *first = receivers[0].host;
	struct address address;
	char host[256];

	if (original && reading->setting->kind == SETTING_FALLBACK_RECEIVERS)
		return value_wrong(reading,
		    "original is not for connections that have no original; "
		    "write a receiver");
	if (index > 0 && (original || (first != NULL && *first == '\0')))
		return value_wrong(reading,
		    "original stands alone, for mail must not go elsewhere "
		    "than the sender meant; take %s out",
		    text);
	if (original) {
		*receiver = (struct policy_receiver){.host = ""};
		return true;
	}
	if (!host_port_parse(text, 25, host, sizeof host, &receiver->port))
		return value_wrong(reading,
		    "%s is not a receiver, as mail.example.com:25 or "
		    "[2001:db8::1]:25%s",
		    text, host_name_hint(text));
	// No certificate has a name with the dot of the root behind it.
	if (strlen(host) > 1 && host[strlen(host) - 1] == '.')
		host[strlen(host) - 1] = '\0';
	receiver->host = arena_text(reading->reader->arena, host);
	receiver->is_address = address_parse(&address, host);
	return !receiver->is_address ||
	       value_has_scope(reading, &address, text);
}
