// SPDX-License-Identifier: ISC
//
// Why a session ends: one table feeds the log, metrics, traces and tests.

#ifndef BASE_REASON_H
#define BASE_REASON_H

enum reason {
#define REASON(id, ...) REASON_##id,
#include "base/reason.def"
#undef REASON
	REASON_COUNT
};

enum reason_whose { REASON_BY_SENDER, REASON_BY_RECEIVER, REASON_BY_US };

// The name in logs and metrics ("receiver-no-starttls"); static text.
const char *reason_name(enum reason reason);
// A plain sentence without a full stop; static text.
const char *reason_sentence(enum reason reason);
// What to change, likewise; empty where nothing went wrong.
const char *reason_advice(enum reason reason);
enum reason_whose reason_whose(enum reason reason);

#endif
