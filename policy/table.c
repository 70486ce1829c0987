// SPDX-License-Identifier: ISC

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "policy/table.h"

#include "policy/layer.h"

#include <string.h>

#ifdef HAVE_LIBUNBOUND
#define NEEDS_LIBUNBOUND BUILT
#else
#define NEEDS_LIBUNBOUND WITHOUT_LIBUNBOUND
#endif

#define ROW(type, kind, field, name, preset, low, high, built, sentence)       \
	{name, preset, sentence, SETTING_##kind, built, low, high,             \
	    offsetof(struct type, field)},

static const struct setting top[] = {
#define TOP(...) ROW(process_settings, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting listener[] = {
#define LISTENER(...) ROW(listener_settings, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting sender[] = {
#define SENDER(...) ROW(sender_settings, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting receiver[] = {
#define RECEIVER(...) ROW(receiver_settings, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting rule[] = {
#define RULE(...) ROW(rule_settings, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting limits[] = {
#define LIMITS(...) ROW(limits, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting timeouts[] = {
#define TIMEOUTS(...) ROW(timeouts, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting logging[] = {
#define LOG(...) ROW(log_settings, __VA_ARGS__)
#include "policy/settings.def"
};

static const struct setting metrics[] = {
#define METRICS(...) ROW(metrics_settings, __VA_ARGS__)
#include "policy/settings.def"
};

#define SCOPE(id, name, rows)                                                  \
	[SCOPE_##id] = {name, rows, sizeof(rows) / sizeof(rows)[0]}

static const struct {
	const char *name;
	const struct setting *rows;
	size_t count;
} scopes[SCOPE_COUNT] = {
    SCOPE(TOP, "", top),
    SCOPE(LISTENER, "listener", listener),
    SCOPE(SENDER, "sender", sender),
    SCOPE(RECEIVER, "receiver", receiver),
    SCOPE(RULE, "rule", rule),
    SCOPE(LIMITS, "limits", limits),
    SCOPE(TIMEOUTS, "timeouts", timeouts),
    SCOPE(LOG, "log", logging),
    SCOPE(METRICS, "metrics", metrics),
};

// clang-format off
#define CHOICES(kind, tag) static const struct choice choices_##kind[] = {
#define CHOICE(id, value, word, built, sentence) {id, word, built, sentence},
#define CHOICES_END };
// clang-format on
#include "policy/choice.def"

static const struct {
	const struct choice *items;
	size_t count;
} choices[SETTING_KIND_COUNT] = {
#define CHOICES(kind, tag)                                                     \
	[SETTING_##kind] = {choices_##kind,                                    \
	    sizeof(choices_##kind) / sizeof(choices_##kind)[0]},
#define CHOICE(id, value, word, built, sentence)
#define CHOICES_END
#include "policy/choice.def"
};

static const char *const descriptions[SETTING_KIND_COUNT] = {
#define KIND(id, what) [SETTING_##id] = what,
#include "policy/kind.def"
#undef KIND
};

const struct setting *
settings_of(enum setting_scope scope, size_t *count)
{
	*count = scopes[scope].count;
	return scopes[scope].rows;
}

const char *
scope_name(enum setting_scope scope)
{
	return scopes[scope].name;
}

const char *
kind_description(enum setting_kind kind)
{
	return descriptions[kind] != NULL ? descriptions[kind]
					  : "one of a few words";
}

const struct choice *
setting_choices(enum setting_kind kind, size_t *count)
{
	*count = choices[kind].count;
	return choices[kind].items;
}

const char *
choice_word(enum setting_kind kind, int value)
{
	for (size_t i = 0; i < choices[kind].count; i++)
		if (choices[kind].items[i].value == value)
			return choices[kind].items[i].word;
	return "unknown";
}

const struct choice *
choice_find(enum setting_kind kind, const char *word)
{
	for (size_t i = 0; i < choices[kind].count; i++)
		if (strcmp(choices[kind].items[i].word, word) == 0)
			return &choices[kind].items[i];
	return NULL;
}
