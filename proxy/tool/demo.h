// SPDX-License-Identifier: ISC
//
// sallyport demo: the story of Microsoft's Q279214 played by real processes
// over loopback, first without sallyport and then with it.

#ifndef TOOL_DEMO_H
#define TOOL_DEMO_H

// argv[0] is "demo". Plays it on standard output. The exit status: 0 only if
// the message was refused without sallyport, and with it arrived at the first
// try, byte for byte; 64 for wrong usage.
int tool_demo(int argc, char **argv);

#endif
