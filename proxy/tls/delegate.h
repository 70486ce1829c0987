// SPDX-License-Identifier: ISC
//
// An engine that has another one do its work: what chooser.c and client.c
// have in common.

#ifndef TLS_DELEGATE_H
#define TLS_DELEGATE_H

#include "tls/engine.h"

struct delegate {
	struct engine engine;
	struct engine *inner; // owned; NULL: not chosen yet
};

struct delegate *delegate_of(struct engine *engine);

// Takes over inner, with the outer's observer, and starts it.
void delegate_begin(struct delegate *delegate, struct engine *inner);

// For classes; each needs an inner engine, but delegate_free_inner.
void delegate_receive(struct engine *engine, const uint8_t *bytes, size_t size);
void delegate_send(struct engine *engine, const uint8_t *bytes, size_t size);
void delegate_close(struct engine *engine);
void delegate_free_inner(struct delegate *delegate);

#endif
