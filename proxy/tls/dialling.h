// SPDX-License-Identifier: ISC
//
// What dials receivers of like settings: the forms of the hello, and what
// each needs.

#ifndef TLS_DIALLING_H
#define TLS_DIALLING_H

#include "tls/files.h"
#include "tls/legacy_part.h"
#include "tls/modern_context.h"

enum rung {
#define RUNG(id, name, profile, automatic, lowest, highest, legacy) RUNG_##id,
#include "tls/rung.def"
#undef RUNG
	RUNG_COUNT
};

const char *rung_name(enum rung rung);
// The profile of the legacy engine; NULL: a rung of the modern one.
const char *rung_profile(enum rung rung);
struct dialling {
	struct dialling *next;
	const struct receiver_settings *key; // the first to ask for it
	struct receiver_settings settings;
	struct credentials credentials;
	struct verifier *verifier;
	enum rung rungs[RUNG_COUNT]; // that have suites, best first
	unsigned rung_count;         // at least 1
	struct modern_context *modern[RUNG_COUNT]; // by rung; NULL: none
	bool has_legacy;
	struct legacy_part legacy;
	struct legacy_config legacy_config; // but for the profile
};

// NULL: error says why.
struct dialling *dialling_new(const struct receiver_settings *settings,
    const char *trust_store, struct tls_error *error);
void dialling_free(struct dialling **dialling);

// The highest protocol that its hello offers.
enum protocol dialling_highest(const struct dialling *dialling, enum rung rung);

// Whether this rung's hello offers a lower version than settings and the
// first rung's could: it says so (FALLBACK_SCSV, RFC 7507 section 4).
bool dialling_falls_back(const struct dialling *dialling, enum rung rung);

// The same for settings whose ladders say the same hellos; of others hardly
// ever, if their best is of one name. What is asked of the receiver's
// certificate is no part of it.
uint32_t dialling_digest(const struct receiver_settings *settings);

// Whether both want the same of TLS.
bool dialling_alike(
    const struct receiver_settings *a, const struct receiver_settings *b);

#endif
