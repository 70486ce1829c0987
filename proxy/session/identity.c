// SPDX-License-Identifier: ISC
//
// Who the sender is: told to the receiver, and told to us by XCLIENT and
// XFORWARD. (A PROXY header of the sender's comes before all: session_begin.c)

#define _GNU_SOURCE
#include "session/session_parts.h"

#include "base/clock.h"
#include "base/contract.h"
#include "net/connection.h"
#include "net/proxy_header.h"
#include "watch/log.h"
#include "watch/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char unavailable[] = "[UNAVAILABLE]";

// Where the sender meant to go.
static const struct sockaddr_storage *
meant(const struct session *session)
{
	return session->destination.method == DESTINATION_FIXED
		   ? &session->to
		   : &session->destination.address;
}

void
session_introduce(struct session *session)
{
	const struct tls_facts *facts = leg_facts(&session->legs[SENDER]);
	bool version_1 = session->identity == IDENTITY_PROXY_V1;
	uint8_t bytes[PROXY_WRITTEN_MOST];
	struct writer out = writer_over(bytes, sizeof bytes);
	char name[64] = "", text[SOCKADDR_TEXT];
	struct proxy_tls tls = {.name = name};
	// Of a handshake that is over: what is to come is not known yet.
	bool secured = session->tls[SENDER].protocol[0] != '\0';

	if (secured) {
		tls_common_name(facts, name, sizeof name);
		tls.protocol = facts->protocol;
		tls.suite = facts->suite;
		tls.server_name = facts->server_name;
		tls.certificate = facts->subject[0] != '\0';
		tls.resumed = facts->resumed;
		tls.verified = facts->verified >= TLS_VERIFIED_FINGERPRINT;
	}
	proxy_header_write(version_1 ? 1 : 2, &session->from, meant(session),
	    secured ? &tls : NULL, &out);
	REQUIRE(!out.failed);
	sockaddr_text(meant(session), text);
	trace_say(session->trace, RECEIVER, "PROXY header: %s to %s",
	    session->client, text);
	leg_write(&session->legs[RECEIVER], bytes, out.size);
}

static void
set_address(struct client *client, enum attribute attribute,
    const struct sockaddr_storage *end)
{
	char text[ADDRESS_TEXT_MOST + 5] = "";
	struct address address;

	if (!address_from_sockaddr(
		&address, NULL, (const struct sockaddr *)end)) {
		client_set(client, attribute, unavailable);
		return;
	}
	address.scope = 0; // means nothing to another host
	if (address.kind == ADDRESS_IPV6)
		bytes_copy_text(text, sizeof text, "IPV6:");
	address_print(
	    &address, text + strlen(text), sizeof text - strlen(text));
	client_set(client, attribute, text);
}

static void
set_port(struct client *client, enum attribute attribute,
    const struct sockaddr_storage *end)
{
	char text[8];

	snprintf(text, sizeof text, "%u", (unsigned)sockaddr_port(end));
	client_set(
	    client, attribute, sockaddr_port(end) != 0 ? text : unavailable);
}

// What is told in one takes the place of what stands in the other.
static void
overlay(struct client *client, const struct client *told)
{
	for (enum attribute one = 0; told != NULL && one < ATTRIBUTE_COUNT;
	     one++)
		if (client_get(told, one) != NULL)
			client_set(client, one, client_get(told, one));
}

// Its name is not looked up; what is not told would stay ours.
void
session_fill_client(
    const struct session *session, enum client_verb verb, struct client *client)
{
	client_set(client, ATTRIBUTE_NAME, unavailable);
	client_set(client, ATTRIBUTE_REVERSE_NAME, unavailable);
	client_set(client, ATTRIBUTE_IDENT, session->id);
	client_set(client, ATTRIBUTE_SOURCE, "REMOTE");
	overlay(client, session->told_client);
	set_address(client, ATTRIBUTE_ADDR, &session->from);
	set_port(client, ATTRIBUTE_PORT, &session->from);
	set_address(client, ATTRIBUTE_DESTADDR, meant(session));
	set_port(client, ATTRIBUTE_DESTPORT, meant(session));
	if (verb == CLIENT_XFORWARD)
		overlay(client, session->forwarded);
}

