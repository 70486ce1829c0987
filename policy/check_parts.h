// SPDX-License-Identifier: ISC
//
// What the files of policy_check share.

#ifndef POLICY_CHECK_PARTS_H
#define POLICY_CHECK_PARTS_H

#include "policy/certificate.h"
#include "policy/compile.h"
#include "policy/reading.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define ERROR(at, ...) faults_add(check->faults, FAULT_ERROR, at, __VA_ARGS__)
#define OVERDUE(at, ...)                                                       \
	faults_add(check->faults, FAULT_OVERDUE, at, __VA_ARGS__)
#define WARNING(at, ...)                                                       \
	faults_add(check->faults, FAULT_WARNING, at, __VA_ARGS__)

// A key that was met: which setting named it, and what it is.
struct key {
	const char *setting;
	struct origin at;
	bool legacy;
	uint8_t digest[CERTIFICATE_DIGEST];
};

enum { KEYS_MOST = 512 };

struct check {
	struct faults *faults;
	const struct configuration *all;
	int64_t now;
	struct reading *readings;
	struct key keys[KEYS_MOST];
	size_t key_count;
};

// The user that setting user names; NULL: none, or there is no such.
const struct passwd *check_user(const struct check *check);
// Whether the owner and the mode of a file let the user do what is wanted, in
// the bits for others (S_IROTH); what groups it is in beside its own is not
// asked.
bool check_may(
    const struct passwd *user, const struct stat *status, mode_t wanted);

// What the settings of the process name: users, folders, files.
void check_process(struct check *check);

#endif
