// SPDX-License-Identifier: ISC

#include "unit.h"

#include "base/bytes.h"
#include "smtp/command.h"

#include <string.h>

enum { ROOM = 1024 };

// The line that text and CRLF make; NULs are part of text.
static struct line
line_of(const char *text, size_t size, uint8_t *room)
{
	struct line_reader reader = {0};
	struct line line;
	struct writer writer = writer_over(room, ROOM);

	writer_bytes(&writer, text, size);
	writer_text(&writer, "\r\n");
	assert_false(writer.failed);
	assert_true(line_next(&reader, room, writer.size, ROOM, &line));
	return line;
}

static struct command
parse(const char *text, size_t size)
{
	static uint8_t room[ROOM];
	struct line line = line_of(text, size, room);
	struct command command;

	command_parse(&line, &command);
	assert_true(command.verb_start + command.verb_size <= line.size);
	if (command.argument_size > 0) {
		assert_true(command.argument > line.text);
		assert_true(command.argument + command.argument_size <=
			    line.text + line.size);
	}
	return command;
}

static void
assert_text(const uint8_t *bytes, size_t size, const char *text)
{
	assert_int_equal(size, strlen(text));
	assert_memory_equal(bytes, text, size);
}

struct verb_row {
	const char *verb;
	enum verb id;
	enum command_class class;
	bool last;
};

#define ANYWHERE false
#define LAST     true
#define COMMAND(id, verb, class, group)                                        \
	{verb, VERB_##id, COMMAND_##class, group},
static const struct verb_row verbs[] = {
#include "smtp/command.def"
};
#undef COMMAND
#undef ANYWHERE
#undef LAST

// Every verb as it stands, in lower and mixed case, with and without an
// argument, and nothing that only begins or ends like it.
static void
every_verb_is_found_in_either_case(void **state)
{
	(void)state;
	assert_int_equal(ROWS(verbs), VERB_HEADER);
	for (size_t i = 0; i < ROWS(verbs); i++) {
		char text[64];
		size_t size = strlen(verbs[i].verb);

		for (int form = 0; form < 3; form++) {
			struct writer writer = writer_over(text, sizeof text);

			for (size_t at = 0; at < size; at++) {
				uint8_t byte = (uint8_t)verbs[i].verb[at];
				bool letter = byte >= 'A' && byte <= 'Z';
				bool lower =
				    form == 1 || (form == 2 && at % 2 == 1);

				writer_u8(&writer,
				    (uint8_t)(letter && lower ? byte + 32
							      : byte));
			}
			assert_int_equal(
			    parse(text, writer.size).verb, verbs[i].id);
			writer_text(&writer, " x");
			assert_int_equal(
			    parse(text, writer.size).verb, verbs[i].id);
		}
		bytes_copy_text(text, sizeof text, verbs[i].verb);
		assert_int_not_equal(parse(text, size - 1).verb, verbs[i].id);
		text[size] = 'X';
		assert_int_not_equal(parse(text, size + 1).verb, verbs[i].id);
		assert_string_equal(command_name(verbs[i].id), verbs[i].verb);
		assert_int_equal(command_class(verbs[i].id), verbs[i].class);
		assert_int_equal(
		    command_ends_group(verbs[i].id), verbs[i].last);
	}
}

static void
other_lines_have_classes_of_their_own(void **state)
{
	(void)state;
	assert_int_equal(command_class(VERB_UNKNOWN), COMMAND_ENVELOPE);
	assert_true(command_ends_group(VERB_UNKNOWN));
	assert_string_equal(command_name(VERB_UNKNOWN), "(unknown)");
	assert_int_equal(command_class(VERB_HEADER), COMMAND_FOREIGN);
	assert_true(command_ends_group(VERB_HEADER));
	assert_string_equal(command_name(VERB_HEADER), "(header)");
	assert_int_equal(command_class(VERB_EMPTY), COMMAND_ENVELOPE);
	assert_false(command_ends_group(VERB_EMPTY));
	assert_string_equal(command_name(VERB_EMPTY), "(empty)");
}

struct split_row {
	const char *line;
	enum verb verb;
	size_t start;
	size_t size;
	const char *argument;
};

static const struct split_row splits[] = {
    {"", VERB_EMPTY, 0, 0, ""},
    {" ", VERB_EMPTY, 0, 0, ""},
    {" \t ", VERB_EMPTY, 0, 0, ""},
    {"EHLO", VERB_EHLO, 0, 4, ""},
    {"EHLO ", VERB_EHLO, 0, 4, ""},
    {"EHLO  s.example \t", VERB_EHLO, 0, 4, "s.example"},
    {"EHLO\ts.example", VERB_EHLO, 0, 4, "s.example"},
    {"  mail FROM:<a@b>  SIZE=1", VERB_MAIL, 2, 4, "FROM:<a@b>  SIZE=1"},
    {"\tMAIL FROM:<a@b>", VERB_MAIL, 1, 4, "FROM:<a@b>"},
    {"MAIL FROM: <\303\274@b> ", VERB_MAIL, 0, 4, "FROM: <\303\274@b>"},
    {"MAIL:", VERB_UNKNOWN, 0, 5, ""},
    {"MAIL: x", VERB_UNKNOWN, 0, 5, "x"},
    {"MAILFROM:<a@b>", VERB_HEADER, 0, 14, ""},
    {"Subject: hello", VERB_HEADER, 0, 8, "hello"},
    {"X-Mailer:hello", VERB_HEADER, 0, 14, ""},
    {"Host:", VERB_HEADER, 0, 5, ""},
    {"host:25", VERB_HEADER, 0, 7, ""},
    {"a b:", VERB_UNKNOWN, 0, 1, "b:"},
    {":", VERB_UNKNOWN, 0, 1, ""},
    {"a_b:", VERB_UNKNOWN, 0, 4, ""},
    {"\303\274:", VERB_UNKNOWN, 0, 3, ""},
    {"X_ANONYMOUSTLS", VERB_UNKNOWN, 0, 14, ""},
    {"XYZZY a b", VERB_UNKNOWN, 0, 5, "a b"},
    {"STARTTLS now", VERB_STARTTLS, 0, 8, "now"},
    {"GET / HTTP/1.1", VERB_GET, 0, 3, "/ HTTP/1.1"},
    {"QUIT\r", VERB_UNKNOWN, 0, 5, ""},
};

static void
lines_fall_into_verb_and_argument(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(splits); i++) {
		struct command command =
		    parse(splits[i].line, strlen(splits[i].line));

		assert_int_equal(command.verb, splits[i].verb);
		assert_int_equal(command.verb_start, splits[i].start);
		assert_int_equal(command.verb_size, splits[i].size);
		assert_text(command.argument, command.argument_size,
		    splits[i].argument);
	}
}

