// SPDX-License-Identifier: ISC

#include "watch/record.h"

#include "base/contract.h"
#include "watch/escape.h"

#include <stdbool.h>
#include <string.h>

void
record_add_bytes(struct record *record, const char *name, enum record_kind kind,
    const uint8_t *bytes, size_t size)
{
	REQUIRE(record->count < RECORD_FIELDS_MOST);
	record->fields[record->count++] = (struct record_field){
	    .name = name,
	    .kind = kind,
	    .value = bytes,
	    .size = bytes != NULL ? size : 0,
	};
}

void
record_add(struct record *record, const char *name, enum record_kind kind,
    const char *text)
{
	record_add_bytes(record, name, kind, (const uint8_t *)text,
	    text != NULL ? strlen(text) : 0);
}

static bool
needs_quotes(const struct record_field *field)
{
	if (field->size == 0 || field->kind == RECORD_QUOTED)
		return true;
	for (size_t i = 0; i < field->size; i++) {
		uint8_t byte = field->value[i];

		if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '=' ||
		    byte == '\\')
			return true;
	}
	return false;
}

static void
write_value(
    const struct record_field *field, enum escape how, struct writer *out)
{
	bool cut = field->size > RECORD_VALUE_MOST;

	escape_write(
	    out, how, field->value, cut ? RECORD_VALUE_MOST : field->size);
	if (cut)
		writer_text(out, "...");
}

void
record_as_text(const struct record *record, struct writer *out)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct record_field *field = &record->fields[i];
		bool quotes =
		    field->kind != RECORD_NUMBER && needs_quotes(field);

		if (i > 0)
			writer_text(out, " ");
		writer_text(out, field->name);
		writer_text(out, quotes ? "=\"" : "=");
		write_value(field, quotes ? ESCAPE_QUOTED : ESCAPE_BARE, out);
		if (quotes)
			writer_text(out, "\"");
	}
}

void
record_as_json(const struct record *record, struct writer *out)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct record_field *field = &record->fields[i];
		bool number = field->kind == RECORD_NUMBER;

		writer_text(out, i > 0 ? ",\"" : "\"");
		writer_text(out, field->name);
		writer_text(out, number ? "\":" : "\":\"");
		write_value(field, ESCAPE_JSON, out);
		if (!number)
			writer_text(out, "\"");
	}
}
