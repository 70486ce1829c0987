// SPDX-License-Identifier: ISC
//
// Every setting once, as data: settings.def gives the structs below, the
// parser, the printer and the manual. A resolved setting has the name it has
// in the configuration, with "_" for "-".
//
// Everything a struct points to belongs to the policy that it came from and
// never changes while that policy is held (policy.h).

#ifndef POLICY_SETTINGS_H
#define POLICY_SETTINGS_H

#include "policy/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// enum protocol, enum level, enum sender_tls and the others: what a setting
// of choices can be. Protocols have their numbers on the wire.
// clang-format off
#define CHOICES(kind, tag) enum tag {
#define CHOICE(id, value, word, built, sentence) id = value,
#define CHOICES_END };
// clang-format on
#include "policy/choice.def"

// count may be 0; items is then NULL.
struct text_list {
	const char *const *items;
	size_t count;
};

// One receiver as the configuration names it.
struct policy_receiver {
	const char *host; // a name, or an address without brackets
	uint16_t port;
	bool is_address;
};

struct policy_receivers {
	const struct policy_receiver *items; // tried in this order
	size_t count;
	bool original; // the one the sender meant; there are no items then
};

// The type in C of each kind of setting that a resolved struct can have.
#define SETTING_TYPE_FLAG               bool
#define SETTING_TYPE_COUNT              uint64_t
#define SETTING_TYPE_BITS               uint64_t     // 40, 56, 112, 128 or 256
#define SETTING_TYPE_DURATION           uint64_t     // milliseconds
#define SETTING_TYPE_SIZE               uint64_t     // bytes
#define SETTING_TYPE_TEXT               const char * // NULL: unset
#define SETTING_TYPE_PATH               const char * // absolute; NULL: unset
#define SETTING_TYPE_ADDRESS            const char * // without port
#define SETTING_TYPE_ENDPOINT           const char * // address and port
#define SETTING_TYPE_TEXTS              struct text_list
#define SETTING_TYPE_PATHS              struct text_list // absolute
#define SETTING_TYPE_FINGERPRINTS       struct text_list // 64 of 0-9a-f
#define SETTING_TYPE_PROTOCOL           enum protocol
#define SETTING_TYPE_SENDER_TLS         enum sender_tls
#define SETTING_TYPE_LEVEL              enum level
#define SETTING_TYPE_MISSING_HANDSHAKE  enum missing_handshake
#define SETTING_TYPE_CLIENT_CERTIFICATE enum client_certificate
#define SETTING_TYPE_BARE_NEWLINE       enum bare_newline
#define SETTING_TYPE_EARLY_PIPELINING   enum early_pipelining
#define SETTING_TYPE_FALLBACK           enum fallback
#define SETTING_TYPE_FORGETFUL          enum forgetful
#define SETTING_TYPE_HELLO_PROFILE      enum hello_profile
#define SETTING_TYPE_STRIPPING          enum stripping
#define SETTING_TYPE_IDENTITY           enum identity
#define SETTING_TYPE_LOG_DESTINATION    enum log_destination
#define SETTING_TYPE_LOG_FORMAT         enum log_format
#define SETTING_TYPE_LOG_LEVEL          enum log_level

// Those that only listeners and rules have.
#define SETTING_TYPE_REPLY              const char *
#define SETTING_TYPE_ACTION             enum rule_action
#define SETTING_TYPE_ENDPOINTS          struct endpoint_list
#define SETTING_TYPE_NETWORKS           struct network_list
#define SETTING_TYPE_RECEIVERS          struct policy_receivers
#define SETTING_TYPE_FALLBACK_RECEIVERS struct policy_receivers
#define SETTING_TYPE_PATTERNS           struct text_list
#define SETTING_TYPE_PROTOCOLS          unsigned // bits, as protocol_bit gives them

#define SETTING_FIELD(kind, field, name, preset, low, high, built, sentence)   \
	SETTING_TYPE_##kind field;

// The leg of a sender: we are its server.
struct sender_settings {
#define SENDER SETTING_FIELD
#include "policy/settings.def"
};

// The leg of a receiver: we are its client.
struct receiver_settings {
#define RECEIVER SETTING_FIELD
#include "policy/settings.def"
};

struct limits {
#define LIMITS SETTING_FIELD
#include "policy/settings.def"
};

// All in milliseconds.
struct timeouts {
#define TIMEOUTS SETTING_FIELD
#include "policy/settings.def"
};

struct log_settings {
#define LOG SETTING_FIELD
#include "policy/settings.def"
};

struct metrics_settings {
#define METRICS SETTING_FIELD
#include "policy/settings.def"
};

// The top level's own.
struct process_settings {
#define TOP SETTING_FIELD
#include "policy/settings.def"
};

#undef SETTING_FIELD

// A bit for each protocol; 0 is plaintext. 0 for what is no protocol.
unsigned protocol_bit(unsigned protocol);

// The words that the configuration has for choices; static text.
const char *protocol_word(enum protocol protocol);
const char *level_word(enum level level);

#endif
