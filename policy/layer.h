// SPDX-License-Identifier: ISC
//
// Settings as they are written: values, and where each was written. Layers
// are laid over each other, what is written last on top; what comes out is
// resolved. The configuration is all the layers of one file and command line.

#ifndef POLICY_LAYER_H
#define POLICY_LAYER_H

#include "policy/faults.h"
#include "policy/settings.h"
#include "policy/table.h"

#include <stddef.h>

struct listener_settings {
#define LISTENER(kind, field, name, preset, low, high, built, sentence)        \
	SETTING_TYPE_##kind field;
#include "policy/settings.def"
};

struct rule_settings {
#define RULE(kind, field, name, preset, low, high, built, sentence)            \
	SETTING_TYPE_##kind field;
#include "policy/settings.def"
};

// The rows of each scope by number: SENDER_AT_min_bits, SENDER_ROWS.
#define ROW_NUMBER(scope, field) scope##_AT_##field,
enum {
#define TOP(kind, field, ...) ROW_NUMBER(TOP, field)
#include "policy/settings.def"
	TOP_ROWS
};
enum {
#define LISTENER(kind, field, ...) ROW_NUMBER(LISTENER, field)
#include "policy/settings.def"
	LISTENER_ROWS
};
enum {
#define SENDER(kind, field, ...) ROW_NUMBER(SENDER, field)
#include "policy/settings.def"
	SENDER_ROWS
};
enum {
#define RECEIVER(kind, field, ...) ROW_NUMBER(RECEIVER, field)
#include "policy/settings.def"
	RECEIVER_ROWS
};
enum {
#define RULE(kind, field, ...) ROW_NUMBER(RULE, field)
#include "policy/settings.def"
	RULE_ROWS
};
enum {
#define LIMITS(kind, field, ...) ROW_NUMBER(LIMITS, field)
#include "policy/settings.def"
	LIMITS_ROWS
};
enum {
#define TIMEOUTS(kind, field, ...) ROW_NUMBER(TIMEOUTS, field)
#include "policy/settings.def"
	TIMEOUTS_ROWS
};
enum {
#define LOG(kind, field, ...) ROW_NUMBER(LOG, field)
#include "policy/settings.def"
	LOG_ROWS
};
enum {
#define METRICS(kind, field, ...) ROW_NUMBER(METRICS, field)
#include "policy/settings.def"
	METRICS_ROWS
};
#undef ROW_NUMBER

struct process_layer {
	struct process_settings values;
	struct origin origins[TOP_ROWS];
};

struct listener_layer {
	struct listener_settings values;
	struct origin origins[LISTENER_ROWS];
};

struct sender_layer {
	struct sender_settings values;
	struct origin origins[SENDER_ROWS];
};

struct receiver_layer {
	struct receiver_settings values;
	struct origin origins[RECEIVER_ROWS];
};

struct rule_layer {
	struct rule_settings values;
	struct origin origins[RULE_ROWS];
};

struct limits_layer {
	struct limits values;
	struct origin origins[LIMITS_ROWS];
};

struct timeouts_layer {
	struct timeouts values;
	struct origin origins[TIMEOUTS_ROWS];
};

struct log_layer {
	struct log_settings values;
	struct origin origins[LOG_ROWS];
};

struct metrics_layer {
	struct metrics_settings values;
	struct origin origins[METRICS_ROWS];
};

// Any of them, seen through the table of its scope.
struct layer {
	enum setting_scope scope;
	void *values;
	struct origin *origins;
};

#define LAYER(id, of) ((struct layer){SCOPE_##id, &(of)->values, (of)->origins})

// A listener block, and a rule, as written.
struct written_listener {
	const char *name;
	struct origin at;
	struct listener_layer own;
	struct sender_layer sender;
	struct receiver_layer receiver;
};

struct written_rule {
	struct origin at;
	struct rule_layer own;
	struct sender_layer sender;
	struct receiver_layer receiver;
};

struct configuration {
	const char *path; // of the file; NULL: the command line alone
	struct process_layer process;
	struct limits_layer limits;
	struct timeouts_layer timeouts;
	struct log_layer log;
	struct metrics_layer metrics;
	struct sender_layer sender, sender_override, sender_default;
	struct receiver_layer receiver, receiver_override, receiver_default;
	struct written_listener *listeners; // room for one more
	size_t listener_count;
	struct written_rule *rules;
	size_t rule_count;
};

// Lays what was written in above over to.
void sender_lay(struct sender_layer *to, const struct sender_layer *above);
void receiver_lay(
    struct receiver_layer *to, const struct receiver_layer *above);

#endif
