// SPDX-License-Identifier: ISC
//
// A front with real sessions in this process, between two plain sockets of
// the test's: it plays the sender and the receiver.

#ifndef UNIT_SESSION_STAGE_H
#define UNIT_SESSION_STAGE_H

#include "net_wire.h"

#include "net/sockaddr.h"
#include "policy/policy.h"
#include "session/edition.h"
#include "session/front.h"
#include "session/session.h"
#include "watch/log.h"
#include "watch/metrics.h"

#include <stdio.h>

struct stage {
	struct loop *loop;
	struct listener *listener;
	struct front *front;
	struct log log;
	struct metrics metrics;
	int receiving; // the receiver's listening socket
	int sender, receiver;
	bool drained;
};

static inline void
stage_accepted(void *owner, struct connection *connection)
{
	struct stage *stage = owner;

	front_accept(stage->front, 0, connection);
}

static inline void
stage_drained(void *owner)
{
	struct stage *stage = owner;

	stage->drained = true;
}

static inline struct edition *
stage_edition(const char *forward_to, const char *const *set, size_t count)
{
	static const char *const listen[] = {"127.0.0.1:2525"};
	struct policy_overrides overrides = {
	    .listen = {listen, 1},
	    .forward_to = {&forward_to, 1},
	    .set = {set, count},
	};
	struct faults faults;

	faults_init(&faults);
	struct policy *policy = policy_load(NULL, &overrides, &faults);
	if (policy == NULL)
		faults_print(&faults, stderr);
	assert_non_null(policy);
	const struct edition_means means = {.hostname = "proxy.example"};
	struct edition *edition = edition_new(policy, &means, &faults);
	if (edition == NULL)
		faults_print(&faults, stderr);
	assert_non_null(edition);
	faults_free(&faults);
	policy_release(&policy);
	return edition;
}

// set: "sender.tls=none", ...; receiver.tls is none and sender.tls none
// unless they say otherwise.
static inline void
stage_open(struct stage *stage, const char *const *set, size_t count)
{
	static const struct listener_events events = {
	    .accepted = stage_accepted, .failed = wire_failed};
	struct sockaddr_storage any = wire_loopback(0), where = {0};
	socklen_t size = sizeof where;
	char forward_to[SOCKADDR_TEXT], error[256] = "";

	*stage = (struct stage){.loop = loop_new(),
	    .log = log_initial(),
	    .sender = -1,
	    .receiver = -1};
	stage->receiving = listener_bind(&any, error, sizeof error);
	assert_string_equal(error, "");
	getsockname(stage->receiving, (struct sockaddr *)&where, &size);
	sockaddr_text(&where, forward_to);
	stage->front = front_new(&(struct front_options){.loop = stage->loop,
	    .log = &stage->log,
	    .metrics = &stage->metrics,
	    .drained = stage_drained,
	    .owner = stage});
	assert_non_null(stage->front);
	struct edition *edition = stage_edition(forward_to, set, count);
	front_adopt(stage->front, edition);
	edition_release(&edition);
	int descriptor = listener_bind(&any, error, sizeof error);
	stage->listener =
	    listener_start(stage->loop, descriptor, &events, stage);
	assert_non_null(stage->listener);
	stage->sender = wire_connect(listener_address(stage->listener));
}

static inline void
stage_hang_up(int *socket)
{
	if (*socket >= 0)
		close(*socket);
	*socket = -1;
}

static inline void
stage_close(struct stage *stage)
{
	stage_hang_up(&stage->sender);
	stage_hang_up(&stage->receiver);
	front_end(stage->front);
	for (int i = 0; i < 1000 && front_sessions(stage->front) > 0; i++)
		loop_turn(stage->loop, false);
	listener_stop(&stage->listener);
	front_free(&stage->front);
	loop_free(&stage->loop);
	close(stage->receiving);
}

