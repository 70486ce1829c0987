// SPDX-License-Identifier: ISC

#include "watch/escape.h"

// One byte's form; returns its length.
static size_t
escape_byte(char form[8], enum escape how, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = 0;
	bool hex = byte < 0x20 || byte >= 0x7f;

	if (!hex && byte != '\\' && byte != '"') {
		form[0] = (char)byte;
		return 1;
	}
	if (byte == '"') {
		if (how != ESCAPE_BARE)
			form[size++] = '\\';
		form[size++] = '"';
		return size;
	}
	form[size++] = '\\';
	if (how == ESCAPE_JSON)
		form[size++] = '\\';
	if (!hex) {
		form[size++] = '\\';
		if (how == ESCAPE_JSON)
			form[size++] = '\\';
		return size;
	}
	form[size++] = 'x';
	form[size++] = digits[byte >> 4];
	form[size++] = digits[byte & 15];
	return size;
}

void
escape_write(
    struct writer *out, enum escape how, const uint8_t *bytes, size_t size)
{
	char form[8];

	for (size_t i = 0; i < size && !out->failed; i++)
		writer_bytes(out, form, escape_byte(form, how, bytes[i]));
}
