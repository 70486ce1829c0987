// SPDX-License-Identifier: ISC
//
// The framing of message content: DATA until CRLF.CRLF and nothing else, BDAT
// by count. DATA content is normalised on its way, once, before it is both
// judged and forwarded (SMTP smuggling, CVE-2023-51764): its output holds no
// bare CR or LF, CRLF.CRLF is never made and never missed, and clean content
// passes unchanged, dot-stuffing included. BDAT content is never touched.
//
// NUL passes, but never between the start of a line and a dot, where a
// receiver that drops NUL would find an end of data: CRLF NUL . becomes
// CRLF .. (RFC 5321 4.5.2: the dot that the receiver takes off), and CRLF . NUL
// becomes CRLF NUL (the dot was only there to be taken off).

#ifndef SMTP_PAYLOAD_H
#define SMTP_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum payload_mode {
	PAYLOAD_NORMALIZE, // bare newlines become CRLF
	PAYLOAD_REJECT     // content is not changed: see payload->bare
};

enum payload_place {
	PAYLOAD_BOL,  // at the start of a line, after a real CRLF
	PAYLOAD_BOLN, // at the start of a line that we made
	PAYLOAD_LF,   // the same after a bare LF, which may begin LF.LF
	PAYLOAD_NUL,  // NULs at the start of a line are held back
	PAYLOAD_MID,
	PAYLOAD_CR,    // a CR is held back
	PAYLOAD_DOT,   // a dot at BOL is held back
	PAYLOAD_DOTCR, // a dot at BOL and a CR are held back
	PAYLOAD_LFDOT, // a dot at LF is held back
	PAYLOAD_END    // the end of data was seen
};

struct payload {
	enum payload_mode mode;
	enum payload_place place;
	bool lf_end;    // lf-end-of-data: see payload_begin_data
	bool crlf_seen; // any CRLF was seen
	bool bare;      // a bare CR or LF was seen, or NUL before or behind a
			// dot as above: content that cannot stay as it is
	uint64_t nuls;  // held back at the start of a line
	uint64_t in;    // bytes used so far, the end of data included
	uint64_t out;   // bytes written so far
	uint64_t chunk; // BDAT: bytes still to come
};

// Content of DATA begins. With lf_end_of_data LF.LF ends it too, as long as
// no CRLF was seen at all (for senders that only know LF); so does a first
// line of a dot and a bare LF, which is an empty message of such a sender.
void payload_begin_data(
    struct payload *payload, enum payload_mode mode, bool lf_end_of_data);

// Takes content from in (at most in_size bytes) and writes normalised content
// to out (at most room bytes, at least 8); returns how many bytes of in were
// used and sets *written. Stops at the end of data: then payload_ended. The
// terminating ".CRLF" is used from in but NOT written: the sequencer decides
// when it goes. Never uses a byte behind the end of data. The content may be
// cut anywhere; at most 2 bytes are held back between calls, and of NULs at
// the start of a line their number.
// Under PAYLOAD_REJECT, once bare is set, bytes are used until the end of
// data, and nothing is written.
size_t payload_data(struct payload *payload, const uint8_t *in, size_t in_size,
    uint8_t *out, size_t room, size_t *written);
bool payload_ended(const struct payload *payload);

// A BDAT chunk begins; payload->chunk counts down with payload_chunk, which
// returns how many of size bytes belong to the chunk. After the last of them
// (at once when chunk is 0) payload_ended is true. in and out count one chunk.
void payload_begin_chunk(struct payload *payload, uint64_t chunk);
size_t payload_chunk(struct payload *payload, size_t size);

#endif
