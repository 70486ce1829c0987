// SPDX-License-Identifier: ISC
//
// The files of certificates and keys that a check looks at, each read once
// however many rules come to it: to prove one RSA key takes longer than to
// judge a hundred rules.

#ifndef POLICY_READING_H
#define POLICY_READING_H

#include "policy/certificate.h"

enum reading_kind {
	READING_PAIR,        // a chain and its key
	READING_AUTHORITIES, // only certificate.not_after is set of these
	READING_REVOCATIONS,
};

struct reading {
	struct reading *next;
	enum reading_kind kind;
	const char *path, *key_path; // the caller's
	bool good;
	struct certificate certificate;
	char error[CERTIFICATE_ERROR_MOST]; // why it is not good
};

// What a file holds, and its key's file (NULL: the same, or none); looked up
// among those read before, or read and added to them. path and key_path must
// outlive it. Owned by *all. NULL: memory is out.
const struct reading *reading_of(struct reading **all, enum reading_kind kind,
    const char *path, const char *key_path);
void readings_free(struct reading **all);

#endif
