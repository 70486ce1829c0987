// SPDX-License-Identifier: ISC

#include "policy/nearest.h"
#include "policy/policy.h"
#include "policy/syntax.h"

#include <string.h>

static const struct origin command_line = {.file = "command line", .line = 0};

#define ERROR(reader, ...)                                                     \
	faults_add((reader)->faults, FAULT_ERROR, command_line, __VA_ARGS__)

static struct written
loose(const char *text)
{
	return (struct written){
	    .kind = WRITTEN_LOOSE, .at = command_line, .text = text};
}

// The one listener that the command line makes or changes. NULL, with a fault
// told, if there are several.
static struct written_listener *
the_listener(struct reader *reader, struct configuration *all, const char *what)
{
	if (all->listener_count == 1)
		return &all->listeners[0];
	if (all->listener_count > 1) {
		ERROR(reader,
		    "%s: there are %zu listeners; write --set "
		    "listener.NAME.%s=... to say which",
		    what, all->listener_count, what);
		return NULL;
	}
	if (all->listeners == NULL)
		all->listeners =
		    arena_take(reader->arena, 1, sizeof *all->listeners);
	if (all->listeners == NULL)
		return NULL;
	all->listeners[0].name = "command-line";
	all->listeners[0].at = command_line;
	all->listener_count = 1;
	return &all->listeners[0];
}

static bool
take_list(struct reader *reader, const struct layer *layer, const char *name,
    const struct text_list *texts)
{
	struct written list = {.kind = WRITTEN_LIST, .at = command_line};
	struct written *items =
	    arena_take(reader->arena, texts->count, sizeof *items);

	if (items == NULL)
		return false;
	for (size_t i = 0; i < texts->count; i++)
		items[i] = loose(texts->items[i]);
	list.items = items;
	list.count = texts->count;
	return syntax_take(reader, layer, name, &list, NULL);
}

static struct written_listener *
named_listener(
    struct reader *reader, struct configuration *all, const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < all->listener_count; i++) {
		if (strcmp(all->listeners[i].name, name) == 0)
			return &all->listeners[i];
		nearest_offer(&nearest, all->listeners[i].name);
	}
	ERROR(reader, "--set: there is no listener %s%s%s%s", name,
	    nearest.best != NULL ? "; did you mean " : "",
	    nearest.best != NULL ? nearest.best : "",
	    nearest.best != NULL ? "?" : "");
	return NULL;
}

// Whether key begins with word and a dot; *rest is what follows them.
static bool
begins(const char *key, const char *word, const char **rest)
{
	size_t size = strlen(word);

	if (strncmp(key, word, size) != 0 || key[size] != '.')
		return false;
	*rest = key + size + 1;
	return true;
}

// key stands in a listener: a setting of it, or of a leg of it.
static void
set_in_listener(struct reader *reader, struct written_listener *listener,
    const char *key, const struct written *written)
{
	static const char *const legs[] = {"sender", "receiver", NULL};
	const char *rest = key;
	struct layer layer = LAYER(LISTENER, &listener->own);

	if (begins(key, "sender", &rest))
		layer = LAYER(SENDER, &listener->sender);
	else if (begins(key, "receiver", &rest))
		layer = LAYER(RECEIVER, &listener->receiver);
	syntax_take(reader, &layer, rest, written,
	    layer.scope == SCOPE_LISTENER ? legs : NULL);
}

// "NAME.key" behind "listener.", or a setting of the only one.
static void
set_listener(struct reader *reader, struct configuration *all, const char *key,
    const struct written *written)
{
	const char *dot = strchr(key, '.');
	struct written_listener *listener;
	const char *name;

	if (dot == NULL) {
		listener = the_listener(reader, all, key);
		if (listener != NULL)
			set_in_listener(reader, listener, key, written);
		return;
	}
	name = arena_print(reader->arena, "%.*s", (int)(dot - key), key);
	listener = name != NULL ? named_listener(reader, all, name) : NULL;
	if (listener != NULL)
		set_in_listener(reader, listener, dot + 1, written);
}

