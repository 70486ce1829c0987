// SPDX-License-Identifier: ISC
//
// The legacy engine: SSL 3.0, TLS 1.0 and TLS 1.1 with the suites of
// suite.def, server and client, behind the interface of tls/engine.h. It is
// for peers that nothing newer can speak to. README tells how it is built
// and what these protocols cannot give.

#ifndef TLS_LEGACY_LEGACY_H
#define TLS_LEGACY_LEGACY_H

#include "tls/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verifier;
struct verify_peer;
struct legacy_credentials;
struct legacy_keyring;
struct legacy_sessions;

// Loads libcrypto's providers (one of them is a shared object): NULL, or why
// no legacy engine can be had (static text). Call it before a sandbox closes
// the file system; later calls cost nothing.
const char *legacy_start(void);

// --- A certificate chain and its key ---

// From PEM texts: the chain, leaf first, and the private key of the leaf (in
// either text: key.size 0 looks in the chain's). NULL: *why is static text
// that says what is wrong.
struct legacy_text {
	const char *bytes;
	size_t size;
};
struct legacy_credentials *legacy_credentials_new(
    struct legacy_text chain, struct legacy_text key, const char **why);
void legacy_credentials_free(struct legacy_credentials **credentials);
// Bits of its RSA key. Above 512 (1024), the 40-bit (56-bit) export suites
// need a keyring.
unsigned legacy_credentials_bits(const struct legacy_credentials *credentials);

// --- Ephemeral RSA keys for the export suites ---

// Makes a key of 512 and one of 1024 bits at once. Each serves for lifetime
// milliseconds or uses handshakes, whichever ends first. NULL: failed.
struct legacy_keyring *legacy_keyring_new(uint64_t lifetime, unsigned uses);
void legacy_keyring_free(struct legacy_keyring **keyring);
// Makes one key that is due before its time comes, so that no handshake
// waits for it; call it from a timer. True if it made one.
bool legacy_keyring_refresh(struct legacy_keyring *keyring);

// --- Sessions that can be resumed ---

// At most limit of them, each for lifetime milliseconds. One object may serve
// both roles and many configurations: see session_scope. NULL: failed.
struct legacy_sessions *legacy_sessions_new(size_t limit, uint64_t lifetime);
void legacy_sessions_free(struct legacy_sessions **sessions);

// --- Configuration ---

enum legacy_role { LEGACY_SERVER, LEGACY_CLIENT };

enum legacy_client_certificate {
	LEGACY_CLIENT_CERTIFICATE_NONE,
	LEGACY_CLIENT_CERTIFICATE_ASK,    // go on without one
	LEGACY_CLIENT_CERTIFICATE_REQUIRE // refuse without one
};

// The form of a client's hello: a row of profile.def.
struct legacy_profile;
// "schannel", "schannel-56", "schannel-40", "legacy", "legacy-v2",
// "legacy-sni"; NULL for
// any other name.
const struct legacy_profile *legacy_profile_find(const char *name);

// Copied into the engine; what the pointers refer to must outlive it.
struct legacy_config {
	enum legacy_role role;
	uint16_t min_protocol; // as on the wire: 0x0300 is SSL 3.0
	uint16_t max_protocol; // above TLS 1.1 means TLS 1.1
	unsigned min_bits;     // least effective bits of the suite
	unsigned min_key_bits; // least bits of the peer's RSA key
	// Allowed suites in order of preference; NULL: all, in the engine's own
	// order (or the profile's).
	const uint16_t *suites;
	size_t suite_count;
	bool record_splitting;                        // 1/n-1, against BEAST
	const struct legacy_credentials *credentials; // a server's; a client's
						      // if it shall have one
	// Judges the peer's certificates (verify_modern.h); NULL: nothing is
	// looked at but their key. peer says whom we hope to meet.
	const struct verifier *verifier;
	const struct verify_peer *peer;
	struct legacy_sessions *sessions; // NULL: none are resumed
	// Sessions are resumed only where this is the same: the listener and
	// rule, or the receiver with its level and names. NULL: "".
	const char *session_scope;

	// Server:
	struct legacy_keyring *keyring; // NULL: no ephemeral keys
	enum legacy_client_certificate client_certificate;
	// DER names of the authorities asked for, each behind a 16-bit length.
	struct legacy_text authorities;
	// The highest version that the listener speaks with any engine: a
	// client that fell back to less is told so (RFC 7507), and the sentinel
	// of RFC 8446 section 4.1.3 goes out. 0: max_protocol.
	uint16_t listener_maximum;

	// Client:
	const struct legacy_profile *profile; // NULL: "legacy"
	const char *server_name; // sent where the profile has extensions
	bool fell_back;          // this hello is a humbler retry: RFC 7507
};

// A server or client after config, which writes to records and plaintext;
// NULL when memory is out or legacy_start fails.
struct engine *legacy_new(const struct legacy_config *config,
    struct buffer *records, struct buffer *plaintext);

// Whether a server with this configuration could serve a hello of that
// version and those suites: TLS_FAILURE_NONE, or PROTOCOL, SUITE or BITS.
enum tls_failure legacy_can_serve(const struct legacy_config *config,
    uint16_t version, const uint16_t *suites, size_t count);

#endif
