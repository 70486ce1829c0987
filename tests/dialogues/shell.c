// SPDX-License-Identifier: ISC

#include "shell.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "stage.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 32768 };

static char
letter(enum side side)
{
	return side == SENDER ? 'S' : 'R';
}

static void
shell_write(void *shell, enum side side, const uint8_t *bytes, size_t size)
{
	struct stage *stage = shell;

	stage->written[side] = true;
	record_bytes(&stage->record, side, bytes, size);
}

static size_t
shell_room(void *shell, enum side side)
{
	struct stage *stage = shell;

	return stage->stalled[side] ? 0 : ROOM;
}

static void
shell_connect(void *shell, unsigned first, unsigned rung)
{
	struct stage *stage = shell;
	char text[64] = "R! connect";

	buffer_free(&stage->kernel[RECEIVER]);
	stage->stalled[RECEIVER] = false;
	stage->queueing[RECEIVER] = false;
	stage->securing[RECEIVER] = false;
	stage->first = first;
	if (first > 0)
		snprintf(
		    text, sizeof(text), "R! connect, receiver %u", first + 1);
	if (rung > 0)
		snprintf(
		    text, sizeof(text), "R! connect, attempt %u", rung + 1);
	record_mark(&stage->record, text);
}

static void
shell_secure(void *shell, enum side side)
{
	struct stage *stage = shell;

	// Nothing read in plaintext may be left for TLS, nor lost unseen.
	REQUIRE(stage->kernel[side].size == 0);
	stage->securing[side] = true;
	record_mark(&stage->record, side == SENDER ? "S! tls" : "R! tls");
}

static uint64_t
timer_length(enum timer timer)
{
	static const struct {
		const char *setting;
		uint64_t milliseconds;
	} presets[] = {
	    {"connect", 30000},
	    {"handshake", 60000},
	    {"greeting", 290000},
	    {"command", 300000},
	    {"content-block", 180000},
	    {"end-of-content", 900000},
	    {"idle", 300000},
	};
	static const struct {
		const char *setting;
		uint64_t fixed;
	} timers[TIMER_COUNT] = {
#define TIMER(id, setting, fixed) [TIMER_##id] = {#setting, fixed},
#include "smtp/timer.def"
#undef TIMER
	};

	if (timers[timer].fixed != 0)
		return timers[timer].fixed;
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (strcmp(presets[i].setting, timers[timer].setting) == 0)
			return presets[i].milliseconds;
	REQUIRE(false);
	return 0;
}

static void
shell_timer(void *shell, enum side side, enum timer timer)
{
	struct stage *stage = shell;

	stage->timer[side] = timer;
	if (timer != TIMER_NONE)
		stage->deadline[side] = stage->now + timer_length(timer);
}

static void
shell_drop(void *shell, enum side side, enum drop how)
{
	struct stage *stage = shell;
	char text[16];

	snprintf(text, sizeof(text), "%c! %s", letter(side),
	    how == DROP_ABORT ? "abort" : "close");
	record_mark(&stage->record, text);
}

static void
shell_introduce(void *shell)
{
	struct stage *stage = shell;

	stage->written[RECEIVER] = true;
	record_mark(&stage->record, "R! introduce");
}

// As the last XCLIENT or XFORWARD of the sender said, or by its connection.
static void
shell_client(void *shell, enum client_verb verb, struct client *client)
{
	struct stage *stage = shell;
	const struct client *told =
	    verb == CLIENT_XCLIENT ? &stage->client : &stage->forwarded;

	client_set(client, ATTRIBUTE_NAME, "[UNAVAILABLE]");
	client_set(client, ATTRIBUTE_PORT, "1234");
	client_set(client, ATTRIBUTE_ADDR, "192.0.2.7");
	for (enum attribute one = 0; one < ATTRIBUTE_COUNT; one++)
		if (client_get(told, one) != NULL)
			client_set(client, one, client_get(told, one));
}

static void
shell_forwarded(void *shell, const uint8_t *argument, size_t size)
{
	struct stage *stage = shell;

	REQUIRE(
	    client_read(CLIENT_XFORWARD, argument, size, &stage->forwarded));
	record_mark(&stage->record, "note forwarded");
}

