// SPDX-License-Identifier: ISC
//
// Why a name cannot be looked up or an address not be connected to, in words.

#ifndef NET_DIAL_ERROR_H
#define NET_DIAL_ERROR_H

// error is libuv's, negative. What failed, and in brackets what to look at;
// libuv's own words for those that are not in dial_error.def. Static text.
const char *dial_error_text(int error);

#endif
