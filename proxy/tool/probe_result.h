// SPDX-License-Identifier: ISC
//
// What a probe found out: values without pointers, filled in by probe_run.c,
// judged by probe_judge.c, told by probe_text.c and probe_json.c. Only the
// first does I/O.

#ifndef TOOL_PROBE_RESULT_H
#define TOOL_PROBE_RESULT_H

#include "policy/settings.h"
#include "tls/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROBE_KEYWORDS = 64,
	PROBE_KEYWORD = 160,
	PROBE_SUITES = 48, // of one version
	PROBE_VERSIONS = 5,
	PROBE_PROFILES = 6,
	PROBE_LEVELS = 4,
	PROBE_FAULTS = 12,
	PROBE_BLOCK = 4096,
	PROBE_DETAIL = 256
};

enum probe_fault {
#define FAULT(id, name, sentence, advice) PROBE_##id,
#include "tool/probe_fault.def"
#undef FAULT
	PROBE_FAULT_COUNT
};

// Static text.
const char *probe_fault_name(enum probe_fault fault);
const char *probe_fault_sentence(enum probe_fault fault);
const char *probe_fault_advice(enum probe_fault fault);

// The steps of one connection, in the order in which they are done.
enum probe_step {
	PROBE_STEP_CONNECT,
	PROBE_STEP_GREETING,
	PROBE_STEP_EHLO,
	PROBE_STEP_STARTTLS,
	PROBE_STEP_HANDSHAKE,
	PROBE_STEP_EHLO_AFTER,
	PROBE_STEP_QUIT,
	PROBE_STEP_COUNT
};
const char *probe_step_name(enum probe_step step);

// The lines of a reply to EHLO behind the first. The bytes are the server's:
// they are escaped where they are shown.
struct probe_keywords {
	size_t count;
	bool cut; // there were more, or longer ones
	char text[PROBE_KEYWORDS][PROBE_KEYWORD];
};

// What came of one connection.
struct probe_visit {
	enum probe_fault fault; // PROBE_NONE: it went as it should
	char detail[PROBE_DETAIL];
	char greeting[PROBE_DETAIL];
	bool secured; // the handshake succeeded
	struct tls_facts facts;
	struct probe_keywords before, after;
	bool done[PROBE_STEP_COUNT];
	uint64_t spent[PROBE_STEP_COUNT]; // microseconds
};

enum probe_answer {
	PROBE_UNTRIED, // with legacy it would have been, or the limit came
	PROBE_NO,
	PROBE_YES
};

struct probe_suite {
	char name[64];
	unsigned bits;
};

// One protocol version: suites in the order in which the server took them,
// each on a connection of its own, those before it no longer offered.
struct probe_version {
	enum protocol protocol;
	enum probe_answer offered;
	bool complete; // all suites that we know were tried
	size_t count;
	struct probe_suite suite[PROBE_SUITES];
	enum tls_failure failure; // why not, for PROBE_NO
	char detail[PROBE_DETAIL];
};

// What a legacy hello profile would get.
struct probe_profile {
	const char *name; // static
	enum probe_answer served;
	struct tls_facts facts;
};

// Whether a receiver with this level would be used, and why not.
struct probe_level {
	enum level level;
	enum probe_answer passes;
	enum tls_failure failure; // NONE for what does not come from TLS
	char detail[PROBE_DETAIL];
};

// A finding, with what exactly.
struct probe_finding {
	enum probe_fault fault;
	char detail[PROBE_DETAIL];
};

// A receiver block, as its settings and in the configuration's grammar.
struct probe_suggestion {
	enum level level;
	enum protocol min_protocol;
	unsigned min_bits;
	bool schannel; // no other hello will do
	bool implicit;
	char name[256]; // of names; empty: none
	bool named;     // it is of the certificate, not the one dialled
	char fingerprint[96];
	char ca[256]; // path; empty: none
	char text[PROBE_BLOCK];
	enum probe_answer works; // tried as it is written
	char with[96];           // protocol, suite and bits that it got
	char detail[PROBE_DETAIL];
};

struct probe_result {
	char host[256];
	uint16_t port;
	char address[96]; // that was used; empty: none could be
	bool implicit;    // TLS from the first byte
	bool legacy;      // asked for
	bool limited;     // the server, the limit or the time ended it early
	char ca[256];     // path of authorities; empty: the system's
	unsigned connections;
	uint64_t spent;          // microseconds
	uint64_t resolve;        // microseconds
	int64_t now;             // seconds since 1970
	struct probe_visit main; // the best connection there was
	struct probe_version version[PROBE_VERSIONS]; // newest first
	size_t profile_count;
	struct probe_profile profile[PROBE_PROFILES];
	struct probe_level level[PROBE_LEVELS]; // weakest first
	struct probe_suggestion suggestion;
	size_t finding_count;
	struct probe_finding finding[PROBE_FAULTS];
};

#endif
