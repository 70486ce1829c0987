// SPDX-License-Identifier: ISC
//
// TLSA records in the shape that libssl wants: DANE-TA(2) and DANE-EE(3),
// which are all that SMTP uses (RFC 7672 section 3.1). For verify_modern.c.

#ifndef TLS_VERIFY_DANE_H
#define TLS_VERIFY_DANE_H

#include "tls/verify_modern.h"

struct dane;

// NULL: none of the records is usable, or memory is out.
struct dane *dane_new(const struct verify_peer *peer);
void dane_free(struct dane **dane);

// Makes X509_verify_cert judge by the records; dane must outlive the call.
void dane_apply(struct dane *dane, X509_STORE_CTX *run);
// After it was good: whether the record that matched is of an authority, so
// that the name counts (section 3.2.3).
bool dane_wants_name(const struct dane *dane);

#endif