static struct received_leg
received_leg(const struct session_tls *tls)
{
	return (struct received_leg){
	    .protocol = tls->protocol, .suite = tls->suite, .bits = tls->bits};
}

void
session_fill_received(struct session *session, struct received *received)
{
	time_t now = (time_t)(clock_wall() / 1000000);
	struct address client = session->facts.client;
	struct tm parts = {0};

	client.scope = 0; // means nothing to another host
	address_print(
	    &client, session->client_address, sizeof session->client_address);
	gmtime_r(&now, &parts);
	strftime(session->date, sizeof session->date,
	    "%a, %d %b %Y %H:%M:%S +0000", &parts);
	received->address =
	    client.kind != ADDRESS_NONE ? session->client_address : NULL;
	received->id = session->id;
	received->message = session->messages + 1;
	received->sender = received_leg(&session->tls[SENDER]);
	received->receiver = received_leg(&session->tls[RECEIVER]);
	received->receiver_name = session->targets[session->target].host;
	received->verified = tls_verified_name(session->tls[RECEIVER].verified);
	received->date = session->date;
}

// Lays what the arguments tell over what was told before. False: memory is
// out, and nothing is told any more.
static bool
keep(struct client **told, enum client_verb verb, struct reader argument)
{
	if (*told == NULL)
		*told = calloc(1, sizeof **told);
	return *told != NULL &&
	       client_read(verb, argument.at, argument.left, *told);
}

void
session_take_forwarded(struct session *session, struct reader argument)
{
	keep(&session->forwarded, CLIENT_XFORWARD, argument);
}

void
session_drop_forwarded(struct session *session)
{
	free(session->forwarded);
	session->forwarded = NULL;
}

// The end that an address and port name, over the end as it is; port: where
// none is named. False: that is no address.
static bool
read_end(const struct client *client, enum attribute address_at,
    enum attribute port_at, uint16_t port, struct sockaddr_storage *end)
{
	const char *text = client_get(client, address_at);
	const char *port_text = client_get(client, port_at);
	struct address address;

	if (text == NULL)
		return true;
	*end = (struct sockaddr_storage){0};
	if (client_unknown(text))
		return true;
	if (port_text != NULL && !client_unknown(port_text))
		port = (uint16_t)strtoul(port_text, NULL, 10);
	bool six = bytes_equal_text((const uint8_t *)text,
	    strlen(text) < 5 ? strlen(text) : 5, "IPV6:");

	if (!address_parse(&address, six ? text + 5 : text) ||
	    (!six && address.kind != ADDRESS_IPV4))
		return false;
	address_to_sockaddr(&address, port, end);
	sockaddr_unmap(end);
	return true;
}

// A port without an address is of the client as it is. A destination that is
// not known is ours: without one a PROXY header could not tell the client
// either, and the receiver would let it do what we may (an open relay).
static bool
read_client(struct session *session, const struct client *now)
{
	struct sockaddr_storage from = session->from, to = session->to;

	if (!read_end(now, ATTRIBUTE_ADDR, ATTRIBUTE_PORT, 0, &from) ||
	    !read_end(now, ATTRIBUTE_DESTADDR, ATTRIBUTE_DESTPORT,
		sockaddr_port(&to), &to))
		return false;
	log_event(session->front->options.log, SEVERITY_DEBUG, session->id,
	    "%s tells by XCLIENT for whom it speaks", session->client);
	session->from = from;
	if (client_get(now, ATTRIBUTE_DESTADDR) != NULL)
		session->told = to.ss_family != AF_UNSPEC;
	if (to.ss_family == AF_UNSPEC) {
		connection_local(session->legs[SENDER].connection, &to);
		sockaddr_unmap(&to);
	}
	session->to = to;
	return true;
}

void
session_take_client(
    struct session *session, struct reader argument, struct verdict *verdict)
{
	struct client now = {.size = 0};
	bool good =
	    client_read(CLIENT_XCLIENT, argument.at, argument.left, &now) &&
	    read_client(session, &now) &&
	    keep(&session->told_client, CLIENT_XCLIENT, argument);

	if (!good) {
		verdict->refuse = true;
		verdict->refusal = OWN_BAD_ARGUMENT;
		return;
	}
	session_drop_forwarded(session);
	session_begin_again(session, verdict);
}
