// SPDX-License-Identifier: ISC

#include "policy/compile.h"
#include "policy/coverage.h"
#include "policy/network.h"

#include <inttypes.h>
#include <string.h>

#define ERROR(at, ...)   faults_add(faults, FAULT_ERROR, at, __VA_ARGS__)
#define WARNING(at, ...) faults_add(faults, FAULT_WARNING, at, __VA_ARGS__)

static bool
is_local(const struct endpoint *endpoint)
{
	return address_is_loopback(&endpoint->address);
}

static bool
is_everybody(const struct network_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].prefix == 0)
			return true;
	return false;
}

// Whoever is believed can be anybody: that must not be everybody.
static void
judge_trust(struct faults *faults, const struct written_listener *listener)
{
	static const struct {
		size_t row;
		const char *name;
	} rows[] = {
	    {LISTENER_AT_proxy_protocol_from, "proxy-protocol-from"},
	    {LISTENER_AT_xclient_from, "xclient-from"},
	};
	const struct listener_settings *is = &listener->own.values;
	const struct network_list *networks[] = {
	    &is->proxy_protocol_from, &is->xclient_from};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (networks_hold_anybody(networks[i]))
			ERROR(listener->own.origins[rows[i].row],
			    "listener.%s: believes half of the Internet or "
			    "more, so that anybody can be any client; write "
			    "the addresses of your own balancers or relays "
			    "alone",
			    rows[i].name);
	// Who writes 0.0.0.0/0 means it: a public MX.
	if (!is_everybody(&is->clients) && networks_hold_anybody(&is->clients))
		WARNING(listener->own.origins[LISTENER_AT_clients],
		    "listener.clients: together they are half of the Internet "
		    "or more; write \"0.0.0.0/0\" and \"::/0\" where anybody "
		    "is meant, and the receiver takes mail for its own domains "
		    "alone (else it is an open relay)");
}

static bool
overlaps(const struct network_list *list, const struct network *network)
{
	for (size_t i = 0; i < list->count; i++)
		if (network_covers(&list->items[i], network) ||
		    network_covers(network, &list->items[i]))
			return true;
	return false;
}

// Who speaks for others by XCLIENT comes as a client first.
static void
judge_speakers(struct faults *faults, const struct written_listener *listener)
{
	const struct listener_settings *is = &listener->own.values;

	for (size_t i = 0; i < is->xclient_from.count; i++) {
		const struct network *network = &is->xclient_from.items[i];
		char text[ADDRESS_TEXT_MOST];

		if (is->clients.count == 0
			? address_is_loopback(&network->address)
			: overlaps(&is->clients, network))
			continue;
		address_print(&network->address, text, sizeof text);
		WARNING(listener->own.origins[LISTENER_AT_xclient_from],
		    "listener.xclient-from: %s/%u is refused before it can say "
		    "XCLIENT, for clients does not hold it; add it there too",
		    text, network->prefix);
	}
}

void
judge_listener(struct faults *faults, const struct written_listener *listener)
{
	const struct listener_settings *is = &listener->own.values;
	const struct origin *at = listener->own.origins;

	judge_trust(faults, listener);
	judge_speakers(faults, listener);
	if (at[LISTENER_AT_address].file == NULL)
		ERROR(listener->at,
		    "listener.%s: has no address; write address = [ "
		    "\"127.0.0.1:25\" ]",
		    listener->name);
	if (at[LISTENER_AT_forward_to].file == NULL)
		ERROR(listener->at,
		    "listener.%s: has no forward-to; write forward-to = [ "
		    "\"mail.example.com:25\" ]",
		    listener->name);
	for (size_t i = 0; i < is->address.count; i++) {
		char text[ENDPOINT_TEXT_MOST];

		if (is_local(&is->address.items[i]) ||
		    at[LISTENER_AT_clients].file != NULL)
			continue;
		endpoint_print(&is->address.items[i], text, sizeof text);
		ERROR(at[LISTENER_AT_address],
		    "listener.%s: %s is not on loopback, and clients does not "
		    "say who may use it (anyone could: an open relay); write "
		    "clients = [ \"192.0.2.0/24\" ]",
		    listener->name, text);
		break;
	}
}

