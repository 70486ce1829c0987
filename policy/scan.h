// SPDX-License-Identifier: ISC
//
// A look at a configuration before libconfig reads it: puts what is included
// in its place, and tells in our words, and at the right line, what libconfig
// calls a syntax error somewhere behind it, or does not notice: blocks that
// are not closed, commas that are missing, numbers that are too large.

#ifndef POLICY_SCAN_H
#define POLICY_SCAN_H

#include "policy/source.h"
#include "policy/syntax.h"

#include <stdbool.h>

// Looks at text, which came from the file name, and at what it includes, and
// puts all of it into source, which is empty and to be freed in any case.
// False: what is wrong was added to the reader's faults, and the source must
// not be read.
bool scan_text(struct reader *reader, const char *text, const char *name,
    struct source *source);

#endif
