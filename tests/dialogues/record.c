// SPDX-License-Identifier: ISC

#include "record.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINTED_MOST = 4096, LETTERS_MOST = 160 };

void
record_free(struct record *record)
{
	for (size_t i = 0; i < record->count; i++)
		free(record->entries[i].bytes);
	free(record->entries);
	*record = (struct record){0};
}

static struct record_entry *
add_entry(struct record *record)
{
	size_t size = (record->count + 1) * sizeof(*record->entries);

	record->entries = realloc(record->entries, size);
	REQUIRE(record->entries != NULL);
	struct record_entry *entry = &record->entries[record->count++];

	*entry = (struct record_entry){0};
	return entry;
}

static void
extend(struct record_entry *entry, const void *bytes, size_t size)
{
	entry->bytes = realloc(entry->bytes, entry->size + size + 1);
	REQUIRE(entry->bytes != NULL);
	bytes_copy(entry->bytes + entry->size, size, bytes, size);
	entry->size += size;
}

void
record_bytes(
    struct record *record, enum side side, const uint8_t *bytes, size_t size)
{
	struct record_entry *last = NULL;

	if (record->count > record->first)
		last = &record->entries[record->count - 1];
	if (last == NULL || last->is_mark || last->side != side) {
		last = add_entry(record);
		last->side = side;
	}
	extend(last, bytes, size);
}

void
record_mark(struct record *record, const char *text)
{
	struct record_entry *entry = add_entry(record);

	entry->is_mark = true;
	extend(entry, text, strlen(text) + 1);
}

bool
record_is_empty(const struct record *record)
{
	return record->first == record->count;
}

bool
record_take_bytes(
    struct record *record, enum side side, const uint8_t *bytes, size_t size)
{
	if (record_is_empty(record))
		return false;
	struct record_entry *entry = &record->entries[record->first];

	if (entry->is_mark || entry->side != side ||
	    entry->size - entry->taken < size ||
	    memcmp(entry->bytes + entry->taken, bytes, size) != 0)
		return false;
	entry->taken += size;
	if (entry->taken == entry->size)
		record->first++;
	return true;
}

bool
record_take_mark(struct record *record, const char *text)
{
	if (record_is_empty(record))
		return false;
	struct record_entry *entry = &record->entries[record->first];

	if (!entry->is_mark || strcmp((const char *)entry->bytes, text) != 0)
		return false;
	record->first++;
	return true;
}

// The next line of an entry, at most letters of it; returns how many bytes it
// stands for.
static size_t
print_line(const struct record_entry *entry, size_t at, const char *indent,
    int letters)
{
	char text[PRINTED_MOST];
	struct writer out = writer_over(text, sizeof(text) - 1);

	if (entry->is_mark) {
		printf("%s%s\n", indent, (const char *)entry->bytes);
		return entry->size;
	}
	size_t size = text_escape(entry->bytes + at, entry->size - at, &out);

	text[out.size] = '\0';
	printf("%s%s%s%.*s\n", indent, entry->side == SENDER ? "S<" : "R>",
	    out.size > 0 ? " " : "", letters, text);
	return size;
}

void
record_print(const struct record *record, const char *indent, size_t lines)
{
	size_t printed = 0;

	for (size_t i = record->first; i < record->count; i++) {
		const struct record_entry *entry = &record->entries[i];

		for (size_t at = entry->taken; at < entry->size;) {
			if (lines > 0 && printed++ == lines)
				return;
			at += print_line(entry, at, indent,
			    lines > 0 ? LETTERS_MOST : PRINTED_MOST);
		}
	}
}