// Takes the connection that sallyport makes to the receiver.
static inline void
stage_receive(struct stage *stage)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;

	stage_hang_up(&stage->receiver);
	while (stage->receiver < 0 && clock_monotonic() < end) {
		loop_turn(stage->loop, false);
		stage->receiver = accept(stage->receiving, NULL, NULL);
	}
	assert_true(stage->receiver >= 0);
	assert_int_equal(fcntl(stage->receiver, F_SETFL, O_NONBLOCK), 0);
}

static inline void
stage_say(struct stage *stage, int socket, const char *text)
{
	(void)stage;
	assert_int_equal(
	    send(socket, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

// Reads lines until one ends the reply (or is a command), at most room.
static inline void
stage_hear(struct stage *stage, int socket, char *text, size_t room)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;
	size_t size = 0;

	while (clock_monotonic() < end && size + 1 < room) {
		loop_turn(stage->loop, false);
		ssize_t got = recv(socket, text + size, 1, 0);
		if (got == 0)
			break;
		if (got < 0)
			continue;
		size++;
		if (text[size - 1] == '\n')
			break;
	}
	text[size] = '\0';
}

// The next line is exactly this; a line that ends in "*" may go on.
static inline void
stage_expect(struct stage *stage, int socket, const char *line)
{
	char heard[4096];
	size_t size = strlen(line);

	stage_hear(stage, socket, heard, sizeof heard);
	if (size > 0 && line[size - 1] == '*')
		assert_int_equal(strncmp(heard, line, size - 1), 0);
	else
		assert_string_equal(heard, line);
}

static inline void
stage_expect_end(struct stage *stage, int socket, int error)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;
	char byte;
	ssize_t got = -1;

	errno = EAGAIN;
	while (got < 0 && errno == EAGAIN && clock_monotonic() < end) {
		loop_turn(stage->loop, false);
		got = recv(socket, &byte, 1, 0);
	}
	assert_int_equal(got > 0, 0);
	assert_int_equal(got == 0 ? 0 : errno, error);
}

static inline void
stage_until_sessions(struct stage *stage, size_t count)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;

	while (front_sessions(stage->front) != count && clock_monotonic() < end)
		loop_turn(stage->loop, false);
	assert_int_equal(front_sessions(stage->front), count);
}

// The one session's client, as the log shows it; "*" as in stage_expect.
static inline void
stage_expect_client(struct stage *stage, const char *client)
{
	const struct session *session = stage->front->table.first->owner;
	size_t size = strlen(client);

	if (client[size - 1] == '*')
		assert_int_equal(strncmp(session->client, client, size - 1), 0);
	else
		assert_string_equal(session->client, client);
}

static inline void
stage_until_empty(struct stage *stage)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;

	while (front_sessions(stage->front) > 0 && clock_monotonic() < end)
		loop_turn(stage->loop, false);
	assert_int_equal(front_sessions(stage->front), 0);
}

static inline void
stage_expect_reason(struct stage *stage, enum reason reason)
{
	stage_until_empty(stage);
	assert_int_equal(stage->metrics.ended[reason], 1);
}

// Banner and hello in plaintext on both legs.
static inline void
stage_greet(struct stage *stage)
{
	stage_receive(stage);
	stage_say(stage, stage->receiver, "220 mx.example ESMTP\r\n");
	stage_expect(stage, stage->sender, "220 mx.example ESMTP\r\n");
	stage_say(stage, stage->sender, "EHLO client.example\r\n");
	stage_expect(stage, stage->receiver, "EHLO client.example\r\n");
	stage_say(
	    stage, stage->receiver, "250-mx.example\r\n250 PIPELINING\r\n");
	stage_expect(stage, stage->sender, "250-mx.example\r\n");
	stage_expect(stage, stage->sender, "250 PIPELINING\r\n");
}

// One line each way.
static inline void
stage_pass(struct stage *stage, const char *command, const char *reply)
{
	stage_say(stage, stage->sender, command);
	stage_expect(stage, stage->receiver, command);
	stage_say(stage, stage->receiver, reply);
	stage_expect(stage, stage->sender, reply);
}

#endif
