// SPDX-License-Identifier: ISC
//
// A look at a file before libconfig reads it, for what libconfig does not
// survive or does not notice: an @include of what is no file ends the
// process, or waits for ever, and a number that is too large becomes another.

#ifndef POLICY_SCAN_H
#define POLICY_SCAN_H

#include "policy/syntax.h"

#include <stdbool.h>

// The whole of a file, ending with NUL; the caller frees it. NULL with errno
// set if it cannot be read; EILSEQ: it holds a NUL.
char *scan_read(const char *path);

// Looks at text, which came from the file name, and at what it
// includes. False: what is wrong was added to the reader's faults, and the
// text must not be read.
bool scan_text(struct reader *reader, const char *text, const char *name);

#endif
