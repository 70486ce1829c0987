// SPDX-License-Identifier: ISC

#include "smtp/command.h"

#include "base/bytes.h"
#include "base/contract.h"

static const struct {
	const char *name;
	enum command_class class;
	bool last;
} table[VERB_COUNT] = {
#define ANYWHERE false
#define LAST     true
#define COMMAND(id, verb, class, group)                                        \
	[VERB_##id] = {verb, COMMAND_##class, group},
#include "smtp/command.def"
#undef COMMAND
    [VERB_HEADER] = {"(header)", COMMAND_FOREIGN, LAST},
    [VERB_EMPTY] = {"(empty)", COMMAND_ENVELOPE, ANYWHERE},
    [VERB_UNKNOWN] = {"(unknown)", COMMAND_ENVELOPE, LAST},
#undef ANYWHERE
#undef LAST
};

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

// A part of the line; its bytes are the line's.
struct span {
	const uint8_t *at;
	size_t size;
};

static void
span_skip_blanks(struct span *span)
{
	while (span->size > 0 && is_blank(*span->at)) {
		span->at++;
		span->size--;
	}
}

// Cuts the first word off, and the blanks behind it.
static struct span
span_word(struct span *span)
{
	struct span word = {.at = span->at};

	while (word.size < span->size && !is_blank(span->at[word.size]))
		word.size++;
	span->at += word.size;
	span->size -= word.size;
	span_skip_blanks(span);
	return word;
}

static enum verb
verb_find(struct span word)
{
	for (enum verb verb = 0; verb < VERB_HEADER; verb++)
		if (bytes_equal_text(word.at, word.size, table[verb].name))
			return verb;
	return VERB_UNKNOWN;
}

// "Subject:", also with the field's body right behind the colon. A browser
// that is made to talk to us sends such lines (cross-protocol attacks).
static bool
is_header(struct span word)
{
	size_t size = 0;

	while (size < word.size) {
		uint8_t upper = bytes_upper(word.at[size]);

		if (!is_digit(upper) && upper != '-' &&
		    (upper < 'A' || upper > 'Z'))
			break;
		size++;
	}
	return size > 0 && size < word.size && word.at[size] == ':' &&
	       verb_find((struct span){word.at, size}) == VERB_UNKNOWN;
}

// Decimal digits alone; false when there is none, another byte, more than 20
// of them, or a value above CHUNK_MOST.
static bool
span_chunk(struct span span, uint64_t *chunk)
{
	uint64_t value = 0;

	if (span.size == 0 || span.size > 20)
		return false;
	for (size_t i = 0; i < span.size; i++) {
		if (!is_digit(span.at[i]))
			return false;
		value = value * 10 + (uint64_t)(span.at[i] - '0');
		if (value > CHUNK_MOST)
			return false;
	}
	*chunk = value;
	return true;
}

// RFC 3030 2: "BDAT" SP chunk-size [SP "LAST"]. Whatever a receiver might
// count differently than we do is refused, since it would take content for
// commands: blanks before the verb, tabs, signs, more than 31 bits hold,
// anything behind LAST.
static void
parse_chunk(const struct line *line, struct command *command)
{
	struct span rest = {command->argument, command->argument_size};
	struct span number = span_word(&rest);
	struct span end = span_word(&rest);

	command->bad_chunk = true;
	if (command->verb_start > 0 || rest.size > 0)
		return;
	for (size_t i = 0; i < line->size; i++)
		if (line->text[i] == '\t')
			return;
	if (end.size > 0 && !bytes_equal_text(end.at, end.size, "LAST"))
		return;
	command->bad_chunk = !span_chunk(number, &command->chunk);
	command->last = !command->bad_chunk && end.size > 0;
}

// RFC 4468 3: "BURL" SP absolute-URI [SP "LAST"].
static void
parse_burl(struct command *command)
{
	struct span rest = {command->argument, command->argument_size};

	(void)span_word(&rest);
	while (rest.size > 0) {
		struct span word = span_word(&rest);

		command->last = bytes_equal_text(word.at, word.size, "LAST");
	}
}

static void
parse_auth(struct command *command)
{
	struct span rest = {command->argument, command->argument_size};
	struct span word = span_word(&rest);

	command->mechanism = word.size > 0 ? word.at : NULL;
	command->mechanism_size = word.size;
	command->initial_response = rest.size > 0;
}

void
command_parse(const struct line *line, struct command *command)
{
	REQUIRE(!line->overlong);
	struct span rest = {line->text, line->size};

	*command = (struct command){.verb = VERB_EMPTY};
	span_skip_blanks(&rest);
	while (rest.size > 0 && is_blank(rest.at[rest.size - 1]))
		rest.size--;
	if (rest.size == 0)
		return;

	struct span word = span_word(&rest);

	command->verb = verb_find(word);
	if (command->verb == VERB_UNKNOWN && is_header(word))
		command->verb = VERB_HEADER;
	command->verb_start = (size_t)(word.at - line->text);
	command->verb_size = word.size;
	command->argument = rest.at;
	command->argument_size = rest.size;
	if (command->verb == VERB_BDAT)
		parse_chunk(line, command);
	else if (command->verb == VERB_BURL)
		parse_burl(command);
	else if (command->verb == VERB_AUTH)
		parse_auth(command);
}

bool
command_is_known(const struct command *command)
{
	return command->verb != VERB_UNKNOWN && command->verb != VERB_HEADER;
}

enum command_class
command_class(enum verb verb)
{
	REQUIRE(verb < VERB_COUNT);
	return table[verb].class;
}

bool
command_ends_group(enum verb verb)
{
	REQUIRE(verb < VERB_COUNT);
	return table[verb].last;
}

const char *
command_name(enum verb verb)
{
	REQUIRE(verb < VERB_COUNT);
	return table[verb].name;
}
