// SPDX-License-Identifier: ISC
//
// The order of things: a pure machine that is given events and returns
// actions. It owns no socket, TLS, clock or log, allocates nothing, and sees
// no content. sender and receiver each have a state (state.def); what each
// state does with each event is a row of transition.def.
//
// It never queues a line: what it cannot take now stays in the leg's queue
// (sequencer_takes), bounded there, and comes again. Replies owed to the
// sender are a short queue of what each will be the reply to, so that one
// command gets one reply, in order, also when pipelined.
//
// What it guarantees on every path (proven by tests/paths):
//  I1 no envelope, AUTH or content byte goes to a receiver before its leg
//     meets the policy and was greeted again after TLS
//  I2 a 2yz to end of data is the receiver's, to that message, after the last
//     byte of it was written
//  I3 one command, one reply, in order
//  I4 nothing read in plaintext is used after TLS begins, nor the reverse
//  I5 every state has a timer; after FINISH nothing; the sender always gets a
//     reply or a close
//  I6 one receiver connection at most sees an accepted MAIL or any content

#ifndef SMTP_SEQUENCER_H
#define SMTP_SEQUENCER_H

#include "base/reason.h"
#include "base/side.h"
#include "smtp/command.h"
#include "smtp/extension.h"
#include "smtp/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum state {
#define STATE(id, side, takes, timer, told, words) STATE_##id,
#include "smtp/state.def"
#undef STATE
	STATE_COUNT
};

enum takes {
	TAKES_NOTHING,
	TAKES_COMMAND,
	TAKES_RESPONSE,
	TAKES_CONTENT,
	TAKES_REPLY
};

enum timer {
#define TIMER(id, setting, fixed) TIMER_##id,
#include "smtp/timer.def"
#undef TIMER
	TIMER_COUNT
};

enum event_kind {
#define EVENT(id, text) EVENT_##id,
#include "smtp/event.def"
#undef EVENT
	EVENT_COUNT
};

enum action_kind {
#define ACTION(id, text) ACTION_##id,
#include "smtp/action.def"
#undef ACTION
	ACTION_COUNT
};

// How strong a leg is. Below 112 bits it counts as plaintext for AUTH.
enum strength { STRENGTH_NONE, STRENGTH_WEAK, STRENGTH_STRONG };

enum sender_need { SENDER_NO_TLS, SENDER_MAY_TLS, SENDER_MUST_TLS };
enum receiver_need { RECEIVER_NO_TLS, RECEIVER_MAY_TLS, RECEIVER_MUST_TLS };

// How the receiver is told who the sender is.
enum introduction {
	INTRODUCE_NOT,
	INTRODUCE_HEADER,  // first of all, in a PROXY header
	INTRODUCE_XCLIENT, // when its leg is ready; without that no session
	INTRODUCE_XFORWARD // before each message, if it takes that
};

// What policy decided, as far as the order of things depends on it. Not
// changed while a sequencer points to it; replaced as a whole by a verdict.
struct sequencer_settings {
	bool sender_implicit;
	enum sender_need sender_need;
	bool tolerate_missing_handshake;
	bool early_starttls; // STARTTLS is answered before EHLO
	bool auth_without_tls;
	bool reject_bare_newline;
	bool lf_end_of_data; // LF.LF ends DATA of a sender that knows no CR
	bool reject_early_pipelining;
	bool receiver_implicit;
	enum receiver_need receiver_need;
	unsigned receivers; // to try in order; 0 is 1
	unsigned rungs; // TLS hellos to try, one connection each; at least 1
	bool fallback_plain; // after them plaintext, where receiver_need is MAY
	bool defer_stripped; // this receiver once offered TLS: insist on it
	bool try_unoffered;  // say STARTTLS even where it is not offered
	bool forgetful_redial;
	enum introduction introduction;
	bool dial_after_tls; // the introduction tells of the sender's TLS:
			     // where that is implicit, it comes first; after
			     // STARTTLS the receiver is dialled again
	bool take_xclient;   // the sender may say for whom it speaks
	unsigned headroom;   // of SIZE, for what we put before a message
	bool ask_at_hello;   // policy wants to be asked when these are known
	bool ask_when_secured;
	bool ask_at_mail;
	bool ask_at_rcpt;
	unsigned error_limit;     // 5yz replies; 0: no limit
	unsigned command_limit;   // without a message; 0: no limit
	unsigned recipient_limit; // of one message; 0: no limit
	const char *loop_keyword; // of mirror.h, not owned; NULL: none
	const char *helo_name;    // said to the receiver; NULL: the sender's
	const char *const *hide;  // keywords, not owned
	size_t hide_count;
	const char *const *show;
	size_t show_count;
};