// A NUL ends nothing: C text would see "QUIT".
static void
nul_is_a_byte_like_any_other(void **state)
{
	struct command command = parse("QUIT\0", 5);

	(void)state;
	assert_int_equal(command.verb, VERB_UNKNOWN);
	command = parse("NOOP a\0b", 8);
	assert_int_equal(command.verb, VERB_NOOP);
	assert_int_equal(command.argument_size, 3);
	command = parse("BDAT 1\0", 7);
	assert_true(command.bad_chunk);
	command = parse("BDAT 1 LAST\0", 12);
	assert_true(command.bad_chunk);
}

struct chunk_row {
	const char *line;
	bool bad;
	uint64_t chunk;
	bool last;
};

static const struct chunk_row chunks[] = {
    {"BDAT 0", false, 0, false}, {"BDAT 0 LAST", false, 0, true},
    {"BDAT 100", false, 100, false}, {"bdat 100 last", false, 100, true},
    {"BDAT 100 LaSt ", false, 100, true},
    {"BDAT  100   LAST", false, 100, true},
    {"BDAT 00000000000000000100", false, 100, false},
    {"BDAT 000000000000000000100", true, 0, false}, // 21 digits
    {"BDAT 2000000000", false, 2000000000, false},
    {"BDAT 2000000000 LAST", false, 2000000000, true},
    {"BDAT 2000000001", true, 0, false},
    // -2147483648 and 10 to who counts in 32 bits
    {"BDAT 2147483648", true, 0, false}, {"BDAT 4294967306", true, 0, false},
    {"BDAT 18446744073709551615", true, 0, false},
    {"BDAT 18446744073709551616", true, 0, false},
    {"BDAT 18446744073709551625", true, 0, false},
    {"BDAT 20000000000000000000", true, 0, false},
    {"BDAT 99999999999999999999", true, 0, false},
    {"BDAT 100000000000000000000", true, 0, false}, {"BDAT", true, 0, false},
    {"BDAT ", true, 0, false}, {"BDAT LAST", true, 0, false},
    {"BDAT +1", true, 0, false}, {"BDAT -1", true, 0, false},
    {"BDAT 0x10", true, 0, false}, {"BDAT 1e3", true, 0, false},
    {"BDAT 1.0", true, 0, false}, {"BDAT 1,000", true, 0, false},
    {"BDAT 1 2", true, 0, false}, {"BDAT 1LAST", true, 0, false},
    {"BDAT 1 LASTX", true, 0, false}, {"BDAT 1 LAS", true, 0, false},
    {"BDAT 1 LAST LAST", true, 0, false}, {"BDAT 1 LAST x", true, 0, false},
    {"BDAT\t1", true, 0, false}, {"BDAT 1\tLAST", true, 0, false},
    {"BDAT 1\t", true, 0, false}, {" BDAT 1", true, 0, false},
    {"BDAT 1\r", true, 0, false},
    {"BDAT \331\241", true, 0, false}, // an Arabic digit
};

