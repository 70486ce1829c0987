// SPDX-License-Identifier: ISC
//
// A probe's result for people and for programs. All that came from the server
// is escaped: it cannot move a terminal's cursor or leave its JSON string.

#ifndef TOOL_PROBE_TELL_H
#define TOOL_PROBE_TELL_H

#include "tool/probe_result.h"

#include <stdbool.h>
#include <stdio.h>

// With the verdict first. colour: to is a terminal that has them.
void probe_tell_text(const struct probe_result *result, bool colour, FILE *to);
// One JSON object and a newline. Durations are in seconds, times in RFC 3339.
void probe_tell_json(const struct probe_result *result, FILE *to);

// "2026-11-24T00:00:00Z"; for both.
void probe_time_text(int64_t seconds, char *out, size_t room);

#endif
