// SPDX-License-Identifier: ISC
//
// What is wrong with a configuration: all of it, in the order of the file.
// Each says where, what, why, and what to write instead.

#ifndef POLICY_FAULTS_H
#define POLICY_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// An error keeps the configuration from being used. What is overdue is as
// wrong, but time made it so: who looks (check) is to know, and who must go on
// (after a reboot at night) goes on.
enum fault_severity { FAULT_WARNING, FAULT_OVERDUE, FAULT_ERROR };

// Where something was written. file NULL: nowhere, it is the default.
struct origin {
	const char *file; // "command line" for what came from there
	unsigned line;    // 0: none
};

struct fault {
	enum fault_severity severity;
	unsigned line; // 0: none
	char *file;
	char *text; // "receiver.min-bits: 41 is not one of ..."
};

// More than FAULTS_MOST faults are counted but not kept.
enum { FAULTS_MOST = 1000 };

struct faults {
	struct fault *items;
	size_t count;
	size_t capacity;
	size_t errors; // of all, kept or not
	size_t overdue;
	size_t warnings;
};

void faults_init(struct faults *faults);
void faults_free(struct faults *faults);

// Adds a fault, once; a second one just like it is dropped. Texts are
// copied, control characters in them escaped. If memory runs out an error is
// counted.
void faults_add(struct faults *faults, enum fault_severity severity,
    struct origin at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Adds those of others, except where an error about the same setting was told
// of the same line already: that would be the same one in other words.
void faults_join(struct faults *faults, const struct faults *others);

// Puts them in the order of file and line.
void faults_sort(struct faults *faults);

// One line a fault, as "sallyport.conf:12: text"; warnings say so.
void faults_print(const struct faults *faults, FILE *to);

#endif
