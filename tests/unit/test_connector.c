// SPDX-License-Identifier: ISC
//
// Finding a receiver, and being found by oneself.

#include "net_wire.h"

#include "net/connector.h"
#include "net/outgoing.h"
#include "net/own_addresses.h"
#include "net/resolve.h"
#include "net/sockaddr.h"

#include <stdio.h>

struct finding {
	bool done;
	unsigned times;
	size_t target;
	uint16_t port;
	bool own;
	struct connection *connection;
	char failures[CONNECTOR_TEXT];
};

static void
found(void *owner, const struct connected *connected)
{
	struct finding *finding = owner;

	finding->done = true;
	finding->times++;
	finding->target = connected->target;
	finding->own = connected->own;
	finding->port = sockaddr_port(&connected->address);
	finding->connection = connected->connection;
	snprintf(finding->failures, sizeof finding->failures, "%s",
	    connected->failures);
}

// A port of loopback on which nobody listens: what closed_port binds.
static int
closed_port(uint16_t *port)
{
	struct sockaddr_storage address = wire_loopback(0);
	socklen_t size = sizeof address;
	int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    bind(held, (struct sockaddr *)&address, sizeof(struct sockaddr_in)),
	    0);
	getsockname(held, (struct sockaddr *)&address, &size);
	*port = sockaddr_port(&address);
	return held;
}

static struct finding
find(struct wire *wire, const struct connector_request *request)
{
	struct finding finding = {0};
	struct connector *connector =
	    connector_start(wire->loop, request, found, &finding);

	assert_non_null(connector);
	// Never from inside connector_start.
	assert_false(finding.done);
	assert_true(wire_until(wire->loop, &finding.done));
	return finding;
}

static void
the_first_receiver_that_answers_is_taken(void **state)
{
	struct wire wire;
	uint16_t closed;

	(void)state;
	wire_open(&wire);
	int held = closed_port(&closed);
	uint16_t open = sockaddr_port(listener_address(wire.listener));
	struct connector_target targets[] = {{"no name", open},
	    {"127.0.0.1", closed}, {"127.0.0.1", open}, {"127.0.0.1", 1}};
	struct finding finding =
	    find(&wire, &(struct connector_request){
			    .targets = targets, .count = 4, .timeout = 2000});
	char refused[64];

	assert_non_null(finding.connection);
	assert_int_equal(finding.target, 2);
	assert_int_equal(finding.port, open);
	// Both failures are told, in order, by the names they were given.
	assert_ptr_equal(
	    strstr(finding.failures, "no name: "), finding.failures);
	snprintf(refused, sizeof refused, "; 127.0.0.1:%u: connection refused",
	    (unsigned)closed);
	assert_non_null(strstr(finding.failures, refused));
	connection_close(&finding.connection);
	close(held);
	wire_close(&wire);
}

static void
with_none_left_all_failures_are_told(void **state)
{
	struct wire wire;
	uint16_t closed;

	(void)state;
	wire_open(&wire);
	int held = closed_port(&closed);
	struct connector_target targets[] = {
	    {"127.0.0.1", closed}, {"localhost", closed}};
	struct finding finding =
	    find(&wire, &(struct connector_request){
			    .targets = targets, .count = 2, .timeout = 2000});
	char named[64];

	assert_null(finding.connection);
	assert_false(finding.own);
	snprintf(named, sizeof named,
	    "localhost 127.0.0.1:%u: connection "
	    "refused",
	    (unsigned)closed);
	assert_non_null(strstr(finding.failures, named));
	assert_int_equal(finding.times, 1);
	close(held);

	finding = find(&wire, &(struct connector_request){.timeout = 2000});
	assert_null(finding.connection);
	assert_string_equal(finding.failures, "");
	wire_close(&wire);
}

