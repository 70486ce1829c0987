// SPDX-License-Identifier: ISC
//
// What step does, by place and byte (">" writes, the rest is held back):
//
//          .          CR           LF                NUL       other c
//   BOL    DOT        CR           >CRLF BOLN        NUL       >c MID
//   BOLN   >.. MID    CR           >CRLF BOLN        NUL       >c MID
//   LF     LFDOT      CR           >CRLF BOLN        NUL       >c MID
//   NUL    >.. MID    (other bytes write the NULs, then are as in MID)
//   MID    >.         CR           >CRLF BOLN        >NUL      >c
//   CR     *          *            >CRLF BOL         *         *
//   DOT    >.. MID    DOTCR        >..CRLF BOLN      NUL       >.c MID
//   DOTCR  **         **           END               **        **
//   LFDOT  (LF ends; other bytes write "..", then are as in MID)
//
//   *  >CRLF, then as in BOLN      ** >..CRLF, then as in BOLN
//   BOLN behind a bare LF is LF while LF.LF may end the content; DOT and LF
//   at the start of such content is END.
//
// A dot at the start of a line that we made was no stuffing of the sender's,
// so it is doubled: else the repair itself would make CRLF.CRLF.

#include "smtp/payload.h"

#include "base/bytes.h"
#include "base/contract.h"

#include <string.h>

enum {
	STEP_MOST = 6, // what one step can write: "..", CRLF, ".."
	STRETCH = 256  // how far ahead text is looked over at once
};

void
payload_begin_data(
    struct payload *payload, enum payload_mode mode, bool lf_end_of_data)
{
	*payload = (struct payload){.mode = mode, .lf_end = lf_end_of_data};
}

bool
payload_ended(const struct payload *payload)
{
	return payload->place == PAYLOAD_END;
}

// Content that is going to be rejected is not written any more.
static bool
is_muted(const struct payload *payload)
{
	return payload->bare && payload->mode == PAYLOAD_REJECT;
}

static void
put(const struct payload *payload, struct writer *out, const char *bytes,
    size_t size)
{
	if (!is_muted(payload))
		writer_bytes(out, bytes, size);
}

static void
put_byte(const struct payload *payload, struct writer *out, uint8_t byte)
{
	if (!is_muted(payload))
		writer_u8(out, byte);
}

// LF.LF can still end this content.
static bool
lf_may_end(const struct payload *payload)
{
	return payload->lf_end && !payload->crlf_seen;
}

static void
middle(struct payload *payload, uint8_t byte, struct writer *out)
{
	payload->place = PAYLOAD_MID;
	if (byte == '\r') {
		payload->place = PAYLOAD_CR;
	} else if (byte == '\n') {
		payload->bare = true;
		put(payload, out, "\r\n", 2);
		payload->place =
		    lf_may_end(payload) ? PAYLOAD_LF : PAYLOAD_BOLN;
	} else {
		put_byte(payload, out, byte);
	}
}

static void
line_start(struct payload *payload, uint8_t byte, struct writer *out)
{
	if (byte == '\0') {
		payload->nuls = 1;
		payload->place = PAYLOAD_NUL;
	} else if (byte != '.') {
		middle(payload, byte, out);
	} else if (payload->place == PAYLOAD_BOL) {
		payload->place = PAYLOAD_DOT;
	} else if (payload->place == PAYLOAD_LF) {
		payload->place = PAYLOAD_LFDOT;
	} else {
		put(payload, out, "..", 2);
		payload->place = PAYLOAD_MID;
	}
}

// A CR that was held back is not before an LF.
static void
bare_cr(struct payload *payload, uint8_t byte, struct writer *out)
{
	payload->bare = true;
	if (payload->place == PAYLOAD_DOTCR)
		put(payload, out, "..", 2);
	put(payload, out, "\r\n", 2);
	payload->place = PAYLOAD_BOLN;
	line_start(payload, byte, out);
}

static void
after_dot(struct payload *payload, uint8_t byte, struct writer *out)
{
	if (byte == '\r') {
		payload->place = PAYLOAD_DOTCR;
	} else if (byte == '\0') {
		payload->bare = true;
		line_start(payload, byte, out);
	} else if (byte != '\n') {
		put(payload, out, ".", 1);
		middle(payload, byte, out);
	} else if (lf_may_end(payload)) {
		payload->place = PAYLOAD_END;
	} else {
		payload->bare = true;
		put(payload, out, "..", 2);
		middle(payload, byte, out);
	}
}

