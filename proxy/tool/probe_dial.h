// SPDX-License-Identifier: ISC
//
// The engines that a probe dials with: those of the proxy, after settings that
// the configuration's own parser read.

#ifndef TOOL_PROBE_DIAL_H
#define TOOL_PROBE_DIAL_H

#include "policy/policy.h"
#include "tls/engines.h"
#include "tls/legacy/legacy.h"
#include "tls/verify_modern.h"

// A policy with that receiver block; NULL: error says what is wrong with it.
struct policy *probe_policy(const char *block, struct tls_error *error);
const struct receiver_settings *probe_policy_receiver(
    const struct policy *policy);

// What the proxy would dial with; a context of probe_dial_make.
struct probe_dial {
	struct tls_client *client; // of settings
	const struct receiver_settings *settings;
	const char *name;
	unsigned rung;
};
struct engine *probe_dial_make(
    void *dial, struct buffer *records, struct buffer *plaintext);

// The legacy engine alone, after a profile; a context of probe_legacy_make.
struct probe_legacy {
	struct legacy_config config;
};
struct engine *probe_legacy_make(
    void *legacy, struct buffer *records, struct buffer *plaintext);

#endif
