// SPDX-License-Identifier: ISC
//
// Replies (RFC 5321 4.2): a receiver's, whole and multi-line, out of bytes;
// and our own, from one table.

#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REPLY_LINES_MOST = 128,   // lines of one reply
	REPLY_BYTES_MOST = 65536, // bytes of one reply
	REPLY_LINE_MOST = 512     // bytes of one line that we write
};

// A whole reply as it lies in the caller's bytes.
struct reply {
	unsigned code; // 200..599, of the last line (RFC 5321 4.2.1)
	size_t lines;
	const uint8_t *bytes;
	size_t size; // of all lines with their ends: what to consume
};

enum reply_status {
	REPLY_MORE,      // not whole yet
	REPLY_WHOLE,     // *reply is filled in
	REPLY_MALFORMED, // not a reply: wrong code, no space or hyphen ...
	REPLY_TOO_LONG   // would pass the limits above, whatever comes
};

// All zero at the start; reply_next zeroes it with each whole reply.
struct reply_reader {
	size_t looked;     // bytes known to hold no LF behind line_start
	size_t line_start; // where the line in hand begins
	size_t lines;      // whole lines before it
};

// Looks for a whole reply at the start of bytes; call again with more bytes
// behind the same ones until it is not REPLY_MORE. Lines end with CRLF or LF.
// Lines may have any length within REPLY_BYTES_MOST; reply_relay cuts them.
// "250" and "250 " are whole last lines; "250text" is malformed, so is a
// first digit that is not 2 to 5. After MALFORMED and TOO_LONG there is no
// way to go on: replies and commands can no longer be matched.
enum reply_status reply_next(struct reply_reader *reader, const uint8_t *bytes,
    size_t size, struct reply *reply);

// One line of a reply: its text behind code and separator, without line end.
// index is below reply->lines.
struct reader reply_line(const struct reply *reply, size_t index);

// Writes a reply for the sender: every line with the code of the last,
// "-" or " " as the place demands (a last line of a code alone stays so),
// CRLF, cut to 512 bytes a line; controls but HT become "?", and bytes above
// 0x7f too unless utf8. out must have REPLY_BYTES_MOST + 1024 bytes of room.
void reply_relay(const struct reply *reply, bool utf8, struct writer *out);
// Writes one such line. code is 200..599; separator '-', ' ', or '\0' for
// none, which only an empty text may have.
void reply_write_line(unsigned code, char separator, struct reader text,
    bool utf8, struct writer *out);

enum own_reply {
#define OWN(id, code, enhanced, text) OWN_##id,
#include "smtp/own.def"
#undef OWN
	OWN_COUNT
};

unsigned own_code(enum own_reply own);
// The fixed text of the table; static.
const char *own_text(enum own_reply own);
// Writes "<code> <enhanced> <hostname> (sallyport): <text>[: <detail>]" CRLF.
// detail may be NULL; what is no ASCII text in it becomes "?". It is never a
// sender's own line (a password may be in it). The line is cut to 512 bytes.
void own_write(enum own_reply own, const char *hostname, const char *detail,
    struct writer *out);

#endif
