// SPDX-License-Identifier: ISC
//
// One session: a leg to the sender, a leg to the receiver, a bridge between.
// It brings the bridge what happens on the legs, and does in the world what
// the bridge asks. It ends once, with one reason, one log line, and is freed
// in one place.
//
//	connection --> session_begin --> bridge_start
//	leg events --> session_legs.c --> bridge_receive, bridge_event ...
//	bridge asks --> session_shell.c --> legs, connector, timers, policy
//	session_finish --> legs close by themselves --> freed before the
//	loop sleeps

#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/reason.h"
#include "net/connector.h"
#include "net/destination.h"
#include "net/leg.h"
#include "net/loop.h"
#include "net/sockaddr.h"
#include "policy/policy.h"
#include "session/sounding.h"
#include "session/table.h"
#include "smtp/bridge.h"
#include "tls/engine.h"

struct alarm;
struct arrival;
struct connection;
struct dane_claim;
struct edition;
struct front;

enum { SESSION_ID = 16, SESSION_DETAIL = 1024, SESSION_TARGETS = 16 };

// What a leg's TLS came to, kept for the log when the leg is gone.
struct session_tls {
	char protocol[16]; // empty: plaintext
	char suite[64];
	unsigned bits;
	enum tls_verified verified;
	char names[512]; // of the peer's certificate, if it is trusted
};

enum { SESSION_CLIENT_NAMES = 32 };

struct session {
	struct front *front;     // not owned
	struct edition *edition; // held
	struct table_entry entry;
	struct loop_task end; // frees
	char id[SESSION_ID];
	uint64_t began;     // clock_monotonic
	enum reason reason; // NONE: it lives

	struct leg legs[2];
	struct bridge bridge;
	struct session_tls tls[2];
	struct trace_session *trace; // NULL: nobody watches
	struct engine_observer observer;

	struct alarm *alarm[2]; // what each side is waited for
	enum timer timer[2];
	struct alarm *whole; // timeouts.session
	struct alarm *rate;  // limits.minimum-rate
	uint64_t rate_bytes; // from the sender, when the rate was looked at
	uint64_t bytes_in;   // from the sender
	bool rate_excused;   // the receiver let it wait meanwhile

	// What policy says, and the two places where what the sequencer needs
	// of it lies in turn.
	size_t listener; // index in the policy
	struct policy_facts facts;
	// The names of the sender's trusted certificate, for facts.
	char client_name_text[512];
	const char *client_names[SESSION_CLIENT_NAMES];
	struct policy_verdict verdict;
	enum identity identity; // of it, also where the receiver's TLS stays;
				// what is told in dialling does not change,
	const char *source_address; // nor where it is dialled from
	struct sequencer_settings settings[2];
	unsigned settings_in_hand;
	char *helo, *mail_from; // what facts point to
	const char *told_rule;  // to whoever watches; NULL: none yet

	struct connector *connector; // NULL: not dialling
	// Of the receiver in hand, owned; NULL: none was asked for.
	struct dane_claim *claim;
	struct connector_request request;
	struct connector_target targets[SESSION_TARGETS];
	// Where the sender meant to go, if the connection was redirected.
	struct destination destination;
	char destination_host[ADDRESS_TEXT_MOST]; // as text, for targets
	struct sockaddr_storage source;
	unsigned first; // of the targets that are tried
	size_t target;  // which one is connected
	unsigned rung;  // asked for
	unsigned hello; // the hello it means for this receiver
	struct sounded sounded;
	struct loop_task failing; // brings what failed inside a call
	bool failing_dial, failing_tls[2];

	// The PROXY header that the sender's connection must begin with is
	// being read; nothing else of the session is there. NULL: it lives.
	struct arrival *arrival;
	// Who sends and where it meant to go: the ends of its connection, or
	// what a trusted peer told. told: it did so of the latter.
	struct sockaddr_storage from, to;
	bool told;
	bool echo; // its SYN is one of ours, whatever its addresses say
	struct client *told_client; // what XCLIENT told; NULL: nothing
	struct client *forwarded;   // XFORWARD, of the next message; or NULL
	char client[SOCKADDR_TEXT];
	char client_address[ADDRESS_TEXT_MOST]; // for a Received header
	char date[40];                          // likewise
	char receiver[SOCKADDR_TEXT];           // empty: none was connected
	// Why dialling or TLS failed: "ADDRESS: CAUSE", or more of them.
	char detail[SESSION_DETAIL];
	// The same of the best hello by which TLS with this receiver failed,
	// owned, and which it was. NULL: none did.
	char *best_detail;
	unsigned best_hello;
	bool detail_due;   // the log was not told of it yet
	unsigned messages; // that had a line in the log
};

// Takes the connection over. A session that is not to be begins all the
// same, tells the sender why, and ends.
void session_begin(
    struct front *front, size_t listener, struct connection *connection);
// Anywhere, any number of times; the first reason counts.
void session_finish(struct session *session, enum reason reason);
// It ends where nothing is lost by it.
void session_stop(struct session *session);
// Reading goes on or stops, as the queues are.
void session_flow(struct session *session);

#endif
