// SPDX-License-Identifier: ISC
//
// The two sides of a session, everywhere named so: the SENDER connected to
// us (we are its server), the RECEIVER is who we connected to (we are its
// client).

#ifndef BASE_SIDE_H
#define BASE_SIDE_H

enum side { SENDER, RECEIVER };

static inline enum side
side_other(enum side side)
{
	return side == SENDER ? RECEIVER : SENDER;
}

static inline const char *
side_name(enum side side)
{
	return side == SENDER ? "sender" : "receiver";
}

#endif
