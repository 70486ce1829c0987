// SPDX-License-Identifier: ISC
//
// What an administrator wants, read once and never changed: facts about a
// session in, a verdict out. It logs nothing, calls nobody back, allocates
// nothing once it is loaded. A new configuration is a new policy; sessions
// hold the one they began with.
//
//	policy_load --> policy_admits (address) --> policy_decide (facts)
//	                    at accept           at accept, HELO, MAIL, RCPT

#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/faults.h"
#include "policy/network.h"
#include "policy/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct policy;

// What the command line says. It holds for every listener, over what the file
// says of listeners and the top level; a rule that matches still wins.
// Not owned.
struct policy_overrides {
	struct text_list listen;     // -l, address:port
	struct text_list forward_to; // -f, host:port
	const char *sender_tls;      // --sender-tls; NULL: not given
	const char *receiver_tls;    // --receiver-tls
	struct text_list set;        // --set, KEY=VALUE
};

struct policy_listener {
	const char *name;
	const struct endpoint *addresses; // at least one
	size_t address_count;
	struct policy_receivers forward_to;         // at least one, or original
	struct policy_receivers default_forward_to; // may be none
	// What holds where no rule matches.
	const struct sender_settings *sender;
	const struct receiver_settings *receiver;
	// Whether this listener, or a rule that can match on it, admits the
	// legacy engine (level.h).
	bool admits_legacy;
	// Whether a session of it may need its facts' destination.
	bool intercepts;
};

// What is known of a session; what is not known yet is left zero. Texts are
// not owned and are read during the call alone.
struct policy_facts {
	size_t listener;       // index, below policy_listener_count
	struct address client; // kind ADDRESS_NONE: not known
	// Where the sender meant to go, if the connection was redirected;
	// kind ADDRESS_NONE: it was not.
	struct address destination;
	const char *helo;         // NULL: not known
	bool sender_known;        // the two below hold: the sender's handshake
				  // is over, or it began a message without one
	uint16_t sender_protocol; // enum protocol; 0: plaintext
	unsigned sender_bits;
	bool receiver_known; // the three below hold: the receiver is ready
	uint16_t receiver_protocol;
	unsigned receiver_bits;
	enum level receiver_level; // the strongest that its leg satisfies:
				   // NONE for plaintext, ENCRYPT for TLS
				   // with any certificate, DANE_ONLY for
				   // a TLSA record that matched, DANE for
				   // whatever that level let pass without
	// Names in the sender's trusted certificate; none where it has none.
	// Known when sender_known.
	struct text_list client_names;
	// The settings with which the legs were secured; NULL: not yet.
	// Where others hold now, they are demands on the legs as they are.
	const struct sender_settings *sender_settings;
	const struct receiver_settings *receiver_settings;
	const char *mail_from; // without <>; "" is the null sender
	const char *rcpt_to;
};

// Why a session, or the command it is at, is refused.
enum policy_refusal {
	POLICY_ACCEPTED,
	POLICY_REFUSED,      // by a rule: reply holds what to say
	POLICY_NOWHERE,      // it was not redirected, and there is no
			     // default-forward-to (421 4.3.5)
	POLICY_SENDER_PLAIN, // the sender must use TLS (530 5.7.0)
	POLICY_SENDER_WEAK,  // its TLS is too weak (554 5.7.0)
	POLICY_RECEIVER_WEAK // the receiver's leg is (451 4.7.5)
};

// The answer; everything it points to lives as long as the policy.
struct policy_verdict {
	enum policy_refusal refusal;
	const char *reply; // POLICY_REFUSED: "554 5.7.1 text", else NULL
	const char *rule;  // name of the rule; "default" where none matched
	struct origin at;  // where it was written; the listener, without one
	const struct sender_settings *sender;
	const struct receiver_settings *receiver;
	// original: to the destination of the facts.
	struct policy_receivers forward_to;
};

// Reads the configuration at path (NULL: none, the command line alone), laid
// under overrides (NULL: none). Every fault goes to faults; NULL if one of
// them is an error, and then those of policy_check are among them. The caller
// releases what it gets.
struct policy *policy_load(const char *path,
    const struct policy_overrides *overrides, struct faults *faults);

