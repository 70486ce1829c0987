// SPDX-License-Identifier: ISC
//
// settings.def and choice.def as tables to walk at run time: for the parser,
// the printer, the manual and their tests. Within policy alone.

#ifndef POLICY_TABLE_H
#define POLICY_TABLE_H

#include "policy/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The choices come last; setting_choices tells them from the rest.
enum setting_kind {
#define KIND(id, what) SETTING_##id,
#include "policy/kind.def"
#undef KIND
#define CHOICES(kind, tag) SETTING_##kind,
#define CHOICE(id, value, word, built, sentence)
#define CHOICES_END
#include "policy/choice.def"
	SETTING_KIND_COUNT
};

enum setting_scope {
	SCOPE_TOP,
	SCOPE_LISTENER,
	SCOPE_SENDER,
	SCOPE_RECEIVER,
	SCOPE_RULE,
	SCOPE_LIMITS,
	SCOPE_TIMEOUTS,
	SCOPE_LOG,
	SCOPE_METRICS,
	SCOPE_COUNT
};

// What may be written: all, or the default alone.
enum built {
	NOT_BUILT,
	BUILT,
	WITHOUT_LIBUNBOUND // it is, but for this program, which was built so
};

// One row of settings.def.
struct setting {
	const char *name;
	const char *preset; // as text; NULL: unset
	const char *sentence;
	enum setting_kind kind;
	enum built built;
	uint64_t low, high;
	size_t offset; // in the struct of its scope
};

struct choice {
	int value;
	const char *word;
	enum built built;
	const char *sentence;
};

// The rows of a scope, in the order of the file.
const struct setting *settings_of(enum setting_scope scope, size_t *count);
// "sender", "limits"; "" for the top level. Static text.
const char *scope_name(enum setting_scope scope);
// What a value of this kind is, for people; static text.
const char *kind_description(enum setting_kind kind);

// The choices of a kind in the order of the file; NULL if it has none.
const struct choice *setting_choices(enum setting_kind kind, size_t *count);
// The word for a value; "unknown" for one that is none.
const char *choice_word(enum setting_kind kind, int value);
// The choice with a word; NULL if there is none.
const struct choice *choice_find(enum setting_kind kind, const char *word);

#endif
