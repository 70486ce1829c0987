// SPDX-License-Identifier: ISC
//
// What libunbound says, as an answer. Pure: it asks nobody.

#ifndef NET_DNSSEC_ANSWER_H
#define NET_DNSSEC_ANSWER_H

#include "net/dnssec.h"

enum { DNSSEC_ANSWERS_MOST = 64 }; // further records are left out

// What an answer points to, beside the result that it was made of.
struct dnssec_room {
	const uint8_t *data[DNSSEC_ANSWERS_MOST];
	size_t sizes[DNSSEC_ANSWERS_MOST];
	char canonical[DNSSEC_NAME];
};

struct ub_result;

// error is libunbound's; result may be NULL, and is of a callback: its names
// may hold any byte, and its records none. The answer lives as long as both
// room and result.
void dnssec_answer_of(struct dnssec_answer *answer, struct dnssec_room *room,
    int error, const struct ub_result *result);

#endif
