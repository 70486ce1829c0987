// SPDX-License-Identifier: ISC
//
// Replies of a receiver in which we meet ourselves: it is sallyport, this very
// one, behind a translation of addresses that hides it (RFC 5321 6.3: loops
// must be stopped). Two signs:
//
//   a greeting that refuses, in our own words and with our host name. A loop
//   of connections alone never sees another, for nobody greets in it: it grows
//   until a limit of ours ends it, and that is its first banner;
//
//   a private keyword in the reply to EHLO, where our connection passes by us
//   once more and then arrives. It is random, made at each start, and is said
//   only to a sender whose EHLO has the name of one that we are saying to a
//   receiver at this very moment: hardly any sender ever sees it, and none can
//   use it.

#ifndef SMTP_MIRROR_H
#define SMTP_MIRROR_H

#include "smtp/reply.h"

#include <stdbool.h>

// "XLOOP " and 16 digits.
enum { MIRROR_KEYWORD_ROOM = 32 };

// keyword: the private one, as it is said; NULL: none.
bool mirror_shows_us(
    const struct reply *reply, const char *hostname, const char *keyword);

#endif
