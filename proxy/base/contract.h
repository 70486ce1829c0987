// SPDX-License-Identifier: ISC
//
// Always-on assertions: for what cannot happen unless this program is wrong.
// Input from a peer, a file or the system is never checked with these: a peer
// gives a reason, the world returns a status.

#ifndef BASE_CONTRACT_H
#define BASE_CONTRACT_H

// Aborts with the condition, file and line on standard error if it is false.
#define REQUIRE(condition)                                                     \
	((condition) ? (void)0                                                 \
		     : contract_broken(#condition, __FILE__, __LINE__))

_Noreturn void contract_broken(
    const char *condition, const char *file, int line);

#endif
