// SPDX-License-Identifier: ISC
//
// Certificates that were made for want of any, kept in a folder (the setting
// state-directory): a sender that knows one by its fingerprint meets it again
// after a restart.

#ifndef TLS_KEPT_H
#define TLS_KEPT_H

#include "tls/credential.h"

enum kept_kind { KEPT_MODERN, KEPT_LEGACY };

// The certificate of this kind in directory for hostname; where there is none
// that can be used, or it is not valid yet, or its last 90 days began, another
// is made and put there: readable by its owner alone, who is that of the
// directory. directory NULL: nothing is kept. A kept one that cannot be used,
// or a new one that cannot be kept, is no failure: trouble says so, else its
// text is as it was. NULL: error says why.
struct credential *kept_certificate(enum kept_kind kind, const char *directory,
    const char *hostname, struct tls_error *trouble, struct tls_error *error);

#endif