static void
step(struct payload *payload, uint8_t byte, struct writer *out)
{
	switch (payload->place) {
	case PAYLOAD_BOL:
	case PAYLOAD_BOLN:
	case PAYLOAD_LF:
		line_start(payload, byte, out);
		break;
	case PAYLOAD_NUL:
		if (byte == '\0') {
			payload->nuls++;
			break;
		}
		// A dot: other bytes come here when the NULs are written.
		payload->bare = true;
		payload->nuls = 0;
		put(payload, out, "..", 2);
		payload->place = PAYLOAD_MID;
		break;
	case PAYLOAD_MID:
		middle(payload, byte, out);
		break;
	case PAYLOAD_CR:
		if (byte != '\n') {
			bare_cr(payload, byte, out);
			break;
		}
		payload->crlf_seen = true;
		put(payload, out, "\r\n", 2);
		payload->place = PAYLOAD_BOL;
		break;
	case PAYLOAD_DOT:
		after_dot(payload, byte, out);
		break;
	case PAYLOAD_DOTCR:
		if (byte == '\n')
			payload->place = PAYLOAD_END;
		else
			bare_cr(payload, byte, out);
		break;
	case PAYLOAD_LFDOT:
		if (byte == '\n') {
			payload->place = PAYLOAD_END;
			break;
		}
		put(payload, out, "..", 2);
		middle(payload, byte, out);
		break;
	case PAYLOAD_END:
		break;
	}
}

// How many bytes at the start of in are neither CR nor LF. The look ahead is
// short, so that content of many CRs or LFs alone is not looked over again
// and again.
static size_t
text_size(const uint8_t *in, size_t size)
{
	size_t total = 0;

	while (total < size) {
		size_t ahead = size - total < STRETCH ? size - total : STRETCH;
		const uint8_t *lf = memchr(in + total, '\n', ahead);
		size_t run = lf != NULL ? (size_t)(lf - in) - total : ahead;
		const uint8_t *cr = memchr(in + total, '\r', run);

		if (cr != NULL)
			return (size_t)(cr - in);
		total += run;
		if (lf != NULL)
			break;
	}
	return total;
}

// Whether this byte goes out as it is, and whatever is like it behind it.
static bool
begins_text(const struct payload *payload, uint8_t byte)
{
	switch (payload->place) {
	case PAYLOAD_MID:
		return byte != '\r' && byte != '\n';
	case PAYLOAD_BOL:
	case PAYLOAD_BOLN:
	case PAYLOAD_LF:
		return byte != '\r' && byte != '\n' && byte != '.' &&
		       byte != '\0';
	case PAYLOAD_NUL:
	case PAYLOAD_CR:
	case PAYLOAD_DOT:
	case PAYLOAD_DOTCR:
	case PAYLOAD_LFDOT:
	case PAYLOAD_END:
		break;
	}
	return false;
}

// Takes text and line ends as long as nothing about them is odd, and copies
// them at once: what ordinary content consists of.
static size_t
put_text(
    struct payload *payload, const uint8_t *in, size_t size, struct writer *out)
{
	size_t left = out->room - out->size;
	size_t at = 0;

	if (size > left)
		size = left;
	do {
		size_t text = text_size(in + at, size - at);

		at += text;
		if (text > 0)
			payload->place = PAYLOAD_MID;
		if (size - at < 2 || in[at] != '\r' || in[at + 1] != '\n')
			break;
		at += 2;
		payload->place = PAYLOAD_BOL;
		payload->crlf_seen = true;
	} while (at < size && in[at] != '.' && in[at] != '\0');
	if (!is_muted(payload))
		writer_bytes(out, in, at);
	return at;
}

// As many of the NULs held back as there is room for.
static void
put_nuls(struct payload *payload, struct writer *out)
{
	if (is_muted(payload))
		payload->nuls = 0;
	for (; payload->nuls > 0 && out->size < out->room; payload->nuls--)
		writer_u8(out, '\0');
	if (payload->nuls == 0)
		payload->place = PAYLOAD_MID;
}

size_t
payload_data(struct payload *payload, const uint8_t *in, size_t in_size,
    uint8_t *out, size_t room, size_t *written)
{
	REQUIRE(room >= 8);
	struct writer writer = writer_over(out, room);
	size_t used = 0;

	while (used < in_size && payload->place != PAYLOAD_END &&
	       writer.room - writer.size >= STEP_MOST) {
		uint8_t byte = in[used];

		if (begins_text(payload, byte))
			used += put_text(
			    payload, in + used, in_size - used, &writer);
		else if (payload->place == PAYLOAD_NUL && byte != '\0' &&
			 byte != '.')
			put_nuls(payload, &writer);
		else
			step(payload, in[used++], &writer);
	}
	REQUIRE(!writer.failed);
	payload->in += used;
	payload->out += writer.size;
	*written = writer.size;
	return used;
}

void
payload_begin_chunk(struct payload *payload, uint64_t chunk)
{
	*payload = (struct payload){.chunk = chunk};
	if (chunk == 0)
		payload->place = PAYLOAD_END;
}

size_t
payload_chunk(struct payload *payload, size_t size)
{
	if (size > payload->chunk)
		size = (size_t)payload->chunk;
	payload->chunk -= size;
	payload->in += size;
	payload->out += size;
	if (payload->chunk == 0)
		payload->place = PAYLOAD_END;
	return size;
}
