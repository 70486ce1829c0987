// SPDX-License-Identifier: ISC

#include "policy/syntax.h"

#include "policy/nearest.h"
#include "policy/source.h"

#include <libconfig.h>
#include <stdio.h>
#include <string.h>

enum { LISTENERS_MOST = 1000, RULES_MOST = 10000 };

static struct origin
origin_of(struct reader *reader, const config_setting_t *setting)
{
	return source_origin(
	    reader->source, (unsigned)config_setting_source_line(setting));
}

static void
write_number(struct reader *reader, long long number, struct written *written)
{
	written->kind = WRITTEN_NUMBER;
	written->text = arena_print(reader->arena, "%lld", number);
}

// One value that is no list.
static struct written
written_scalar(struct reader *reader, const config_setting_t *setting)
{
	struct written written = {
	    .kind = WRITTEN_OTHER, .at = origin_of(reader, setting)};
	const char *text;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
		write_number(reader, config_setting_get_int(setting), &written);
		break;
	case CONFIG_TYPE_INT64:
		write_number(
		    reader, config_setting_get_int64(setting), &written);
		break;
	case CONFIG_TYPE_BOOL:
		written.kind = WRITTEN_FLAG;
		written.text =
		    config_setting_get_bool(setting) ? "true" : "false";
		break;
	case CONFIG_TYPE_STRING:
		text = config_setting_get_string(setting);
		written.kind = WRITTEN_TEXT;
		written.text =
		    arena_text(reader->arena, text != NULL ? text : "");
		break;
	default:
		break;
	}
	if (written.kind != WRITTEN_OTHER && written.text == NULL)
		written.kind = WRITTEN_OTHER;
	return written;
}

static struct written
written_value(struct reader *reader, const config_setting_t *setting)
{
	struct written written = {
	    .kind = WRITTEN_LIST, .at = origin_of(reader, setting)};
	int count = config_setting_length(setting);
	struct written *items;

	if (!config_setting_is_array(setting) &&
	    !config_setting_is_list(setting))
		return written_scalar(reader, setting);
	items = arena_take(reader->arena, (size_t)count, sizeof *items);
	if (items == NULL)
		return written;
	for (int i = 0; i < count; i++)
		items[i] = written_scalar(
		    reader, config_setting_get_elem(setting, (unsigned)i));
	written.items = items;
	written.count = (size_t)count;
	return written;
}

// Where settings of this name may stand: "in a block sender or receiver".
static bool
find_homes(const char *name, char *homes, size_t room)
{
	size_t used = 0;

	for (int i = 0; i < SCOPE_COUNT && used < room; i++) {
		const char *scope = scope_name((enum setting_scope)i);
		size_t count, row = 0;
		const struct setting *rows =
		    settings_of((enum setting_scope)i, &count);

		while (row < count && strcmp(rows[row].name, name) != 0)
			row++;
		if (row < count)
			used +=
			    (size_t)snprintf(homes + used, room - used, "%s%s",
				used > 0         ? " or "
				: *scope == '\0' ? "to "
						 : "in a block ",
				*scope == '\0' ? "the top level" : scope);
	}
	return used > 0;
}

static void
tell_unknown(struct reader *reader, enum setting_scope scope, const char *name,
    struct origin at, const char *best)
{
	const char *prefix = scope_name(scope);

	char homes[128];

	if (best == NULL && find_homes(name, homes, sizeof homes)) {
		faults_add(reader->faults, FAULT_ERROR, at,
		    "%s%s%s: no such setting here; it belongs %s", prefix,
		    *prefix != '\0' ? "." : "", name, homes);
		return;
	}
	faults_add(reader->faults, FAULT_ERROR, at,
	    "%s%s%s: no such setting%s%s%s", prefix, *prefix != '\0' ? "." : "",
	    name, best != NULL ? "; did you mean " : "",
	    best != NULL ? best : "", best != NULL ? "?" : "");
}

bool
syntax_take(struct reader *reader, const struct layer *layer, const char *name,
    const struct written *written, const char *const *others)
{
	size_t count;
	const struct setting *rows = settings_of(layer->scope, &count);
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return value_take(reader, layer, i, written);
		nearest_offer(&nearest, rows[i].name);
	}
	for (; others != NULL && *others != NULL; others++)
		nearest_offer(&nearest, *others);
	tell_unknown(reader, layer->scope, name, written->at, nearest.best);
	return false;
}

static bool
is_group(
    struct reader *reader, const config_setting_t *setting, const char *name)
{
	if (config_setting_is_group(setting))
		return true;
	faults_add(reader->faults, FAULT_ERROR, origin_of(reader, setting),
	    "%s: is a block of settings; write %s = { ... }", name, name);
	return false;
}

// A block of settings that may stand inside another.
struct nested {
	const char *name;
	struct layer layer;
};

enum { NESTED_MOST = 8 };

static void read_members(struct reader *reader, const config_setting_t *group,
    const struct layer *layer, const struct nested *nested);

