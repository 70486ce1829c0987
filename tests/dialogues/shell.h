// SPDX-License-Identifier: ISC
//
// The shell that the bridge asks: puts everything on the stage's record.

#ifndef DIALOGUES_SHELL_H
#define DIALOGUES_SHELL_H

#include "smtp/bridge.h"

// Their context is a struct stage.
extern const struct bridge_shell stage_shell;
extern const struct bridge_shell stage_traced_shell;

#endif
