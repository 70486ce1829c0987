// SPDX-License-Identifier: ISC
//
// What a receiver offers in its EHLO reply, and what of it a sender is shown:
// rebuilt each time from an allow list, so that no unknown keyword changes
// framing and no capability is shown that will not be there.

#ifndef SMTP_EXTENSION_H
#define SMTP_EXTENSION_H

#include "smtp/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum extension {
#define EXTENSION(id, keyword, action) EXTENSION_##id,
#include "smtp/extension.def"
#undef EXTENSION
	EXTENSION_COUNT
};

enum mechanism {
#define MECHANISM(id, name, tls, sender_plain, receiver_plain) MECHANISM_##id,
#include "smtp/mechanism.def"
#undef MECHANISM
	MECHANISM_UNKNOWN,
	MECHANISM_COUNT
};

// Sets, as bits: 1 << EXTENSION_x, 1 << MECHANISM_x.
struct extensions {
	uint64_t offered;
	uint64_t mechanisms; // of AUTH and AUTH= lines together
	uint32_t xclient;    // attributes (client.h) that these list
	uint32_t xforward;
};

// What decides how the list is shown.
struct extension_view {
	bool show_starttls;          // append our own STARTTLS
	struct reader loop;          // append this line; empty: none
	bool sender_tls;             // sender's leg has TLS of 112 bits or more
	bool receiver_tls;           // receiver's leg likewise
	bool receiver_authenticated; // verified: fingerprint, name or dane
	bool auth_without_tls;       // setting of the sender
	unsigned recipient_limit;    // ours, of one message; 0: none
	unsigned headroom;           // bytes we put before a message: of SIZE
	bool take_xclient;           // append our own XCLIENT and XFORWARD
	// hide-keywords, of the receiver's list; not owned.
	const char *const *hide;
	size_t hide_count;
	// show-keywords: unknown ones to pass, or rows with action DROP; never
	// OWN ones.
	const char *const *show;
	size_t show_count;
};

// Reads a 2yz reply to EHLO; the first line (host and greeting) is skipped.
// "AUTH=X Y" is read as AUTH; "KEYWORD=" of any other counts as unknown.
// Keywords match in either case.
struct extensions extension_read(const struct reply *reply);

// The next line, from *line on (at least 1), with a keyword that nobody
// decided about: in no row of extension.def, not private by its name (X...),
// neither shown nor hidden by setting. *line is behind it then; keyword lies in
// the reply. False: there is none any more.
bool extension_unlisted(const struct reply *reply,
    const struct extension_view *view, size_t *line, struct reader *keyword);

// What of it the sender is shown, our own keywords with it; extension_show
// writes just this. AUTH is left out when no mechanism is left.
struct extensions extension_filter(
    const struct extensions *offered, const struct extension_view *view);

// Writes the reply for the sender: the receiver's first line, then the
// keywords that are left, in its order, XCLIENT, XFORWARD and STARTTLS of ours
// last; exactly the last line has a space behind its code. Returns what was
// shown. out must have REPLY_BYTES_MOST + 1024 bytes of room. AUTH lines keep
// their form ("AUTH " or "AUTH=") and name each mechanism once; without any
// mechanism left the line is dropped. Lines are cut and cleaned as by
// reply_relay.
struct extensions extension_show(const struct reply *reply,
    const struct extension_view *view, struct writer *out);

// The single-line answer to HELO: "250 <the receiver's host>" CRLF.
void extension_show_helo(const struct reply *reply, struct writer *out);

// Which mechanism a name is; MECHANISM_UNKNOWN otherwise.
enum mechanism mechanism_find(const uint8_t *name, size_t size);
// "LOGIN", "unknown mechanism"; static text.
const char *mechanism_name(enum mechanism mechanism);
// Whether it sends a password or token in the clear (PLAINTEXT rows).
bool mechanism_is_plaintext(enum mechanism mechanism);
// Whether extension_show shows it, where the receiver offers the set.
bool mechanism_passes(enum mechanism mechanism,
    const struct extensions *offered, const struct extension_view *view);
bool extension_has(const struct extensions *set, enum extension extension);
bool mechanism_has(const struct extensions *set, enum mechanism mechanism);

#endif
