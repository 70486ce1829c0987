// SPDX-License-Identifier: ISC
//
// One connection from its beginning to QUIT, and what came of it.

#ifndef TOOL_PROBE_VISIT_H
#define TOOL_PROBE_VISIT_H

#include "tool/probe_link.h"
#include "tool/probe_result.h"

struct probe_call {
	const struct sockaddr_storage *address;
	const char *name; // we say in EHLO
	bool implicit;
	bool brief;         // no EHLO under TLS: the handshake is what counts
	bool plain;         // no STARTTLS
	uint64_t wait, end; // as in struct link
	// Makes the engine for the handshake; NULL: it cannot be made.
	struct engine *(*make)(
	    void *context, struct buffer *records, struct buffer *plaintext);
	void *context;
};

// Whatever goes wrong is in visit->fault; where TLS failed, in its facts too.
void probe_visit(const struct probe_call *call, struct probe_visit *visit);

#endif
