// SPDX-License-Identifier: ISC
//
// The known word that a wrong one was probably meant to be.

#ifndef POLICY_NEAREST_H
#define POLICY_NEAREST_H

struct nearest {
	const char *wrong;
	const char *best; // NULL: none is near
	unsigned distance;
};

struct nearest nearest_to(const char *wrong);
// Offers a known word; it is kept by reference if it is the nearest so far.
void nearest_offer(struct nearest *nearest, const char *known);

#endif
