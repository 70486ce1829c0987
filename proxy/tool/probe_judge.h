// SPDX-License-Identifier: ISC
//
// What a probe's findings mean: which receiver block suits, what is wrong.
// Pure: no I/O, no clock.

#ifndef TOOL_PROBE_JUDGE_H
#define TOOL_PROBE_JUDGE_H

#include "tool/probe_result.h"

// The level's row; level is ENCRYPT, FINGERPRINT, VERIFY or SECURE.
struct probe_level *probe_level_of(
    struct probe_result *result, enum level level);

// The newest version that is offered; NULL: none is.
const struct probe_version *probe_newest(const struct probe_result *result);
// The greatest min-bits that a suite of the version satisfies.
unsigned probe_min_bits(const struct probe_version *version);

// Begins with what is strictest: the newest version, its strongest suite, a
// verified name. Writes suggestion, its text with it, which is empty where
// there is nothing to suggest.
void probe_suggest(struct probe_result *result);
// The suggestion was tried with that outcome: notes what it says of levels,
// and goes on to the next weaker one. False: it worked, or none is left.
bool probe_suggest_next(struct probe_result *result, enum probe_answer works,
    const struct probe_visit *visit);

// Writes the findings, gravest first.
void probe_judge(struct probe_result *result);
// 0, or 1 if there is a finding.
int probe_status(const struct probe_result *result);

// Whether the keyword's first word is STARTTLS.
bool probe_is_starttls(const char *keyword);
// Whether keywords hold one equal to that.
bool probe_has_keyword(
    const struct probe_keywords *keywords, const char *keyword);

#endif