static void
chunk_sizes_are_read_exactly_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(chunks); i++) {
		struct command command =
		    parse(chunks[i].line, strlen(chunks[i].line));

		assert_int_equal(command.verb, VERB_BDAT);
		assert_int_equal(command.bad_chunk, chunks[i].bad);
		assert_int_equal(command.chunk, chunks[i].chunk);
		assert_int_equal(command.last, chunks[i].last);
	}
}

struct last_row {
	const char *line;
	bool last;
};

static void
burl_says_whether_it_is_the_last(void **state)
{
	static const struct last_row burls[] = {
	    {"BURL imap://u@h/x LAST", true},
	    {"BURL imap://u@h/x last ", true},
	    {"BURL imap://u@h/x", false},
	    {"BURL imap://u@h/LAST", false},
	    {"BURL LAST", false},
	    {"BURL", false},
	    {"BURL imap://u@h/x LAST x", false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(burls); i++) {
		struct command command =
		    parse(burls[i].line, strlen(burls[i].line));

		assert_int_equal(command.verb, VERB_BURL);
		assert_int_equal(command.last, burls[i].last);
		assert_false(command.bad_chunk);
	}
}

struct auth_row {
	const char *line;
	const char *mechanism;
	bool initial_response;
};

static void
auth_names_its_mechanism_and_its_secret(void **state)
{
	static const struct auth_row auths[] = {
	    {"AUTH", "", false},
	    {"AUTH ", "", false},
	    {"AUTH PLAIN", "PLAIN", false},
	    {"AUTH PLAIN ", "PLAIN", false},
	    {"AUTH PLAIN =", "PLAIN", true},
	    {"AUTH PLAIN AGEAYg==", "PLAIN", true},
	    {"auth  login  YQ==", "login", true},
	    {"AUTH\tLOGIN\tYQ==", "LOGIN", true},
	    {"AUTH SCRAM-SHA-256-PLUS x", "SCRAM-SHA-256-PLUS", true},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(auths); i++) {
		struct command command =
		    parse(auths[i].line, strlen(auths[i].line));

		assert_int_equal(command.verb, VERB_AUTH);
		assert_text(command.mechanism, command.mechanism_size,
		    auths[i].mechanism);
		assert_int_equal(
		    command.mechanism == NULL, auths[i].mechanism[0] == '\0');
		assert_int_equal(
		    command.initial_response, auths[i].initial_response);
	}
}

static void
parse_an_overlong_line(void)
{
	struct line line = {.overlong = true};
	struct command command;

	command_parse(&line, &command);
}

static void
an_overlong_line_is_no_command(void **state)
{
	(void)state;
	assert_true(aborts(parse_an_overlong_line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_verb_is_found_in_either_case),
	    cmocka_unit_test(other_lines_have_classes_of_their_own),
	    cmocka_unit_test(lines_fall_into_verb_and_argument),
	    cmocka_unit_test(nul_is_a_byte_like_any_other),
	    cmocka_unit_test(chunk_sizes_are_read_exactly_or_not_at_all),
	    cmocka_unit_test(burl_says_whether_it_is_the_last),
	    cmocka_unit_test(auth_names_its_mechanism_and_its_secret),
	    cmocka_unit_test(an_overlong_line_is_no_command),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
