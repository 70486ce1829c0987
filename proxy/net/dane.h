// SPDX-License-Identifier: ISC
//
// A receiver's name to its addresses and TLSA records, all by DNSSEC
// (RFC 7672 sections 2.1.3 and 2.2). Where it is not proven which addresses a
// name has, no TLSA records are asked for: whoever could forge the one could
// as well leave out the other.

#ifndef NET_DANE_H
#define NET_DANE_H

#include "net/dnssec.h"
#include "net/resolve.h"
#include "tls/tlsa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dane;

enum { DANE_RECORDS_MOST = 64 }; // of one name; further ones are left out

// What the DNS says of a receiver's certificate. One piece of memory.
struct dane_claim {
	char base[DNSSEC_NAME]; // the name that has the records (TLSA base
				// domain): for SNI and DANE-TA; empty: none
	size_t count;           // 0: there are none, or nothing proves them
	bool usable;            // any of them is of use to us
	struct tlsa records[];
};

// A claim of nothing; NULL: memory is out.
struct dane_claim *dane_claim_nothing(void);
// NULL is let pass; clears.
void dane_claim_free(struct dane_claim **claim);

// What came of it; valid during the call, but the claim is the caller's.
struct dane_found {
	struct resolved resolved; // error: why the receiver is not to be used
	bool distrusted;          // because something did not validate
	struct dane_claim *claim; // NULL where there is an error
};

// host: a name. done is called once, from the loop, unless dane_cancel came
// first; the dane is gone then. NULL: it cannot be asked (memory).
struct dane *dane_start(struct dnssec *dnssec, const char *host, uint16_t port,
    void (*done)(void *owner, const struct dane_found *found), void *owner);
// NULL is let pass; clears.
void dane_cancel(struct dane **dane);

#endif