// The same from text; name stands for the file's in faults.
struct policy *policy_load_text(const char *text, const char *name,
    const struct policy_overrides *overrides, struct faults *faults);

// One more holder; each releases once, the last frees. Not atomic: all
// holders are in one thread. NULL is let pass, and *policy is cleared.
struct policy *policy_hold(struct policy *policy);
void policy_release(struct policy **policy);

size_t policy_listener_count(const struct policy *policy);
const struct policy_listener *policy_listener(
    const struct policy *policy, size_t index);
// All settings that a session of the listener can be given, for whoever
// prepares for them: index from 0; NULL behind the last.
const struct sender_settings *policy_sender_settings(
    const struct policy *policy, size_t listener, size_t index);
const struct receiver_settings *policy_receiver_settings(
    const struct policy *policy, size_t listener, size_t index);
// Where the setting of a leg was written that gave them its value, or, where
// it is a default, the block that gives those settings: the rule, or the
// listener. setting is its name; NULL, or one that the leg does not have, is
// looked for at the top level.
struct origin policy_sender_at(const struct policy *policy, size_t listener,
    size_t index, const char *setting);
struct origin policy_receiver_at(const struct policy *policy, size_t listener,
    size_t index, const char *setting);
// Of limits, and of the top level; where it was not written, the configuration
// as a whole.
struct origin policy_limits_at(
    const struct policy *policy, const char *setting);
struct origin policy_process_at(
    const struct policy *policy, const char *setting);
// Whether address may use the listener (its clients).
bool policy_admits(const struct policy *policy, size_t listener,
    const struct address *address);

// Whether address may say for whom it speaks on the listener.
enum policy_trust {
	POLICY_TRUSTS_PROXY,  // proxy-protocol-from: it must, in a header
	POLICY_TRUSTS_XCLIENT // xclient-from: by XCLIENT and XFORWARD
};
bool policy_trusts(const struct policy *policy, size_t listener,
    enum policy_trust trust, const struct address *address);
// What the process needs of root's rights for this policy.
struct policy_needs {
	bool low_ports; // to bind ports below 1024
	// To listen for, and to come from, addresses that are not this
	// host's: forward-to original, destination, identity = spoof.
	bool foreign_addresses;
	bool spoofing; // without the latter, sessions could not be served
};
void policy_needs(const struct policy *policy, struct policy_needs *needs);

const struct process_settings *policy_process(const struct policy *policy);
const struct limits *policy_limits(const struct policy *policy);
const struct timeouts *policy_timeouts(const struct policy *policy);
const struct log_settings *policy_log(const struct policy *policy);
const struct metrics_settings *policy_metrics(const struct policy *policy);

// Decides with what is known. The first rule whose conditions all match
// gives the settings. A rule with conditions on what is known late (the
// sender's TLS and certificate, MAIL, RCPT) does not match before all of
// that is known, and can then only refuse: by its action, or because the
// legs do not satisfy its tls, min-protocol and min-bits. Then sender and
// receiver stay those of the first rule without such conditions.
// Ask at accept, at HELO or EHLO, and as policy_asks tells. Settings of a
// leg whose handshake began before are not to be changed any more.
void policy_decide(const struct policy *policy,
    const struct policy_facts *facts, struct policy_verdict *verdict);

// Whether any rule for this listener has a condition on this.
enum policy_question {
	POLICY_ASKS_HELO,
	POLICY_ASKS_SENDER, // sender-protocol, sender-bits, client-name
	POLICY_ASKS_MAIL,
	POLICY_ASKS_RCPT
};
bool policy_asks(const struct policy *policy, size_t listener,
    enum policy_question question);

// Whether the receiver is told who the sender is when it is dialled, and not
// by a command: that holds for the session, whatever rule is found later.
bool policy_told_first(enum identity identity);

// Looks at what the configuration names in the world: files of certificates
// and keys, users, directories. Adds what is wrong or will be soon.
void policy_check(const struct policy *policy, struct faults *faults);

// For whoever configures: which rule applies to facts and why, and every
// setting of both legs with where it came from.
void policy_explain(
    const struct policy *policy, const struct policy_facts *facts, FILE *to);

#endif
