// SPDX-License-Identifier: ISC
//
// One line of a sender to one command (RFC 5321 4.1). Verbs match in either
// case; arguments are left as they are, byte for byte.

#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include "smtp/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verb {
#define COMMAND(id, verb, class, group) VERB_##id,
#include "smtp/command.def"
#undef COMMAND
	VERB_HEADER,  // a line like "Subject: x": a foreign protocol's
	VERB_EMPTY,   // an empty line
	VERB_UNKNOWN, // anything else
	VERB_COUNT
};

enum command_class {
	COMMAND_SESSION,
	COMMAND_ENVELOPE,
	COMMAND_REFUSED,
	COMMAND_UNOFFERED,
	COMMAND_TRUSTED,
	COMMAND_FOREIGN
};

// Receivers count in 32 bits, some with a sign: Exim takes 4294967306 for 10,
// and the rest of that content for commands. Room is left for what we put
// before a message.
enum { CHUNK_MOST = 2000000000 };

struct command {
	enum verb verb;
	size_t verb_start;       // blanks of the line before the verb
	size_t verb_size;        // bytes of the line that are the verb
	const uint8_t *argument; // in the line; leading blanks skipped
	size_t argument_size;    // trailing blanks not counted

	// BDAT (RFC 3030 2): an unsigned decimal of at most 20 digits and no
	// more than CHUNK_MOST, then optionally LAST. A tab, or a blank before
	// the verb, is a bad chunk too: a receiver might not take it for BDAT,
	// and would take the content for commands.
	uint64_t chunk;
	bool last;      // BDAT n LAST, BURL x LAST
	bool bad_chunk; // cannot be framed: the connection must end

	// AUTH (RFC 4954 4)
	const uint8_t *mechanism; // in the line; NULL when there is none
	size_t mechanism_size;
	bool initial_response; // something follows: the line has a secret
};

// The line must not be overlong. Blanks (spaces and tabs) before the verb are
// skipped, as common receivers do: what they would take for MAIL must not pass
// here as an unknown verb. A line of blanks alone is VERB_EMPTY.
// An unknown verb is ENVELOPE, LAST; VERB_HEADER is FOREIGN, LAST; VERB_EMPTY
// is ENVELOPE, ANYWHERE. A header is a token of letters, digits and hyphens
// with a colon right behind it, whose word is no verb of the table ("MAIL:"
// is not a header).
void command_parse(const struct line *line, struct command *command);
enum command_class command_class(enum verb verb);
bool command_ends_group(enum verb verb);
// Whether its verb is one of the table, or there is none.
bool command_is_known(const struct command *command);
// "EHLO"; "(unknown)", "(header)", "(empty)" for the rest; static text.
const char *command_name(enum verb verb);

#endif
