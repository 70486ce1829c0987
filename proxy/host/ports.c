// SPDX-License-Identifier: ISC

#define _POSIX_C_SOURCE 200809L
#include "host/ports.h"

#include "base/bytes.h"
#include "base/contract.h"
#include "host/given.h"
#include "net/listener.h"
#include "net/sockaddr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct port {
	struct ports *ports;
	struct sockaddr_storage address;
	size_t index;              // of the policy's listener
	struct listener *listener; // NULL: bound, not started yet
	int file;                  // of one not started yet; -1 afterwards
	bool given;                // by the service manager
	bool by_name;
	char name[SERVICE_NAME_MOST];
	// While a policy is being taken:
	bool wanted;
	bool fresh; // made for it
	size_t next_index;
	struct port *next;
};

struct ports {
	struct loop *loop;
	const struct ports_events *events;
	void *owner;
	struct port *first;
};

struct ports *
ports_new(struct loop *loop, const struct ports_events *events, void *owner)
{
	struct ports *ports = calloc(1, sizeof *ports);

	if (ports != NULL)
		*ports = (struct ports){loop, events, owner, NULL};
	return ports;
}

static void
port_free(struct port *port)
{
	listener_stop(&port->listener);
	if (port->file >= 0)
		close(port->file);
	free(port);
}

static bool
is_any(const struct port *port)
{
	(void)port;
	return true;
}

static bool
is_fresh(const struct port *port)
{
	return port->fresh;
}

static bool
is_unwanted(const struct port *port)
{
	return !port->wanted;
}

static void
drop(struct ports *ports, bool (*goes)(const struct port *port))
{
	struct port **link = &ports->first;

	while (*link != NULL) {
		struct port *port = *link;

		if (!goes(port)) {
			link = &port->next;
			continue;
		}
		*link = port->next;
		port_free(port);
	}
}

void
ports_close(struct ports *ports)
{
	drop(ports, is_any);
}

void
ports_free(struct ports **ports)
{
	if (*ports == NULL)
		return;
	ports_close(*ports);
	free(*ports);
	*ports = NULL;
}

static void
port_accepted(void *owner, struct connection *connection)
{
	struct port *port = owner;

	port->ports->events->accepted(
	    port->ports->owner, port->index, connection);
}

static void
port_failed(void *owner, const char *why)
{
	struct port *port = owner;

	port->ports->events->failed(port->ports->owner, why);
}

static struct port *
find(struct ports *ports, const struct sockaddr_storage *address)
{
	struct port *port = ports->first;

	while (port != NULL && !sockaddr_equal(&port->address, address))
		port = port->next;
	return port;
}

// A port for a socket that is bound; closes it when memory is out.
static struct port *
add(struct ports *ports, int file, const struct sockaddr_storage *address)
{
	struct port *port = calloc(1, sizeof *port);

	if (port == NULL) {
		close(file);
		return NULL;
	}
	port->ports = ports;
	port->file = file;
	port->fresh = true;
	port->address = *address;
	port->next = ports->first;
	ports->first = port;
	return port;
}

// What the service manager gave becomes ours, once.
static bool
adopt(struct ports *ports, struct service *service)
{
	for (size_t i = 0; i < service->socket_count; i++) {
		struct service_socket *given = &service->sockets[i];
		struct sockaddr_storage address = {0};
		socklen_t size = sizeof address;
		struct port *port;

		if (given->file < 0)
			continue;
		getsockname(given->file, (struct sockaddr *)&address, &size);
		port = add(ports, given->file, &address);
		given->file = -1;
		if (port == NULL)
			return false;
		port->given = true;
		bytes_copy_text(port->name, sizeof port->name, given->name);
	}
	return true;
}

static bool
want_given(
    struct ports *ports, const struct policy *policy, char *error, size_t room)
{
	for (struct port *port = ports->first; port != NULL;
	     port = port->next) {
		const struct given given = {port->name, &port->address};
		char text[SOCKADDR_TEXT];

		if (!port->given)
			continue;
		if (!given_listener(
			policy, &given, &port->next_index, &port->by_name)) {
			sockaddr_text(&port->address, text);
			snprintf(error, room,
			    "the service manager gives a socket \"%s\" at %s, "
			    "but no listener has that name or address; name "
			    "it with FileDescriptorName= in the socket unit",
			    port->name, text);
			return false;
		}
		port->wanted = true;
	}
	return true;
}

