// SPDX-License-Identifier: ISC
//
// The bytes beneath the dialogue: plaintext as the bridge saw it, masked, and
// the records of the wire as they are, with handshake messages field by field.

#include "watch/hexdump.h"
#include "watch/trace_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 16, FIELD_LINE = 1600, VALUE_LEAST = 32 };

// The session, so that whoever searches for it has these lines too.
static void
write_indent(const struct trace_session *session, struct writer *out)
{
	char text[INDENT + 1];

	snprintf(text, sizeof text, "%-16s", session->id);
	writer_text(out, text);
}

static void
dump(struct trace_session *session, uint64_t *offset, const uint8_t *bytes,
    size_t size)
{
	uint8_t lines[16 * (INDENT + HEXDUMP_LINE)];
	struct writer out = writer_over(lines, sizeof lines);
	size_t width = session->trace->width;
	size_t row = width == 0 || width >= INDENT + HEXDUMP_LINE - 1
			 ? HEXDUMP_WIDE
			 : HEXDUMP_NARROW;

	for (size_t at = 0; at < size; at += row) {
		size_t most = size - at < row ? size - at : row;

		write_indent(session, &out);
		hexdump_line(&out, *offset + at, bytes + at, most, row);
		if (sizeof lines - out.size >= INDENT + HEXDUMP_LINE)
			continue;
		trace_write(
		    session->trace->options.output, out.bytes, out.size);
		out = writer_over(lines, sizeof lines);
	}
	trace_write(session->trace->options.output, out.bytes, out.size);
	*offset += size;
}

// How much at the front may be shown.
static size_t
shown_of(struct trace_session *session, const struct tap_dialogue *dialogue)
{
	// The counting of lines was done for the text.
	if (dialogue->kind == TAP_CONTENT)
		return session->content_shown;
	return trace_shown(session, dialogue, dialogue->text, dialogue->size);
}

void
trace_dump_plaintext(
    struct trace_session *session, const struct tap_dialogue *dialogue)
{
	enum tap_direction direction = trace_direction(dialogue);
	uint64_t *offset = &session->legs[dialogue->side].plaintext[direction];
	size_t shown;

	if (dialogue->kind != TAP_IN && dialogue->kind != TAP_OUT &&
	    dialogue->kind != TAP_OWN && dialogue->kind != TAP_CONTENT)
		return;
	shown = shown_of(session, dialogue);
	dump(session, offset, dialogue->text, shown);
	*offset += dialogue->size - shown;
}

static void
label(struct trace_session *session, enum side side,
    enum tap_direction direction, const struct record_piece *piece)
{
	const char *who =
	    direction == TAP_FROM_PEER ? side_name(side) : "sallyport";

	if (piece->unknown)
		trace_remark(session, side, TEXT_TROUBLE,
		    "not a TLS record, from %s%s",
		    direction == TAP_FROM_PEER ? "the " : "", who);
	else
		trace_remark(session, side, TEXT_REMARK,
		    "record from %s%s: %s, %s, %zu bytes",
		    direction == TAP_FROM_PEER ? "the " : "", who,
		    record_type_name(piece->type),
		    record_version_name(piece->version), piece->length);
}

// What is no TLS from a sender may be a password: one that goes on in
// plaintext after its STARTTLS, or came to the wrong port.
static bool
is_hidden(const struct trace_session *session, enum side side,
    const struct record_piece *piece)
{
	return piece->unknown && side == SENDER &&
	       !session->trace->options.secrets;
}

void
trace_dump_piece(struct trace_session *session, enum side side,
    enum tap_direction direction, const struct record_piece *piece,
    const uint8_t *bytes)
{
	uint64_t *offset = &session->legs[side].wire[direction];

	if (piece->begins)
		label(session, side, direction, piece);
	if (is_hidden(session, side, piece))
		trace_remark(session, side, TEXT_DETAIL,
		    "[%zu bytes not shown]", piece->size);
	else
		dump(session, offset, bytes, piece->size);
}

// A field's value; all of it is printable. Where it is wider than the terminal
// it goes on below its name.
static void
write_value(const struct trace_session *session, struct writer *out,
    size_t indent, const char *value)
{
	size_t width = session->trace->width;
	size_t column = out->size;

	if (width < indent + VALUE_LEAST) {
		writer_text(out, value);
		return;
	}
	while (*value != '\0') {
		size_t word = strspn(value, " ");
		size_t room = column < width ? width - column : 0;

		word += strcspn(value + word, " ");
		// One that fits on no line is cut.
		if (word > width - indent && room > 0)
			word = word < room ? word : room;
		if (word <= room) {
			writer_bytes(out, (const uint8_t *)value, word);
			column += word;
		} else {
			writer_u8(out, '\n');
			for (column = 0; column < indent; column++)
				writer_u8(out, ' ');
			word = strspn(value, " ");
		}
		value += word;
	}
}

// "7f3a01                version   TLSv1.2"
static void
write_field(void *context, unsigned depth, const char *name, const char *value)
{
	const struct trace_session *session = context;
	uint8_t line[FIELD_LINE];
	struct writer out = writer_over(line, sizeof line - 1);

	write_indent(session, &out);
	for (unsigned i = 0; i <= depth; i++)
		writer_text(&out, "  ");
	writer_text(&out, name);
	if (name[0] != '\0' && value[0] != '\0')
		writer_text(&out, depth == 2 ? "  " : ": ");
	write_value(session, &out, INDENT + 2 * (depth + 2), value);
	out.room++;
	writer_u8(&out, '\n');
	trace_write(session->trace->options.output, out.bytes, out.size);
}

void
trace_dump_item(struct trace_session *session, enum side side,
    const struct handshake_item *item)
{
	const struct handshake_sink sink = {
	    .field = write_field, .context = session};

	handshake_fields(item, &session->legs[side].known, &sink);
}
