// SPDX-License-Identifier: ISC
//
// sallyport explain: which rule applies to a client that has not connected
// yet, and every setting of both legs with where it came from.

#ifndef TOOL_EXPLAIN_H
#define TOOL_EXPLAIN_H

// argv[0] is "explain". The exit status: 0 if it was explained, 64 for wrong
// usage, 78 for a configuration that does not hold.
int tool_explain(int argc, char **argv);

#endif
