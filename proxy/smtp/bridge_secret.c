// SPDX-License-Identifier: ISC
//
// Which lines of a sender may be passwords, and which replies may repeat
// them: what traces must not show.

#include "smtp/bridge_parts.h"

#include <string.h>

// What commands with an argument begin it with; all others have none, or it
// is whatever anybody likes (VRFY, HELP).
static const struct {
	enum verb verb;
	const char *text;
} forms[] = {
    {VERB_EHLO, ""},
    {VERB_HELO, ""},
    {VERB_MAIL, "FROM:"},
    {VERB_RCPT, "TO:"},
    {VERB_BDAT, ""},
};

static bool
has_its_form(const struct command *command)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t size = strlen(forms[i].text);

		if (forms[i].verb == command->verb)
			return command->argument_size >= size &&
			       bytes_equal_text(
				   command->argument, size, forms[i].text);
	}
	return command->argument_size == 0;
}

// A password sent out of step looks like a command that nobody knows; so
// those are never shown. Near an AUTH it may look like any ("help me"), but
// hardly like a whole one. X-EXPS is the AUTH of Exchange, not offered but
// said. The URL of BURL is a right to read (RFC 4467).
bool
bridge_is_secret(struct bridge *bridge, const struct command *command)
{
	bool near = bridge->auth_near > 0;

	if (command->verb == VERB_AUTH || command->verb == VERB_X_EXPS) {
		bridge->auth_near = 2; // a name and a password
		return true;
	}
	if (command->verb == VERB_UNKNOWN || command->verb == VERB_HEADER ||
	    command->verb == VERB_BURL)
		return true;
	if (near)
		bridge->auth_near--;
	return near && !has_its_form(command);
}

// "500 what is c2VzYW1l?" Behind a line that may be a secret nothing goes
// before its reply, since it is the last of its group. To what is no AUTH a
// success may repeat it too: "252 sesame".
void
bridge_see_echo(struct bridge *bridge, const struct reply *reply)
{
	const struct sequencer *sequencer = &bridge->sequencer;
	enum expected to = sequencer->expected_count > 0
			       ? (enum expected)sequencer->expected[0]
			       : EXPECT_AUTH;

	bridge->echoed =
	    bridge->echo &&
	    (reply->code >= 400 || to == EXPECT_OTHER || to == EXPECT_UNKNOWN);
}