// A listening socket whose queue is full takes no connection: SYNs of it go
// unanswered, as those of a host that is down.
static int
silent_port(struct sockaddr_storage *address, int fillers[8])
{
	socklen_t size = sizeof *address;
	int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = wire_loopback(0);
	assert_int_equal(bind(silent, (struct sockaddr *)address,
			     sizeof(struct sockaddr_in)),
	    0);
	assert_int_equal(listen(silent, 0), 0);
	getsockname(silent, (struct sockaddr *)address, &size);
	for (int i = 0; i < 8; i++) {
		fillers[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(fillers[i], (struct sockaddr *)address,
		    sizeof(struct sockaddr_in));
	}
	return silent;
}

static void
a_silent_receiver_costs_its_timeout(void **state)
{
	struct sockaddr_storage address;
	struct wire wire;
	int fillers[8];

	(void)state;
	wire_open(&wire);
	int silent = silent_port(&address, fillers);
	uint16_t open = sockaddr_port(listener_address(wire.listener));
	struct connector_target targets[] = {
	    {"127.0.0.1", sockaddr_port(&address)}, {"127.0.0.1", open}};
	uint64_t begin = clock_monotonic();
	struct finding finding =
	    find(&wire, &(struct connector_request){
			    .targets = targets, .count = 2, .timeout = 300});

	assert_non_null(finding.connection);
	assert_int_equal(finding.target, 1);
	assert_true(clock_monotonic() - begin >= 290);
	assert_true(clock_monotonic() - begin < 2000);
	assert_non_null(strstr(finding.failures, "timeouts.connect"));
	connection_close(&finding.connection);
	for (int i = 0; i < 8; i++)
		close(fillers[i]);
	close(silent);
	wire_close(&wire);
}

static void
a_cancelled_search_is_quiet(void **state)
{
	struct sockaddr_storage address;
	struct finding finding = {0};
	struct wire wire;
	int fillers[8];

	(void)state;
	wire_open(&wire);
	int silent = silent_port(&address, fillers);
	struct connector_target targets[] = {
	    {"localhost", 1}, {"127.0.0.1", sockaddr_port(&address)}};
	struct connector_request request = {
	    .targets = targets, .count = 2, .timeout = 100};

	// Before it began, in its look-up, and while it dials.
	for (unsigned pause = 0; pause < 60; pause += 20) {
		struct connector *connector =
		    connector_start(wire.loop, &request, found, &finding);
		if (pause > 0)
			wire_idle(wire.loop, pause);
		connector_cancel(&connector);
		assert_null(connector);
		connector_cancel(&connector);
	}
	wire_idle(wire.loop, 150);
	assert_false(finding.done);
	for (int i = 0; i < 8; i++)
		close(fillers[i]);
	close(silent);
	wire_close(&wire);
}

// RFC 5321 6.3: trivial loops must be stopped.
static void
own_listeners_are_not_dialled(void **state)
{
	struct own_addresses own = {0};
	struct wire wire;

	(void)state;
	wire_open(&wire);
	assert_true(own_addresses_add(&own, listener_address(wire.listener)));
	uint16_t port = sockaddr_port(listener_address(wire.listener));
	struct connector_target targets[] = {
	    {"127.0.0.1", port}, {"::ffff:127.0.0.1", port}, {"0.0.0.0", port}};
	struct finding finding =
	    find(&wire, &(struct connector_request){.targets = targets,
			    .count = 3,
			    .timeout = 2000,
			    .is_own = own_addresses_has,
			    .context = &own});
	const char *at = finding.failures;

	assert_null(finding.connection);
	assert_true(finding.own);
	for (unsigned i = 0; i < 3; i++) {
		at = strstr(at, "is sallyport itself");
		assert_non_null(at);
		at++;
	}
	own_addresses_free(&own);
	wire_close(&wire);
}

static void
addresses_of_any_are_those_of_the_host(void **state)
{
	static const struct {
		const char *listens;
		const char *dialled;
		uint16_t port;
		bool own;
	} rows[] = {
	    {"0.0.0.0", "127.0.0.1", 25, true},
	    {"0.0.0.0", "127.3.2.1", 25, true},
	    {"0.0.0.0", "0.0.0.0", 25, true},
	    {"0.0.0.0", "127.0.0.1", 26, false},
	    {"0.0.0.0", "192.0.2.1", 25, false},
	    {"0.0.0.0", "::1", 25, false},
	    {"::", "127.0.0.1", 25, false},
	    {"192.0.2.1", "192.0.2.1", 25, true},
	    {"192.0.2.1", "::ffff:192.0.2.1", 25, true},
	    {"192.0.2.1", "192.0.2.2", 25, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct own_addresses own = {0};
		struct sockaddr_storage listens, dialled;

		assert_true(sockaddr_parse(rows[i].listens, 25, &listens));
		assert_true(
		    sockaddr_parse(rows[i].dialled, rows[i].port, &dialled));
		assert_true(own_addresses_add(&own, &listens));
		assert_int_equal(
		    own_addresses_has(&own, &dialled), rows[i].own);
		own_addresses_free(&own);
	}
}

// What our listener sees is known to be ourselves at once.
static void
a_connection_of_our_own_is_known_when_it_comes(void **state)
{
	struct sockaddr_storage peer, ours, elsewhere = wire_loopback(25);
	struct wire wire;

	(void)state;
	wire_open(&wire);
	struct outgoing_table *table = loop_outgoing(wire.loop);
	assert_int_equal(connection_peer(wire.connection, &peer), 0);
	assert_int_equal(connection_local(wire.connection, &ours), 0);
	assert_false(outgoing_has(table, &peer, &ours));
	connection_close(&wire.connection);

	struct connection *dialled = connection_new(wire.loop);
	assert_int_equal(
	    connection_dial(dialled,
		&(struct connection_way){.to = (const struct sockaddr *)
					     listener_address(wire.listener)}),
	    0);
	for (int i = 0; i < 1000 && wire.connection == NULL; i++)
		loop_turn(wire.loop, false);
	assert_non_null(wire.connection);
	assert_int_equal(connection_peer(wire.connection, &peer), 0);
	assert_int_equal(connection_local(wire.connection, &ours), 0);
	assert_true(outgoing_has(table, &peer, &ours));
	// The same port towards another address is another connection.
	assert_false(outgoing_has(table, &peer, &elsewhere));
	connection_abort(&dialled);
	assert_false(outgoing_has(table, &peer, &ours));
	wire_close(&wire);
}

static void
addresses_as_text(void **state)
{
	static const struct {
		const char *host;
		const char *text;
	} rows[] = {
	    {"192.0.2.7", "192.0.2.7:1034"},
	    {"2001:db8::7", "[2001:db8::7]:1034"},
	    {"::ffff:192.0.2.7", "192.0.2.7:1034"},
	    {"mail.example.com", NULL},
	    {"192.0.2", NULL},
	    {"", NULL},
	    {"[2001:db8::7]", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sockaddr_storage address;
		char text[SOCKADDR_TEXT];

		assert_int_equal(sockaddr_parse(rows[i].host, 1034, &address),
		    rows[i].text != NULL);
		if (rows[i].text == NULL)
			continue;
		sockaddr_text(&address, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void
a_bound_port_is_told_as_taken(void **state)
{
	struct wire wire;
	char error[256] = "";

	(void)state;
	wire_open(&wire);
	assert_int_equal(
	    listener_bind(listener_address(wire.listener), error, sizeof error),
	    -1);
	assert_non_null(strstr(error, "cannot bind 127.0.0.1:"));
	assert_non_null(strstr(error, "already"));
	struct sockaddr_storage elsewhere;
	assert_true(sockaddr_parse("192.0.2.1", 25, &elsewhere));
	assert_int_equal(listener_bind(&elsewhere, error, sizeof error), -1);
	assert_non_null(strstr(error, "no interface"));
	wire_close(&wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_receiver_that_answers_is_taken),
	    cmocka_unit_test(with_none_left_all_failures_are_told),
	    cmocka_unit_test(a_silent_receiver_costs_its_timeout),
	    cmocka_unit_test(a_cancelled_search_is_quiet),
	    cmocka_unit_test(own_listeners_are_not_dialled),
	    cmocka_unit_test(addresses_of_any_are_those_of_the_host),
	    cmocka_unit_test(a_connection_of_our_own_is_known_when_it_comes),
	    cmocka_unit_test(addresses_as_text),
	    cmocka_unit_test(a_bound_port_is_told_as_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