enum question {
	ASK_HELLO,
	ASK_SECURED,
	ASK_MAIL,
	ASK_RCPT,
	ASK_CLIENT // XCLIENT: another client from now on
};

// The answer of policy. settings replace the sequencer's from now on.
struct verdict {
	const struct sequencer_settings *settings;
	bool refuse;            // answer refusal to this command (5yz or 4yz)
	bool close;             // and end the session
	bool too_weak;          // ASK_SECURED: the sender's TLS is too weak
	enum own_reply refusal; // OWN_REFUSED unless something fits better
	enum reason reason;     // ASK_CLIENT with close: why the session ends;
				// NONE: REASON_REFUSED
	const char *reply; // said in the place of OWN_REFUSED, without CRLF;
			   // NULL: the table's; outlives the session
};

// One event. Which fields hold something depends on the kind; pointers are
// valid during the step alone.
struct event {
	enum event_kind kind;
	enum side side;
	const struct line *line;       // COMMAND, RESPONSE
	const struct command *command; // COMMAND
	const struct verdict *verdict; // COMMAND, SECURED: after ASK; or NULL
	const struct reply *reply;     // REPLY
	unsigned target; // CONNECTED: which receiver was reached; 0: the first
	size_t behind;   // COMMAND, REPLY: bytes of that side already there
			 // behind the line or reply (kernel's included)
			 // TIMED_OUT of the receiver: bytes of it not yet taken
	size_t waiting;  // REPLY: bytes of the sender not yet taken
	enum strength strength; // SECURED
	bool authenticated;     // SECURED: fingerprint, name or DANE matched
	bool unverified; // INSECURE: TLS worked, the certificate does not do;
			 // UNREACHABLE: for want of proof by DNSSEC
	bool certificate_refused; // INSECURE: the receiver will not have our
				  // certificate, or that there is none
	bool ours; // REPLY: to a greeting, that is ourselves (mirror.h)
	bool bare; // CONTENT_END: a bare newline, which is rejected
	enum own_reply refusal; // START: OWN_COUNT, or refuse the session so
	// START with refusal, TIMED_OUT of a session; UNREACHABLE: LOOP if
	// that is ourselves.
	enum reason reason;
};

enum own_command {
	SAY_EHLO, // with the name of the sequencer, or helo_name
	SAY_HELO,
	SAY_STARTTLS,
	SAY_QUIT,
	SAY_CANCEL, // "*": ends an AUTH exchange (RFC 4954 4)
	SAY_XCLIENT,
	SAY_XFORWARD
};
enum drop { DROP_GRACEFUL, DROP_ABORT };
enum content { CONTENT_DATA, CONTENT_CHUNK };
enum note {
	NOTE_MIXED_TLS,         // the sender uses TLS, its receiver does not
	NOTE_IGNORED_220,       // the sender went on in plaintext
	NOTE_NO_EHLO_AFTER_TLS, // the sender said no EHLO after TLS
	NOTE_STRIPPED,          // STARTTLS is not offered, or refused
	NOTE_FORGOTTEN,         // 505 or 530 to MAIL under TLS: said again
	NOTE_ACCEPTED,          // the receiver took a message (reply in hand)
	NOTE_REFUSED,           // it refused one before its content
	NOTE_REJECTED,          // it refused one after it
	NOTE_UNKNOWN,           // nobody knows: the sender was told to retry
	NOTE_UNACKNOWLEDGED,    // it took one, but the sender is gone
	NOTE_NEXT_RUNG,         // the receiver is dialled with a humbler hello
	NOTE_NEXT_RECEIVER,     // it does not serve; the next one is dialled
	NOTE_NO_XFORWARD,       // it takes no XFORWARD from us
	NOTE_NO_XCLIENT,        // nor XCLIENT: it gets no mail
	NOTE_BAD_XCLIENT,       // it took ours for wrong: the same
	NOTE_COUNT
};

struct action {
	enum action_kind kind;
	enum side side;
	enum own_reply own; // ANSWER
	unsigned value;     // by kind: rung, enum own_command, enum expected
			    // (RELAY: what the reply is to), 1 to show the
			    // kept reply (SHOW_), enum content, question,
			    // timer, drop, note, reason
	uint64_t size;      // CONTENT_CHUNK: bytes of the chunk
			    // CONNECT: the first receiver to try
	bool secret;        // FORWARD: may hold a password: never in a trace
	bool detail;        // ANSWER: append why TLS or the dialling failed
	const char *why;    // for traces; static text, or NULL
};

