// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L

#include "policy/nearest.h"
#include "policy/network.h"
#include "policy/value_kind.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
value_wrong(struct reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->wrong, sizeof reading->wrong, format, arguments);
	va_end(arguments);
	return false;
}

bool
value_flag(struct reading *reading, const char *text)
{
	bool *to = reading->to;

	*to = strcmp(text, "true") == 0;
	return *to || strcmp(text, "false") == 0 ||
	       value_wrong(reading, "%s is neither true nor false", text);
}

// Decimal digits from the start of text; *end is behind them.
static bool
parse_digits(const char *text, const char **end, uint64_t *number)
{
	uint64_t value = 0;

	*end = text + strspn(text, "0123456789");
	for (const char *at = text; at < *end; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return *end > text;
}

bool
value_count(struct reading *reading, const char *text)
{
	const struct setting *setting = reading->setting;
	uint64_t *to = reading->to;
	const char *end;

	if (parse_digits(text, &end, to) && *end == '\0' &&
	    *to >= setting->low && *to <= setting->high)
		return true;
	return value_wrong(reading, "%s is not from %" PRIu64 " to %" PRIu64,
	    text, setting->low, setting->high);
}

bool
value_bits(struct reading *reading, const char *text)
{
	static const uint64_t strengths[] = {40, 56, 112, 128, 256};
	uint64_t *to = reading->to;
	const char *end;

	if (parse_digits(text, &end, to) && *end == '\0')
		for (size_t i = 0; i < sizeof strengths / sizeof *strengths;
		     i++)
			if (*to == strengths[i])
				return true;
	return value_wrong(
	    reading, "%s is not one of 40, 56, 112, 128, 256", text);
}

struct unit {
	const char *name;
	uint64_t worth;
};

// A number with one of units behind it; 0 needs none. Too much for 64 bits
// becomes their most, which no setting allows.
static bool
parse_amount(const char *text, const struct unit *units, uint64_t *amount)
{
	uint64_t number;
	const char *end;

	if (!parse_digits(text, &end, &number))
		return false;
	*amount = 0;
	if (number == 0 && *end == '\0')
		return true;
	while (units->name != NULL && strcmp(units->name, end) != 0)
		units++;
	if (units->name == NULL)
		return false;
	*amount = number > UINT64_MAX / units->worth ? UINT64_MAX
						     : number * units->worth;
	return true;
}

bool
value_duration(struct reading *reading, const char *text)
{
	static const struct unit units[] = {{"ms", 1}, {"s", 1000},
	    {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
	const struct setting *setting = reading->setting;
	uint64_t *to = reading->to;

	if (!parse_amount(text, units, to)) {
		if (*text != '\0' && strspn(text, "0123456789") == strlen(text))
			return value_wrong(reading,
			    "%s has no unit; write \"%ss\"", text, text);
		return value_wrong(reading, "%s is not %s", text,
		    kind_description(setting->kind));
	}
	if (*to >= setting->low && *to <= setting->high)
		return true;
	return value_wrong(reading,
	    "%s is not from %" PRIu64 "s to %" PRIu64 "s", text,
	    setting->low / 1000, setting->high / 1000);
}

bool
value_size(struct reading *reading, const char *text)
{
	static const struct unit units[] = {
	    {"", 1}, {"K", 1024}, {"M", 1048576}, {"G", 1073741824}, {NULL, 0}};
	const struct setting *setting = reading->setting;
	uint64_t *to = reading->to;

	if (!parse_amount(text, units, to))
		return value_wrong(reading, "%s is not %s", text,
		    kind_description(setting->kind));
	if (*to >= setting->low && *to <= setting->high)
		return true;
	return value_wrong(reading,
	    "%s is not from %" PRIu64 " to %" PRIu64 " bytes", text,
	    setting->low, setting->high);
}

bool
value_choice(struct reading *reading, const char *text)
{
	enum setting_kind kind = reading->setting->kind;
	const struct choice *choice = choice_find(kind, text), *all;
	struct nearest nearest = nearest_to(text);
	char words[200] = "";
	size_t count, used = 0;

	if (choice != NULL && choice->built == BUILT) {
		// An enumeration is an int wide on every target of ours.
		memcpy(reading->to, &choice->value, sizeof choice->value);
		return true;
	}
	if (choice != NULL && choice->built == WITHOUT_LIBUNBOUND)
		return value_wrong(reading,
		    "%s needs libunbound, and this sallyport was built "
		    "without it",
		    text);
	if (choice != NULL)
		return value_wrong(reading, "%s is not built yet", text);
	all = setting_choices(kind, &count);
	for (size_t i = 0; i < count && used < sizeof words; i++) {
		used += (size_t)snprintf(words + used, sizeof words - used,
		    "%s%s", i > 0 ? ", " : "", all[i].word);
		nearest_offer(&nearest, all[i].word);
	}
	if (nearest.best != NULL)
		return value_wrong(reading,
		    "%s is not one of %s; did you mean %s?", text, words,
		    nearest.best);
	return value_wrong(reading, "%s is not one of %s", text, words);
}

// Whatever ends up in a line of SMTP or of a log must not end that line
// (injection through the configuration of a program that writes it).
bool
value_is_clean(struct reading *reading, const char *text)
{
	if (*text == '\0')
		return value_wrong(reading, "is empty; leave it out");
	for (; *text != '\0'; text++)
		if (iscntrl((unsigned char)*text))
			return value_wrong(
			    reading, "holds a control character");
	return true;
}

bool
value_text(struct reading *reading, const char *text)
{
	const char **to = reading->to;

	if (!value_is_clean(reading, text))
		return false;
	*to = arena_text(reading->reader->arena, text);
	return true;
}

// Relative names are looked for among systemd's credentials, then beside the
// configuration.
bool
value_path(struct reading *reading, const char *text)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const char *directory = reading->reader->directory;
	struct arena *arena = reading->reader->arena;
	const char **to = reading->to;
	char here[4096];

	if (!value_is_clean(reading, text))
		return false;
	if (text[0] == '/') {
		*to = arena_text(arena, text);
		return true;
	}
	if (credentials != NULL && credentials[0] == '/') {
		*to = arena_print(arena, "%s/%s", credentials, text);
		if (*to != NULL && access(*to, F_OK) == 0)
			return true;
	}
	if (directory == NULL)
		directory = ".";
	if (directory[0] == '/')
		*to = arena_print(arena, "%s/%s", directory, text);
	else if (getcwd(here, sizeof here) != NULL)
		*to = arena_print(arena, "%s/%s/%s", here, directory, text);
	else
		return value_wrong(reading,
		    "%s: the current directory cannot be told; write the "
		    "whole path",
		    text);
	return true;
}

bool
value_has_scope(
    struct reading *reading, const struct address *address, const char *text)
{
	return !address_lacks_scope(address) ||
	       value_wrong(reading,
		   "%s is link-local: say on which interface, as fe80::1%%eth0",
		   text);
}

bool
value_address(struct reading *reading, const char *text)
{
	const char **to = reading->to;
	char plain[ADDRESS_TEXT_MOST];
	struct address address;

	if (!address_parse(&address, text))
		return value_wrong(reading, "%s is not %s", text,
		    kind_description(SETTING_ADDRESS));
	address_print(&address, plain, sizeof plain);
	*to = arena_text(reading->reader->arena, plain);
	return value_has_scope(reading, &address, text);
}

bool
value_endpoint(struct reading *reading, const char *text)
{
	const char **to = reading->to;
	struct endpoint endpoint;

	if (!endpoint_parse(&endpoint, text))
		return value_wrong(reading, "%s is not %s", text,
		    kind_description(SETTING_ENDPOINT));
	*to = arena_text(reading->reader->arena, text);
	return true;
}

// A class, a dot, one to three digits, a dot, one to three digits (RFC 3463).
static bool
is_enhanced_code(const char *text, char class)
{
	size_t subject, detail;

	if (text[0] != class || text[1] != '.')
		return false;
	subject = strspn(text + 2, "0123456789");
	if (subject < 1 || subject > 3 || text[2 + subject] != '.')
		return false;
	detail = strspn(text + 3 + subject, "0123456789");
	return detail >= 1 && detail <= 3 && text[3 + subject + detail] == ' ';
}

// With our host name put in it must stay a reply line of 512 bytes.
bool
value_reply(struct reading *reading, const char *text)
{
	const char **to = reading->to;
	bool ascii = true;

	if (!value_is_clean(reading, text))
		return false;
	for (const char *at = text; *at != '\0'; at++)
		ascii = ascii && (unsigned char)*at < 0x80;
	if ((text[0] != '4' && text[0] != '5') ||
	    strspn(text, "0123456789") != 3 || text[1] > '5' ||
	    text[3] != ' ' || !is_enhanced_code(text + 4, text[0]))
		return value_wrong(reading, "%s is not %s", text,
		    kind_description(SETTING_REPLY));
	if (!ascii || strlen(text) > 200)
		return value_wrong(
		    reading, "is longer than 200 characters or not ASCII");
	*to = arena_text(reading->reader->arena, text);
	return true;
}
