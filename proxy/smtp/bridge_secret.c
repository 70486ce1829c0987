// SPDX-License-Identifier: ISC
//
// Which lines of a sender may be passwords, and which replies may repeat
// them: what traces must not show.

#include "smtp/bridge_parts.h"
#include "smtp/form.h"

// Arguments that may be shown whole. All others are whatever anybody likes
// (VRFY, HELP, NOOP), a right (BURL, RFC 4467), or a fault.
static bool
has_its_form(const struct bridge *bridge, const struct command *command)
{
	const uint8_t *argument = command->argument;
	size_t size = command->argument_size;

	if (command->verb == VERB_EHLO || command->verb == VERB_HELO)
		return form_name_size(argument, size) == size;
	if (command->verb == VERB_MAIL)
		return form_is_path(argument, size, "FROM:");
	if (command->verb == VERB_RCPT)
		return form_is_path(argument, size, "TO:");
	if (command->verb == VERB_BDAT)
		return !command->bad_chunk;
	// Whom we trust to tell of clients tells no passwords.
	if (command->verb == VERB_XCLIENT || command->verb == VERB_XFORWARD)
		return bridge->sequencer.settings->take_xclient;
	return size == 0;
}

// A password sent out of step looks like a command that nobody knows, or like
// one with an argument that is odd ("help me"). X-EXPS is the AUTH of Exchange,
// not offered but said.
bool
bridge_is_secret(const struct bridge *bridge, const struct command *command)
{
	if (command->verb == VERB_AUTH || command->verb == VERB_X_EXPS ||
	    !command_is_known(command))
		return true;
	return !has_its_form(bridge, command);
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