void
judge_default(struct faults *faults, const struct listener *listener)
{
	const struct written_listener *written = listener->written;
	const struct origin at =
	    written->own.origins[LISTENER_AT_default_forward_to];

	if (at.file == NULL)
		return;
	for (size_t i = 0; i < listener->plan_count; i++)
		if (listener->plans[i].forward_to.original)
			return;
	WARNING(at,
	    "listener.%s: default-forward-to: has no effect where forward-to "
	    "is not original",
	    written->name);
}

static bool
overlap(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port &&
	       (a->address.kind == ADDRESS_NONE ||
		   b->address.kind == ADDRESS_NONE ||
		   address_equal(&a->address, &b->address));
}

// An address is one listener's, and there once.
static void
judge_address(struct faults *faults, const struct configuration *all,
    const struct written_listener *listener, size_t index)
{
	const struct endpoint_list *addresses = &listener->own.values.address;
	const struct endpoint *address = &addresses->items[index];
	char text[ENDPOINT_TEXT_MOST];

	endpoint_print(address, text, sizeof text);
	for (const struct written_listener *other = all->listeners;
	     other <= listener; other++) {
		const struct endpoint_list *others = &other->own.values.address;
		size_t count = other == listener ? index : others->count;

		for (size_t i = 0; i < count; i++)
			if (overlap(address, &others->items[i]))
				ERROR(
				    listener->own.origins[LISTENER_AT_address],
				    "listener.%s: %s is also an address of "
				    "listener %s",
				    listener->name, text, other->name);
	}
}

// Whether a listener leads to itself, as far as addresses tell. row is that
// of the receivers.
static void
judge_loop(struct faults *faults, const struct written_listener *listener,
    const struct policy_receivers *receivers, size_t row)
{
	const struct listener_settings *is = &listener->own.values;

	for (size_t i = 0; i < receivers->count; i++) {
		const struct policy_receiver *to = &receivers->items[i];
		struct endpoint there = {.port = to->port};

		if (!address_parse(&there.address, to->host))
			continue;
		for (size_t j = 0; j < is->address.count; j++)
			if (is->address.items[j].port == there.port &&
			    address_equal(
				&is->address.items[j].address, &there.address))
				ERROR(listener->own.origins[row],
				    "listener.%s: forwards to itself (%s)",
				    listener->name, to->host);
	}
}

void
judge_process(struct faults *faults, const struct configuration *all)
{
	const struct process_layer *process = &all->process;
	const struct limits_layer *limits = &all->limits;

	if (all->listener_count == 0)
		ERROR(
		    (struct origin){
			.file = all->path != NULL ? all->path : "command line"},
		    "there is no listener; write one, or use -l and -f");
	for (size_t i = 0; i < all->listener_count; i++) {
		const struct written_listener *listener = &all->listeners[i];

		for (size_t j = 0; j < listener->own.values.address.count; j++)
			judge_address(faults, all, listener, j);
		judge_loop(faults, listener, &listener->own.values.forward_to,
		    LISTENER_AT_forward_to);
		judge_loop(faults, listener,
		    &listener->own.values.default_forward_to,
		    LISTENER_AT_default_forward_to);
	}
	if (process->values.hostname != NULL &&
	    !host_name_is_valid(process->values.hostname))
		ERROR(process->origins[TOP_AT_hostname],
		    "hostname: %s is no host name%s", process->values.hostname,
		    host_name_hint(process->values.hostname));
	if (limits->values.recipients > 0 && limits->values.recipients < 100)
		ERROR(limits->origins[LIMITS_AT_recipients],
		    "limits.recipients: %" PRIu64
		    " is below 100, which every sender may count on (RFC 5321 "
		    "section 4.5.3.1.8)",
		    limits->values.recipients);
	judge_listener_names(faults, all, "log.trace-listener",
	    &all->log.values.trace_listener,
	    all->log.origins[LOG_AT_trace_listener]);
	if (all->log.values.destination == LOG_DESTINATION_FILE &&
	    all->log.values.file == NULL)
		ERROR(all->log.origins[LOG_AT_destination],
		    "log.destination: file needs log.file, its path");
}