enum {
	EXPECTED_MOST = 64,
	// A step may answer every reply that is owed, and tell the log of each;
	// what else it does is less than the rest.
	ACTIONS_MOST = 2 * EXPECTED_MOST + 32,
	HELLO_MOST = 255
};

struct actions {
	size_t count;
	struct action list[ACTIONS_MOST];
};

// What the sender's next reply will be the reply to.
enum expected {
#define EXPECTED(id, timer, fits, handler) EXPECT_##id,
#include "smtp/expected.def"
#undef EXPECTED
	EXPECT_COUNT
};

enum hello { HELLO_NONE, HELLO_HELO, HELLO_EHLO };

// What is said once the receiver is ready.
enum pending { PENDING_NONE, PENDING_EHLO, PENDING_HELO, PENDING_MAIL };

enum attempt { ATTEMPT_TLS, ATTEMPT_PLAIN, ATTEMPT_HELO };

// A value: copied, compared and hashed by the path explorer. Written by the
// sequencer alone.
struct sequencer {
	const struct sequencer_settings *settings;
	enum state state[2]; // by side
	enum timer timer[2];
	enum strength strength[2];
	enum hello hello; // what the sender said last, answered 2yz
	enum pending pending;
	enum attempt attempt; // what is left out towards this receiver
	unsigned rung;
	unsigned target;      // the receiver in hand, of settings->receivers
	enum own_reply fault; // what the sender's next command is told,
	enum reason fault_reason;  // and the session's end; OWN_COUNT: none
	struct extensions offered; // by the receiver, last EHLO
	uint8_t expected[EXPECTED_MOST];
	uint8_t expected_own[EXPECTED_MOST];
	size_t expected_count;
	unsigned errors, commands, recipients;
	size_t name_size;
	uint8_t name[HELLO_MOST]; // of the sender's EHLO or HELO
	bool greeted;             // a banner was relayed
	bool authenticated;       // the receiver was
	bool mail_said;           // something of a message was forwarded
	bool auth_said;           // an AUTH was
	bool logged_in;           // and the receiver agreed
	bool in_mail;             // between MAIL and the end of its message
	bool misjudged;   // policy was asked about a MAIL that was refused
			  // inside it: no more recipients
	bool introduced;  // the receiver was told who sends: XCLIENT, or
			  // XFORWARD for the message that comes next
	bool told_tls;    // the sender's TLS had begun when it was dialled
	bool forgotten;   // the one redial for a forgetful receiver
	bool kept_reply;  // a copy of the last EHLO reply is kept
	bool no_ehlo_yet; // since the sender's TLS began
	bool kept_mail;   // the first MAIL is kept, to be said again
	bool stopping;
};

void sequencer_init(
    struct sequencer *sequencer, const struct sequencer_settings *settings);

// Takes one event and fills actions with what to do, in order. Every kind may
// come in every state where it can happen (transition.def); a TLS or content
// event that the sequencer did not ask for is a bug of the caller.
void sequencer_step(struct sequencer *sequencer, const struct event *event,
    struct actions *actions);

// What may be brought from this side now. Ask again after each step.
enum takes sequencer_takes(const struct sequencer *sequencer, enum side side);
// Whether the side's state has a use for this kind of event; what it has no
// use for (ENDED while a reply is owed) is brought later.
bool sequencer_accepts(
    const struct sequencer *sequencer, enum event_kind kind, enum side side);

bool sequencer_finished(const struct sequencer *sequencer);

// Whether the receiver was given some of a message or chunk and not its end:
// it must not get to believe that it has all.
bool sequencer_has_half(const struct sequencer *sequencer);

// How many messages the receiver was given whole whose outcome it has not
// said: of these nobody will know, should the session end now.
unsigned sequencer_undecided(const struct sequencer *sequencer);

// How the receiver's EHLO reply is to be shown (ACTION_SHOW_EHLO, _KEPT).
struct extension_view sequencer_view(const struct sequencer *sequencer);

// Names for traces; static text.
const char *state_name(enum state state);
const char *state_words(enum state state); // what is the case then
const char *event_name(enum event_kind kind);
const char *action_name(enum action_kind kind);
const char *note_name(enum note note);

#endif
