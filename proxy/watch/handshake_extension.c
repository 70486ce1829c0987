// SPDX-License-Identifier: ISC

#include "watch/handshake_parts.h"

#include <stdio.h>

// In a ClientHello these are lists; a server answers with what it chose.
static bool
is_client(const struct telling *telling)
{
	return telling->message == HANDSHAKE_CLIENT_HELLO;
}

static void
tell_server_name(const struct telling *telling, struct reader *body)
{
	struct reader list;

	if (!is_client(telling))
		return; // an empty acknowledgement
	list = reader_vector(body, 2);
	while (!list.failed && list.left > 0) {
		uint8_t type = reader_u8(&list);

		tell_text(telling, 3, type == 0 ? "host name" : "of a type",
		    reader_vector(&list, 2));
	}
	body->failed = body->failed || list.failed;
}

static void
tell_groups(const struct telling *telling, struct reader *body)
{
	tell_list(telling, 3, "", NAMES_GROUPS, reader_vector(body, 2));
}

static void
tell_signatures(const struct telling *telling, struct reader *body)
{
	tell_list(telling, 3, "", NAMES_SIGNATURES, reader_vector(body, 2));
}

static void
tell_points(const struct telling *telling, struct reader *body)
{
	static const char *const names[] = {
	    "uncompressed", "compressed prime", "compressed char2"};
	struct reader list = reader_vector(body, 1);

	while (list.left > 0) {
		uint8_t format = reader_u8(&list);

		tell(telling, 3, "", "%s", format < 3 ? names[format] : "?");
	}
}

static void
tell_protocols(const struct telling *telling, struct reader *body)
{
	struct reader list = reader_vector(body, 2);

	while (!list.failed && list.left > 0)
		tell_text(telling, 3, "", reader_vector(&list, 1));
	body->failed = body->failed || list.failed;
}

static void
tell_versions(const struct telling *telling, struct reader *body)
{
	if (is_client(telling)) {
		tell_list(
		    telling, 3, "", NAMES_VERSIONS, reader_vector(body, 1));
		return;
	}
	telling->known->version = reader_u16(body);
	tell_named(telling, 3, "", NAMES_VERSIONS, telling->known->version);
}

static void
tell_share(const struct telling *telling, struct reader *list, bool with_key)
{
	uint16_t group = reader_u16(list);
	struct reader key = {0};
	char text[64];
	struct writer out = writer_over(text, sizeof text - 1);

	if (with_key)
		key = reader_vector(list, 2);
	if (list->failed)
		return;
	names_write(&out, NAMES_GROUPS, group);
	text[out.size] = '\0';
	if (with_key)
		tell_bytes(telling, 3, text, key);
	else
		tell(telling, 3, text, "asked for");
}

static void
tell_shares(const struct telling *telling, struct reader *body)
{
	struct reader list;

	if (!is_client(telling)) {
		tell_share(telling, body, body->left > 2);
		return;
	}
	list = reader_vector(body, 2);
	while (!list.failed && list.left > 0)
		tell_share(telling, &list, true);
	body->failed = body->failed || list.failed;
}

static void
tell_modes(const struct telling *telling, struct reader *body)
{
	struct reader list = reader_vector(body, 1);

	while (list.left > 0) {
		uint8_t mode = reader_u8(&list);

		tell(telling, 3, "", "%s",
		    mode == 0   ? "psk_ke"
		    : mode == 1 ? "psk_dhe_ke"
				: "?");
	}
}

static void
tell_renegotiation(const struct telling *telling, struct reader *body)
{
	tell_bytes(telling, 3, "", reader_vector(body, 1));
}

static tell_message *
teller(uint16_t number)
{
	static const struct {
		uint16_t number;
		tell_message *tell;
	} rows[] = {
	    {0, tell_server_name},
	    {10, tell_groups},
	    {11, tell_points},
	    {13, tell_signatures},
	    {16, tell_protocols},
	    {43, tell_versions},
	    {45, tell_modes},
	    {50, tell_signatures},
	    {51, tell_shares},
	    {65281, tell_renegotiation},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].number == number)
			return rows[i].tell;
	return NULL;
}

static void
tell_extension(
    const struct telling *telling, uint16_t number, struct reader body)
{
	tell_message *fields = teller(number);
	char text[80];
	struct writer out = writer_over(text, sizeof text - 1);

	names_write(&out, NAMES_EXTENSIONS, number);
	text[out.size] = '\0';
	tell(telling, 2, text, "%zu bytes", body.left);
	if (body.left == 0)
		return;
	if (fields == NULL) {
		tell_bytes(telling, 3, "", body);
		return;
	}
	fields(telling, &body);
	if (body.failed)
		tell(telling, 3, "", "it ends too early: malformed");
	else if (body.left > 0)
		tell_bytes(telling, 3, "left over", body);
}

void
tell_extensions(const struct telling *telling, struct reader *message)
{
	struct reader list = reader_vector(message, 2);

	tell(telling, 1, "extensions", "%zu bytes", list.left);
	while (!list.failed && list.left > 0) {
		uint16_t number = reader_u16(&list);
		struct reader body = reader_vector(&list, 2);

		if (!list.failed)
			tell_extension(telling, number, body);
	}
	message->failed = message->failed || list.failed;
}
