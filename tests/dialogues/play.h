// SPDX-License-Identifier: ISC
//
// Plays one dialogue.

#ifndef DIALOGUES_PLAY_H
#define DIALOGUES_PLAY_H

#include <stdbool.h>

enum manner { WHOLE, BYTE_BY_BYTE, UNWATCHED };

// False, with what was expected and what came on standard output, when
// something differs.
bool play_file(const char *path, enum manner manner);

// For the writing of new dialogues: plays what comes from outside, and prints
// it with what comes of it, for a human to judge.
bool play_show(const char *path);

#endif
