// SPDX-License-Identifier: ISC
//
// One session without I/O: two streams of plaintext bytes in, two out, the
// sequencer between. It frames lines, replies and content, gives them to the
// sequencer when that takes them, and carries its actions out. What needs the
// world (dialling, TLS, timers, policy) it asks of its shell: the session
// with its legs, or a test with fake ones.

#ifndef SMTP_BRIDGE_H
#define SMTP_BRIDGE_H

#include "base/buffer.h"
#include "smtp/client.h"
#include "smtp/payload.h"
#include "smtp/received.h"
#include "smtp/sequencer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BRIDGE_COMMAND_LIMIT = 4096, // bytes of a command line
	BRIDGE_AUTH_LIMIT = 12288,   // of a SASL line (RFC 4954 4)
	// A leg's reading stops while its queue holds more than HIGH. The hard
	// limit leaves room for one read and what TLS had of it already.
	BRIDGE_HIGH = 65536 + 4096,
	BRIDGE_LIMIT = BRIDGE_HIGH + 65536 + 32768,
	BRIDGE_SIZES_MOST = 8,
	BRIDGE_SWALLOW_LIMIT = 64 << 20 // bytes of content nobody wants
};

// What happened to bytes, for traces.
enum trace_kind {
	TRACE_IN,          // a line or reply came from the side
	TRACE_OUT,         // a line or reply of a peer's goes to the side
	TRACE_OWN,         // our own goes to the side
	TRACE_HELD,        // the line in hand waits, or bytes wait
	TRACE_CONTENT,     // content bytes came from the side
	TRACE_CONTENT_OUT, // content bytes go to the side
	TRACE_STATE,       // the side's state changed: text is "OLD -> NEW"
	TRACE_RECORDS,     // TLS came from the side where commands should be
	TRACE_NOTE
};

struct bridge_trace {
	enum trace_kind kind;
	enum side side;
	const uint8_t *text; // valid during the call
	size_t size;
	bool secret; // text must not be shown, but for a reply's codes
		     // and the first verb bytes of a command; its size
		     // may
	size_t verb;
	const char *why; // static, or NULL
};

// What one message came to.
struct bridge_message {
	enum note outcome;         // ACCEPTED, REJECTED, UNKNOWN, ...
	const struct reply *reply; // the receiver's; NULL: there was none
	bool secret;               // it may repeat what must not be shown
	uint64_t bytes;            // of content
	unsigned recipients;       // accepted ones
};

// The shell. Calls come from inside bridge_* calls; a shell must not call
// back into the bridge from them: it brings events later (from its loop).
struct bridge_shell {
	// Sends plaintext; queued if it cannot go now. Bytes are copied.
	void (*write)(
	    void *shell, enum side side, const uint8_t *bytes, size_t size);
	// How many bytes the side's queue may still grow before backpressure.
	size_t (*room)(void *shell, enum side side);
	// Receivers are tried in order from number first on.
	void (*connect)(void *shell, unsigned first, unsigned rung);
	// Once all queued is written, TLS begins with the next byte.
	void (*secure)(void *shell, enum side side);
	void (*timer)(void *shell, enum side side, enum timer timer);
	void (*drop)(void *shell, enum side side, enum drop how);
	// Sends the receiver a PROXY header, before anything else.
	void (*introduce)(void *shell);
	// Fills in who the sender is, for the command that tells it; what its
	// hello says (HELO, PROTO) is added where it is not told.
	void (*client)(
	    void *shell, enum client_verb verb, struct client *client);
	// Arguments of an XFORWARD of the sender that client_read takes; they
	// are of its next message.
	void (*forwarded)(void *shell, const uint8_t *argument, size_t size);
	// Fills in what the bridge does not know of a Received header: all but
	// helo, extended, authenticated and utf8. Texts outlive the call.
	void (*received)(void *shell, struct received *received);
	// Fills in *verdict, whose settings must outlive the session or the
	// next verdict. argument: the hello name, or the path of MAIL or RCPT
	// between its angle brackets, or the arguments of an XCLIENT that
	// client_read takes; empty for ASK_SECURED.
	void (*ask)(void *shell, enum question question,
	    const uint8_t *argument, size_t size, struct verdict *verdict);
	// Whether the sender's connection has broken (RST) by now; asked just
	// before the end of data goes to the receiver, which narrows the
	// window of RFC 1047.
	bool (*sender_broken)(void *shell);
	// Bytes that the kernel holds unread for the side, in plaintext.
	size_t (*unread)(void *shell, enum side side);
	// Whether the sender, which is being shown the reply to its EHLO, may
	// be ourselves (mirror.h); NULL: never.
	bool (*mirrored)(void *shell);
	// A keyword of the receiver's list that the sender is not shown, since
	// nobody knows it; told each time. NULL: nobody asks.
	void (*unlisted)(void *shell, const uint8_t *keyword, size_t size);
	// Why TLS or dialling failed, for our reply; NULL: nothing to add.
	const char *(*detail)(void *shell);
	void (*note)(void *shell, enum note note);
	void (*message)(void *shell, const struct bridge_message *message);
	void (*trace)(void *shell, const struct bridge_trace *trace); // or NULL
	// After this the bridge asks nothing more; what was written is to be
	// flushed, then both legs closed.
	void (*finish)(void *shell, enum reason reason);
};

