// SPDX-License-Identifier: ISC

#define _GNU_SOURCE
#include "session/front.h"

#include "base/clock.h"
#include "base/contract.h"
#include "net/alarm.h"
#include "net/connection.h"
#include "net/loop.h"
#include "net/receivers.h"
#include "net/receivers_file.h"
#include "session/edition.h"
#include "session/session_parts.h"
#include "tls/engines.h"
#include "watch/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { REFRESH = 2000 }; // milliseconds between looks at the legacy keys

static void
front_refresh(void *owner)
{
	struct front *front = owner;

	tls_server_refresh(edition_server(front->edition));
	alarm_set(front->refresh, REFRESH);
}

// Random, so that nobody else can say it.
static void
front_make_keyword(struct front *front)
{
	uint64_t token;

	if (getrandom(&token, sizeof token, 0) == sizeof token)
		snprintf(front->loop_keyword, sizeof front->loop_keyword,
		    "XLOOP %016" PRIx64, token);
}

struct front *
front_new(const struct front_options *options)
{
	struct front *front = calloc(1, sizeof *front);

	if (front == NULL)
		return NULL;
	front->options = *options;
	front->last_id = clock_wall() / 1000;
	front_make_keyword(front);
	front->receivers = receivers_new();
	front->refresh = alarm_new(options->loop, front_refresh, front);
	front->sounding.alarm = alarm_new(options->loop, sounding_rings, front);
	if (front->receivers == NULL || front->refresh == NULL ||
	    front->sounding.alarm == NULL)
		front_free(&front);
	return front;
}

void
front_free(struct front **pointer)
{
	struct front *front = *pointer;

	if (front == NULL)
		return;
	REQUIRE(front->table.count == 0);
	alarm_free(&front->refresh);
	alarm_free(&front->sounding.alarm);
	receivers_file_close(&front->file);
	receivers_free(&front->receivers);
	own_addresses_free(&front->own);
	edition_release(&front->edition);
	free(front);
	*pointer = NULL;
}

static void
front_told(void *owner, const char *text)
{
	const struct front *front = owner;

	log_event(front->options.log, SEVERITY_WARNING, NULL,
	    "state-directory: %s; receivers whose TLS came about may be "
	    "forgotten at the next start",
	    text);
}

// What is known of receivers goes where the new edition says.
static void
front_keep_receivers(struct front *front)
{
	const char *directory =
	    policy_process(edition_policy(front->edition))->state_directory;

	if (front->file != NULL && directory != NULL &&
	    strcmp(receivers_file_directory(front->file), directory) == 0)
		return;
	receivers_file_close(&front->file);
	if (directory != NULL)
		front->file = receivers_file_open(front->options.loop,
		    front->receivers, directory, front_told, front);
}

void
front_adopt(struct front *front, struct edition *edition)
{
	edition_hold(edition);
	edition_release(&front->edition);
	front->edition = edition;
	front_keep_receivers(front);
	own_addresses_free(&front->own);
	if (edition_admits_legacy(edition))
		alarm_set(front->refresh, REFRESH);
	else
		alarm_stop(front->refresh);
}

bool
front_listens(struct front *front, const struct sockaddr_storage *address)
{
	return own_addresses_add(&front->own, address);
}

void
front_watch(struct front *front, struct trace *trace)
{
	front->options.trace = trace;
}

void
front_accept(
    struct front *front, size_t listener, struct connection *connection)
{
	REQUIRE(front->edition != NULL);
	session_begin(front, listener, connection);
}

size_t
front_sessions(const struct front *front)
{
	return front->table.count;
}

static void
front_each(struct front *front, void (*what)(struct session *session))
{
	struct table_entry *entry = front->table.first;

	// Sessions leave the table from the loop, never from inside a call.
	for (; entry != NULL; entry = entry->next)
		what(entry->owner);
}

void
front_stop(struct front *front)
{
	front->stopping = true;
	alarm_stop(front->refresh);
	front_each(front, session_stop);
	if (front->table.count == 0 && front->options.drained != NULL)
		front->options.drained(front->options.owner);
}

static void
front_end_one(struct session *session)
{
	session_finish(session, REASON_SHUTDOWN);
}

void
front_end(struct front *front)
{
	front->stopping = true;
	front_each(front, front_end_one);
}

void
front_left(struct front *front)
{
	if (front->stopping && front->table.count == 0 &&
	    front->options.drained != NULL)
		front->options.drained(front->options.owner);
}

void
front_memory(struct front *front, const struct limits *limits)
{
	bool was_short = front->short_of_memory;

	// It must fall well below the limit before senders go on, or they
	// would stop and go with every byte.
	front->short_of_memory =
	    front->table.held >
	    (was_short ? limits->memory / 4 * 3 : limits->memory);
	if (was_short && !front->short_of_memory)
		front_each(front, session_flow);
}
