// SPDX-License-Identifier: ISC
//
// Which engine serves a peer: the modern one whenever it can, the legacy one
// where nothing else will do and the settings of this peer admit it
// (min-protocol, min-bits). What engines have in common, keys, contexts,
// trusted authorities, is made here once for all peers of like settings.
//
// All settings belong to a policy that outlives what is made of them here,
// and a server or client outlives its engines. Nothing is shared between
// threads.

#ifndef TLS_ENGINES_H
#define TLS_ENGINES_H

#include "policy/settings.h"
#include "tls/engine.h"
#include "tls/error.h"
#include "tls/tlsa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The first of ciphers that means no suite of either engine; NULL: there is
// none such.
const char *tls_unknown_suite(struct text_list ciphers);

// --- For senders ---

struct tls_server;

// Reads the files that settings name, and makes certificates for hostname
// where they name none; settings NULL: none yet. NULL: error says why. Files
// are read and libraries loaded here and in tls_server_prepare: call both
// before a sandbox closes the file system.
struct tls_server *tls_server_new(const struct sender_settings *settings,
    const char *hostname, struct tls_error *error);
void tls_server_free(struct tls_server **server);

// Certificates that are made from here on are kept in directory, which
// outlives server, and found there again.
void tls_server_keep(struct tls_server *server, const char *directory);
// What went wrong with that, and left them usable; NULL: nothing.
const char *tls_server_trouble(const struct tls_server *server);

// The same for further settings, of a rule; those that are alike in all that
// matters for TLS share what they have. False: error says why.
bool tls_server_prepare(struct tls_server *server,
    const struct sender_settings *settings, struct tls_error *error);

// Whether settings admit the legacy engine.
bool tls_server_admits_legacy(const struct sender_settings *settings);
// Makes an ephemeral key of the legacy engine that is due, so that no
// handshake waits for it. Call it every few seconds where settings admit the
// legacy engine.
void tls_server_refresh(struct tls_server *server);

// An engine for a sender with these settings. It holds the hello until it is
// whole, chooses, and is from then on the engine that it chose. Settings that
// were not prepared are, now. observer may be NULL. NULL: no memory.
struct engine *tls_server_accept(struct tls_server *server,
    const struct sender_settings *settings, struct buffer *records,
    struct buffer *plaintext, const struct engine_observer *observer);

// --- For receivers ---

struct tls_client;

// trust_store is the top level's setting; NULL: the system's authorities.
// settings NULL: none yet.
struct tls_client *tls_client_new(const struct receiver_settings *settings,
    const char *trust_store, struct tls_error *error);
void tls_client_free(struct tls_client **client);
bool tls_client_prepare(struct tls_client *client,
    const struct receiver_settings *settings, struct tls_error *error);

// How many forms of a hello there are to try with a receiver, best first; at
// least 1. Those for which ciphers leave no suite are not among them. After a
// failed handshake the next is tried on a new connection.
unsigned tls_client_rungs(
    struct tls_client *client, const struct receiver_settings *settings);
// "modern", "compatible", "legacy", ...; static text. Settings are prepared.
const char *tls_client_rung_name(struct tls_client *client,
    const struct receiver_settings *settings, unsigned rung);

// The name by which a hello is known again that worked where better ones of its
// ladder had failed: "legacy/tls1.0", with its highest protocol; empty for rung
// 0. And that of the ladder, which differs where any setting does that its
// hellos depend on: "modern/tls1.3-c0ffee12". Both mean the same in every
// process, and with every start.
enum { TLS_LADDER_NAME_SIZE = 32, TLS_HELLO_NAME_SIZE = 32 };
void tls_client_ladder_name(struct tls_client *client,
    const struct receiver_settings *settings, char name[TLS_LADDER_NAME_SIZE]);
void tls_client_hello_name(struct tls_client *client,
    const struct receiver_settings *settings, unsigned rung,
    char name[TLS_HELLO_NAME_SIZE]);

struct tls_dial {
	const struct receiver_settings *settings;
	const char *name; // host or address as configured; copied
	unsigned rung;    // below tls_client_rungs
	// For the levels dane and dane-only; they outlive the engine. NULL:
	// nobody has looked for them, and then both levels are not met. At
	// the level dane, any certificate will do where there are none or
	// none of use (RFC 7672 section 2.2).
	const struct tlsa *records;
	size_t record_count;
	// The name that has the records (TLSA base domain); copied. NULL or
	// empty: none has.
	const char *base;
};

// An engine for a receiver. NULL: no memory.
struct engine *tls_client_connect(struct tls_client *client,
    const struct tls_dial *dial, struct buffer *records,
    struct buffer *plaintext, const struct engine_observer *observer);

#endif