// Counts for the session's log line.
struct bridge_counts {
	uint64_t bytes;                // of content
	unsigned messages, recipients; // accepted
};

struct bridge {
	struct sequencer sequencer;
	const struct bridge_shell *shell;
	void *context;
	const char *hostname; // ours, in our replies; not owned
	const char *refusal;  // what policy says for OWN_REFUSED, or NULL
	struct buffer in[2];  // plaintext not yet taken, by side
	struct line_reader line;
	struct reply_reader reply;
	struct payload payload;
	struct buffer kept_reply; // the receiver's last EHLO reply
	size_t kept_line;         // bytes kept at the front of in[SENDER]
	enum content content_kind;
	bool ended[2];     // no more bytes come from the side
	bool unwritten[2]; // something was written since it last drained
	bool swallowing;
	bool sender_broke; // seen just before the end of data
	uint64_t swallowed;
	bool last_chunk;
	uint64_t content; // bytes of the message that is being read
	// Of those that were read and whose reply is owed, oldest first; a
	// sender may pipeline behind BDAT LAST. The last takes what is over.
	uint64_t sizes[BRIDGE_SIZES_MOST];
	unsigned sizes_count;
	unsigned message_recipients; // of it, accepted
	bool received_due;           // a Received header goes before what comes
	bool utf8;                   // its MAIL asked for SMTPUTF8
	bool authenticated;          // the receiver took an AUTH
	bool echo;                   // the sender's last line may be a secret
	bool echoed;                 // the reply in hand may repeat it
	bool line_told;              // the line in hand was told to traces
	size_t verb;                 // bytes of it that are no secret
	struct bridge_counts counts;
};

// settings, hostname, shell and context outlive the bridge.
void bridge_init(struct bridge *bridge,
    const struct sequencer_settings *settings, const char *hostname,
    const struct bridge_shell *shell, void *context);
void bridge_free(struct bridge *bridge);

// What OWN_REFUSED is told as: a whole reply without CRLF, which outlives the
// bridge; NULL: as the table has it.
void bridge_refuse_as(struct bridge *bridge, const char *reply);
// Begins the session, or refuses it with one reply (OWN_COUNT: begins).
void bridge_start(
    struct bridge *bridge, enum own_reply refusal, enum reason reason);
// Plaintext came. False: more than BRIDGE_LIMIT is queued (a bug of a shell
// that does not stop reading at bridge_full).
bool bridge_receive(
    struct bridge *bridge, enum side side, const uint8_t *bytes, size_t size);
// Reading from the side should stop until bridge_full is false again.
bool bridge_full(const struct bridge *bridge, enum side side);
// The side sends no more (FIN or close_notify); taken in order.
void bridge_end(struct bridge *bridge, enum side side);
// Everything queued for the side was written to its socket.
void bridge_drained(struct bridge *bridge, enum side side);
// The side's queue has room again: content may go on.
void bridge_pump(struct bridge *bridge);
// Any other event: CONNECTED, UNREACHABLE, SECURED, INSECURE, PLAINTEXT,
// TIMED_OUT, BROKEN, STOP. After SECURED is asked for and until it comes, no
// bytes of that side may be brought.
void bridge_event(struct bridge *bridge, const struct event *event);

// The session ends now, whatever is owed: tells of the messages whose outcome
// nobody will know. The bridge is to be freed, and nothing else.
void bridge_cut(struct bridge *bridge);

// Whether plaintext of this side waits to be taken: it must be none when TLS
// begins on it (command and response injection).
size_t bridge_waiting(const struct bridge *bridge, enum side side);
// Bytes that are kept of the receiver's list of extensions.
size_t bridge_kept(const struct bridge *bridge);
// The name in the sender's last EHLO or HELO; empty: none came.
struct reader bridge_hello(const struct bridge *bridge);
// Whether EHLO was said to the receiver and is not answered; the name in it.
bool bridge_says_hello(const struct bridge *bridge, struct reader *name);

#endif
