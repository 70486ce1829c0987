// SPDX-License-Identifier: ISC
//
// A server's engine before it is known which: it holds a client's hello until
// it is whole, has it judged, and is the chosen engine from then on.

#ifndef TLS_CHOOSER_H
#define TLS_CHOOSER_H

#include "tls/engine.h"
#include "tls/serving.h"

// serving outlives it; NULL: it cannot be set up, and each hello is answered
// with internal_error. NULL: no memory.
struct engine *chooser_new(const struct serving *serving,
    struct buffer *records, struct buffer *plaintext);

#endif
