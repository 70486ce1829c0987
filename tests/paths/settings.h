// SPDX-License-Identifier: ISC
//
// The settings under which the paths are walked: every value of each, in
// combinations where they meet.

#ifndef PATHS_SETTINGS_H
#define PATHS_SETTINGS_H

#include "smtp/sequencer.h"

struct named_settings {
	const char *name;
	unsigned depth; // commands that may be owed a reply at a time
	bool stop;      // sallyport may begin to shut down at any time
	struct sequencer_settings settings;
	// What a rule makes of them for another hello; NULL: nothing.
	const struct sequencer_settings *by_hello;
};

unsigned settings_count(void);
const struct named_settings *settings_at(unsigned index);

#endif
