// SPDX-License-Identifier: ISC
//
// One connection of the modern engine, for the files that it is made of.

#ifndef TLS_MODERN_STATE_H
#define TLS_MODERN_STATE_H

#include "tls/engine.h"
#include "tls/modern_context.h"

struct modern {
	struct engine engine;
	const struct modern_context *context;
	SSL *ssl;
	const struct verify_peer *peer;
	struct verify_verdict verdict;
	const uint8_t *at; // what engine_receive was given: where libssl is
	size_t left;
	uint64_t received; // bytes of plaintext
	uint64_t messages; // handshake messages since it is open
	bool overrun;      // records did not take what libssl wrote
};

#endif
