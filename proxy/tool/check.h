// SPDX-License-Identifier: ISC
//
// sallyport check: reads the configuration and what it names, tells every
// fault with file and line.

#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

// argv[0] is "check". The exit status: 0 if nothing is wrong (warnings aside),
// 1 if something is, 64 for wrong usage.
int tool_check(int argc, char **argv);

#endif
