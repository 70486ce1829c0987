// SPDX-License-Identifier: ISC
//
// What the files of the tracer share, and nobody else includes:
//   trace.c       the taps, and who is told
//   trace_line.c  one line: its prefix, leg, arrow, colours
//   trace_text.c  the lines of the dialogue
//   trace_tls.c   what records and handshakes say, in words
//   trace_dump.c  the bytes beneath them
//   tracer.c      making and ending

#ifndef WATCH_TRACE_PARTS_H
#define WATCH_TRACE_PARTS_H

#include "watch/capture.h"
#include "watch/handshake_fields.h"
#include "watch/hello_words.h"
#include "watch/mask.h"
#include "watch/record_reader.h"
#include "watch/secret_file.h"
#include "watch/tracer.h"

struct trace {
	struct tracer_options options;
	struct secret_file *keylog; // NULL: none
	struct capture *capture;    // likewise
	unsigned sessions;
	bool on;      // new sessions are watched
	bool limited; // but for left more of them no longer
	unsigned left;
	unsigned round; // sessions of an earlier one are not watched any more
	size_t width; // columns of a terminal; 0: lines are as long as they are
};

struct trace_leg {
	bool tls;                       // arrows are ~> and not ->
	uint64_t plaintext[2], wire[2]; // offsets, by direction
	struct record_reader records[2];
	struct handshake_reader handshake[2];
	struct handshake_known known;
	bool alert_told[2];
};

struct trace_session {
	struct trace *trace;
	unsigned round;
	char id[16];
	uint64_t start; // clock_monotonic at its begin
	struct trace_leg legs[2];
	struct mask_content content; // of the message in hand
	uint64_t content_bytes;
	struct capture_session capture;
	size_t content_shown; // of the piece in hand
};

enum text_style {
	TEXT_HEARD,  // came from a peer
	TEXT_PASSED, // a peer's, handed on
	TEXT_OURS,   // said by sallyport itself
	TEXT_REMARK, // about the session
	TEXT_DETAIL, // of the remark before it
	TEXT_GOOD,   // went right
	TEXT_TROUBLE // went wrong
};

// One line: prefix, leg, arrow, then text, escaped here.
struct text_line {
	enum side side;
	enum tap_direction direction;
	enum text_style style;
	const uint8_t *text;
	size_t size;
	size_t masked;    // so many more bytes were there
	const char *note; // follows in brackets; NULL: none
	bool reply;       // its code has a colour of its own
	bool record;      // it is no plaintext, even before TLS is up
};
void trace_line(struct trace_session *session, const struct text_line *line);
// A remark about a leg.
void trace_remark(struct trace_session *session, enum side side,
    enum text_style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void trace_text_dialogue(
    struct trace_session *session, const struct tap_dialogue *dialogue);
// Says how much content there was, once it is over.
void trace_text_content_end(struct trace_session *session);

// What records say; the bytes beneath too, where they are asked for.
void trace_tls_records(struct trace_session *session, enum side side,
    enum tap_direction direction, const uint8_t *bytes, size_t size);
void trace_tls_handshake(struct trace_session *session, enum side side,
    const struct tap_handshake *handshake);

void trace_dump_plaintext(
    struct trace_session *session, const struct tap_dialogue *dialogue);
void trace_dump_piece(struct trace_session *session, enum side side,
    enum tap_direction direction, const struct record_piece *piece,
    const uint8_t *bytes);
void trace_dump_item(struct trace_session *session, enum side side,
    const struct handshake_item *item);

bool trace_is_reply(const struct tap_dialogue *dialogue);
// Which way bytes of a dialogue went on their leg.
enum tap_direction trace_direction(const struct tap_dialogue *dialogue);

// How many bytes at the front of a line of it may be shown.
size_t trace_shown(const struct trace_session *session,
    const struct tap_dialogue *dialogue, const uint8_t *line, size_t size);

// Writes all of it, however often the descriptor interrupts.
void trace_write(int output, const void *bytes, size_t size);

#endif
