// SPDX-License-Identifier: ISC
//
// sallyport probe: connects to a server as the proxy would, tells what it
// offers, and which receiver block suits it.

#ifndef TOOL_PROBE_H
#define TOOL_PROBE_H

// argv[0] is "probe". The exit status: 0 if all is well with the server, 1 if
// a fault was found or it could not be reached, 64 for wrong usage.
int tool_probe(int argc, char **argv);

#endif
