// SPDX-License-Identifier: ISC
//
// Our own certificate chain and private key.

#ifndef TLS_LEGACY_CREDENTIALS_H
#define TLS_LEGACY_CREDENTIALS_H

#include "tls/legacy/legacy.h"
#include "tls/legacy/message.h"

struct legacy_credentials {
	struct chain chain; // of malloc'ed DER
	size_t size;        // bytes of all certificates
	struct rsa_key *key;
};

#endif
