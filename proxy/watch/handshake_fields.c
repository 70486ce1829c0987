// SPDX-License-Identifier: ISC

#include "watch/handshake_fields.h"

#include "watch/escape.h"
#include "watch/handshake_parts.h"

#include <stdarg.h>
#include <stdio.h>

enum { BYTES_SHOWN = 64 };

void
tell(const struct telling *telling, unsigned depth, const char *name,
    const char *format, ...)
{
	char value[HANDSHAKE_FIELD];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(value, sizeof value, format, arguments);
	va_end(arguments);
	telling->sink->field(telling->sink->context, depth, name, value);
}

// Ends what a writer over a value of HANDSHAKE_FIELD - 1 bytes wrote.
static void
tell_written(const struct telling *telling, unsigned depth, const char *name,
    struct writer *out)
{
	out->bytes[out->size] = '\0';
	telling->sink->field(
	    telling->sink->context, depth, name, (const char *)out->bytes);
}

void
tell_named(const struct telling *telling, unsigned depth, const char *name,
    enum names table, uint32_t number)
{
	char value[HANDSHAKE_FIELD];
	struct writer out = writer_over(value, sizeof value - 1);

	names_write(&out, table, number);
	tell_written(telling, depth, name, &out);
}

void
tell_bytes(const struct telling *telling, unsigned depth, const char *name,
    struct reader bytes)
{
	static const char digits[] = "0123456789abcdef";
	char value[HANDSHAKE_FIELD];
	struct writer out = writer_over(value, sizeof value - 1);

	if (bytes.left == 0)
		writer_text(&out, "empty");
	for (size_t i = 0; i < bytes.left && i < BYTES_SHOWN; i++) {
		writer_u8(&out, (uint8_t)digits[bytes.at[i] >> 4]);
		writer_u8(&out, (uint8_t)digits[bytes.at[i] & 15]);
	}
	if (bytes.left > BYTES_SHOWN) {
		char rest[40];

		snprintf(rest, sizeof rest, "... (%zu bytes)", bytes.left);
		writer_text(&out, rest);
	}
	tell_written(telling, depth, name, &out);
}

void
tell_text(const struct telling *telling, unsigned depth, const char *name,
    struct reader text)
{
	char value[HANDSHAKE_FIELD];
	struct writer out = writer_over(value, sizeof value - 1);

	escape_write(&out, ESCAPE_BARE, text.at, text.left);
	tell_written(telling, depth, name, &out);
}

void
tell_list(const struct telling *telling, unsigned depth, const char *name,
    enum names table, struct reader list)
{
	char value[HANDSHAKE_FIELD];
	struct writer out = writer_over(value, sizeof value - 5);
	const char *between = "";

	if (list.left < 2)
		writer_text(&out, "none");
	while (list.left >= 2 && !out.failed) {
		writer_text(&out, between);
		between = ", ";
		names_write(&out, table, reader_u16(&list));
	}
	if (out.failed) {
		out.failed = false;
		out.room += 4;
		writer_text(&out, " ...");
	}
	tell_written(telling, depth, name, &out);
}

static void
tell_alert(const struct telling *telling, struct reader *message)
{
	uint8_t level = reader_u8(message);
	const char *name = "of an unknown level";

	if (level == 1)
		name = "warning";
	else if (level == 2)
		name = "fatal";
	tell(telling, 1, "level", "%s", name);
	tell_named(telling, 1, "description", NAMES_ALERTS, reader_u8(message));
}

static void
tell_ticket(const struct telling *telling, struct reader *message)
{
	tell(telling, 1, "lifetime hint", "%u seconds", reader_u32(message));
	tell_bytes(telling, 1, "ticket", reader_vector(message, 2));
}

static void
tell_status(const struct telling *telling, struct reader *message)
{
	tell(telling, 1, "status type", "%s",
	    reader_u8(message) == 1 ? "ocsp" : "unknown");
	struct reader response = reader_vector(message, 3);
	tell(telling, 1, "response", "%zu bytes", response.left);
}

static tell_message *
teller(const struct handshake_item *item)
{
	static tell_message *const tellers[] = {
	    [1] = tell_client_hello,
	    [2] = tell_server_hello,
	    [4] = tell_ticket,
	    [11] = tell_certificate,
	    [12] = tell_server_key_exchange,
	    [13] = tell_certificate_request,
	    [15] = tell_certificate_verify,
	    [16] = tell_client_key_exchange,
	    [22] = tell_status,
	};

	if (item->alert)
		return tell_alert;
	if (item->v2)
		return tell_v2_hello;
	return item->type < sizeof tellers / sizeof tellers[0]
		   ? tellers[item->type]
		   : NULL;
}

void
handshake_fields(const struct handshake_item *item,
    struct handshake_known *known, const struct handshake_sink *sink)
{
	const struct telling telling = {
	    .sink = sink, .known = known, .message = item->type};
	struct reader message = reader_over(item->body, item->size);
	const char *name = names_find(NAMES_MESSAGES, item->type);
	tell_message *fields = teller(item);

	if (item->alert)
		name = "Alert";
	tell(&telling, 0, "", "%s%s, %zu bytes",
	    name != NULL ? name : "unknown message",
	    item->v2 ? " in SSL 2.0 format" : "", item->size);
	if (fields == NULL) {
		if (message.left > 0)
			tell_bytes(&telling, 1, "body", message);
		return;
	}
	fields(&telling, &message);
	if (message.failed)
		tell(&telling, 1, "", "it ends too early: malformed");
	else if (message.left > 0)
		tell_bytes(&telling, 1, "left over", message);
}
