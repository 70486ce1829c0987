// SPDX-License-Identifier: ISC

#include "text.h"

#include "base/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 21, RUN = 40 };

static const char escapes[][2] = {{'r', '\r'}, {'n', '\n'}, {'t', '\t'},
    {'0', '\0'}, {'\\', '\\'}, {'s', ' '}};

static bool
hex_digit(char letter, unsigned *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = letter != '\0' ? strchr(digits, letter) : NULL;

	if (at == NULL)
		return false;
	*value = *value * 16 + (unsigned)(at - digits);
	return true;
}

// What stands behind a backslash; *at is moved behind it.
static bool
unescape_one(const char **at, struct writer *out)
{
	unsigned value = 0;

	if (**at == 'x') {
		if (!hex_digit((*at)[1], &value) ||
		    !hex_digit((*at)[2], &value))
			return false;
		writer_u8(out, (uint8_t)value);
		*at += 3;
		return true;
	}
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (**at == escapes[i][0]) {
			writer_u8(out, (uint8_t)escapes[i][1]);
			*at += 1;
			return true;
		}
	return false;
}

// "{3:ab}", at its brace; *at is moved behind it.
static bool
unescape_run(const char **at, struct writer *out)
{
	char *end = NULL;
	unsigned long times = strtoul(*at + 1, &end, 10);
	size_t start = out->size;

	if (*end != ':' || times == 0 || times > LARGEST)
		return false;
	for (*at = end + 1; **at != '}';) {
		if (**at == '\0')
			return false;
		if (**at != '\\') {
			writer_u8(out, (uint8_t) * (*at)++);
			continue;
		}
		*at += 1;
		if (!unescape_one(at, out))
			return false;
	}
	*at += 1;
	size_t size = out->size - start;
	for (; times > 1 && !out->failed; times--)
		writer_bytes(out, out->bytes + start, size);
	return true;
}

bool
text_unescape(const char *text, uint8_t **bytes, size_t *size)
{
	uint8_t *room = malloc(LARGEST);
	struct writer out = writer_over(room, LARGEST);
	bool well_formed = true;

	REQUIRE(room != NULL);
	while (*text != '\0' && well_formed && strcmp(text, "\\c") != 0) {
		if (*text != '\\') {
			writer_u8(&out, (uint8_t)*text++);
			continue;
		}
		text++;
		well_formed = *text == '{' ? unescape_run(&text, &out)
					   : unescape_one(&text, &out);
	}
	if (*text == '\0')
		writer_text(&out, "\r\n");
	*bytes = realloc(room, out.size > 0 ? out.size : 1);
	REQUIRE(*bytes != NULL);
	*size = out.size;
	return well_formed && !out.failed;
}

static size_t
run_of(const uint8_t *bytes, size_t size)
{
	size_t run = 1;

	while (run < size && bytes[run] == bytes[0])
		run++;
	return run;
}

static void
escape_byte(uint8_t byte, struct writer *out)
{
	char text[8];

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (byte == (uint8_t)escapes[i][1] && byte != ' ') {
			writer_u8(out, '\\');
			writer_u8(out, (uint8_t)escapes[i][0]);
			return;
		}
	if (byte >= ' ' && byte < 0x7f) {
		writer_u8(out, byte);
		return;
	}
	int size = snprintf(text, sizeof(text), "\\x%02x", byte);

	writer_bytes(out, text, (size_t)size);
}

size_t
text_escape(const uint8_t *bytes, size_t size, struct writer *out)
{
	const uint8_t *lf = memchr(bytes, '\n', size);
	size_t line = lf != NULL ? (size_t)(lf - bytes) + 1 : size;
	bool crlf = line >= 2 && lf != NULL && bytes[line - 2] == '\r';
	size_t text = crlf ? line - 2 : line;

	for (size_t at = 0; at < text;) {
		size_t run = run_of(bytes + at, text - at);
		char count[32];

		if (run < RUN || bytes[at] < '0') {
			bool last = crlf && at + 1 == text;

			if (last && bytes[at] == ' ')
				writer_text(out, "\\s");
			else
				escape_byte(bytes[at], out);
			at++;
			continue;
		}
		int digits = snprintf(count, sizeof(count), "\\{%zu:", run);

		writer_bytes(out, count, (size_t)digits);
		writer_u8(out, bytes[at]);
		writer_u8(out, '}');
		at += run;
	}
	if (!crlf)
		writer_text(out, "\\c");
	return line;
}
