// SPDX-License-Identifier: ISC
//
// Commands: the input is lines. What a command points to lies in its line;
// its verb is what the line begins with; BDAT is framed as a naive reading
// says, and on nothing else.

#include "base/bytes.h"
#include "base/contract.h"
#include "harness.h"
#include "smtp/command.h"

#include <string.h>

static void
check_inside(const uint8_t *part, size_t size, const struct line *line)
{
	if (size == 0)
		return;
	REQUIRE(part >= line->text);
	REQUIRE(size <= line->size);
	REQUIRE(part + size <= line->text + line->size);
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

// The size of a chunk from the digits at text, as text arithmetic: compares
// with the largest number digit by digit.
static bool
naive_chunk(const uint8_t *text, size_t size, uint64_t *chunk)
{
	static const char most[] = "18446744073709551615";
	uint8_t padded[20];

	if (size == 0 || size > 20)
		return false;
	for (size_t i = 0; i < 20; i++)
		padded[i] = i < 20 - size ? '0' : text[i - (20 - size)];
	*chunk = 0;
	for (size_t i = 0; i < 20; i++) {
		if (padded[i] < '0' || padded[i] > '9')
			return false;
		*chunk = *chunk * 10 + (uint64_t)(padded[i] - '0');
	}
	return memcmp(padded, most, 20) <= 0;
}

static void
check_chunk(const struct line *line, const struct command *command)
{
	const uint8_t *argument = command->argument;
	size_t size = command->argument_size;
	size_t digits = 0;
	uint64_t chunk = 0;

	REQUIRE(!command->last || !command->bad_chunk);
	if (command->bad_chunk) {
		REQUIRE(command->chunk == 0);
		return;
	}
	REQUIRE(command->verb_start == 0);
	REQUIRE(memchr(line->text, '\t', line->size) == NULL);
	while (digits < size && argument[digits] != ' ')
		digits++;
	REQUIRE(naive_chunk(argument, digits, &chunk));
	REQUIRE(chunk == command->chunk);
	while (digits < size && argument[digits] == ' ')
		digits++;
	REQUIRE(command->last == (digits < size));
	REQUIRE(!command->last ||
		bytes_equal_text(argument + digits, size - digits, "LAST"));
}

static void
check_verb(const struct line *line, const struct command *command)
{
	const uint8_t *verb = line->text + command->verb_start;
	size_t size = command->verb_size;

	for (size_t i = 0; i < command->verb_start; i++)
		REQUIRE(is_blank(line->text[i]));
	if (command->verb == VERB_EMPTY) {
		for (size_t i = 0; i < line->size; i++)
			REQUIRE(is_blank(line->text[i]));
		REQUIRE(size == 0 && command->argument_size == 0);
		return;
	}
	REQUIRE(size > 0);
	for (size_t i = 0; i < size; i++)
		REQUIRE(!is_blank(verb[i]));
	REQUIRE(verb + size == line->text + line->size || is_blank(verb[size]));
	if (command->verb < VERB_HEADER)
		REQUIRE(
		    bytes_equal_text(verb, size, command_name(command->verb)));
	if (command->verb == VERB_HEADER)
		REQUIRE(memchr(verb, ':', size) != NULL && verb[0] != ':');
	for (enum verb one = 0; one < VERB_HEADER; one++)
		if (one != command->verb)
			REQUIRE(
			    !bytes_equal_text(verb, size, command_name(one)));
}

static void
check_argument(const struct line *line, const struct command *command)
{
	const uint8_t *argument = command->argument;
	size_t size = command->argument_size;

	check_inside(argument, size, line);
	check_inside(command->mechanism, command->mechanism_size, line);
	if (size > 0) {
		REQUIRE(!is_blank(argument[0]));
		REQUIRE(!is_blank(argument[size - 1]));
	}
	REQUIRE(command->verb == VERB_AUTH || command->mechanism == NULL);
	REQUIRE(!command->initial_response || command->mechanism != NULL);
	if (command->verb == VERB_AUTH)
		REQUIRE(command->initial_response ==
			(command->mechanism_size < size));
	if (command->verb == VERB_BDAT)
		check_chunk(line, command);
	else
		REQUIRE(!command->bad_chunk && command->chunk == 0);
	if (command->last)
		REQUIRE(
		    command->verb == VERB_BDAT || command->verb == VERB_BURL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line_reader reader = {0};
	struct line line;
	struct command command;

	while (line_next(&reader, data, size, 4096, &line)) {
		data += line.taken;
		size -= line.taken;
		if (line.overlong)
			continue;
		command_parse(&line, &command);
		check_verb(&line, &command);
		check_argument(&line, &command);
		(void)command_class(command.verb);
		(void)command_ends_group(command.verb);
	}
	return 0;
}
