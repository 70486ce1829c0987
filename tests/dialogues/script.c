// SPDX-License-Identifier: ISC

#include "script.h"

#include "base/contract.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MOST = 1024 };

struct prefix {
	const char *text;
	enum step_kind kind;
	enum side side;
	bool together;
	bool is_bytes;
};

// What begins a line, and needs something behind it.
static const struct prefix prefixes[] = {
    {"S>", STEP_SAYS, SENDER, false, true},
    {"S+", STEP_SAYS, SENDER, true, true},
    {"S<", STEP_HEARS, SENDER, false, true},
    {"S=", STEP_HAPPENS, SENDER, false, false},
    {"R<", STEP_SAYS, RECEIVER, false, true},
    {"R+", STEP_SAYS, RECEIVER, true, true},
    {"R>", STEP_HEARS, RECEIVER, false, true},
    {"R=", STEP_HAPPENS, RECEIVER, false, false},
    {"set", STEP_SET, SENDER, false, false},
    {"secret", STEP_SECRET, SENDER, false, false},
};

// Lines that are compared as they stand.
static const char *const noted[] = {"S!", "R!", "note", "message", "end"};

static bool
begins_with(const char *line, const char *word)
{
	size_t size = strlen(word);

	return strncmp(line, word, size) == 0 &&
	       (line[size] == ' ' || line[size] == '\0');
}

static bool
parse_time(const char *line, uint64_t *time)
{
	static const struct {
		const char *name;
		uint64_t milliseconds;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	char *end = NULL;
	unsigned long number = strtoul(line + 1, &end, 10);

	if (end == line + 1 || number > 100000)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].name) == 0) {
			*time = number * units[i].milliseconds;
			return true;
		}
	return false;
}

static char *
copy_text(const char *text)
{
	size_t room = strlen(text) + 1;
	char *copy = malloc(room);

	REQUIRE(copy != NULL);
	bytes_copy_text(copy, room, text);
	return copy;
}

static bool
parse_prefixed(
    const char *line, const struct prefix *prefix, struct script_step *step)
{
	const char *rest = line + strlen(prefix->text);

	if (*rest == ' ')
		rest++;
	step->kind = prefix->kind;
	step->side = prefix->side;
	step->together = prefix->together;
	if (!prefix->is_bytes) {
		step->text = copy_text(rest);
		return *rest != '\0';
	}
	return text_unescape(rest, &step->bytes, &step->size);
}

static bool
parse_line(const char *line, struct script_step *step)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (begins_with(line, prefixes[i].text))
			return parse_prefixed(line, &prefixes[i], step);
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++)
		if (begins_with(line, noted[i])) {
			step->kind = STEP_NOTED;
			step->text = copy_text(line);
			return true;
		}
	if (line[0] == '+') {
		step->kind = STEP_TIME;
		return parse_time(line, &step->time);
	}
	step->kind = strcmp(line, "cut") == 0 ? STEP_CUT : STEP_STOP;
	return step->kind == STEP_CUT || strcmp(line, "stop") == 0;
}

static bool
read_lines(struct script *script, FILE *file)
{
	static char line[SCRIPT_LINE_MOST];
	size_t number = 0;

	while (fgets(line, sizeof(line), file) != NULL) {
		size_t size = strlen(line);

		number++;
		if (size == 0 || line[size - 1] != '\n') {
			printf("# %s:%zu: the line is too long, or has no "
			       "end\n",
			    script->path, number);
			return false;
		}
		line[size - 1] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		REQUIRE(script->count < STEPS_MOST);
		struct script_step *step = &script->steps[script->count++];

		step->line = number;
		if (!parse_line(line, step)) {
			printf("# %s:%zu: not understood: %s\n", script->path,
			    number, line);
			return false;
		}
	}
	return true;
}

bool
script_read(struct script *script, const char *path)
{
	FILE *file = fopen(path, "r");

	*script = (struct script){.path = path};
	if (file == NULL) {
		printf("# %s: cannot be opened\n", path);
		return false;
	}
	script->steps = calloc(STEPS_MOST, sizeof(*script->steps));
	REQUIRE(script->steps != NULL);
	bool understood = read_lines(script, file);

	fclose(file);
	return understood;
}

void
script_free(struct script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		free(script->steps[i].text);
		free(script->steps[i].bytes);
	}
	free(script->steps);
	*script = (struct script){0};
}

bool
script_is_input(const struct script_step *step)
{
	switch (step->kind) {
	case STEP_SAYS:
	case STEP_HAPPENS:
	case STEP_TIME:
	case STEP_STOP:
	case STEP_CUT:
		return true;
	case STEP_SET:
	case STEP_SECRET:
	case STEP_HEARS:
	case STEP_NOTED:
		break;
	}
	return false;
}
