// SPDX-License-Identifier: ISC
//
// With which hello a receiver is dialled, and what is remembered of it.

#include "session/session_parts.h"

#include "net/connector.h"
#include "net/receivers.h"
#include "net/receivers_file.h"
#include "tls/engines.h"

#include <string.h>

_Static_assert((int)RECEIVERS_HELLO_SIZE >= (int)TLS_HELLO_NAME_SIZE,
    "a hello's name fits");

static unsigned
ladder_length(const struct session *session)
{
	return tls_client_rungs(
	    edition_client(session->edition), session->verdict.receiver);
}

static void
name_hello(const struct session *session, unsigned rung,
    char name[TLS_HELLO_NAME_SIZE])
{
	tls_client_hello_name(edition_client(session->edition),
	    session->verdict.receiver, rung, name);
}

// Where the hello that is remembered stands in the ladder of these settings;
// 0: none is, or it is none of theirs, and their best comes first.
static unsigned
remembered_rung(const struct session *session)
{
	const struct connector_target *target =
	    &session->targets[session->target];
	const char *remembered = receivers_hello(
	    session->front->receivers, target->host, target->port);
	unsigned rung = remembered[0] == '\0' ? 0 : ladder_length(session);
	char name[TLS_HELLO_NAME_SIZE];

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
	char name[TLS_HELLO_NAME_SIZE] = "";
	const char *hello = name;

	// Where the best of this ladder worked, one that is remembered of
	// another ladder is still that one's.
	if (session->hello > 0)
		name_hello(session, session->hello, name);
	else if (remembered_rung(session) == 0)
		hello = NULL;
	receivers_secured(
	    session->front->receivers, target->host, target->port, hello);
	if (session->front->file != NULL)
		receivers_file_touch(session->front->file);
}
