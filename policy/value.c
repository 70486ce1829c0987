// SPDX-License-Identifier: ISC

#include "policy/value.h"

#include "policy/value_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MOST = 10000 };

#define AS(written) (1u << WRITTEN_##written)

// How a kind is written, and read: as one value, or as a list of items of a
// size that is then stored.
struct kind {
	unsigned written;
	const char *wants;
	value_read_one *one;
	value_read_item *item;
	size_t size;
	void (*store)(void *to, void *items, size_t count);
	bool may_be_empty;
};

static void
store_texts(void *to, void *items, size_t count)
{
	struct text_list *list = to;

	*list = (struct text_list){items, count};
}

static void
store_endpoints(void *to, void *items, size_t count)
{
	struct endpoint_list *list = to;

	*list = (struct endpoint_list){items, count};
}

static void
store_networks(void *to, void *items, size_t count)
{
	struct network_list *list = to;

	*list = (struct network_list){items, count};
}

static void
store_receivers(void *to, void *items, size_t count)
{
	struct policy_receivers *list = to;
	const struct policy_receiver *receivers = items;

	*list = (struct policy_receivers){receivers, count, false};
	if (receivers[0].host[0] == '\0')
		*list = (struct policy_receivers){.original = true};
}

static void
store_protocols(void *to, void *items, size_t count)
{
	const unsigned *bits = items;
	unsigned *all = to;

	*all = 0;
	for (size_t i = 0; i < count; i++)
		*all |= bits[i];
}

static bool
read_protocol(
    struct reading *reading, void *items, size_t index, const char *text)
{
	const struct choice *choice = choice_find(SETTING_PROTOCOL, text);
	unsigned *bits = items;

	if (choice != NULL)
		bits[index] = protocol_bit((unsigned)choice->value);
	else if (strcmp(text, "none") == 0)
		bits[index] = protocol_bit(0);
	else
		return value_wrong(reading,
		    "%s is not one of none, ssl3, tls1.0, tls1.1, tls1.2, "
		    "tls1.3",
		    text);
	return true;
}

#define ONE(kind, written, wants, read)                                        \
	[SETTING_##kind] = {written, wants, read, NULL, 0, NULL, false}
#define MANY(kind, read, type, store, empty)                                   \
	[SETTING_##kind] = {AS(TEXT) | AS(LIST),                               \
	    "a text in quotes or a list of them", NULL, read, sizeof(type),    \
	    store, empty}

static const struct kind kinds[SETTING_KIND_COUNT] = {
    ONE(FLAG, AS(FLAG), "true or false, without quotes", value_flag),
    ONE(COUNT, AS(NUMBER), "a number, without quotes", value_count),
    ONE(BITS, AS(NUMBER), "a number, without quotes", value_bits),
    ONE(DURATION, AS(NUMBER) | AS(TEXT), "a duration, as \"300s\"",
	value_duration),
    ONE(SIZE, AS(NUMBER) | AS(TEXT), "a number of bytes, or \"256M\"",
	value_size),
    ONE(TEXT, AS(TEXT), "a text in quotes", value_text),
    ONE(PATH, AS(TEXT), "a path in quotes", value_path),
    ONE(ADDRESS, AS(TEXT), "an address in quotes", value_address),
    ONE(ENDPOINT, AS(TEXT), "an address and port in quotes", value_endpoint),
    ONE(REPLY, AS(TEXT), "a text in quotes", value_reply),
    MANY(TEXTS, value_text_item, const char *, store_texts, true),
    MANY(PATHS, value_path_item, const char *, store_texts, true),
    MANY(
	FINGERPRINTS, value_fingerprint_item, const char *, store_texts, false),
    MANY(ENDPOINTS, value_endpoint_item, struct endpoint, store_endpoints,
	false),
    MANY(NETWORKS, value_network_item, struct network, store_networks, false),
    MANY(RECEIVERS, value_receiver_item, struct policy_receiver,
	store_receivers, false),
    MANY(FALLBACK_RECEIVERS, value_receiver_item, struct policy_receiver,
	store_receivers, false),
    MANY(PATTERNS, value_pattern_item, const char *, store_texts, false),
    MANY(PROTOCOLS, read_protocol, unsigned, store_protocols, false),
};

static const struct kind choice_kind = {
    AS(TEXT), "a word in quotes", value_choice, NULL, 0, NULL, false};

static const struct kind *
kind_of(const struct setting *setting)
{
	return kinds[setting->kind].written != 0 ? &kinds[setting->kind]
						 : &choice_kind;
}

const char *
value_name(const struct layer *layer, size_t row, char *to, size_t room)
{
	const char *scope = scope_name(layer->scope);
	size_t count;
	const struct setting *rows = settings_of(layer->scope, &count);

	snprintf(to, room, "%s%s%s", scope, *scope != '\0' ? "." : "",
	    rows[row].name);
	return to;
}

static bool
fault(struct reading *reading, struct origin at)
{
	const char *scope = scope_name(reading->scope);

	faults_add(reading->reader->faults, FAULT_ERROR, at, "%s%s%s: %s",
	    scope, *scope != '\0' ? "." : "", reading->setting->name,
	    reading->wrong);
	return false;
}

// How something of the wrong type was written, for people.
static const char *
shown(struct reading *reading, const struct written *written)
{
	if (written->kind == WRITTEN_LIST)
		return "a list";
	if (written->kind == WRITTEN_OTHER)
		return "a group, a fraction or an empty value";
	if (written->kind == WRITTEN_TEXT)
		return arena_print(
		    reading->reader->arena, "\"%s\"", written->text);
	return written->text;
}

static bool
is_written_as(struct reading *reading, const struct kind *kind,
    const struct written *written)
{
	if (written->kind == WRITTEN_LOOSE ||
	    (kind->written & 1u << written->kind) != 0)
		return true;
	value_wrong(
	    reading, "%s is not %s", shown(reading, written), kind->wants);
	return fault(reading, written->at);
}

// All items are read, so that each wrong one is told.
static bool
take_items(struct reading *reading, const struct kind *kind,
    const struct written *items, size_t count)
{
	struct arena *arena = reading->reader->arena;
	void *made = arena_take(arena, count, kind->size);
	bool good = true;

	if (made == NULL && count > 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (items[i].kind != WRITTEN_TEXT &&
		    items[i].kind != WRITTEN_LOOSE) {
			value_wrong(reading, "%s is not a text in quotes",
			    shown(reading, &items[i]));
			good = fault(reading, items[i].at);
		} else if (!kind->item(reading, made, i, items[i].text)) {
			good = fault(reading, items[i].at);
		}
	}
	if (good)
		kind->store(reading->to, made, count);
	return good;
}

// "a,b" of the command line as the items a and b.
static bool
take_commas(struct reading *reading, const struct kind *kind,
    const struct written *written)
{
	struct arena *arena = reading->reader->arena;
	const char *at = written->text;
	struct written *items;
	size_t count = 1;

	for (const char *c = at; *c != '\0'; c++)
		count += *c == ',';
	items = arena_take(arena, count, sizeof *items);
	if (items == NULL)
		return false;
	if (*at == '\0' && kind->may_be_empty)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		size_t size = strcspn(at, ",");

		items[i] = (struct written){.kind = WRITTEN_LOOSE,
		    .at = written->at,
		    .text = arena_print(arena, "%.*s", (int)size, at)};
		if (items[i].text == NULL)
			return false;
		at += size + (at[size] == ',');
	}
	return take_items(reading, kind, items, count);
}

