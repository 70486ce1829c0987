// SPDX-License-Identifier: ISC
//
// Questions to the DNS whose answers are validated here, by libunbound: what
// the servers that are asked say of their security is not believed. Its work
// is done in a thread of its own; answers come from the loop.

#ifndef NET_DNSSEC_H
#define NET_DNSSEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dnssec;
struct dnssec_query;
struct loop;

enum { DNSSEC_NAME = 256 }; // a name as text, with its NUL

enum dnssec_type {
	DNSSEC_A = 1,
	DNSSEC_CNAME = 5,
	DNSSEC_AAAA = 28,
	DNSSEC_TLSA = 52
};

enum dnssec_status {
	DNSSEC_SECURE,   // proven, up to a trust anchor; that nothing is there,
			 // too
	DNSSEC_INSECURE, // proven to be of a zone that is not signed
	DNSSEC_BOGUS,    // signatures are missing, wrong or expired
	DNSSEC_FAILED    // no server gave an answer of use
};

// Valid during the call alone.
struct dnssec_answer {
	enum dnssec_status status;
	const char *why; // BOGUS, FAILED: in words; else NULL
	// What the name leads to by CNAMEs, without a final dot; NULL: itself,
	// or nothing that is a host's name.
	const char *canonical;
	size_t count; // records, in network format
	const uint8_t *const *data;
	const size_t *sizes;
};

// config: a file in the language of unbound.conf(5), which says whom to ask
// and what to trust; NULL: the servers of /etc/resolv.conf. Where it names no
// trust anchor, the root's is used that configure was told of. Files are read
// now. loop outlives it. NULL: error says why.
struct dnssec *dnssec_new(
    struct loop *loop, const char *config, char *error, size_t room);
// Every query must have been answered or cancelled; not from inside an
// answer. NULL is let pass; clears.
void dnssec_free(struct dnssec **dnssec);

// answered is called once, from the loop, unless dnssec_cancel came first;
// the query is gone then. NULL: it cannot be asked (memory).
struct dnssec_query *dnssec_ask(struct dnssec *dnssec, const char *name,
    enum dnssec_type type,
    void (*answered)(void *owner, const struct dnssec_answer *answer),
    void *owner);
// NULL is let pass; clears.
void dnssec_cancel(struct dnssec_query **query);

#endif
