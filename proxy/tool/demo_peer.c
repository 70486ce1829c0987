// SPDX-License-Identifier: ISC

#define _DEFAULT_SOURCE
#include "base/bytes.h"
#include "tool/demo_parts.h"
#include "watch/escape.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { QUEUE = 256 * 1024 };

bool
peer_open(struct peer *peer, int socket, const char *label)
{
	const struct timeval patience = {.tv_sec = DEMO_PATIENCE};
	const int yes = 1;

	*peer = (struct peer){.socket = socket, .label = label};
	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	// What a delayed acknowledgment would add would look like sallyport's.
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	buffer_init(&peer->records, QUEUE);
	buffer_init(&peer->plaintext, QUEUE);
	peer->engine = engine_none_new(&peer->records, &peer->plaintext);
	if (peer->engine == NULL)
		return false;
	engine_start(peer->engine);
	return true;
}

static bool
flush(struct peer *peer)
{
	while (peer->records.size > 0) {
		ssize_t sent = send(peer->socket, buffer_bytes(&peer->records),
		    peer->records.size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		buffer_consume(&peer->records, (size_t)sent);
	}
	return true;
}

// What is queued leaves, then the socket's next bytes reach the engine.
static bool
pump(struct peer *peer)
{
	uint8_t bytes[16384];
	ssize_t size;

	if (!flush(peer))
		return false;
	do
		size = recv(peer->socket, bytes, sizeof bytes, 0);
	while (size < 0 && errno == EINTR);
	if (size <= 0) {
		engine_end(peer->engine);
		return false;
	}
	engine_receive(peer->engine, bytes, (size_t)size);
	return true;
}

void
peer_close(struct peer *peer)
{
	if (peer->engine != NULL)
		engine_close(peer->engine);
	flush(peer);
	engine_free(&peer->engine);
	buffer_free(&peer->records);
	buffer_free(&peer->plaintext);
	close(peer->socket);
}

bool
peer_secure(struct peer *peer, struct engine *engine)
{
	if (engine == NULL || !flush(peer))
		return false;
	engine_free(&peer->engine);
	peer->engine = engine;
	engine_start(engine);
	while (engine->status == ENGINE_HANDSHAKING) {
		if (!pump(peer))
			return false;
	}
	return flush(peer) && engine->status == ENGINE_OPEN;
}

static void
show(const struct peer *peer, const char *arrow, const char *text, size_t size)
{
	char line[4096];
	struct writer out = writer_over(line, sizeof line - 1);

	if (peer->label == NULL)
		return;
	writer_text(&out, peer->label);
	writer_text(&out, arrow);
	escape_write(
	    &out, ESCAPE_BARE, (const uint8_t *)text, size < 100 ? size : 100);
	if (size > 100)
		writer_text(&out, " ...");
	line[out.size] = '\0';
	puts(line);
	fflush(stdout);
}

bool
peer_line(struct peer *peer, char line[DEMO_LINE])
{
	for (;;) {
		const uint8_t *bytes = buffer_bytes(&peer->plaintext);
		size_t size = peer->plaintext.size;
		const uint8_t *end =
		    size > 0 ? memchr(bytes, '\n', size) : NULL;

		if (end != NULL) {
			size_t taken = (size_t)(end - bytes) + 1;
			size_t kept = taken - 1;

			if (kept > 0 && bytes[kept - 1] == '\r')
				kept--;
			if (kept >= DEMO_LINE)
				return false;
			bytes_copy(line, DEMO_LINE, bytes, kept);
			line[kept] = '\0';
			buffer_consume(&peer->plaintext, taken);
			show(peer, "<-  ", line, kept);
			return true;
		}
		if (size >= DEMO_LINE || !pump(peer))
			return false;
	}
}

bool
peer_send(struct peer *peer, const void *bytes, size_t size)
{
	return engine_send(peer->engine, bytes, size) == ENGINE_OPEN &&
	       flush(peer);
}

bool
peer_say(struct peer *peer, const char *text)
{
	char line[DEMO_LINE];
	int size = snprintf(line, sizeof line, "%s\r\n", text);

	if (size < 0 || (size_t)size >= sizeof line)
		return false;
	show(peer, "->  ", text, strlen(text));
	return peer_send(peer, line, (size_t)size);
}

void
demo_leg_of(const struct peer *peer, struct demo_leg *leg)
{
	const struct tls_facts *facts = &peer->engine->facts;

	*leg = (struct demo_leg){.bits = facts->bits};
	bytes_copy_text(leg->protocol, sizeof leg->protocol, facts->protocol);
	bytes_copy_text(leg->suite, sizeof leg->suite, facts->suite);
}
