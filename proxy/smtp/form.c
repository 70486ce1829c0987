// SPDX-License-Identifier: ISC

#include "smtp/form.h"

#include "base/bytes.h"

#include <string.h>

// Base64 without padding would pass for a keyword that nobody knows.
static const char *const alone[] = {
    "SMTPUTF8",   // RFC 6531 3.4
    "REQUIRETLS", // RFC 8689 2
    "CONPERM",    // RFC 4141 4.1
    "CONNEG",     // RFC 4141 5.1
    "PRDR",       // Exim
    "XVERP",      // Postfix
};

static bool
is_control(uint8_t byte)
{
	return byte < ' ' || byte == 0x7f;
}

static bool
is_of_keyword(uint8_t byte)
{
	uint8_t upper = bytes_upper(byte);

	return (upper >= 'A' && upper <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '-';
}

size_t
form_name_size(const uint8_t *argument, size_t size)
{
	size_t count = 0;

	while (count < size && !is_control(argument[count]))
		count++;
	return count;
}

// Bytes up to the next blank, or to what cannot stand in a word.
static size_t
word_size(const uint8_t *at, size_t size)
{
	size_t count = 0;

	while (count < size && at[count] != ' ' && !is_control(at[count]))
		count++;
	return count;
}

// RFC 5321 4.1.2: blanks and ">" stand in a quoted local part alone. 0 where
// no bracket closes the path.
static size_t
bracketed_size(const uint8_t *at, size_t size)
{
	bool quoted = false;

	for (size_t i = 1; i < size && !is_control(at[i]); i++) {
		if (at[i] == '"')
			quoted = !quoted;
		else if (quoted && at[i] == '\\')
			i++;
		else if (!quoted && at[i] == '>')
			return i + 1;
		else if (!quoted && at[i] == ' ')
			return 0;
	}
	return 0;
}

static bool
is_parameter(const uint8_t *word, size_t size)
{
	size_t keyword = 0;

	while (keyword < size && is_of_keyword(word[keyword]))
		keyword++;
	if (keyword < size)
		return keyword > 0 && word[keyword] == '=' &&
		       keyword + 1 < size && word[keyword + 1] != '=';
	for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
		if (bytes_equal_text(word, size, alone[i]))
			return true;
	return false;
}

bool
form_is_path(const uint8_t *argument, size_t size, const char *prefix)
{
	size_t at = strlen(prefix);

	if (size < at || !bytes_equal_text(argument, at, prefix))
		return false;
	while (at < size && argument[at] == ' ')
		at++;
	if (at == size)
		return false;
	size_t path = argument[at] == '<'
			  ? bracketed_size(argument + at, size - at)
			  : word_size(argument + at, size - at);

	for (at += path; path > 0 && at < size;) {
		size_t word;

		if (argument[at] != ' ')
			return false;
		while (at < size && argument[at] == ' ')
			at++;
		word = word_size(argument + at, size - at);
		if (!is_parameter(argument + at, word))
			return false;
		at += word;
	}
	return path > 0;
}