// A setting of the layer, or one of nested, which ends with a name of NULL.
static void
read_member(struct reader *reader, const config_setting_t *member,
    const struct layer *layer, const struct nested *nested)
{
	static const struct nested none = {NULL, {SCOPE_TOP, NULL, NULL}};
	const char *others[NESTED_MOST + 1] = {NULL};
	const char *name = config_setting_name(member);
	struct written written;

	for (size_t i = 0; nested[i].name != NULL; i++) {
		others[i] = nested[i].name;
		if (strcmp(nested[i].name, name) != 0)
			continue;
		if (is_group(reader, member, name))
			read_members(reader, member, &nested[i].layer, &none);
		return;
	}
	written = written_value(reader, member);
	syntax_take(reader, layer, name, &written, others);
}

static void
read_members(struct reader *reader, const config_setting_t *group,
    const struct layer *layer, const struct nested *nested)
{
	for (int i = 0; i < config_setting_length(group); i++)
		read_member(reader, config_setting_get_elem(group, (unsigned)i),
		    layer, nested);
}

static void
read_listener(struct reader *reader, const config_setting_t *group,
    struct written_listener *listener)
{
	const struct layer own = LAYER(LISTENER, &listener->own);
	const struct nested nested[] = {
	    {"sender", LAYER(SENDER, &listener->sender)},
	    {"receiver", LAYER(RECEIVER, &listener->receiver)},
	    {NULL, {SCOPE_TOP, NULL, NULL}}};

	listener->name = arena_text(reader->arena, config_setting_name(group));
	listener->at = origin_of(reader, group);
	read_members(reader, group, &own, nested);
}

static void
read_listeners(struct reader *reader, const config_setting_t *group,
    struct configuration *configuration)
{
	int count = config_setting_length(group);
	struct written_listener *listeners;

	if (!is_group(reader, group, "listener"))
		return;
	if (count > LISTENERS_MOST) {
		faults_add(reader->faults, FAULT_ERROR,
		    origin_of(reader, group),
		    "listener: has %d listeners, %d are allowed", count,
		    LISTENERS_MOST);
		return;
	}
	// One more may come from the command line.
	listeners =
	    arena_take(reader->arena, (size_t)count + 1, sizeof *listeners);
	if (listeners == NULL)
		return;
	configuration->listeners = listeners;
	for (int i = 0; i < count; i++) {
		const config_setting_t *member =
		    config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(member);

		if (!config_setting_is_group(member)) {
			faults_add(reader->faults, FAULT_ERROR,
			    origin_of(reader, member),
			    "listener.%s: a listener is a block with a name "
			    "of your choice; write listener = { NAME = { ... "
			    "} }",
			    name);
			continue;
		}
		read_listener(reader, member,
		    &listeners[configuration->listener_count++]);
	}
}

static void
read_rule(struct reader *reader, const config_setting_t *group,
    struct written_rule *rule)
{
	const struct layer own = LAYER(RULE, &rule->own);
	const struct nested nested[] = {
	    {"sender", LAYER(SENDER, &rule->sender)},
	    {"receiver", LAYER(RECEIVER, &rule->receiver)},
	    {NULL, {SCOPE_TOP, NULL, NULL}}};

	rule->at = origin_of(reader, group);
	read_members(reader, group, &own, nested);
}

static void
read_rules(struct reader *reader, const config_setting_t *list,
    struct configuration *configuration)
{
	int count = config_setting_length(list);
	struct origin at = origin_of(reader, list);

	if (!config_setting_is_list(list)) {
		faults_add(reader->faults, FAULT_ERROR, at,
		    "rules: is a list of blocks; write rules = ( { ... }, { "
		    "... } )");
		return;
	}
	if (count > RULES_MOST) {
		faults_add(reader->faults, FAULT_ERROR, at,
		    "rules: has %d rules, %d are allowed", count, RULES_MOST);
		return;
	}
	configuration->rules = arena_take(
	    reader->arena, (size_t)count, sizeof *configuration->rules);
	for (int i = 0; i < count && configuration->rules != NULL; i++) {
		const config_setting_t *member =
		    config_setting_get_elem(list, (unsigned)i);

		if (!config_setting_is_group(member))
			faults_add(reader->faults, FAULT_ERROR,
			    origin_of(reader, member),
			    "rules: holds blocks alone; write rules = ( { ... "
			    "}, { ... } )");
		else
			read_rule(reader, member,
			    &configuration->rules[configuration->rule_count++]);
	}
}

void
syntax_read_tree(struct reader *reader, const config_setting_t *root,
    struct configuration *to)
{
	const struct layer own = LAYER(TOP, &to->process);
	const struct nested nested[] = {{"sender", LAYER(SENDER, &to->sender)},
	    {"receiver", LAYER(RECEIVER, &to->receiver)},
	    {"limits", LAYER(LIMITS, &to->limits)},
	    {"timeouts", LAYER(TIMEOUTS, &to->timeouts)},
	    {"log", LAYER(LOG, &to->log)},
	    {"metrics", LAYER(METRICS, &to->metrics)},
	    {"listener", {SCOPE_TOP, NULL, NULL}},
	    {"rules", {SCOPE_TOP, NULL, NULL}},
	    {NULL, {SCOPE_TOP, NULL, NULL}}};

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *member =
		    config_setting_get_elem(root, (unsigned)i);
		const char *name = config_setting_name(member);

		if (strcmp(name, "listener") == 0)
			read_listeners(reader, member, to);
		else if (strcmp(name, "rules") == 0)
			read_rules(reader, member, to);
		else
			read_member(reader, member, &own, nested);
	}
}