static bool
take_list(struct reading *reading, const struct kind *kind,
    const struct written *written)
{
	if (written->kind == WRITTEN_LOOSE)
		return take_commas(reading, kind, written);
	if (written->kind == WRITTEN_TEXT)
		return take_items(reading, kind, written, 1);
	if (written->count > LIST_MOST) {
		value_wrong(reading, "has %zu items, %d are allowed",
		    written->count, LIST_MOST);
		return fault(reading, written->at);
	}
	if (written->count == 0 && !kind->may_be_empty) {
		value_wrong(reading,
		    "is an empty list, which nothing can match; "
		    "leave it out or fill it");
		return fault(reading, written->at);
	}
	return take_items(reading, kind, written->items, written->count);
}

static bool
take(struct reading *reading, const struct written *written)
{
	const struct kind *kind = kind_of(reading->setting);

	if (!is_written_as(reading, kind, written))
		return false;
	if (kind->item != NULL)
		return take_list(reading, kind, written);
	return kind->one(reading, written->text) || fault(reading, written->at);
}

bool
value_take(struct reader *reader, const struct layer *layer, size_t row,
    const struct written *written)
{
	size_t count;
	const struct setting *setting = &settings_of(layer->scope, &count)[row];
	struct reading reading = {.reader = reader,
	    .setting = setting,
	    .scope = layer->scope,
	    .to = (char *)layer->values + setting->offset};
	const char *preset = setting->preset;
	bool taken;

	if (setting->built != BUILT &&
	    (preset == NULL || written->text == NULL ||
		strcmp(preset, written->text) != 0)) {
		value_wrong(&reading, "is not built yet; leave it out");
		return fault(&reading, written->at);
	}
	taken = take(&reading, written);
	// A list that is wrong is not missing as well.
	if (taken || kind_of(setting)->item != NULL)
		layer->origins[row] = written->at;
	return taken;
}

void
value_fill(struct reader *reader, const struct layer *layer)
{
	size_t count;
	const struct setting *rows = settings_of(layer->scope, &count);

	for (size_t i = 0; i < count; i++) {
		struct reading reading = {.reader = reader,
		    .setting = &rows[i],
		    .scope = layer->scope,
		    .to = (char *)layer->values + rows[i].offset};
		struct written written = {
		    .kind = WRITTEN_LOOSE, .text = rows[i].preset};

		if (rows[i].preset != NULL && layer->origins[i].file == NULL)
			take(&reading, &written);
	}
}
