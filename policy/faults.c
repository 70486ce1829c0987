// SPDX-License-Identifier: ISC

#include "policy/faults.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FAULT_TEXT_MOST = 800 };

void
faults_init(struct faults *faults)
{
	*faults = (struct faults){.count = 0};
}

void
faults_free(struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		free(faults->items[i].file);
		free(faults->items[i].text);
	}
	free(faults->items);
	faults_init(faults);
}

// A copy that can be shown on a terminal: what a file holds is not trusted to
// be harmless there.
static char *
harmless(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *copy = malloc(4 * strlen(text) + 1), *to = copy;

	if (copy == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= 0x20 && byte != 0x7f) {
			*to++ = *text;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
	*to = '\0';
	return copy;
}

static bool
make_room(struct faults *faults)
{
	size_t capacity = faults->capacity == 0 ? 16 : faults->capacity * 2;
	struct fault *items;

	if (faults->count >= FAULTS_MOST)
		return false;
	if (faults->count < faults->capacity)
		return true;
	items = realloc(faults->items, capacity * sizeof *items);
	if (items == NULL)
		return false;
	faults->items = items;
	faults->capacity = capacity;
	return true;
}

static bool
is_known(const struct faults *faults, const struct fault *fault)
{
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *other = &faults->items[i];

		if (other->line == fault->line &&
		    strcmp(other->file, fault->file) == 0 &&
		    strcmp(other->text, fault->text) == 0)
			return true;
	}
	return false;
}

void
faults_add(struct faults *faults, enum fault_severity severity,
    struct origin at, const char *format, ...)
{
	char text[FAULT_TEXT_MOST];
	struct fault fault = {.severity = severity, .line = at.line};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fault.file = harmless(at.file != NULL ? at.file : "configuration");
	fault.text = harmless(text);
	if (fault.file == NULL || fault.text == NULL ||
	    is_known(faults, &fault))
		goto drop;
	if (severity == FAULT_ERROR)
		faults->errors++;
	else if (severity == FAULT_OVERDUE)
		faults->overdue++;
	else
		faults->warnings++;
	if (!make_room(faults))
		goto drop;
	faults->items[faults->count++] = fault;
	return;
drop:
	if (fault.file == NULL || fault.text == NULL)
		faults->errors++;
	free(fault.file);
	free(fault.text);
}

// "receiver.ca: " of a text; its size.
static size_t
subject_size(const char *text)
{
	const char *end = strstr(text, ": ");

	return end != NULL ? (size_t)(end - text) : strlen(text);
}

static bool
was_told(const struct faults *faults, const struct fault *fault)
{
	size_t size = subject_size(fault->text);

	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *other = &faults->items[i];

		if (other->severity == FAULT_ERROR &&
		    other->line == fault->line &&
		    strcmp(other->file, fault->file) == 0 &&
		    subject_size(other->text) == size &&
		    strncmp(other->text, fault->text, size) == 0)
			return true;
	}
	return false;
}

void
faults_join(struct faults *faults, const struct faults *others)
{
	size_t unkept = others->errors;

	for (size_t i = 0; i < others->count; i++) {
		const struct fault *fault = &others->items[i];

		unkept -= fault->severity == FAULT_ERROR;
		if (!was_told(faults, fault))
			faults_add(faults, fault->severity,
			    (struct origin){fault->file, fault->line}, "%s",
			    fault->text);
	}
	faults->errors += unkept;
}

// The files in the order in which they were first told of, then by line; what
// has no line comes last of its file, for it is about the whole of it.
static size_t
file_rank(const struct faults *faults, const char *file)
{
	size_t rank = 0;

	while (strcmp(faults->items[rank].file, file) != 0)
		rank++;
	return rank;
}

static bool
goes_before(
    const struct fault *a, size_t a_rank, const struct fault *b, size_t b_rank)
{
	if (a_rank != b_rank)
		return a_rank < b_rank;
	return a->line != 0 && (b->line == 0 || a->line < b->line);
}

void
faults_sort(struct faults *faults)
{
	size_t *ranks = calloc(faults->count + 1, sizeof *ranks);

	if (ranks == NULL)
		return;
	for (size_t i = 0; i < faults->count; i++)
		ranks[i] = file_rank(faults, faults->items[i].file);
	for (size_t i = 1; i < faults->count; i++) {
		struct fault moving = faults->items[i];
		size_t rank = ranks[i], to = i;

		for (; to > 0 && goes_before(&moving, rank,
				     &faults->items[to - 1], ranks[to - 1]);
		     to--) {
			faults->items[to] = faults->items[to - 1];
			ranks[to] = ranks[to - 1];
		}
		faults->items[to] = moving;
		ranks[to] = rank;
	}
	free(ranks);
}

void
faults_print(const struct faults *faults, FILE *to)
{
	size_t all = faults->errors + faults->overdue + faults->warnings;

	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->items[i];

		fputs(fault->file, to);
		if (fault->line != 0)
			fprintf(to, ":%u", fault->line);
		fprintf(to, ": %s%s\n",
		    fault->severity == FAULT_WARNING ? "warning: " : "",
		    fault->text);
	}
	if (all > faults->count)
		fprintf(to, "and %zu more\n", all - faults->count);
}
