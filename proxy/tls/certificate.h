// SPDX-License-Identifier: ISC
//
// What a certificate says of its owner, and whether that is whom we want.

#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include "tls/facts.h"

#include <openssl/x509.h>

// Writes subject, issuer, names, not_after, fingerprint and key of facts.
void certificate_describe(X509 *certificate, struct tls_facts *facts);

// name is a host name, ".example.com" for every name below it, or an IP
// address. Names are compared as RFC 6125 has it: dNSNames alone if there is
// one, the common name otherwise; "*" as a whole left-most label matches one
// label. An IP address must be an iPAddress of the certificate.
bool certificate_names(X509 *certificate, const char *name);

// Whether a hexadecimal digest is the SHA-256 of the certificate or of its
// public key (SubjectPublicKeyInfo).
bool certificate_has_digest(X509 *certificate, const char *digest);

// Whether text is an IP address, in brackets or not.
bool name_is_address(const char *name);

#endif
