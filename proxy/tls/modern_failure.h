// SPDX-License-Identifier: ISC
//
// What libssl's error queue says, in the words of failure.def.

#ifndef TLS_MODERN_FAILURE_H
#define TLS_MODERN_FAILURE_H

#include "tls/facts.h"

#include <stddef.h>

// Reads and empties the queue. Failures that facts tell more exactly (alerts)
// are taken from there. detail is written, at most room bytes.
enum tls_failure modern_failure(
    const struct tls_facts *facts, char *detail, size_t room);

#endif
