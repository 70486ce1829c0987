// SPDX-License-Identifier: ISC
//
// sallyport reload: has a running one read its configuration again, and waits
// for what becomes of it.

#ifndef TOOL_RELOAD_H
#define TOOL_RELOAD_H

// argv[0] is "reload". The exit status: 0 if the configuration was taken, 1 if
// it was not or nothing is known of it, 64 for wrong usage.
int tool_reload(int argc, char **argv);

#endif
