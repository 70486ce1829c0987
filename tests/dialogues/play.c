// SPDX-License-Identifier: ISC

#include "play.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "script.h"
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>

struct play {
	struct stage stage;
	const struct script *script;
	enum manner manner;
	bool started;
};

static bool
complain(const struct play *play, const struct script_step *step,
    const char *what, const char *text)
{
	printf("# %s:%zu: %s%s%s\n", play->script->path, step->line, what,
	    text != NULL ? ": " : "", text != NULL ? text : "");
	return false;
}

static void
print_expected(const struct script_step *step)
{
	struct record expected = {0};

	if (step->kind == STEP_NOTED)
		record_mark(&expected, step->text);
	else
		record_bytes(&expected, step->side, step->bytes, step->size);
	record_print(&expected, "#   ", 1);
	record_free(&expected);
}

// What was to come, and what came.
static bool
complain_difference(
    const struct play *play, const struct script_step *step, bool late)
{
	const struct record *record = &play->stage.record;

	complain(play, step,
	    late ? "before this, unexpected" : "this was to come", NULL);
	if (!late)
		print_expected(step);
	printf("# what came:\n");
	if (record_is_empty(record))
		printf("#   nothing\n");
	record_print(record, "#   ", 8);
	return false;
}

static void
start(struct play *play)
{
	if (!play->started)
		stage_start(&play->stage);
	play->started = true;
}

// The bytes of a step, and of those that come together with it.
static size_t
bring_bytes(struct play *play, size_t index)
{
	const struct script *script = play->script;
	const struct script_step *step = &script->steps[index];
	size_t next = index + 1;
	struct buffer group;

	while (next < script->count && script->steps[next].together)
		next++;
	if (next == index + 1 && play->manner == BYTE_BY_BYTE) {
		for (size_t i = 0; i < step->size && play->stage.fault == NULL;
		     i++)
			stage_receive(
			    &play->stage, step->side, step->bytes + i, 1);
		return next;
	}
	buffer_init(&group, KERNEL_MOST);
	for (size_t i = index; i < next; i++)
		REQUIRE(buffer_append(
		    &group, script->steps[i].bytes, script->steps[i].size));
	stage_receive(
	    &play->stage, step->side, buffer_bytes(&group), group.size);
	buffer_free(&group);
	return next;
}

static bool
bring(struct play *play, size_t *index)
{
	const struct script_step *step = &play->script->steps[*index];

	*index += 1;
	if (step->together)
		return complain(play, step, "together with what?", NULL);
	if (step->kind == STEP_SAYS)
		*index = bring_bytes(play, *index - 1);
	else if (step->kind == STEP_TIME)
		stage_wait(&play->stage, step->time);
	else if (step->kind == STEP_STOP)
		stage_stop(&play->stage);
	else if (step->kind == STEP_CUT)
		stage_cut(&play->stage);
	else if (!stage_happen(&play->stage, step->side, step->text))
		return complain(play, step, "not understood", step->text);
	if (play->stage.fault != NULL)
		return complain(play, step, play->stage.fault, NULL);
	return true;
}

static bool
prepare(struct play *play, const struct script_step *step)
{
	if (step->kind == STEP_SECRET)
		return bytes_copy_text(
		    play->stage.secret, sizeof(play->stage.secret), step->text);
	if (play->started)
		return complain(play, step, "set comes first", NULL);
	if (!stage_set(&play->stage, step->text))
		return complain(play, step, "cannot be set", step->text);
	return true;
}

static bool
check(struct play *play, const struct script_step *step)
{
	struct record *record = &play->stage.record;

	if (step->kind == STEP_NOTED && record_take_mark(record, step->text))
		return true;
	if (step->kind == STEP_HEARS &&
	    record_take_bytes(record, step->side, step->bytes, step->size))
		return true;
	return complain_difference(play, step, false);
}

static bool
play_step(struct play *play, size_t *index)
{
	const struct script_step *step = &play->script->steps[*index];

	if (step->kind == STEP_SET || step->kind == STEP_SECRET) {
		*index += 1;
		return prepare(play, step);
	}
	start(play);
	if (!script_is_input(step)) {
		*index += 1;
		return check(play, step);
	}
	if (!record_is_empty(&play->stage.record))
		return complain_difference(play, step, true);
	return bring(play, index);
}

static bool
play_script(struct play *play)
{
	const struct script *script = play->script;
	size_t index = 0;

	while (index < script->count)
		if (!play_step(play, &index))
			return false;
	const struct script_step *last = &script->steps[script->count - 1];

	if (!record_is_empty(&play->stage.record))
		return complain_difference(play, last, true);
	if (!play->stage.finished)
		return complain(
		    play, last, "the session did not end with this", NULL);
	return true;
}

bool
play_file(const char *path, enum manner manner)
{
	struct script script;
	struct play play = {.script = &script, .manner = manner};
	bool passed = script_read(&script, path) && script.count > 0;

	stage_init(&play.stage);
	play.stage.unwatched = manner == UNWATCHED;
	if (passed)
		passed = play_script(&play);
	stage_free(&play.stage);
	script_free(&script);
	return passed;
}

static void
print_new(struct play *play)
{
	struct record *record = &play->stage.record;

	record_print(record, "", 0);
	record->first = record->count;
}

// Prints the line of a step, plays it, and prints what comes of it; bytes
// that come together are played with the last of their lines.
static bool
show_step(struct play *play, size_t index, size_t *group, const char *line)
{
	const struct script *script = play->script;
	const struct script_step *step = &script->steps[index];
	size_t at = *group;

	if (step->kind == STEP_HEARS || step->kind == STEP_NOTED)
		return true;
	if (script_is_input(step))
		start(play);
	print_new(play);
	printf("%s", line);
	if (step->kind == STEP_SET || step->kind == STEP_SECRET)
		return prepare(play, step);
	if (!step->together)
		at = index;
	*group = at;
	if (index + 1 < script->count && script->steps[index + 1].together)
		return true;
	bool well = bring(play, &at);

	print_new(play);
	return well;
}

bool
play_show(const char *path)
{
	struct script script;
	struct play play = {.script = &script};
	bool well = script_read(&script, path);
	FILE *file = well ? fopen(path, "r") : NULL;
	char line[SCRIPT_LINE_MOST];
	size_t index = 0, group = 0, number = 0;

	stage_init(&play.stage);
	while (
	    file != NULL && well && fgets(line, sizeof(line), file) != NULL) {
		number++;
		if (index < script.count && script.steps[index].line == number)
			well = show_step(&play, index++, &group, line);
		else
			printf("%s", line);
	}
	if (file != NULL)
		fclose(file);
	if (well)
		start(&play);
	print_new(&play);
	stage_free(&play.stage);
	script_free(&script);
	return well;
}
