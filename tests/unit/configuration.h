// SPDX-License-Identifier: ISC
//
// Configurations as text, for tests of what policy makes of them.

#ifndef UNIT_CONFIGURATION_H
#define UNIT_CONFIGURATION_H

#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

// A whole listener on loopback, on one line; more goes into it.
#define LISTENER_WITH(more)                                                    \
	"listener = { in = { address = \"127.0.0.1:2525\" forward-to = "       \
	"\"mail.example.com\" " more " } }\n"

// All faults of a configuration as they are printed, in memory of the
// caller's; "" if there are none. *policy is what was loaded, or NULL.
static inline const char *
faults_of(const char *text, const struct policy_overrides *overrides, char *to,
    size_t room, struct policy **policy)
{
	struct faults faults;
	FILE *memory;

	faults_init(&faults);
	*policy = text != NULL
		      ? policy_load_text(text, "a.conf", overrides, &faults)
		      : policy_load(NULL, overrides, &faults);
	memset(to, 0, room);
	memory = fmemopen(to, room - 1, "w");
	faults_print(&faults, memory);
	fclose(memory);
	faults_free(&faults);
	return to;
}

// A policy of a text without a fault, warnings aside.
static inline struct policy *
policy_of(const char *text)
{
	char faults[4096];
	struct policy *policy;

	faults_of(text, NULL, faults, sizeof faults, &policy);
	if (policy == NULL)
		fail_msg("%s", faults);
	return policy;
}

static inline struct address
address_of(const char *text)
{
	struct address address;

	assert_true(address_parse(&address, text));
	return address;
}

static inline void
told(const char *text, const char *wanted)
{
	char got[8192];
	struct policy *policy;

	faults_of(text, NULL, got, sizeof got, &policy);
	if (strcmp(got, wanted) != 0)
		fail_msg("\n%s\ngives\n%swanted\n%s", text, got, wanted);
	// An error keeps the whole configuration out, a warning does not.
	assert_int_equal(
	    policy == NULL, strstr(wanted, "a.conf") != NULL &&
				strstr(wanted, ": warning: ") == NULL);
	policy_release(&policy);
}

// A configuration, and all the faults that it has.
struct row {
	const char *text, *faults;
};

static inline void
all_told(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		told(rows[i].text, rows[i].faults);
}

#endif
