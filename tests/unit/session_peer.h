// SPDX-License-Identifier: ISC
//
// A sender or receiver of the test's under TLS: our own engines played from
// the other end.

#ifndef UNIT_SESSION_PEER_H
#define UNIT_SESSION_PEER_H

#include "session_stage.h"

#include "tls/engines.h"

struct peer {
	struct stage *stage;
	int socket; // not owned
	struct edition *edition;
	struct engine *engine;
	struct buffer records, heard;
};

// Keys are made once for all tests.
static inline struct edition *
peer_edition(void)
{
	static const char *const set[] = {"receiver.tls=encrypt"};
	static struct edition *edition;

	if (edition == NULL)
		edition = stage_edition("127.0.0.1:25", set, ROWS(set));
	return edition_hold(edition);
}

static inline void
peer_open(struct peer *peer, struct stage *stage, int socket, bool server)
{
	*peer = (struct peer){
	    .stage = stage, .socket = socket, .edition = peer_edition()};
	buffer_init(&peer->records, 1 << 20);
	buffer_init(&peer->heard, 1 << 20);
	const struct policy_listener *listener =
	    policy_listener(edition_policy(peer->edition), 0);
	struct tls_dial dial = {
	    .settings = listener->receiver, .name = "proxy.example"};

	peer->engine =
	    server ? tls_server_accept(edition_server(peer->edition),
			 listener->sender, &peer->records, &peer->heard, NULL)
		   : tls_client_connect(edition_client(peer->edition), &dial,
			 &peer->records, &peer->heard, NULL);
	assert_non_null(peer->engine);
	engine_start(peer->engine);
}

static inline void
peer_close(struct peer *peer)
{
	engine_free(&peer->engine);
	edition_release(&peer->edition);
	buffer_free(&peer->records);
	buffer_free(&peer->heard);
}

// One turn of the loop, and what it brought or what is to go.
static inline void
peer_turn(struct peer *peer)
{
	uint8_t bytes[4096];

	loop_turn(peer->stage->loop, false);
	ssize_t got = recv(peer->socket, bytes, sizeof bytes, 0);
	if (got > 0)
		engine_receive(peer->engine, bytes, (size_t)got);
	if (peer->records.size == 0)
		return;
	ssize_t sent = send(peer->socket, buffer_bytes(&peer->records),
	    peer->records.size, MSG_NOSIGNAL);
	if (sent > 0)
		buffer_consume(&peer->records, (size_t)sent);
}

static inline void
peer_handshake(struct peer *peer)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;

	while (peer->engine->status == ENGINE_HANDSHAKING &&
	       clock_monotonic() < end)
		peer_turn(peer);
	assert_int_equal(peer->engine->status, ENGINE_OPEN);
	while (peer->records.size > 0)
		peer_turn(peer);
}

static inline void
peer_say(struct peer *peer, const char *text)
{
	engine_send(peer->engine, (const uint8_t *)text, strlen(text));
	while (peer->records.size > 0)
		peer_turn(peer);
}

// The next line; "*" at its end stands for the rest.
static inline void
peer_expect(struct peer *peer, const char *line)
{
	uint64_t end = clock_monotonic() + WIRE_PATIENCE;
	const uint8_t *newline = NULL;
	size_t size = strlen(line);

	while (newline == NULL && clock_monotonic() < end) {
		if (peer->heard.size > 0)
			newline = memchr(
			    buffer_bytes(&peer->heard), '\n', peer->heard.size);
		if (newline == NULL)
			peer_turn(peer);
	}
	assert_non_null(newline);
	const uint8_t *heard = buffer_bytes(&peer->heard);
	size_t length = (size_t)(newline - heard) + 1;

	if (line[size - 1] == '*')
		size--;
	else
		assert_int_equal(length, size);
	assert_true(length >= size);
	assert_memory_equal(heard, line, size);
	buffer_consume(&peer->heard, length);
}

#endif