static bool
want(struct ports *ports, size_t index, const struct sockaddr_storage *address,
    char *error, size_t room)
{
	struct port *port = find(ports, address);

	if (port == NULL) {
		int file = listener_bind(address, error, room);

		if (file < 0)
			return false;
		port = add(ports, file, address);
		if (port == NULL) {
			snprintf(error, room, "memory is out");
			return false;
		}
	}
	port->next_index = index;
	port->wanted = true;
	return true;
}

static bool
host_has_ipv6(void)
{
	int file = socket(AF_INET6, SOCK_STREAM, 0);

	if (file >= 0)
		close(file);
	return file >= 0 || errno != EAFNOSUPPORT;
}

// "*" is every IPv6 and every IPv4 address; a host may be without the former.
static bool
want_endpoint(struct ports *ports, size_t index,
    const struct endpoint *endpoint, char *error, size_t room)
{
	struct sockaddr_storage address;
	struct endpoint any = *endpoint;

	if (endpoint->address.kind != ADDRESS_NONE) {
		address_to_sockaddr(
		    &endpoint->address, endpoint->port, &address);
		return want(ports, index, &address, error, room);
	}
	any.address = (struct address){.kind = ADDRESS_IPV6};
	address_to_sockaddr(&any.address, any.port, &address);
	if (host_has_ipv6() && !want(ports, index, &address, error, room))
		return false;
	any.address = (struct address){.kind = ADDRESS_IPV4};
	address_to_sockaddr(&any.address, any.port, &address);
	return want(ports, index, &address, error, room);
}

// Nothing is bound where the service manager gave a socket for the listener
// by its name, or one that covers this address of it.
static bool
is_given(
    const struct ports *ports, size_t index, const struct endpoint *endpoint)
{
	for (const struct port *port = ports->first; port != NULL;
	     port = port->next) {
		if (port->given && port->next_index == index &&
		    (port->by_name || given_covers(&port->address, endpoint)))
			return true;
	}
	return false;
}

static bool
want_all(
    struct ports *ports, const struct policy *policy, char *error, size_t room)
{
	if (!want_given(ports, policy, error, room))
		return false;
	for (size_t i = 0; i < policy_listener_count(policy); i++) {
		const struct policy_listener *listener =
		    policy_listener(policy, i);

		for (size_t j = 0; j < listener->address_count; j++) {
			const struct endpoint *at = &listener->addresses[j];

			if (!is_given(ports, i, at) &&
			    !want_endpoint(ports, i, at, error, room))
				return false;
		}
	}
	return true;
}

static bool
start_all(struct ports *ports, char *error, size_t room)
{
	static const struct listener_events events = {
	    port_accepted, port_failed};

	for (struct port *port = ports->first; port != NULL;
	     port = port->next) {
		if (!port->wanted || port->listener != NULL)
			continue;
		port->listener =
		    listener_start(ports->loop, port->file, &events, port);
		port->file = -1;
		if (port->listener == NULL) {
			snprintf(error, room,
			    "cannot accept senders: "
			    "memory is out");
			return false;
		}
	}
	return true;
}

bool
ports_take(struct ports *ports, const struct policy *policy,
    struct service *service, char *error, size_t room)
{
	for (struct port *port = ports->first; port != NULL; port = port->next)
		port->wanted = port->fresh = false;
	if (!adopt(ports, service)) {
		snprintf(error, room, "memory is out");
		return false;
	}
	if (!want_all(ports, policy, error, room) ||
	    !start_all(ports, error, room)) {
		drop(ports, is_fresh);
		return false;
	}
	drop(ports, is_unwanted);
	for (struct port *port = ports->first; port != NULL; port = port->next)
		port->index = port->next_index;
	return true;
}

bool
ports_intercept(const struct ports *ports, const struct policy *policy)
{
	bool good = true;

	for (const struct port *port = ports->first; port != NULL;
	     port = port->next)
		if (policy_listener(policy, port->index)->intercepts)
			good = listener_intercept(port->listener) && good;
	return good;
}

size_t
ports_count(const struct ports *ports)
{
	size_t count = 0;

	for (const struct port *port = ports->first; port != NULL;
	     port = port->next)
		count++;
	return count;
}

static const struct port *
at(const struct ports *ports, size_t index)
{
	const struct port *port = ports->first;

	for (; index > 0; index--) {
		REQUIRE(port != NULL);
		port = port->next;
	}
	REQUIRE(port != NULL);
	return port;
}

const struct sockaddr_storage *
ports_address(const struct ports *ports, size_t index, size_t *listener)
{
	const struct port *port = at(ports, index);

	*listener = port->index;
	return &port->address;
}

bool
ports_takes_both(const struct ports *ports, size_t index)
{
	return listener_takes_both(at(ports, index)->listener);
}
