// SPDX-License-Identifier: ISC
//
// What a configuration of the legacy engine refers to, and owns nowhere else:
// its own certificate and keys, its suites.

#ifndef TLS_LEGACY_PART_H
#define TLS_LEGACY_PART_H

#include "policy/settings.h"
#include "tls/error.h"
#include "tls/files.h"
#include "tls/legacy/legacy.h"
#include "tls/verify_modern.h"

enum { LEGACY_SUITES = 32 };

struct legacy_part {
	struct legacy_credentials *credentials;
	struct legacy_keyring *keyring;
	struct legacy_sessions *sessions;
	uint16_t suites[LEGACY_SUITES];
	uint8_t *authorities; // DER names, each behind a 16-bit length
};

// Whether the legacy engine has any suite left under these settings.
bool legacy_admitted(
    unsigned min_protocol, unsigned min_bits, struct text_list ciphers);

// Whether the engine has a suite of that name.
bool legacy_suite_is_known(const char *name);

// Whether a client's hello of that profile has any suite under them.
bool legacy_profile_admitted(const char *profile, unsigned min_protocol,
    unsigned min_bits, struct text_list ciphers);

// A server's, in config. Where settings name no legacy-certificate it is made,
// which is not owned. others are credentials whose keys must not be the same
// (DROWN, FREAK). verifier may be NULL. False: error says why, and
// legacy_part_free is to be called all the same.
struct legacy_part_request {
	const struct sender_settings *settings;
	const struct credential *made;
	const struct credentials *others;
	const struct verifier *verifier;
};
bool legacy_part_server(struct legacy_part *part, struct legacy_config *config,
    const struct legacy_part_request *request, struct tls_error *error);

// A client's, likewise.
bool legacy_part_client(struct legacy_part *part, struct legacy_config *config,
    const struct receiver_settings *settings, struct tls_error *error);

void legacy_part_free(struct legacy_part *part);

#endif
