// SPDX-License-Identifier: ISC
//
// What serves senders of like settings, and the choice for one hello: a pure
// question of what it offers and what the settings admit.

#ifndef TLS_SERVING_H
#define TLS_SERVING_H

#include "tls/files.h"
#include "tls/hello.h"
#include "tls/legacy_part.h"
#include "tls/modern_context.h"

struct serving {
	struct serving *next;
	const struct sender_settings *key; // the first to ask for it
	struct sender_settings settings;
	struct credentials credentials; // own; empty: one that was made
	struct verifier *verifier;      // NULL: no certificate is asked for
	struct verify_peer peer;
	struct modern_context *modern; // NULL: nothing that it could speak
	bool has_legacy;
	struct legacy_part legacy;
	struct legacy_config legacy_config;
};

// Certificates for settings that name none; each is there where settings need
// it.
struct made {
	struct credential *modern, *legacy;
};

// made is not owned. NULL: error says why.
struct serving *serving_new(const struct sender_settings *settings,
    const struct made *made, struct tls_error *error);
void serving_free(struct serving **serving);

// Whether both want the same of TLS.
bool serving_alike(
    const struct sender_settings *a, const struct sender_settings *b);

enum serving_engine { SERVING_MODERN, SERVING_LEGACY, SERVING_NONE };

struct serving_choice {
	enum serving_engine engine;
	// SERVING_NONE: why, and what the client is told.
	enum tls_failure failure;
	uint8_t alert;
	char detail[256];
};
struct serving_choice serving_choose(
    const struct serving *serving, const struct hello *hello);

#endif
