// SPDX-License-Identifier: ISC

#include "bridge_world.h"

#include "base/contract.h"

#include <string.h>

// What the sender heard is whole replies, each line with its CRLF.
static void
check_heard(struct world *world)
{
	struct reply_reader reader = {0};
	struct reply reply;
	size_t at = 0;

	while (at < world->heard_size) {
		REQUIRE(reply_next(&reader, world->heard + at,
			    world->heard_size - at, &reply) == REPLY_WHOLE);
		REQUIRE(reply.size >= 5);
		REQUIRE(reply.bytes[reply.size - 2] == '\r');
		at += reply.size;
	}
	world->heard_size = 0;
}

static bool
begins(const uint8_t *bytes, size_t size, const char *text)
{
	size_t length = strlen(text);

	return size >= length && memcmp(bytes, text, length) == 0;
}

static void
shell_write(void *shell, enum side side, const uint8_t *bytes, size_t size)
{
	struct world *world = shell;

	REQUIRE(!world->finished && !world->securing[side] && size > 0);
	world->unwritten[side] = true;
	if (side == SENDER) {
		bytes_copy(world->heard + world->heard_size,
		    HEARD_MOST - world->heard_size, bytes, size);
		world->heard_size += size;
		check_heard(world);
		return;
	}
	REQUIRE(world->connected);
	if (world->settings.receiver_need != RECEIVER_MUST_TLS ||
	    world->receiver_tls)
		return;
	REQUIRE(begins(bytes, size, "EHLO ") || begins(bytes, size, "HELO ") ||
		begins(bytes, size, "STARTTLS\r\n") ||
		begins(bytes, size, "QUIT\r\n"));
}

static size_t
shell_room(void *shell, enum side side)
{
	struct world *world = shell;

	return side == RECEIVER && world->stalled ? 0 : 32768;
}

static void
shell_connect(void *shell, unsigned first, unsigned rung)
{
	struct world *world = shell;

	REQUIRE(!world->finished && !world->dialling);
	REQUIRE(first == 0 || first < world->settings.receivers);
	REQUIRE(rung < world->settings.rungs);
	world->dialling = true;
	world->first = first;
	world->connected = false;
	world->receiver_tls = false;
	world->securing[RECEIVER] = false;
	world->gone[RECEIVER] = false;
	world->stalled = false;
	world->queueing = false;
	world->unwritten[RECEIVER] = false;
}

static void
shell_secure(void *shell, enum side side)
{
	struct world *world = shell;

	REQUIRE(!world->finished && !world->securing[side]);
	REQUIRE(bridge_waiting(&world->bridge, side) == 0);
	world->securing[side] = true;
}

static void
shell_timer(void *shell, enum side side, enum timer timer)
{
	struct world *world = shell;

	REQUIRE(!world->finished);
	world->timer[side] = timer;
}

static void
shell_drop(void *shell, enum side side, enum drop how)
{
	struct world *world = shell;

	(void)how;
	REQUIRE(!world->finished);
	world->gone[side] = true;
	world->securing[side] = false;
	if (side == RECEIVER) {
		world->dialling = false;
		world->connected = false;
		world->unwritten[RECEIVER] = false;
	}
}

static void
shell_ask(void *shell, enum question question, const uint8_t *argument,
    size_t size, struct verdict *verdict)
{
	struct world *world = shell;
	unsigned bits = world->verdicts;

	REQUIRE(!world->finished);
	if (question == ASK_CLIENT) {
		struct client client = {.size = 0};

		REQUIRE(client_read(CLIENT_XCLIENT, argument, size, &client));
	}
	verdict->settings = &world->settings;
	verdict->too_weak = question == ASK_SECURED && bits % 8 == 1;
	verdict->refuse = bits % 8 == 2 || bits % 8 == 3;
	verdict->close = bits % 8 == 3;
	world->verdicts = bits / 8;
}

static void
shell_introduce(void *shell)
{
	struct world *world = shell;

	REQUIRE(!world->finished && world->connected);
	world->unwritten[RECEIVER] = true;
}

static void
shell_client(void *shell, enum client_verb verb, struct client *client)
{
	REQUIRE(!((struct world *)shell)->finished);
	(void)verb;
	client_set(client, ATTRIBUTE_ADDR, "IPV6:2001:db8::7");
	client_set(client, ATTRIBUTE_LOGIN, "a user");
}

static void
shell_forwarded(void *shell, const uint8_t *argument, size_t size)
{
	struct client client = {.size = 0};

	REQUIRE(!((struct world *)shell)->finished);
	REQUIRE(client_read(CLIENT_XFORWARD, argument, size, &client));
}

static void
shell_received(void *shell, struct received *received)
{
	REQUIRE(!((struct world *)shell)->finished);
	received->address = "2001:db8::7";
	received->id = "7f";
	received->receiver_name = "mx)\r\n.\r\n";
	received->date = "Thu, 01 Jan 1970 00:00:00 +0000";
}

static bool
shell_sender_broken(void *shell)
{
	return ((struct world *)shell)->doomed;
}

static size_t
shell_unread(void *shell, enum side side)
{
	(void)side;
	return ((struct world *)shell)->unread ? 1 : 0;
}

static const char *
shell_detail(void *shell)
{
	(void)shell;
	return "detail\r\n250 of a \033 peer";
}

static void
shell_note(void *shell, enum note note)
{
	REQUIRE(!((struct world *)shell)->finished);
	REQUIRE(note_name(note) != NULL);
}

static void
shell_message(void *shell, const struct bridge_message *message)
{
	REQUIRE(!((struct world *)shell)->finished);
	// Only the receiver accepts a message.
	if (message->outcome == NOTE_ACCEPTED)
		REQUIRE(message->reply != NULL && message->reply->code < 300);
}

static void
shell_finish(void *shell, enum reason reason)
{
	struct world *world = shell;

	REQUIRE(!world->finished && reason != REASON_NONE);
	world->finished = true;
}

const struct bridge_shell world_shell = {
    .write = shell_write,
    .room = shell_room,
    .connect = shell_connect,
    .secure = shell_secure,
    .timer = shell_timer,
    .drop = shell_drop,
    .introduce = shell_introduce,
    .client = shell_client,
    .forwarded = shell_forwarded,
    .received = shell_received,
    .ask = shell_ask,
    .sender_broken = shell_sender_broken,
    .unread = shell_unread,
    .detail = shell_detail,
    .note = shell_note,
    .message = shell_message,
    .finish = shell_finish,
};