static bool
is_setting(enum setting_scope scope, const char *name)
{
	size_t count;
	const struct setting *rows = settings_of(scope, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

static void
set_one(struct reader *reader, struct configuration *all, const char *key,
    const struct written *written)
{
	static const char *const blocks[] = {"listener.NAME", "sender.",
	    "receiver.", "limits.", "timeouts.", "log.", "metrics.", NULL};
	const struct {
		const char *name;
		struct layer layer;
	} scopes[] = {
	    {"sender", LAYER(SENDER, &all->sender_override)},
	    {"receiver", LAYER(RECEIVER, &all->receiver_override)},
	    {"limits", LAYER(LIMITS, &all->limits)},
	    {"timeouts", LAYER(TIMEOUTS, &all->timeouts)},
	    {"log", LAYER(LOG, &all->log)},
	    {"metrics", LAYER(METRICS, &all->metrics)},
	};
	const struct layer top = LAYER(TOP, &all->process);
	const char *rest;

	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
		if (begins(key, scopes[i].name, &rest)) {
			syntax_take(
			    reader, &scopes[i].layer, rest, written, NULL);
			return;
		}
	}
	if (begins(key, "listener", &rest))
		set_listener(reader, all, rest, written);
	else if (strncmp(key, "rules", 5) == 0)
		ERROR(reader,
		    "--set %s: rules are written in a file, where their "
		    "order can be seen",
		    key);
	else if (is_setting(SCOPE_LISTENER, key))
		set_listener(reader, all, key, written);
	else
		syntax_take(reader, &top, key, written, blocks);
}

// As it would be in a file: in quotation marks, or a list of what is. An
// address may have brackets all the same, as [::1]:25.
static bool
is_quoted(const char *value)
{
	return value[strspn(value, "[( ")] == '"';
}

static void
set_text(struct reader *reader, struct configuration *all, const char *text)
{
	const char *equals = strchr(text, '=');
	struct written written;
	const char *key;

	if (equals == NULL || equals == text) {
		ERROR(reader,
		    "--set %s: write it as KEY=VALUE, as in "
		    "sender.min-bits=40",
		    text);
		return;
	}
	if (is_quoted(equals + 1)) {
		ERROR(reader,
		    "--set %s: write the value without quotation marks, and "
		    "without brackets around a list, whose items have commas "
		    "between them, as in sender.hide-keywords=DSN,CHUNKING",
		    text);
		return;
	}
	key = arena_print(reader->arena, "%.*s", (int)(equals - text), text);
	written = loose(arena_text(reader->arena, equals + 1));
	if (key != NULL && written.text != NULL)
		set_one(reader, all, key, &written);
}

// What -l and -f say: one, which may be a list with commas, or several.
static void
set_address(struct reader *reader, struct configuration *all, const char *name,
    const struct text_list *given)
{
	struct written_listener *listener;
	struct written written;

	if (given->count == 0)
		return;
	listener = the_listener(reader, all, name);
	if (listener == NULL)
		return;
	const struct layer own = LAYER(LISTENER, &listener->own);

	if (given->count > 1) {
		take_list(reader, &own, name, given);
		return;
	}
	written = loose(given->items[0]);
	syntax_take(reader, &own, name, &written, NULL);
}

void
override_apply(struct reader *reader, const struct policy_overrides *overrides,
    struct configuration *all)
{
	const struct layer sender = LAYER(SENDER, &all->sender_override);
	const struct layer receiver = LAYER(RECEIVER, &all->receiver_override);
	struct written written;

	reader->source = NULL;
	reader->directory = NULL;
	set_address(reader, all, "address", &overrides->listen);
	set_address(reader, all, "forward-to", &overrides->forward_to);
	if (overrides->sender_tls != NULL) {
		written = loose(overrides->sender_tls);
		syntax_take(reader, &sender, "tls", &written, NULL);
	}
	if (overrides->receiver_tls != NULL) {
		written = loose(overrides->receiver_tls);
		syntax_take(reader, &receiver, "tls", &written, NULL);
	}
	for (size_t i = 0; i < overrides->set.count; i++)
		set_text(reader, all, overrides->set.items[i]);
}
