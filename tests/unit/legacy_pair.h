// SPDX-License-Identifier: ISC
//
// For tests of the legacy engine: its certificates, and a client and a server
// that are joined without a socket.

#ifndef UNIT_LEGACY_PAIR_H
#define UNIT_LEGACY_PAIR_H

#include "unit.h"

#include "base/buffer.h"
#include "tls/legacy/legacy.h"
#include "tls/legacy/profile.h"
#include "tls/legacy/suite.h"

#include <stdio.h>
#include <string.h>

enum { PAIR_QUEUE = 1 << 20, PAIR_FILE = 1 << 17 };

// The text of a file under tests/vectors/.
static inline size_t
vector_read(const char *name, char *text, size_t room)
{
	char path[512];
	const char *top = getenv("srcdir");

	snprintf(path, sizeof path, "%s/tests/vectors/%s",
	    top == NULL ? "." : top, name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		fail_msg("cannot read %s", path);
	size_t size = file == NULL ? 0 : fread(text, 1, room - 1, file);
	if (file != NULL)
		fclose(file);
	text[size] = '\0';
	return size;
}

static inline struct legacy_credentials *
credentials_read(const char *name)
{
	static char text[PAIR_FILE];
	const char *why = NULL;
	struct legacy_text pem = {text, vector_read(name, text, sizeof text)};
	struct legacy_credentials *made =
	    legacy_credentials_new(pem, (struct legacy_text){NULL, 0}, &why);

	if (made == NULL)
		fail_msg("%s: %s", name, why);
	return made;
}

// One end, with the queues that its owner would have.
struct end {
	struct engine *engine;
	struct buffer records;
	struct buffer plaintext;
};

static inline void
end_init(struct end *end, const struct legacy_config *config)
{
	buffer_init(&end->records, PAIR_QUEUE);
	buffer_init(&end->plaintext, PAIR_QUEUE);
	end->engine = legacy_new(config, &end->records, &end->plaintext);
	assert_non_null(end->engine);
}

static inline void
end_free(struct end *end)
{
	engine_free(&end->engine);
	buffer_free(&end->records);
	buffer_free(&end->plaintext);
}

// Moves what from has to say to the other end, in pieces of step bytes; true
// if there was anything.
static inline bool
end_move(struct end *from, struct end *to, size_t step)
{
	struct buffer moved = from->records;
	bool any = moved.size > 0;

	buffer_init(&from->records, PAIR_QUEUE);
	while (moved.size > 0) {
		size_t size = moved.size < step ? moved.size : step;

		engine_receive(to->engine, buffer_bytes(&moved), size);
		buffer_consume(&moved, size);
	}
	buffer_free(&moved);
	return any;
}

struct pair {
	struct end client;
	struct end server;
};

static inline void
pair_init(struct pair *pair, const struct legacy_config *client,
    const struct legacy_config *server)
{
	end_init(&pair->client, client);
	end_init(&pair->server, server);
	engine_start(pair->server.engine);
	engine_start(pair->client.engine);
}

static inline void
pair_run(struct pair *pair, size_t step)
{
	bool moved = true;

	while (moved) {
		moved = end_move(&pair->client, &pair->server, step);
		moved = end_move(&pair->server, &pair->client, step) || moved;
	}
}

static inline void
pair_free(struct pair *pair)
{
	end_free(&pair->client);
	end_free(&pair->server);
}

static inline void
assert_good(const struct end *end)
{
	const struct tls_facts *facts = &end->engine->facts;

	if (facts->failure != TLS_FAILURE_NONE)
		fail_msg("%s: %s (alert sent %d, received %d)",
		    tls_failure_name(facts->failure), facts->detail,
		    facts->alert_sent, facts->alert_received);
}

static inline void
assert_open(const struct end *end)
{
	assert_good(end);
	assert_int_equal(ENGINE_OPEN, end->engine->status);
}

// What from sends in the open arrives as it was.
static inline void
pair_check_content(struct end *from, struct end *to, size_t size, size_t step)
{
	uint8_t *sent = malloc(size);

	assert_non_null(sent);
	for (size_t i = 0; i < size; i++)
		sent[i] = (uint8_t)(i * 7 + size);
	assert_int_not_equal(
	    ENGINE_FAILED, engine_send(from->engine, sent, size));
	end_move(from, to, step);
	assert_good(to);
	assert_int_equal(size, to->plaintext.size);
	assert_memory_equal(sent, buffer_bytes(&to->plaintext), size);
	buffer_consume(&to->plaintext, size);
	free(sent);
}

#endif
