// SPDX-License-Identifier: ISC
//
// Alerts: their numbers, and why we send one.

#ifndef TLS_LEGACY_ALERT_H
#define TLS_LEGACY_ALERT_H

#include "tls/facts.h"

#include <stdint.h>

enum alert {
	ALERT_NONE = -1,
#define ALERT(id, number, ssl3) ALERT_##id = number,
#include "tls/legacy/alert.def"
#undef ALERT
};

enum alert_level { ALERT_WARNING = 1, ALERT_FATAL = 2 };

// Why the connection ends: what the peer is told, what the log is told.
struct fault {
	enum alert alert;         // ALERT_NONE: the peer is told nothing
	enum tls_failure failure; // TLS_FAILURE_NONE: there is no fault
	const char *detail;       // outlives the fault
};

// The alert's number on the wire in that version.
uint8_t alert_number(enum alert alert, uint16_t version);
// Which alert tells a peer that its certificate was refused for this.
enum alert alert_for_certificate(enum tls_failure failure);

#endif
