// SPDX-License-Identifier: ISC
//
// With which hello a receiver is dialled, and what is remembered of it.

#include "session/session_parts.h"

#include "net/connector.h"
#include "net/receivers.h"
#include "net/receivers_file.h"
#include "tls/engines.h"

#include <string.h>

_Static_assert((int)RECEIVERS_NAME_SIZE >= (int)TLS_HELLO_NAME_SIZE &&
		   (int)RECEIVERS_NAME_SIZE >= (int)TLS_LADDER_NAME_SIZE,
    "the names of a hello and of its ladder fit");

static unsigned
ladder_length(const struct session *session)
{
	return tls_client_rungs(
	    edition_client(session->edition), session->verdict.receiver);
}

static void
name_ladder(const struct session *session, char name[TLS_LADDER_NAME_SIZE])
{
	tls_client_ladder_name(
	    edition_client(session->edition), session->verdict.receiver, name);
}

static void
name_hello(const struct session *session, unsigned rung,
    char name[TLS_HELLO_NAME_SIZE])
{
	tls_client_hello_name(edition_client(session->edition),
	    session->verdict.receiver, rung, name);
}

// Where the hello that is remembered stands in the ladder of these settings;
// 0: none is, and their best comes first.
static unsigned
remembered_rung(const struct session *session)
{
	const struct connector_target *target =
	    &session->targets[session->target];
	char ladder[TLS_LADDER_NAME_SIZE], name[TLS_HELLO_NAME_SIZE];

	name_ladder(session, ladder);
	const char *remembered = receivers_hello(
	    session->front->receivers, target->host, target->port, ladder);
	unsigned rung = remembered[0] == '\0' ? 0 : ladder_length(session);

	while (rung-- > 1) {
		name_hello(session, rung, name);
		if (strcmp(name, remembered) == 0)
			return rung;
	}
	return 0;
}

unsigned
session_choose_hello(struct session *session)
{
	session->hello =
	    (remembered_rung(session) + session->rung) % ladder_length(session);
	return session->hello;
}

void
session_remember_receiver(struct session *session)
{
	const struct connector_target *target =
	    &session->targets[session->target];
	char ladder[TLS_LADDER_NAME_SIZE], hello[TLS_HELLO_NAME_SIZE] = "";
	// The best worked, and nothing else is remembered.
	bool as_ever = session->hello == 0 && remembered_rung(session) == 0;

	name_ladder(session, ladder);
	if (session->hello > 0)
		name_hello(session, session->hello, hello);
	receivers_secured(session->front->receivers, target->host, target->port,
	    ladder, as_ever ? NULL : hello);
	if (session->front->file != NULL)
		receivers_file_touch(session->front->file);
}
