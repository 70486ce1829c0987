// SPDX-License-Identifier: ISC

#include "policy/print.h"

#include "policy/network.h"

#include <inttypes.h>
#include <stdbool.h>

static void
print_text(const char *text, FILE *to)
{
	if (text == NULL) {
		fputs("unset", to);
		return;
	}
	fputc('"', to);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

// Items are printed one by one, by whoever knows their type.
struct items {
	size_t count;
	const void *list;
	void (*print)(const void *list, size_t index, FILE *to);
};

static void
print_items(struct items items, FILE *to)
{
	if (items.count == 0) {
		fputs("unset", to);
		return;
	}
	fputs("[ ", to);
	for (size_t i = 0; i < items.count; i++) {
		fputs(i > 0 ? ", " : "", to);
		items.print(items.list, i, to);
	}
	fputs(" ]", to);
}

static void
text_item(const void *list, size_t index, FILE *to)
{
	const struct text_list *texts = list;

	print_text(texts->items[index], to);
}

static void
endpoint_item(const void *list, size_t index, FILE *to)
{
	const struct endpoint_list *endpoints = list;
	char text[ENDPOINT_TEXT_MOST];

	endpoint_print(&endpoints->items[index], text, sizeof text);
	print_text(text, to);
}

static void
network_item(const void *list, size_t index, FILE *to)
{
	const struct network_list *networks = list;
	char text[ADDRESS_TEXT_MOST];

	address_print(&networks->items[index].address, text, sizeof text);
	fprintf(to, "\"%s/%u\"", text, networks->items[index].prefix);
}

static void
receiver_item(const void *list, size_t index, FILE *to)
{
	const struct policy_receivers *receivers = list;

	print_receiver(&receivers->items[index], to);
}

static void
original_item(const void *list, size_t index, FILE *to)
{
	(void)list;
	(void)index;
	print_text("original", to);
}

void
print_receiver(const struct policy_receiver *receiver, FILE *to)
{
	bool v6 = receiver->is_address;

	if (v6) {
		v6 = false;
		for (const char *at = receiver->host; *at != '\0'; at++)
			v6 = v6 || *at == ':';
	}
	fprintf(to, "\"%s%s%s:%u\"", v6 ? "[" : "", receiver->host,
	    v6 ? "]" : "", (unsigned)receiver->port);
}

static void
print_protocols(unsigned bits, FILE *to)
{
	const char *between = "";
	size_t count;
	const struct choice *all = setting_choices(SETTING_PROTOCOL, &count);

	fputs("[ ", to);
	if ((bits & protocol_bit(0)) != 0) {
		fputs("\"none\"", to);
		between = ", ";
	}
	for (size_t i = 0; i < count; i++) {
		if ((bits & protocol_bit((unsigned)all[i].value)) == 0)
			continue;
		fprintf(to, "%s\"%s\"", between, all[i].word);
		between = ", ";
	}
	fputs(" ]", to);
}

// In the largest unit that does it without a fraction.
static void
print_duration(uint64_t duration, FILE *to)
{
	static const struct {
		uint64_t worth;
		const char *unit;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"},
	    {1, "ms"}};
	size_t i = 0;

	while (duration % units[i].worth != 0)
		i++;
	if (duration == 0)
		fputs("0", to);
	else
		fprintf(to, "\"%" PRIu64 "%s\"", duration / units[i].worth,
		    units[i].unit);
}

static bool
print_list(enum setting_kind kind, const void *value, FILE *to)
{
	const struct text_list *texts = value;
	const struct endpoint_list *endpoints = value;
	const struct network_list *networks = value;
	const struct policy_receivers *receivers = value;
	struct items items;

	if (kind == SETTING_TEXTS || kind == SETTING_PATHS ||
	    kind == SETTING_FINGERPRINTS || kind == SETTING_PATTERNS)
		items = (struct items){texts->count, value, text_item};
	else if (kind == SETTING_ENDPOINTS)
		items = (struct items){endpoints->count, value, endpoint_item};
	else if (kind == SETTING_NETWORKS)
		items = (struct items){networks->count, value, network_item};
	else if ((kind == SETTING_RECEIVERS ||
		     kind == SETTING_FALLBACK_RECEIVERS) &&
		 receivers->original)
		items = (struct items){1, value, original_item};
	else if (kind == SETTING_RECEIVERS ||
		 kind == SETTING_FALLBACK_RECEIVERS)
		items = (struct items){receivers->count, value, receiver_item};
	else
		return false;
	print_items(items, to);
	return true;
}

static bool
print_number(enum setting_kind kind, const void *value, FILE *to)
{
	const uint64_t *number = value;

	if (kind == SETTING_DURATION)
		print_duration(*number, to);
	else if (kind == SETTING_COUNT || kind == SETTING_BITS ||
		 kind == SETTING_SIZE)
		fprintf(to, "%" PRIu64, *number);
	else
		return false;
	return true;
}

void
print_value(const struct layer *layer, size_t row, FILE *to)
{
	size_t count;
	const struct setting *setting = &settings_of(layer->scope, &count)[row];
	const void *value = (const char *)layer->values + setting->offset;
	const char *const *text = value;
	const bool *flag = value;
	const unsigned *bits = value;
	const int *choice = value;

	if (print_number(setting->kind, value, to) ||
	    print_list(setting->kind, value, to))
		return;
	if (setting->kind == SETTING_FLAG)
		fputs(*flag ? "true" : "false", to);
	else if (setting->kind == SETTING_PROTOCOLS)
		print_protocols(*bits, to);
	else if (setting_choices(setting->kind, &count) != NULL)
		print_text(choice_word(setting->kind, *choice), to);
	else
		print_text(*text, to);
}

void
print_setting(const struct layer *layer, size_t row, FILE *to)
{
	size_t count;

	fprintf(to, "%s = ", settings_of(layer->scope, &count)[row].name);
	print_value(layer, row, to);
}

void
print_origin(struct origin at, FILE *to)
{
	fputs(at.file != NULL ? at.file : "default", to);
	if (at.line != 0)
		fprintf(to, ":%u", at.line);
}
