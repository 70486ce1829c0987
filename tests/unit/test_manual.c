// SPDX-License-Identifier: ISC
//
// sallyport.conf(5) says of every setting what settings.def says, sallyport(8)
// of every reason what reason.def says: the lists in them, between their marks,
// are printed from these tables. MANUAL=write writes them anew.

#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "base/reason.h"
#include "policy/table.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 78 };

// Of the settings of each scope, and of the reasons.
enum list { LIST_REASONS = SCOPE_COUNT, LIST_COUNT };

static size_t column;

static void
print_word(const char *word, size_t size, FILE *to)
{
	if (column > 0 && column + 1 + size > COLUMNS) {
		fputc('\n', to);
		column = 0;
	} else if (column > 0) {
		fputc(' ', to);
		column++;
	}
	// No line of text begins as a request does.
	if (column == 0 && (*word == '.' || *word == '\''))
		fputs("\\&", to);
	for (size_t i = 0; i < size; i++)
		fprintf(to, word[i] == '\\' ? "\\e" : "%c", word[i]);
	column += size;
}

// Words of a sentence, on lines of their own until end_sentence.
static void
print_text(const char *text, FILE *to)
{
	while (*text != '\0') {
		size_t size = strcspn(text, " ");

		print_word(text, size, to);
		text += size;
		text += strspn(text, " ");
	}
}

static void
end_sentence(FILE *to)
{
	fputs(".\n", to);
	column = 0;
}

static void
print_choices(const struct setting *setting, FILE *to)
{
	size_t count;
	const struct choice *choices = setting_choices(setting->kind, &count);

	if (choices == NULL)
		return;
	fputs(".Bl -tag -width tls1.0 -compact\n", to);
	for (size_t i = 0; i < count; i++) {
		fprintf(to, ".It Cm %s\n", choices[i].word);
		print_text(choices[i].sentence, to);
		if (!choices[i].built)
			print_text("(not built yet)", to);
		end_sentence(to);
	}
	fputs(".El\n", to);
}

static void
print_range(const struct setting *setting, FILE *to)
{
	char text[100] = "";

	if (setting->kind == SETTING_COUNT)
		snprintf(text, sizeof text, "from %" PRIu64 " to %" PRIu64,
		    setting->low, setting->high);
	else if (setting->kind == SETTING_DURATION)
		snprintf(text, sizeof text,
		    "(from %" PRIu64 "s to %" PRIu64 "s)", setting->low / 1000,
		    setting->high / 1000);
	else if (setting->kind == SETTING_SIZE)
		snprintf(text, sizeof text, "(from %" PRIu64 " to %" PRIu64 ")",
		    setting->low, setting->high);
	print_text(text, to);
}

static void
print_setting(const struct setting *setting, FILE *to)
{
	size_t count;

	fprintf(to, ".It Ic %s\n", setting->name);
	print_text(setting->sentence, to);
	end_sentence(to);
	if (!setting->built) {
		print_text(
		    "Not built yet: anything but the default is refused", to);
		end_sentence(to);
	}
	print_text("Written as", to);
	if (setting_choices(setting->kind, &count) != NULL)
		print_text("one of the words below", to);
	else
		print_text(kind_description(setting->kind), to);
	print_range(setting, to);
	if (setting->preset != NULL) {
		fprintf(to, ";\nthe default is\n.Cm %s .\n", setting->preset);
		column = 0;
	} else {
		end_sentence(to);
	}
	print_choices(setting, to);
}

static void
print_scope(enum setting_scope scope, FILE *to)
{
	size_t count;
	const struct setting *rows = settings_of(scope, &count);

	fputs(".Bl -tag -width Ds\n", to);
	for (size_t i = 0; i < count; i++)
		print_setting(&rows[i], to);
	fputs(".El\n", to);
}