static void
shell_received(void *shell, struct received *received)
{
	(void)shell;
	received->address = "192.0.2.7";
	received->id = "7f";
	received->message = 1;
	received->receiver_name = "mx.example";
	received->date = "Thu, 01 Jan 1970 00:00:00 +0000";
}

static bool
is(const char *named, const uint8_t *argument, size_t size)
{
	return named[0] != '\0' && bytes_equal_text(argument, size, named);
}

static void
shell_ask(void *shell, enum question question, const uint8_t *argument,
    size_t size, struct verdict *verdict)
{
	struct stage *stage = shell;
	const struct stage_policy *policy = &stage->policy;
	bool told = is(policy->told_hello, argument, size);

	verdict->settings = &stage->settings;
	switch (question) {
	case ASK_HELLO:
		verdict->refuse = is(policy->refused_hello, argument, size);
		verdict->close = verdict->refuse;
		if (policy->told_hello[0] != '\0')
			stage->settings.introduction =
			    told ? INTRODUCE_XCLIENT : INTRODUCE_NOT;
		break;
	case ASK_SECURED:
		verdict->too_weak = policy->too_weak;
		break;
	case ASK_MAIL:
		verdict->refuse = is(policy->refused_mail, argument, size);
		break;
	case ASK_RCPT:
		verdict->refuse = is(policy->refused_rcpt, argument, size);
		break;
	case ASK_CLIENT:
		REQUIRE(client_read(
		    CLIENT_XCLIENT, argument, size, &stage->client));
		verdict->refuse = is(policy->refused_client, argument, size);
		verdict->close = verdict->refuse;
		verdict->reason = REASON_NOT_A_CLIENT;
		verdict->refusal = OWN_NOT_A_CLIENT;
		break;
	}
}

static bool
shell_sender_broken(void *shell)
{
	return ((struct stage *)shell)->doomed;
}

static size_t
shell_unread(void *shell, enum side side)
{
	struct stage *stage = shell;

	return stage->kernel[side].size + stage->unread[side];
}

static const char *
shell_detail(void *shell)
{
	struct stage *stage = shell;

	return stage->detail[0] != '\0' ? stage->detail : NULL;
}

static void
shell_note(void *shell, enum note note)
{
	struct stage *stage = shell;
	char text[64];

	snprintf(text, sizeof(text), "note %s", note_name(note));
	record_mark(&stage->record, text);
}

static void
shell_message(void *shell, const struct bridge_message *message)
{
	struct stage *stage = shell;
	char text[128];
	unsigned code = message->reply != NULL ? message->reply->code : 0;

	snprintf(text, sizeof(text),
	    "message %s, code %u, recipients %u, bytes %llu",
	    note_name(message->outcome), code, message->recipients,
	    (unsigned long long)message->bytes);
	record_mark(&stage->record, text);
}

static bool
contains(const uint8_t *text, size_t size, const char *word)
{
	size_t length = strlen(word);

	for (size_t at = 0; at + length <= size; at++)
		if (memcmp(text + at, word, length) == 0)
			return true;
	return false;
}

static void
shell_trace(void *shell, const struct bridge_trace *trace)
{
	struct stage *stage = shell;

	if (stage->secret[0] != '\0' && !trace->secret &&
	    trace->kind != TRACE_CONTENT && trace->kind != TRACE_HELD &&
	    contains(trace->text, trace->size, stage->secret))
		stage->fault = "a trace shows the secret";
}

static void
shell_finish(void *shell, enum reason reason)
{
	struct stage *stage = shell;
	char text[64];

	REQUIRE(!stage->finished);
	stage->finished = true;
	snprintf(text, sizeof(text), "end %s", reason_name(reason));
	record_mark(&stage->record, text);
}

#define SHELL                                                                  \
	.write = shell_write, .room = shell_room, .connect = shell_connect,    \
	.secure = shell_secure, .timer = shell_timer, .drop = shell_drop,      \
	.introduce = shell_introduce, .client = shell_client,                  \
	.forwarded = shell_forwarded, .received = shell_received,              \
	.ask = shell_ask, .sender_broken = shell_sender_broken,                \
	.unread = shell_unread, .detail = shell_detail, .note = shell_note,    \
	.message = shell_message, .finish = shell_finish

const struct bridge_shell stage_shell = {SHELL};
const struct bridge_shell stage_traced_shell = {SHELL, .trace = shell_trace};
