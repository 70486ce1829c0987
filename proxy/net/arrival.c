// SPDX-License-Identifier: ISC

#include "net/arrival.h"

#include "base/bytes.h"
#include "net/alarm.h"
#include "net/connection.h"

#include <stdlib.h>

struct arrival {
	struct connection *connection;
	struct alarm *alarm;
	void (*done)(void *owner, const struct arrived *);
	void *owner;
	size_t size;
	uint8_t bytes[PROXY_HEADER_MOST];
};

static void
arrival_free(struct arrival *arrival)
{
	alarm_free(&arrival->alarm);
	connection_close(&arrival->connection);
	free(arrival);
}

static void
arrival_finish(struct arrival *arrival, const struct arrived *arrived)
{
	void (*done)(void *, const struct arrived *) = arrival->done;
	void *owner = arrival->owner;

	arrival_free(arrival);
	done(owner, arrived);
}

static void
arrival_fail(struct arrival *arrival, const char *wrong)
{
	arrival_finish(arrival, &(struct arrived){.wrong = wrong});
}

static void
arrival_received(void *owner, const uint8_t *bytes, size_t size)
{
	struct arrival *arrival = owner;
	struct arrived arrived = {.connection = arrival->connection};

	bytes_copy(arrival->bytes + arrival->size,
	    sizeof arrival->bytes - arrival->size, bytes, size);
	arrival->size += size;
	switch (
	    proxy_header_read(arrival->bytes, arrival->size, &arrived.header)) {
	case PROXY_HEADER_MORE:
		connection_read_most(arrival->connection, arrived.header.wants);
		return;
	case PROXY_HEADER_WRONG:
		arrival_fail(arrival, arrived.header.wrong);
		return;
	case PROXY_HEADER_WHOLE:
		break;
	}
	connection_read(arrival->connection, false);
	connection_read_most(arrival->connection, 0);
	connection_own(arrival->connection, NULL, NULL);
	arrival->connection = NULL;
	arrival_finish(arrival, &arrived);
}

static void
arrival_ended(void *owner, int error)
{
	struct arrival *arrival = owner;

	(void)error;
	arrival_fail(
	    arrival, arrival->size > 0 ? "it ends in its middle" : NULL);
}

static void
arrival_late(void *owner)
{
	arrival_fail(owner, "it does not come in time");
}

static const struct connection_events arrival_events = {
    .received = arrival_received, .ended = arrival_ended};

struct arrival *
arrival_start(struct loop *loop, struct connection *connection,
    void (*done)(void *owner, const struct arrived *), void *owner)
{
	struct arrival *arrival = calloc(1, sizeof *arrival);
	struct proxy_header header;

	if (arrival == NULL)
		return NULL;
	arrival->alarm = alarm_new(loop, arrival_late, arrival);
	if (arrival->alarm == NULL) {
		free(arrival);
		return NULL;
	}
	arrival->connection = connection;
	arrival->done = done;
	arrival->owner = owner;
	proxy_header_read(arrival->bytes, 0, &header);
	connection_read_most(connection, header.wants);
	connection_own(connection, &arrival_events, arrival);
	connection_read(connection, true);
	alarm_set(arrival->alarm, ARRIVAL_TIME);
	return arrival;
}

void
arrival_cancel(struct arrival **arrival)
{
	if (*arrival != NULL)
		arrival_free(*arrival);
	*arrival = NULL;
}