// A sentence of its own; names of settings and programs stay as they are.
static void
print_sentence(const char *text, FILE *to)
{
	static const char program[] = "sallyport";
	size_t size = strcspn(text, " ");
	char word[40];

	assert_true(size < sizeof word);
	snprintf(word, sizeof word, "%.*s", (int)size, text);
	if (strpbrk(word, "-.") == NULL && strcmp(word, program) != 0)
		*word = (char)toupper((unsigned char)*word);
	print_word(word, size, to);
	print_text(text + size + strspn(text + size, " "), to);
	end_sentence(to);
}

static void
print_reasons(FILE *to)
{
	fputs(".Bl -tag -width Ds\n", to);
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		enum reason reason = (enum reason)i;

		fprintf(to, ".It Cm %s\n", reason_name(reason));
		print_sentence(reason_sentence(reason), to);
		if (*reason_advice(reason) != '\0')
			print_sentence(reason_advice(reason), to);
	}
	fputs(".El\n", to);
}

static void
print_list(enum list list, FILE *to)
{
	if (list == LIST_REASONS)
		print_reasons(to);
	else
		print_scope((enum setting_scope)list, to);
}

// A mark: .\" settings SCOPE begin (or end), or .\" reasons begin. Gives the
// list, or LIST_COUNT.
static enum list
marked(const char *line, const char *which)
{
	char mark[80];

	for (int scope = 0; scope < SCOPE_COUNT; scope++) {
		const char *name = scope_name((enum setting_scope)scope);

		snprintf(mark, sizeof mark, ".\\\" settings %s %s\n",
		    *name != '\0' ? name : "top", which);
		if (strcmp(line, mark) == 0)
			return (enum list)scope;
	}
	snprintf(mark, sizeof mark, ".\\\" reasons %s\n", which);
	return strcmp(line, mark) == 0 ? LIST_REASONS : LIST_COUNT;
}

// The page with its lists printed anew.
static void
renew(FILE *from, FILE *to, bool found[LIST_COUNT])
{
	enum list inside = LIST_COUNT;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, from) > 0) {
		enum list begin = marked(line, "begin");

		if (inside == LIST_COUNT)
			fputs(line, to);
		if (begin != LIST_COUNT) {
			inside = begin;
			found[begin] = true;
			print_list(begin, to);
		} else if (marked(line, "end") != LIST_COUNT) {
			assert_int_equal(marked(line, "end"), inside);
			inside = LIST_COUNT;
			fputs(line, to);
		}
	}
	free(line);
}

static void
check_page(const char *name, bool found[LIST_COUNT])
{
	const char *directory = getenv("srcdir");
	char path[PATH_MAX];
	char *page = NULL, *kept = NULL;
	size_t size = 0, room = 0;
	FILE *file, *memory = open_memstream(&page, &size);

	snprintf(path, sizeof path, "%s/%s",
	    directory != NULL ? directory : ".", name);
	file = fopen(path, "r");
	assert_non_null(file);
	renew(file, memory, found);
	fclose(memory);
	if (getenv("MANUAL") != NULL) {
		FILE *out = fopen(path, "w");

		assert_non_null(out);
		fputs(page, out);
		fclose(out);
	}
	rewind(file);
	assert_true(getdelim(&kept, &room, '\0', file) > 0);
	fclose(file);
	if (strcmp(kept, page) != 0)
		fail_msg("%s is not what the tables say; MANUAL=write", path);
	free(kept);
	free(page);
}

static void
the_manual_has_every_setting(void **state)
{
	bool found[LIST_COUNT] = {false};

	(void)state;
	check_page("policy/sallyport.conf.5", found);
	for (size_t i = 0; i < SCOPE_COUNT; i++)
		assert_true(found[i]);
}

static void
the_manual_has_every_reason(void **state)
{
	bool found[LIST_COUNT] = {false};

	(void)state;
	check_page("proxy/sallyport.8", found);
	assert_true(found[LIST_REASONS]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_manual_has_every_setting),
	    cmocka_unit_test(the_manual_has_every_reason),
	};

	return cmocka_run_group_tests_name("manual", tests, NULL, NULL);
}
